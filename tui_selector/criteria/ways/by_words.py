"""Sorting by words that answer the criterion, held against the photos' own vectors.

The vectors of a dual encoder lie by everything that photos show at once. What tells answers to one
criterion apart is only the part of the space that its words span: photos are projected onto that
subspace, and labelled and clustered there (Yao et al. 2024, "Customized Multiple Clustering via
Multi-Modal Subspace Proxy Learning", take the words of a language model; here they come from the
facet, from the owner, or from the vocabulary, by their nearness to the criterion).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tui_selector.analysis.kmeans import spherical_kmeans, unit
from tui_selector.criteria.facets import Facet
from tui_selector.criteria.folding import fold
from tui_selector.criteria.phrases import FloatArray
from tui_selector.criteria.rows import Row
from tui_selector.criteria.run import OTHER, Class, LabelCount, Step, Way, Wish
from tui_selector.criteria.ways.way import Named, Said, Sorting, Verdict

if TYPE_CHECKING:
    from tui_selector.models.embedder import Embedder

#: Chance that a photo shows what a word names, by the model's calibration, under which it does not.
_LEAST_CHANCE = 0.08
#: Most words of a vocabulary that are held against photos, and the cosine with the criterion from
#: which they answer it.
_MOST_WORDS, _NEAR = 60, 0.42
#: Fewest photos whose own clusters are looked for.
_FEWEST = 16


def words_about(subject: str, vocabulary: Sequence[str], embedder: Embedder) -> tuple[str, ...]:
    """Words of a vocabulary that answer what a criterion asks for, the nearest first."""
    vocabulary = list(dict.fromkeys(vocabulary))
    if not vocabulary:
        return ()
    near = embedder.embed_texts(vocabulary) @ embedder.embed_texts([subject])[0]
    order = np.argsort(-near)[:_MOST_WORDS].tolist()
    return tuple(
        vocabulary[place]
        for place in order
        if near[place] >= _NEAR and vocabulary[place].casefold() != subject
    )


class WordSorting(Sorting):
    """See the head of this module."""

    way: Way = "words"

    def __init__(
        self,
        wish: Wish,
        words: Sequence[str],
        embedder: Embedder,
        vectors: Mapping[str, FloatArray],
        facet: Facet,
        narrower: Callable[[str], Sequence[str]] = lambda word: (),
    ) -> None:
        """
        Args:
            wish: What was asked for.
            words: That photos are held against; those of `wish.classes` where there are some.
            embedder: Made the vectors.
            vectors: Of the photos, (t,) float32, unit length, by key.
            facet: What the criterion is about.
            narrower: Words that belong to a class that the owner has named ("elephant" of
                "animal"): what shows one of them shows the class.
        """
        skipped: tuple[Step, ...] = ("describe", "name") if wish.classes else ("describe",)
        self.skips = frozenset(skipped)
        self.model = embedder.name
        self._wish, self._embedder, self._facet = wish, embedder, facet
        self._vectors = vectors
        self._words = list(wish.classes or words)
        # The place of the class that each word stands for, the classes' own names first.
        stands = [(word, place) for place, word in enumerate(self._words)]
        own = {word.casefold() for word in self._words}
        for place, name in enumerate(wish.classes):
            below = [word for word in narrower(name.casefold()) if word.casefold() not in own]
            stands += [(word, place) for word in below]
        self._said = [word for word, _ in stands]
        self._stands = np.array([place for _, place in stands], np.intp)
        self._rows = self._text_vectors(self._said)
        self._centres: dict[str, FloatArray] = {}

    def _text_vectors(self, texts: Sequence[str]) -> FloatArray:
        """What stands for texts that somebody asks for, (n, t) unit rows."""
        prompts = [self._embedder.calibration.prompts(text) for text in texts]
        rows = self._embedder.embed_texts([each for some in prompts for each in some])
        ends = np.cumsum([len(some) for some in prompts])
        parts = [rows[end - len(some) : end] for end, some in zip(ends, prompts, strict=True)]
        return unit(np.stack([part.mean(axis=0) for part in parts]))

    def _chances(self, vectors: FloatArray, rows: FloatArray) -> FloatArray:
        """How likely photos show what each text names, (n, w)."""
        calibration = self._embedder.calibration
        partitions = calibration.log_partition(vectors)
        cosines = vectors @ rows.T
        columns = [
            calibration.words(row, cosines[:, place], partitions, 0.0)
            for place, row in enumerate(rows)
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    # -- the steps -------------------------------------------------------------------------------

    def label(self, rows: Sequence[Row], everything: Sequence[Row]) -> list[Said]:
        known = [row for row in rows if row.key in self._vectors]
        found: dict[str, Said] = {}
        if known:
            vectors = np.stack([self._vectors[row.key] for row in known])
            # By chance, not by cosine: some words lie near to everything.
            chances = self._chances(vectors, self._rows)
            for place, row in enumerate(known):
                best, second = self._nearest(chances[place])
                chance = float(chances[place, best])
                word = self._words[self._stands[best]]
                rival = f", {self._said[second]} less" if second >= 0 else ""
                kind = f", {word}," if self._said[best] != word else ""
                reason = (
                    f"{self.model} finds “{self._said[best]}”{kind} nearest{rival} "
                    f"(chance {chance:.0%})."
                )
                if chance < _LEAST_CHANCE and self._wish.other:
                    said = f"{self.model} finds none of the words in it; “{word}” is nearest."
                    found[row.key] = Said("", reason=said, confidence=1.0 - chance)
                else:
                    found[row.key] = Said(word, reason=reason, confidence=max(chance, 0.1))
        missing = Said("", reason="It has no vector yet.", confidence=0.0)
        return [found.get(row.key, missing) for row in rows]

    def _nearest(self, chances: FloatArray) -> tuple[int, int]:
        """The places of the likeliest word, and of the next that stands for something else."""
        best = int(chances.argmax())
        others = np.where(self._stands == self._stands[best], -np.inf, chances)
        second = int(others.argmax())
        return best, second if np.isfinite(others[second]) else -1

    def name(self, labels: Sequence[LabelCount], rows: Sequence[Row]) -> Named:
        if not labels:
            return Named([], f"{self.model} finds no word about the criterion in any photo.")
        labelled = [row for row in rows if row.label and row.key in self._vectors]
        k = self._wish.k
        if k is None or k < 2 or len(labelled) < max(_FEWEST, 2 * k):
            classes, note = fold(labels, k, self._embedder.embed_texts, self._facet)
            return Named(classes, note)
        return Named(self._clusters(labelled, k))

    def _clusters(self, rows: Sequence[Row], k: int) -> list[Class]:
        """Cluster photos in the subspace of the words; the words at the middles are the names."""
        vectors = np.stack([self._vectors[row.key] for row in rows])
        basis = subspace(self._rows)
        flat = vectors @ basis.T
        points = unit(flat - flat.mean(axis=0))
        labels = spherical_kmeans(points, k).labels
        centres = np.stack([vectors[labels == group].mean(axis=0) for group in range(k)])
        # Each word names one cluster at most: the one that it tells best from the others.
        scores = (centres - vectors.mean(axis=0)) @ self._rows.T
        if len(self._words) >= k:
            from scipy.optimize import linear_sum_assignment

            _, places = linear_sum_assignment(scores, maximize=True)
        else:
            places = np.arange(k)
        drafts = []
        for group in range(k):
            word = self._words[int(places[group])] if len(self._words) >= k else f"group {group}"
            self._centres[word] = points[labels == group].mean(axis=0)
            drafts.append(Class(name=word, photos=int(np.count_nonzero(labels == group))))
        self._origin = basis, flat.mean(axis=0)
        return sorted(drafts, key=lambda each: -each.photos)

    def assign(self, rows: Sequence[Row], classes: Sequence[Class]) -> list[Verdict]:
        names = [each.name for each in classes if each.origin != "other"]
        if self._centres and set(names) <= set(self._centres):
            return self._nearest_centre(rows, names)
        known = {
            label.casefold(): each.name
            for each in reversed(classes)
            for label in (*each.labels, each.name)
            if each.origin != "other"
        }
        strange = [row for row in rows if row.label and row.label.casefold() not in known]
        nearest: dict[str, str] = {}
        if strange and names:
            texts = list(dict.fromkeys(row.label or "" for row in strange))
            cosines = self._embedder.embed_texts(texts) @ self._embedder.embed_texts(names).T
            nearest = {
                text: names[int(place)]
                for text, place in zip(texts, cosines.argmax(axis=1), strict=True)
            }
        found = []
        for row in rows:
            class_ = known.get((row.label or "").casefold()) or nearest.get(row.label or "")
            if not row.label or class_ is None:
                found.append(Verdict(OTHER, row.confidence, row.reason))
            else:
                found.append(Verdict(class_, row.confidence, row.reason))
        return found

    def _nearest_centre(self, rows: Sequence[Row], names: Sequence[str]) -> list[Verdict]:
        basis, mean = self._origin
        centres = unit(np.stack([self._centres[name] for name in names]))
        found = []
        for row in rows:
            vector = self._vectors.get(row.key)
            if not row.label or vector is None:
                found.append(Verdict(OTHER, row.confidence, row.reason))
                continue
            point = unit((vector @ basis.T - mean)[None])[0]
            cosines = centres @ point
            best, second = _two(cosines)
            lead = float(cosines[best] - cosines[second]) if second >= 0 else 1.0
            reason = f"Among the words of the criterion it lies with “{names[best]}”; {row.reason}"
            found.append(Verdict(names[best], 0.5 + 0.5 * min(max(lead, 0.0), 1.0), reason))
        return found


def subspace(rows: FloatArray, kept: float = 0.95) -> FloatArray:
    """An orthonormal basis (b, t) of what tells words (w, t) apart.

    Directions that hold `kept` of their variance around their mean; the mean, which all of them
    share, is no part of it.
    """
    centred = rows - rows.mean(axis=0)
    _, strengths, directions = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    energy = np.cumsum(strengths**2)
    if energy[-1] <= 1e-12:
        return np.asarray(unit(rows[:1]), np.float32)
    count = int(np.searchsorted(energy, kept * energy[-1])) + 1
    return np.asarray(directions[:count], np.float32)


def _two(scores: FloatArray) -> tuple[int, int]:
    """The places of the two highest scores; -1 where there is no second."""
    order = np.argsort(-scores)
    return int(order[0]), int(order[1]) if len(order) > 1 else -1
