"""Sorting by descriptions without a language model: text vectors, clustering and counting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui_selector.criteria.facets import about, facet, subject
from tui_selector.criteria.folding import fold
from tui_selector.criteria.phrases import Embed, FloatArray, label_all, words_in
from tui_selector.criteria.rows import Row
from tui_selector.criteria.run import OTHER, Class, LabelCount, Step, Way, Wish
from tui_selector.criteria.ways.way import Named, Said, Sorting, Verdict

#: Cosine of a label with the name of a class from which it may belong there: one that was made of
#: other labels, and one that the owner has named.
_LEAST, _LEAST_NAMED = 0.4, 0.75


class CaptionSorting(Sorting):
    """See the head of this module."""

    way: Way = "captions"
    skips = frozenset[Step](("describe",))

    def __init__(self, wish: Wish, embed: Embed, author: str) -> None:
        """
        Args:
            wish: What was asked for.
            embed: The space of texts; see `phrases.Embed`.
            author: What makes the vectors, for the eye.
        """
        self.model = author
        self._wish = wish
        self._embed = embed
        self._facet = facet(about(wish.criterion))
        self._subject = subject(wish.criterion)
        if wish.classes:
            self.skips = frozenset(("describe", "name"))

    def label(self, rows: Sequence[Row], everything: Sequence[Row]) -> list[Said]:
        texts = [row.description or "" for row in everything]
        phrases = label_all(
            texts, self._subject, self._embed, self._facet, named=self._wish.classes
        )
        found = {row.key: phrase for row, phrase in zip(everything, phrases, strict=True)}
        return [Said(found[row.key].text, confidence=found[row.key].confidence) for row in rows]

    def name(self, labels: Sequence[LabelCount], rows: Sequence[Row]) -> Named:
        classes, note = fold(labels, self._wish.k, self._embed, self._facet)
        return Named(classes, note)

    def assign(self, rows: Sequence[Row], classes: Sequence[Class]) -> list[Verdict]:
        targets = Targets(classes, self._embed)
        strange = list(dict.fromkeys(row.label for row in rows if row.label))
        targets.learn(strange)
        return [self._verdict(row, targets) for row in rows]

    def _verdict(self, row: Row, targets: Targets) -> Verdict:
        if row.label:
            class_, near = targets.of(row.label)
            if near >= 1.0:
                said = f"Its description says “{row.label}”."
                return Verdict(class_, max(row.confidence, 0.5), said)
            least = _LEAST_NAMED if self._wish.classes else _LEAST
            if near >= least or (not self._wish.other and class_):
                said = f"Its description says “{row.label}”, which lies nearest to “{class_}”."
                return Verdict(class_, 0.5 + 0.4 * max(near - least, 0.0), said, row.label)
            said = f"Its description says “{row.label}”, which is none of the classes."
            return Verdict(OTHER, 0.5, said, row.label)
        if not row.description:
            missing = "It has no description."
            return Verdict(OTHER, 0.0, missing, failed=missing)
        class_, near = targets.nearest(row.description)
        if class_ and (near >= _LEAST or not self._wish.other):
            said = f"No word of its description answers; as a whole it is nearest to “{class_}”."
            return Verdict(class_, 0.5 * near + 0.25, said)
        return Verdict(OTHER, 0.25, "No word of its description answers the criterion.")


class Targets:
    """The classes that labels go to: by the labels that were folded into them, else by meaning."""

    def __init__(self, classes: Sequence[Class], embed: Embed | None) -> None:
        """
        Args:
            classes: With the labels that belong to them.
            embed: The space of texts; without it only what belongs to a class goes there.
        """
        self._names = [each.name for each in classes if each.origin != "other"]
        self._embed = embed
        self._known: dict[str, str] = {}
        for each in classes:
            if each.origin != "other":
                for label in (*each.labels, each.name):
                    self._known.setdefault(label.casefold(), each.name)
        self._found: dict[str, tuple[str, float]] = {}
        self._rows: FloatArray | None = None

    def learn(self, labels: Sequence[str]) -> None:
        """Find the nearest class of labels that belong to none, all at once."""
        strange = [label for label in labels if label.casefold() not in self._known]
        if not strange or not self._names or self._embed is None:
            return
        cosines = self._cosines(strange)
        best = cosines.argmax(axis=1)
        for row, label in enumerate(strange):
            place = int(best[row])
            same = self._names[place] if _same(label, self._names[place]) else ""
            score = 1.0 if same else min(float(cosines[row, place]), 0.99)
            self._found[label] = self._names[place], score

    def of(self, label: str) -> tuple[str, float]:
        """The class of a label and how near it is: 1 where it belongs to it."""
        known = self._known.get(label.casefold())
        return (known, 1.0) if known is not None else self._found.get(label, ("", 0.0))

    def nearest(self, text: str) -> tuple[str, float]:
        """The class whose name lies nearest to a text, and the cosine."""
        if not self._names or self._embed is None:
            return "", 0.0
        cosines = self._cosines([text])[0]
        place = int(cosines.argmax())
        return self._names[place], float(cosines[place])

    def _cosines(self, texts: Sequence[str]) -> FloatArray:
        assert self._embed is not None
        if self._rows is None:
            self._rows = self._embed(self._names)
        return np.asarray(self._embed(texts) @ self._rows.T, np.float32)


def _same(one: str, two: str) -> bool:
    """Whether two labels are the same words."""
    return words_in(one) == words_in(two)
