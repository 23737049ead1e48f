"""What pixels answer, put into classes that the owner has named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from tui_selector.criteria.material import Material
from tui_selector.criteria.rows import Row
from tui_selector.criteria.run import OTHER, Class, Wish
from tui_selector.criteria.ways.by_facts import FactSorting


def alike(texts: Sequence[str]) -> np.ndarray:
    """A space of texts in which all words lie near each other."""
    return np.full((len(texts), 4), 0.5, np.float32)


def assigned(label: str, *names: str, other: bool = True) -> str:
    wish = Wish(criterion="what colour", classes=names, other=other)
    sorting = FactSorting(wish, "colour", cast(Material, None), {}, alike)
    classes = [Class(name=name, origin="owner") for name in names]
    row = Row(key="a", label=label, reason="So it is.", confidence=0.9)
    return sorting.assign([row], classes)[0].class_


def test_one_colour_is_not_another_however_near_their_words_lie() -> None:
    assert assigned("black", "red", "White") == OTHER
    assert assigned("white", "red", "White") == "White"
    assert assigned("black", "White", other=False) == "White"


def test_a_class_that_is_no_plain_colour_takes_what_lies_near() -> None:
    assert assigned("black", "dark things") == "dark things"
