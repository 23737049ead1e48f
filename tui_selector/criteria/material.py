"""The photos of a library as a run sees them: pictures, measures, vectors and descriptions."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_selector.criteria.caption_file import read_captions
from tui_selector.criteria.pixels import SIDE, numpy_of
from tui_selector.criteria.rows import Subject
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.photo import Photo
from tui_selector.library.pictures.decode import DecodeError, decode, fit
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.library.quality import Quality

if TYPE_CHECKING:
    from PIL import Image


class Material:
    """Reads one library; belongs to the thread of its catalog."""

    def __init__(
        self,
        catalog: Catalog,
        thumbnails: ThumbnailStore,
        space: str = "",
        dimensions: int = 0,
    ) -> None:
        """
        Args:
            catalog: Of the library.
            thumbnails: Of the library.
            space: The name of the vectors that texts are compared with; "" where there are none.
            dimensions: Their length.
        """
        self._catalog, self._thumbnails = catalog, thumbnails
        self._space, self._dimensions = space, dimensions

    def subjects(self, photos: Iterable[int] | None = None) -> list[Subject]:
        """The indexed pictures in natural order, copies together; only of some photos if given."""
        wanted = None if photos is None else set(photos)
        found: dict[bytes, tuple[list[int], str]] = {}
        for id_, hash_, path, _ in self._catalog.photos.indexed():
            if wanted is None or id_ in wanted:
                found.setdefault(hash_, ([], path))[0].append(id_)
        return [Subject(hash_.hex(), tuple(ids), path) for hash_, (ids, path) in found.items()]

    # -- pictures --------------------------------------------------------------------------------

    def load(self, subject: Subject, pixels: int) -> Image.Image:
        """A picture, upright RGB, of at most so many pixels (width times height).

        Raises:
            DecodeError, OSError: It cannot be read.
        """
        picture = decode(self._catalog.root / subject.path, longest=max(64, math.isqrt(pixels) * 2))
        image = picture.image
        factor = math.sqrt(pixels / max(1, image.width * image.height))
        if factor < 1.0:
            image = fit(image, (int(image.width * factor), int(image.height * factor)))
        return image

    def pixels(self, subject: Subject) -> NDArray[np.uint8]:
        """A small picture, (h, w, 3) uint8, see `pixels.SIDE`: of its thumbnail where there is one.

        Raises:
            DecodeError, OSError: There is none, and the file cannot be read.
        """
        from PIL import Image as pillow  # noqa: N813

        stored = self._thumbnails.get(bytes.fromhex(subject.key))
        if stored is not None:
            try:
                with pillow.open(io.BytesIO(stored)) as image:
                    return numpy_of(image)
            except OSError:
                pass  # the cache may be damaged; the file is the truth
        return numpy_of(self.load(subject, SIDE * SIDE))

    # -- what is known ---------------------------------------------------------------------------

    def photo(self, subject: Subject) -> Photo | None:
        """Its row of the catalog."""
        return self._catalog.photos.one(subject.photos[0])

    def metadata(self, subject: Subject) -> Metadata:
        """What its file says about itself."""
        try:
            facts = self._catalog.photos.metadata(subject.photos[0])
            return msgspec.json.decode(facts, type=Metadata)
        except msgspec.MsgspecError:
            return Metadata()

    def quality(self, subject: Subject) -> Quality | None:
        """What was measured of it; None where nobody has looked."""
        return self._catalog.qualities.get(bytes.fromhex(subject.key))

    def captions(self, subjects: Sequence[Subject], file: str = "") -> dict[str, tuple[str, str]]:
        """Descriptions and who made them by key: those of a file, or of the catalog.

        Raises:
            ValueError: The file cannot be read; the message is a sentence.
        """
        if file:
            texts = read_captions(Path(file), [subject.path for subject in subjects])
            return {
                subject.key: (texts[subject.path], Path(file).name)
                for subject in subjects
                if subject.path in texts
            }
        found = self._catalog.captions.of([bytes.fromhex(subject.key) for subject in subjects])
        return {hash_.hex(): (caption.text, caption.author) for hash_, caption in found.items()}

    def vectors(self, subjects: Sequence[Subject]) -> dict[str, NDArray[np.float32]]:
        """The vectors (t,) float32 that texts are compared with, by key; some may have none."""
        if not self._space:
            return {}
        keys = [bytes.fromhex(subject.key) for subject in subjects]
        found = self._catalog.vectors.get(self._space, keys, self._dimensions)
        return {hash_.hex(): vector for hash_, vector in found.items()}


__all__ = ["DecodeError", "Material"]
