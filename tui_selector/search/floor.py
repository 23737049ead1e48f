"""What a score means: how likely it is that a photo shows what was asked for, and from where.

A cosine by itself says little: words lie at other distances from photos than photos from photos,
and "animal" is nearer to everything than "gyroscope". So the cosines of a text are first held
against those of the same text with a cohort, a thousand different things that photos may show
(z-norm, as speaker verification does it: Auckenthaler et al. 2000). The cohort comes with the
model and not from the library: in an album of dogs the dogs are the mean, and would be no match.
The z-score, or for pictures the cosine, then goes through a sigmoid (Platt 1999), as SigLIP's
scores do. One half is the floor (`scores.FLOOR`): the score from which a photo counts as a match.

Both sigmoids are fitted on 144 photos of Caltech-101: the words on 80 names of things, 12 of them
to be seen there, the pictures on all pairs of photos, alike where they show the same thing. The
place of one half is the threshold of the best F1 for words (z = 4.05), and even odds for pictures
(cosine 0.45). How well that does on other photos is measured by tests/benchmarks/bench_search.py.
"""

from __future__ import annotations

import msgspec
import numpy as np


class Calibration(msgspec.Struct, frozen=True):
    """How a raw score becomes a chance: sigmoid(scale * raw + bias)."""

    scale: float
    bias: float

    def chance(self, raw: np.ndarray) -> np.ndarray:
        """Chances from 0 to 1, float64, of raw scores."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.scale * raw.astype(np.float64) + self.bias))))


#: Of z-scores of words; of cosines of pictures.
WORDS = Calibration(1.148, -1.148 * 4.05)
PICTURES = Calibration(16.23, -16.23 * 0.45)


def standardise(scores: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """How many standard deviations scores lie above the mean of a cohort's.

    Args:
        scores: (n,) cosines of a text with photos.
        cohort: (c,) cosines of the same text with other things; with fewer than two, or where all
            are the same, the scores are given back.
    """
    spread = float(cohort.std()) if len(cohort) > 1 else 0.0
    return (scores - cohort.mean()) / spread if spread > 1e-6 else scores


def histogram(chances: np.ndarray, bins: int = 20) -> list[int]:
    """How many scores lie in each of some equal parts of 0 to 1."""
    counts, _ = np.histogram(np.clip(chances, 0.0, 1.0), bins=bins, range=(0.0, 1.0))
    return [int(count) for count in counts]
