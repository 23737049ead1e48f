"""What a model is told in each step. The owner may change each of them for a run."""

from __future__ import annotations

from collections.abc import Mapping

from tui_selector.criteria.run import OTHER, Step

#: What stands in braces is filled in: `{criterion}` everywhere, `{number}` (of classes) in name,
#: `{classes}` (a list of names) and `{otherwise}` (what to do where none fits) in assign.
DEFAULTS: dict[Step, str] = {
    "describe": (
        "Look at this photo with one question in mind: {criterion}\n"
        "Say in one or two plain sentences what can be seen that answers the question, and name "
        "it as exactly as you can. Where the photo does not show it, say that it does not. "
        "Leave out everything else."
    ),
    "label": (
        "You give short labels to photos that were described by somebody else. "
        "The question is: {criterion}\n"
        "For each numbered description write its number, a colon and the one word or short phrase "
        "that answers the question for that photo, in lower case and in the singular. Write "
        "“none” where the description does not say. Write nothing else.\n"
        "An example, for the question “which animal”:\n"
        "1. A brown dog lies on a sofa next to a lamp.\n"
        "2. An empty street in the rain.\n"
        "is answered by\n"
        "1: dog\n"
        "2: none"
    ),
    "name": (
        "You sort photos into classes. The question is: {criterion}\n"
        "Below stand the labels that the photos were given, each with the number of its photos. "
        "Write {number} that answer the question, so that every label belongs to one of them: "
        "classes that do not overlap, each general enough for all its labels, rare labels "
        "considered like frequent ones. One class on a line: its number, a colon and its name of "
        "one to three words. Write nothing else."
    ),
    "assign": (
        "You sort photos into classes. The question is: {criterion}\n"
        "The classes are:\n{classes}\n"
        "For each numbered photo write its number, a colon, the name of the one class that answers "
        "the question for it, exactly as it stands in the list, a bar and the reason in a few "
        "words, for instance “1: {example} | it says so”. {otherwise} Write nothing else."
    ),
}

_OTHERWISE = {
    True: f"Where no class fits, write “{OTHER}: ” and what it is instead in the place of a class.",
    False: "Where no class fits, choose the closest one.",
}


def fill(
    step: Step,
    prompts: Mapping[Step, str],
    criterion: str,
    *,
    k: int | None = None,
    classes: tuple[str, ...] = (),
    other: bool = True,
) -> str:
    """The prompt of a step, its braces filled in; braces that mean nothing stay."""
    exactly = f"exactly {k} classes" if k and k > 1 else "one class"
    number = exactly if k else "as few classes as tell the photos apart well, between 2 and 12,"
    values = {
        "{number}": number,
        "{classes}": "\n".join(f"- {name}" for name in classes),
        "{example}": classes[0] if classes else OTHER,
        "{otherwise}": _OTHERWISE[other],
        # Last: what the owner wrote is no template.
        "{criterion}": criterion.strip(),
    }
    text = prompts.get(step) or DEFAULTS[step]
    for brace, value in values.items():
        text = text.replace(brace, value)
    return text
