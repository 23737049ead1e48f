"""What a score means: how likely it is that a photo shows what was asked for, and from where.

Every model has a calibration of its own, which makes chances of its cosines; the ranking asks it
and knows no model. A chance of one half is the floor (`scores.FLOOR`): the score from which a photo
counts as a match. How well that does is measured by tests/benchmarks/bench_search.py.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Calibration(Protocol):
    """What a model's cosines mean; `models.calibration` has those that there are."""

    def words(
        self, text: np.ndarray, cosines: np.ndarray, partitions: np.ndarray, least: float
    ) -> np.ndarray:
        """Chances (n,) float64, by the cosines (n,) of a text (t,) with photos.

        `partitions` (n,) is what the photos say to everything alike, `least` what nearly all photos
        say at least.
        """
        ...

    def pictures(self, cosines: np.ndarray) -> np.ndarray:
        """Chances (n,) float64 that photos show the same as a picture, by their cosines (n,)."""
        ...


def histogram(chances: np.ndarray, bins: int = 20) -> list[int]:
    """How many scores lie in each of some equal parts of 0 to 1."""
    counts, _ = np.histogram(np.clip(chances, 0.0, 1.0), bins=bins, range=(0.0, 1.0))
    return [int(count) for count in counts]
