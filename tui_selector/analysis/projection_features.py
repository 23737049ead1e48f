"""Places on a map as unit vectors, so that what clusters vectors can cluster a map.

The cosine of two such vectors is a Gaussian of how far apart the places are: random Fourier
features (Rahimi and Recht, "Random Features for Large-Scale Kernel Machines", NIPS 2007), with
frequencies that are spread evenly instead of drawn.
"""

from __future__ import annotations

import numpy as np

from tui_selector.analysis.kmeans import FloatArray

#: How many frequencies; there are twice as many dimensions.
_FREQUENCIES = 96

#: The distance at which the cosine is exp(-1/2) = .61, as a share of the longer side of the map.
_REACH = 0.06

_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def features(places: FloatArray) -> FloatArray:
    """Unit vectors of places.

    Args:
        places: (n, 2), in any unit.

    Returns:
        (n, 192) float32, unit rows.
    """
    places = np.asarray(places, np.float64)
    side = float(np.ptp(places, axis=0).max(initial=0)) if len(places) else 0.0
    share = (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES
    # Quantiles of the length of a normal vector in the plane, in directions of a sunflower.
    lengths = np.sqrt(-2 * np.log(1 - share)) / (_REACH * (side or 1.0))
    angles = _GOLDEN_ANGLE * np.arange(_FREQUENCIES)
    waves = places @ (lengths * np.stack([np.cos(angles), np.sin(angles)]))
    made = np.hstack([np.cos(waves), np.sin(waves)]) / np.sqrt(_FREQUENCIES)
    return np.asarray(made, np.float32)
