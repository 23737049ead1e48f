"""A model that needs no weights and no time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from tui_selector.library.photo import Tag
from tui_selector.models.calibration import Standardised
from tui_selector.models.embedder import Embedding, ModelKey


class MeanColour:
    """A model whose vector is the mean colour; `broken` makes it raise."""

    key = ModelKey("mean-colour", "1", "p8")
    name = "mean colour"
    notice = ""
    dimensions = 3
    input_size = 8
    batch_size = 4
    calibration = Standardised(np.eye(2, dtype=np.float32))

    def __init__(self) -> None:
        self.broken = False
        self.embedded = 0

    def prepare(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((8, 8)))

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        if self.broken:
            raise RuntimeError("out of memory")
        self.embedded += len(batch)
        means = np.stack([each.reshape(-1, 3).mean(axis=0) + 1 for each in batch])
        vectors = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return Embedding(vectors, vectors[:, :2], [(Tag("colour", 0.9, "model"),)] * len(batch))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.ones((len(texts), 2), np.float32)
