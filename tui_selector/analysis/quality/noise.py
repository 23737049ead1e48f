"""How much noise lies on the flat parts of a picture."""

from __future__ import annotations

import math

import numpy as np

from tui_selector.analysis.quality.blocks import Filtered

#: Least number of blocks that are looked at, and the share of all that are taken for flat.
_FEWEST, _FLATTEST = 16, 0.1
#: Grey levels next to black and white, where noise is cut off.
_EDGE = 8
#: Mean square of the gradients that noise of deviation 1 gives.
_GRADIENT = 24 / 64
#: Where the flattest blocks have gradients beyond so many times what noise alone gives, they show
#: something; noise under the second, in grey levels, is what rounding makes.
_BUSY, _ROUNDING = 2.5, 0.5


def measure_noise(blocks: Filtered | None) -> float | None:
    """Standard deviation of the noise on the flat blocks of a picture, grey levels.

    None where no block is flat, or all are black or white.
    """
    if blocks is None:
        return None
    slope = (blocks.fine[..., 0] + blocks.fine[..., 2]).ravel()
    level = blocks.level.ravel()
    usable = np.flatnonzero((level > _EDGE) & (level < 255 - _EDGE))
    if len(usable) < _FEWEST:
        return None
    flat = usable[np.argsort(slope[usable])[: max(_FEWEST, round(_FLATTEST * len(usable)))]]
    noise = math.sqrt(float(np.median(blocks.residual.ravel()[flat])))
    gradient = math.sqrt(float(np.median(slope[flat])) / _GRADIENT)
    return None if gradient > _BUSY * max(noise, _ROUNDING) else noise
