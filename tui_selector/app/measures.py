"""What was measured of a photo, in plain words."""

from __future__ import annotations

from tui_selector.library.quality import Blur, Quality

_BLURS = {
    Blur.UNKNOWN: "can't tell: too little detail",
    Blur.NONE: "sharp",
    Blur.UNSURE: "blurred, can't tell how",
    Blur.MOTION: "blurred by motion",
    Blur.DEFOCUS: "out of focus",
}
#: Where the sharpest parts are, by thirds of the picture from the top and from the left.
_ROWS, _COLUMNS = ("top", "", "bottom"), ("left", "", "right")
#: Shares of clipped pixels that are worth a word.
_FEW = 0.005


def detail(quality: Quality) -> str:
    """Whether it is sharp and where, and how much noise it has."""
    parts = [_BLURS[quality.blur]]
    sharpness = quality.close_sharpness or quality.sharpness
    if sharpness is not None:
        parts.append(f"{sharpness:.2f}")
    if quality.blur is Blur.NONE and None not in (quality.sharpest_x, quality.sharpest_y):
        parts.append(f"most {_where(quality)}")
    if quality.noise is not None:
        parts.append(f"noise {quality.noise:.1f} of 255")
    return " · ".join(parts)


def _where(quality: Quality) -> str:
    row = _ROWS[min(int(3 * (quality.sharpest_y or 0.0)), 2)]
    column = _COLUMNS[min(int(3 * (quality.sharpest_x or 0.0)), 2)]
    return " ".join(filter(None, (row, column))) or "in the middle"


def light(quality: Quality) -> str:
    """How light it is, its contrast and its colours, and what is clipped."""
    parts = [
        f"{abs(quality.light):.1f} EV under white",
        f"contrast {quality.contrast:.0f}",
        f"colour {quality.colourfulness:.0f}",
    ]
    if quality.clipped_white >= _FEW:
        parts.append(f"{100 * quality.clipped_white:.1f} % white")
    if quality.clipped_black >= _FEW:
        parts.append(f"{100 * quality.clipped_black:.1f} % black")
    return " · ".join(parts)


def faces(quality: Quality) -> str:
    """The faces that were found; "" where nobody has looked."""
    if quality.faces is None:
        return ""
    if not quality.faces:
        return "none found; those turned away are not seen"
    parts = [f"{quality.faces} found"]
    if quality.eyes is None:
        parts.append("eyes: can't tell")
    else:
        parts.append(f"eyes found in {quality.eyes} of {quality.prominent}")
    if quality.eye_sharpness is not None:
        parts.append(f"sharpness at the eyes {quality.eye_sharpness:.2f}")
    return " · ".join(parts)
