"""What every model offers to the rest of the house: pictures and words in, vectors and tags out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from tui_selector.library.photo import Tag

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from tui_selector.models.calibration import Calibration


class ModelError(Exception):
    """A model cannot be used. Its text is one sentence for the owner."""


class ModelKey(msgspec.Struct, frozen=True):
    """What a vector was made by. Vectors with different keys are never compared.

    Attributes:
        model: Short name or hub id.
        revision: Which weights: a digest or a hub commit.
        preprocessing: Size, filter and version of what happens before and after the network.
    """

    model: str
    revision: str
    preprocessing: str

    def __str__(self) -> str:
        return f"{self.model}@{self.revision}#{self.preprocessing}"


class Embedding(NamedTuple):
    """A batch of embedded pictures, in the order they were given.

    Attributes:
        vectors: Image vectors, (n, d) float32, unit rows: what clusters and looks alike.
        words: Text-space vectors, (n, t) float32, unit rows: what a text query is compared with.
        tags: Words for each picture, the surest first; empty where nothing is sure.
    """

    vectors: np.ndarray
    words: np.ndarray
    tags: list[tuple[Tag, ...]]


class Embedder(Protocol):
    """A model that turns pictures and words into vectors.

    Every method may be called from several threads at once.
    """

    @property
    def key(self) -> ModelKey:
        """What its vectors are stored under."""
        ...

    @property
    def name(self) -> str:
        """For the status bar: the model and what runs it."""
        ...

    @property
    def notice(self) -> str:
        """One sentence when it runs otherwise than it should (slower), else ""."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of an image vector."""
        ...

    @property
    def input_size(self) -> int:
        """Pixels that the short side of a picture given to `prepare` should at least have."""
        ...

    @property
    def batch_size(self) -> int:
        """How many pictures one call of `embed` does best."""
        ...

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Turn an upright picture of any size into the network's input, (h, w, 3) uint8."""
        ...

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        """Embed what `prepare` gave."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts in the space of `Embedding.words`, (n, t) float32, unit rows."""
        ...

    @property
    def calibration(self) -> Calibration:
        """What its cosines mean."""
        ...
