"""What tells runs of one criterion apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tui_selector.criteria.run import Run

#: Letters of a list of classes, or of the name of a file, that are shown.
_LONGEST = 28


def told_apart(runs: Sequence[Run]) -> list[str]:
    """For each run what other runs of its criterion do not have, printable or not.

    That is how it was sorted, by how many or which classes, by which model or captions; where all
    of it is the same, when it was begun. "" where the criterion has only this run.
    """
    alike: dict[str, list[int]] = {}
    for place, run in enumerate(runs):
        alike.setdefault(" ".join(run.wish.criterion.casefold().split()), []).append(place)
    told = [""] * len(runs)
    for places in alike.values():
        if len(places) > 1:
            for place, words in zip(places, _differences([runs[n] for n in places]), strict=True):
                told[place] = words
    return told


def _differences(runs: Sequence[Run]) -> list[str]:
    said: list[list[str]] = [[] for _ in runs]
    for read in _READ:
        words = [read(run) for run in runs]
        if len(set(words)) > 1:
            for each, word in zip(said, words, strict=True):
                if word:
                    each.append(word)
    found = [", ".join(each) for each in said]
    for same in {words for words in found if found.count(words) > 1}:
        places = [place for place, words in enumerate(found) if words == same]
        for place, clock in zip(places, _clocks([runs[n].created for n in places]), strict=True):
            found[place] = ", ".join(filter(None, [same, clock]))
    return found


def _clocks(moments: Sequence[float]) -> list[str]:
    """When they were, by the local clock, as exactly as it takes to tell them apart."""
    for form in ("%H:%M", "%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"):
        found = [time.strftime(form, time.localtime(moment)) for moment in moments]
        days = {time.strftime("%Y-%m-%d", time.localtime(moment)) for moment in moments}
        if len(set(found)) == len(found) and (form != "%H:%M" or len(days) == 1):
            break
    return found


def _classes(run: Run) -> str:
    if not run.wish.classes:
        return f"K {run.wish.k or 'auto'}"
    names = ", ".join(run.wish.classes)
    shown = names if len(names) <= _LONGEST else f"{names[: _LONGEST - 1]}…"
    return f"in {shown}"


def _captions(run: Run) -> str:
    name = run.wish.captions.replace("\\", "/").rpartition("/")[2]
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _photos(run: Run) -> str:
    some = run.wish.photos
    return "" if some is None else "1 photo" if len(some) == 1 else f"{len(some)} photos"


#: What is compared, in the order that it is said.
_READ: tuple[Callable[[Run], str], ...] = (
    lambda run: run.way,
    _classes,
    lambda run: run.model.rpartition("/")[2],
    _captions,
    _photos,
    lambda run: "" if run.wish.other else "no other",
    lambda run: "own prompts" if run.wish.prompts else "",
)
