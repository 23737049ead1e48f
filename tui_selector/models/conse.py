"""ConSE: a picture's place among words, from the classes it is taken for.

Norouzi et al. 2014, "Zero-Shot Learning by Convex Combination of Semantic Embeddings": the vector
is the probability-weighted mean of the word vectors of the likeliest classes.
"""

from __future__ import annotations

import numpy as np

from tui_selector.models.tags import softmax

#: How many of the likeliest classes are mixed.
TOP = 20


def word_vectors(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Place pictures in the space of texts.

    Args:
        logits: (n, 1000) float32.
        classes: Text vector of each class, (1000, 384) float32, unit rows.

    Returns:
        (n, 384) float32, unit rows.
    """
    top = min(TOP, logits.shape[1])
    likeliest = np.argpartition(-logits, top - 1, axis=1)[:, :top]
    weights = softmax(np.take_along_axis(logits, likeliest, axis=1))
    mixed = np.einsum("nk,nkd->nd", weights, classes[likeliest])
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float32)
