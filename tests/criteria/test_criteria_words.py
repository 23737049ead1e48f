"""Photos held against classes that the owner names, wide ones among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from tui_selector.criteria.facets import Facet
from tui_selector.criteria.rows import Row
from tui_selector.criteria.run import Wish
from tui_selector.criteria.ways.by_words import WordSorting
from tui_selector.models.embedder import Embedder
from tui_selector.models.labels import narrower

#: Each word has a direction of its own; what shows one thing shows nothing else.
WORDS = ("animal", "elephant", "vehicle", "bus", "noise")


class Reader:
    """Vectors of words, and chances as cosines say them."""

    name = "reader"

    @property
    def calibration(self) -> Reader:
        return self

    def prompts(self, text: str) -> list[str]:
        return [text]

    def log_partition(self, vectors: np.ndarray) -> np.ndarray:
        return np.zeros(len(vectors), np.float32)

    def words(
        self, text: np.ndarray, cosines: np.ndarray, partitions: np.ndarray, least: float
    ) -> np.ndarray:
        return np.asarray(np.clip(cosines, 0.0, 1.0))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.eye(len(WORDS), dtype=np.float32)[[WORDS.index(text) for text in texts]]


def test_groups_lie_under_wider_ones() -> None:
    assert {"elephant", "dog", "bird", "dinosaur"} <= set(narrower("animal"))
    assert "bus" in narrower("vehicle")
    assert "bus" not in narrower("animal")
    assert "animal" not in narrower("animal")
    assert narrower("elephant") == narrower("no such word") == ()


def test_what_is_narrower_than_a_named_class_counts_for_it() -> None:
    below = {"animal": ["elephant"], "vehicle": ["bus"]}
    reader = cast("Embedder", cast(Any, Reader()))
    shown = dict(zip("eban", ("elephant", "bus", "animal", "noise"), strict=True))
    vectors = {key: Reader().embed_texts([word])[0] for key, word in shown.items()}
    wish = Wish(criterion="kind", classes=("animal", "vehicle"))
    sorting = WordSorting(wish, (), reader, vectors, Facet(name=""), lambda word: below[word])
    rows = [Row(key=key) for key in "eban"]
    said = sorting.label(rows, rows)
    assert [each.text for each in said] == ["animal", "vehicle", "animal", ""]
    assert "“elephant”, animal," in said[0].reason
    assert "finds none of the words" in said[3].reason
    plain = WordSorting(wish, (), reader, vectors, Facet(name=""))
    assert [each.text for each in plain.label(rows, rows)] == ["", "", "animal", ""]
