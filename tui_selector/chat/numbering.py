"""Numbers of photos, in few words."""

from __future__ import annotations

from collections.abc import Sequence


def in_words(numbers: Sequence[int], few: int = 3) -> list[str]:
    """Numbers in words; more than `few` that follow each other are one word: "1–4", "7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words: list[str] = []
    for run in runs:
        words += [f"{run[0]}–{run[-1]}"] if len(run) > few else map(str, run)
    return words
