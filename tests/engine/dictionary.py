"""A model whose vectors are made by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tui_selector.models.calibration import Standardised
from tui_selector.models.embedder import Embedding, ModelKey


class Dictionary:
    """Texts are the things they name, and every picture is the same to it.

    The space of words has 40 directions, of which each thing is one.
    """

    key = ModelKey("dictionary", "1", "p8")
    name = "dictionary"
    notice = ""
    dimensions = 40
    input_size = 8
    batch_size = 4
    calibration = Standardised(np.eye(40, dtype=np.float32))

    def __init__(self, things: Sequence[str]) -> None:
        self.things = list(things)

    def prepare(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.convert("RGB").resize((8, 8)))

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        vectors = np.full((len(batch), 40), 40**-0.5, np.float32)
        return Embedding(vectors, vectors, [()] * len(batch))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.full((len(texts), 40), 0.01, np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"[a-z]+", text):
                if word in self.things:
                    vector[self.things.index(word)] = 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
