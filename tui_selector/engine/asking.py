"""From the terms of a query to what can be compared: vectors, tags, names."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tui_selector.engine.collection import Collection
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.folder.files import DecodeError
from tui_selector.library.pictures.decode import decode
from tui_selector.models.embedder import Embedder
from tui_selector.search import attributes
from tui_selector.search.query import MARKED, QueryError, Term
from tui_selector.search.ranking import NO_MARKS, Asked, Marks

_log = logging.getLogger(__name__)

#: A region is decoded so large that its short side suits the model, up to so many times.
_ENLARGED = 8
#: Names in a sentence about a photo that is not clear.
_NAMED = 3


class Asker:
    """Prepares the terms of one query.

    Attributes:
        notes: What the owner should know about the answer.
        seconds: Spent on turning words and pictures into vectors.
    """

    def __init__(
        self, catalog: Catalog, collection: Collection, embedder: Embedder, marked: Sequence[int]
    ) -> None:
        self.notes: list[str] = []
        self.seconds = 0.0
        self._catalog = catalog
        self._collection = collection
        self._embedder = embedder
        self._marked = marked

    def asked(self, terms: Iterable[Term]) -> list[Asked]:
        """
        Raises:
            QueryError: A photo or a file that the query names is not there or cannot be read.
        """
        return [self._words(term) if term.kind == "words" else self._like(term) for term in terms]

    def like(self, text: str, photos: Sequence[int], weight: float = 1.0) -> Asked | None:
        """Ask for what photos look like together; None where none of them has a vector."""
        positions = self._collection.positions(photos)
        rows = self._collection.pictures.rows(self._collection.hashes(positions))
        rows = rows[rows >= 0]
        if not len(rows):
            return None
        mean = self._collection.pictures.index.vectors[rows].mean(axis=0)
        length = float(np.linalg.norm(mean))
        return Asked(text, weight, picture=mean / length) if length > 0 else None

    def region(self, path: Path, box: tuple[float, float, float, float]) -> Asked:
        """Ask for what a part of a picture looks like.

        Args:
            path: Where the picture lies.
            box: Left, top, right, bottom, from 0 to 1.

        Raises:
            DecodeError: The picture cannot be read.
            ValueError: The box is empty.
        """
        left, right = sorted(min(max(value, 0.0), 1.0) for value in box[::2])
        top, bottom = sorted(min(max(value, 0.0), 1.0) for value in box[1::2])
        share = min(right - left, bottom - top)
        if share <= 0:
            raise ValueError("The region is empty; draw it larger.")
        longest = round(2 * self._embedder.input_size * min(1 / share, _ENLARGED))
        image = decode(path, longest=longest).image
        width, height = image.size
        corners = (left * width, top * height, right * width, bottom * height)
        x, y, x_end, y_end = (round(corner) for corner in corners)
        part = image.crop((x, y, max(x_end, x + 1), max(y_end, y + 1)))
        return Asked("region", picture=self._picture(self._embedder.prepare(part)))

    # -- words -------------------------------------------------------------------------------

    def _words(self, term: Term) -> Asked:
        wording = attributes.read(term.text)
        vector = None
        labels = names = texts = captions = NO_MARKS
        if wording.things:
            start = time.perf_counter()
            vector = self._vector(wording.things)
            self.seconds += time.perf_counter() - start
            labels = self._tagged(attributes.tag_names(wording.things))
            words = attributes.words_of(wording.things)
            names, texts = self._named(words), self._written(words)
            captions = self._described(words)
        held = tuple((name, self._held(name)) for name in wording.tags)
        for name, marks in held:
            if not len(marks.positions):
                self.notes.append(f"No photo has the tag {name}.")
        if wording.numbers and not len(labels.positions):
            counted = ", ".join(dict.fromkeys(wording.numbers))
            self.notes.append(
                "Nothing counts what photos show but faces that are marked in the files: "
                f"'{printable(counted)}' only colours the meaning."
            )
        return Asked(
            term.text,
            term.weight,
            words=vector,
            attributes=held,
            labels=labels,
            names=names,
            texts=texts,
            captions=captions,
        )

    def _vector(self, things: str) -> np.ndarray:
        """What photos are compared with that should show some things, (t,) float32."""
        prompts = self._embedder.calibration.prompts(things)
        mean = self._embedder.embed_texts(prompts).mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)

    def _held(self, name: str) -> Marks:
        """Photos with the tag of an attribute, or with one that may stand for it."""
        scores = self._scores((name,))
        if name in attributes.STAND_INS:
            other, least, share, against = attributes.STAND_INS[name]
            contradicted = self._scores(against)
            for photo, score in self._scores((other,)).items():
                if score >= least and not contradicted.get(photo):
                    scores.setdefault(photo, share * score)
        return self._marks(scores)

    def _tagged(self, names: Sequence[str]) -> Marks:
        """Photos with one of these tags."""
        return self._marks(self._scores(names))

    def _scores(self, names: Sequence[str]) -> dict[int, float]:
        """Scores of one of these tags by photo, 0 where the owner says that it is wrong."""
        best: dict[int, float] = {}
        refused: set[int] = set()
        for name in names:
            rows = self._catalog.connection.execute(
                "SELECT photo, source, score FROM tags WHERE name = ?", (name,)
            )
            for photo, source, score in rows.fetchall():
                if source == "owner" and score <= 0:
                    refused.add(photo)
                best[photo] = max(best.get(photo, 0.0), float(score))
        return best | dict.fromkeys(refused, 0.0)

    def _named(self, words: Sequence[str]) -> Marks:
        """Photos whose path has every one of these words."""
        if not words:
            return NO_MARKS
        wanted = set(words)
        positions = [
            position
            for position, path in enumerate(self._collection.folded)
            if all(word in path for word in words) and wanted <= set(attributes.words_of(path))
        ]
        return Marks(np.array(positions, np.int64), np.ones(len(positions)))

    def _written(self, words: Sequence[str]) -> Marks:
        """Photos in which every one of these words is written."""
        return self._marks(dict.fromkeys(self._catalog.texts.with_words(words), 1.0))

    def _described(self, words: Sequence[str]) -> Marks:
        """Photos whose description has every one of these words."""
        return self._marks(dict.fromkeys(self._catalog.captions.with_words(words), 1.0))

    def _marks(self, scores: dict[int, float]) -> Marks:
        positions = self._collection.positions([id_ for id_, score in scores.items() if score > 0])
        ids = self._collection.ids[positions].tolist()
        return Marks(positions, np.array([scores[id_] for id_ in ids]))

    # -- pictures ----------------------------------------------------------------------------

    def _like(self, term: Term) -> Asked:
        if term.kind == "file":
            return Asked(Path(term.text).name, term.weight, picture=self._file(term))
        if term.text == MARKED:
            if not self._marked:
                raise _wrong(term, "No photo is marked; mark some with space.")
            asked = self.like("@marked", self._marked, term.weight)
        else:
            asked = self.like("@" + term.text, [self._photo(term)], term.weight)
        if asked is None:
            raise _wrong(term, "That photo is not indexed yet; wait until it is.")
        return asked

    def _photo(self, term: Term) -> int:
        """The id of the photo that a term names by its path, its name, or a part of them."""
        wanted = term.text.casefold()
        paths = self._collection.folded
        for fits in (
            lambda path: path == wanted,
            lambda path: path.rpartition("/")[2] == wanted,
            lambda path: wanted in path,
        ):
            found = [position for position, path in enumerate(paths) if fits(path)]
            exact = [p for p in found if self._collection.paths[p] == term.text]
            found = exact or found
            if len(found) == 1:
                return int(self._collection.ids[found[0]])
            if found:
                names = ", ".join(printable(self._collection.paths[p]) for p in found[:_NAMED])
                more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
                raise _wrong(term, f"Several photos are called so: {names}{more}.")
        raise _wrong(term, f"No indexed photo is called {printable(term.text[:80])}.")

    def _file(self, term: Term) -> np.ndarray:
        path = Path(term.text)
        shown = printable(path.name[:80])
        if not path.is_absolute():
            raise _wrong(term, f"The path of {shown} must be absolute here.")
        try:
            image = decode(path, longest=2 * self._embedder.input_size).image
            return self._picture(self._embedder.prepare(image))
        except (OSError, ValueError) as error:
            raise _wrong(term, f"{shown} cannot be opened: {printable(str(error))}.") from error
        except DecodeError as error:
            raise _wrong(term, f"{shown}: {printable(str(error))}") from error

    def _picture(self, prepared: np.ndarray) -> np.ndarray:
        start = time.perf_counter()
        vector = self._embedder.embed([prepared]).vectors[0]
        self.seconds += time.perf_counter() - start
        return np.asarray(vector)


def _wrong(term: Term, sentence: str) -> QueryError:
    return QueryError(sentence, term.column, len(term.text))
