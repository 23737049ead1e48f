"""Sorting by what pixels, EXIF and found faces answer by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui_selector.criteria.facets import facet
from tui_selector.criteria.folding import fold
from tui_selector.criteria.material import Material
from tui_selector.criteria.measures import SOURCES, measure
from tui_selector.criteria.phrases import Embed
from tui_selector.criteria.rows import Row, Subject
from tui_selector.criteria.run import OTHER, Class, LabelCount, Step, Way, Wish
from tui_selector.criteria.ways.by_captions import Targets
from tui_selector.criteria.ways.way import Named, Said, Sorting, Verdict

#: Facets whose answers are put into fewer classes by what they mean.
_BY_MEANING = frozenset(("colour", "camera", "shape"))
#: Facets whose answers depend on all photos together.
_TOGETHER = frozenset(("date", "coordinates"))
#: Photos that are looked at in one piece.
_AT_ONCE = 32
#: Cosine of an answer with a class that the owner has named, from which it belongs there.
_LEAST = 0.75
#: Most classes where no number was asked for.
_MOST = 40


class FactSorting(Sorting):
    """See the head of this module."""

    way: Way = "facts"

    def __init__(
        self,
        wish: Wish,
        facet_name: str,
        material: Material,
        subjects: Mapping[str, Subject],
        embed: Embed | None = None,
    ) -> None:
        """
        Args:
            wish: What was asked for.
            facet_name: One of `facets.MEASURED`.
            material: The photos.
            subjects: The pictures by key.
            embed: The space of texts, where there is one.
        """
        skipped: tuple[Step, ...] = ("describe", "name") if wish.classes else ("describe",)
        self.skips = frozenset(skipped)
        self._wish, self._facet = wish, facet_name
        self._material, self._subjects, self._embed = material, subjects, embed

    def piece(self, step: Step) -> int:
        return _AT_ONCE if step == "label" and self._facet not in _TOGETHER else 0

    def label(self, rows: Sequence[Row], everything: Sequence[Row]) -> list[Said]:
        asked = everything if self._facet in _TOGETHER else rows
        subjects = [self._subjects[row.key] for row in asked]
        seen = measure(self._facet, self._wish.criterion, subjects, self._material)
        by_key = {row.key: each for row, each in zip(asked, seen, strict=True)}
        return [
            Said(
                by_key[row.key].label,
                reason=by_key[row.key].reason,
                confidence=by_key[row.key].confidence,
            )
            for row in rows
        ]

    def name(self, labels: Sequence[LabelCount], rows: Sequence[Row]) -> Named:
        if not labels:
            reasons = {row.reason for row in rows if row.reason}
            because = next(iter(reasons)) if len(reasons) == 1 else "No photo has an answer."
            return Named([], f"There are no classes: {because}")
        embed = self._embed if self._facet in _BY_MEANING else None
        k = min(self._wish.k or _MOST, max(len(labels), self._wish.k or 0))
        classes, note = fold(labels, k, embed, facet(self._facet))
        if embed is None and len(classes) < len(labels):
            note = f"{len(labels)} answers were given; the most frequent are the classes."
        return Named(classes, note)

    def assign(self, rows: Sequence[Row], classes: Sequence[Class]) -> list[Verdict]:
        targets = Targets(classes, self._embed)
        targets.learn(list(dict.fromkeys(row.label for row in rows if row.label)))
        # Of answers that are all there are, one is not another, however near their words lie.
        words = set(facet(self._facet).words) if facet(self._facet).closed else set()
        found = []
        for row in rows:
            class_, near = targets.of(row.label or "")
            alike = near >= _LEAST and (near > 0.999 or not {row.label, class_.casefold()} <= words)
            fits = alike or bool(class_ and not self._wish.other)
            if not row.label or not fits:
                found.append(Verdict(OTHER, 0.0, row.reason, row.label or ""))
                continue
            found.append(Verdict(class_, row.confidence, row.reason))
        return found

    @property
    def source(self) -> str:
        """What it answers by, for the eye."""
        return SOURCES[self._facet]
