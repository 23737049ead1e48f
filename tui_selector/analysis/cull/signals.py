"""What the signals of a picture say to a culling rule, in a sentence.

Where a rule has no threshold of its own, it goes by `analysis.quality.tags`, as searches and tags
do, so that they never disagree.
"""

from __future__ import annotations

from collections.abc import Callable

from tui_selector.analysis.cull.language import Rule
from tui_selector.analysis.quality.tags import is_blank, quality_tags
from tui_selector.library.quality import Blur, Quality

#: Sharpness from which a photo is as good as sharp (see `Quality.sharpness`).
_SHARP = 1.0

_BLURS = {
    Blur.MOTION: "Blurred by motion",
    Blur.DEFOCUS: "Out of focus",
    Blur.UNSURE: "Blurred",
}


def reason(rule: Rule, quality: Quality | None) -> str | None:
    """Why a rule fits a picture; None where it does not, or where that cannot be told."""
    if quality is None or not quality.side:
        return None
    say = _SAY.get(rule.name)
    return say(quality, rule.threshold) if say else None


def worth(quality: Quality | None) -> float:
    """How good a picture is technically, 0 to 1; a half where it cannot be told.

    Sharpness less what is clipped. Photos of different things hardly compare by more than that.
    """
    if quality is None or not quality.side:
        return 0.5
    if is_blank(quality):
        return 0.0
    sharpness = quality.sharpness
    if sharpness is None:
        return 0.25
    lost = min(1.0, quality.clipped_black / 2 + quality.clipped_white)
    return min(1.0, max(0.0, sharpness / _SHARP)) * (1.0 - lost)


def _has(quality: Quality, name: str) -> bool:
    return any(tag.name == name for tag in quality_tags(quality))


def _blurry(quality: Quality, threshold: float | None) -> str | None:
    if quality.sharpness is None:
        return None
    fits = _has(quality, "blurry") if threshold is None else quality.sharpness < threshold
    how = _BLURS.get(quality.blur, "Not sharp")
    return f"{how}: sharpness {quality.sharpness:.2f} at its sharpest." if fits else None


def _motion(quality: Quality, threshold: float | None) -> str | None:
    if quality.direction is None or not _has(quality, "motion blur"):
        return None
    return f"Blurred by motion along {quality.direction:.0f}°."


def _defocus(quality: Quality, threshold: float | None) -> str | None:
    if quality.sharpness is None or not _has(quality, "out of focus"):
        return None
    return f"Out of focus: sharpness {quality.sharpness:.2f} at its sharpest."


def _dark(quality: Quality, threshold: float | None) -> str | None:
    fits = _has(quality, "underexposed") if threshold is None else quality.light < -threshold
    if not fits:
        return None
    black = f", {quality.clipped_black:.0%} is black" if quality.clipped_black >= 0.005 else ""
    return f"Dark: {-quality.light:.1f} EV below white{black}."


def _bright(quality: Quality, threshold: float | None) -> str | None:
    share = quality.clipped_white
    fits = _has(quality, "overexposed") if threshold is None else share >= threshold
    return f"Overexposed: {share:.0%} is burnt out." if fits else None


def _nothing(quality: Quality, threshold: float | None) -> str | None:
    fits = _has(quality, "blank") if threshold is None else quality.entropy < threshold
    return f"Nothing to see: {quality.entropy:.1f} bits of information." if fits else None


def _noisy(quality: Quality, threshold: float | None) -> str | None:
    if quality.noise is None:
        return None
    fits = _has(quality, "noisy") if threshold is None else quality.noise >= threshold
    return f"Noisy: {quality.noise:.1f} grey levels on flat parts." if fits else None


def _screenshot(quality: Quality, threshold: float | None) -> str | None:
    fits = _has(quality, "screenshot") if threshold is None else quality.screen >= threshold
    return f"Looks like a screenshot ({quality.screen:.0%})." if fits else None


def _document(quality: Quality, threshold: float | None) -> str | None:
    fits = _has(quality, "document") if threshold is None else quality.document >= threshold
    return f"Looks like a page of text ({quality.document:.0%})." if fits else None


def _closed_eyes(quality: Quality, threshold: float | None) -> str | None:
    if quality.eyes is None or not quality.prominent or quality.eyes >= quality.prominent:
        return None
    missing = quality.prominent - quality.eyes
    whose = "the face" if quality.prominent == 1 else f"{missing} of {quality.prominent} faces"
    return f"No open eye was found on {whose}, which is a hint, not a proof."


def _small(quality: Quality, threshold: float | None) -> str | None:
    fits = quality.megapixels < (0.5 if threshold is None else threshold)
    return f"Small: {quality.width} x {quality.height} pixels." if fits else None


_SAY: dict[str, Callable[[Quality, float | None], str | None]] = {
    "blurry": _blurry,
    "motion-blur": _motion,
    "out-of-focus": _defocus,
    "dark": _dark,
    "bright": _bright,
    "low-information": _nothing,
    "noisy": _noisy,
    "screenshots": _screenshot,
    "documents": _document,
    "closed-eyes": _closed_eyes,
    "small": _small,
}
