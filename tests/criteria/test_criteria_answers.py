"""What models write is understood, or taken for no answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.criteria import answers
from tui_selector.criteria.run import OTHER
from tui_selector.library.display import printable

CLASSES = ("guitar", "acoustic guitar", "violin", "Living Room")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("guitar", "guitar"),
        ("**Guitar**.", "guitar"),
        ("“violin” | he holds one", "violin"),
        ("Answer: violins", "violin"),
        ("It is an acoustic guitar", "acoustic guitar"),
        ("living-room", "Living Room"),
        ("other: Violin", "violin"),
        ("other: harp | strings", OTHER),
        ("harp", OTHER),
        ("other", OTHER),
        ("either a guitar or a violin", OTHER),
    ],
)
def test_choices(text: str, name: str) -> None:
    found = answers.choice(text, CLASSES)
    assert found is not None
    assert found.class_ == name


def test_what_was_said_instead_is_kept() -> None:
    found = answers.choice("other: a harp | it has strings", CLASSES)
    assert found == answers.Choice(OTHER, "a harp", "it has strings", sure=True)


@pytest.mark.parametrize("text", ["", "!!!", "word " * 40, "\x1b[31m"])
def test_nonsense_is_no_choice(text: str) -> None:
    found = answers.choice(text, CLASSES)
    assert found is None or (found.class_ == OTHER and "\x1b" not in found.answer)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Saxophone", "saxophone"),
        ("Label: city street.", "city street"),
        ("none", ""),
        ("Not specified", ""),
        ("x" * 200, None),
        ("one two three four five six seven", None),
        ("…", None),
    ],
)
def test_labels(text: str, label: str | None) -> None:
    assert answers.label(text) == label


def test_numbered_lines_are_found_in_any_dress() -> None:
    text = "<think>1: no</think>Here you are:\n**1**: cat\nPhoto 2 - dog\n 3) bird | x\n9: nothing"
    assert answers.numbered(text, 3) == {1: "cat", 2: "dog", 3: "bird | x"}
    assert answers.numbered("cat", 1) == {1: "cat"}
    assert answers.numbered("cat", 2) == {}


def test_names_of_a_list() -> None:
    text = "Sure!\n1: Saxophone\n2. guitar (strings)\n3: guitar\n4: other\n- harp"
    assert answers.names(text) == ["Saxophone", "guitar", "harp"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_readers_or_reaches_the_terminal(text: str) -> None:
    label = answers.label(text)
    assert label is None or printable(label) == label
    assert all(printable(name) == name for name in answers.names(text))
    found = answers.choice(text, CLASSES)
    if found is not None:
        assert found.class_ in (*CLASSES, OTHER)
        assert printable(found.answer) == found.answer
        assert printable(found.reason) == found.reason
    assert all(1 <= number <= 3 for number in answers.numbered(text, 3))
