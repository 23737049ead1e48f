"""What signals say in a word, as tags that searches and rules use."""

from __future__ import annotations

from tui_selector.library.photo import Tag
from tui_selector.library.quality import Blur, Quality

#: Standard deviation of luma under which there is nothing to see.
_BLANK_CONTRAST = 4.0
#: 95th percentile of luma and standard deviation of a frame taken with the cap on.
_CAP_LUMA, _CAP_CONTRAST = 12.0, 6.0
#: Share of clipped pixels from which a photo is over- or underexposed.
_OVER, _UNDER = 0.10, 0.15
#: Mean light below and above which clipping is a fault, not an accent: EV relative to white.
_UNDER_LIGHT, _OVER_LIGHT = -3.5, -1.6
#: Scores from which it is a screenshot or a page.
_SCREEN, _DOCUMENT = 0.5, 0.7
#: Deviation of luma from which a photo is noisy, grey levels at the working size.
_NOISY = 6.0

#: Tags for what is wrong with a picture, not for what is in it.
FAULTS = frozenset(
    ("blurry", "motion blur", "out of focus", "blank", "overexposed", "underexposed", "noisy")
)
#: Every name that `quality_tags` gives.
NAMES = FAULTS | {"screenshot", "document", "faces"}


def is_blank(quality: Quality) -> bool:
    """Whether there is nothing to see: a lens cap, a misfire, one even colour."""
    capped = quality.luma_95 <= _CAP_LUMA and quality.contrast < _CAP_CONTRAST
    return capped or quality.contrast < _BLANK_CONTRAST


def quality_tags(quality: Quality) -> list[Tag]:
    """Name what is wrong with a picture, what sort it is and whether faces were found.

    Nothing is said of one that could not be measured.
    """
    if not quality.side:
        return []
    drawn = quality.screen >= _SCREEN
    page = quality.document >= _DOCUMENT
    found: dict[str, float] = {}
    if drawn:
        found["screenshot"] = quality.screen
    elif page:
        found["document"] = quality.document
    elif is_blank(quality):
        found["blank"] = 1.0
    else:
        if quality.blur in (Blur.MOTION, Blur.DEFOCUS, Blur.UNSURE):
            found["blurry"] = 1.0
        if quality.blur is Blur.MOTION:
            found["motion blur"] = 1.0
        if quality.blur is Blur.DEFOCUS:
            found["out of focus"] = 1.0
        if quality.clipped_white >= _OVER and quality.light >= _OVER_LIGHT:
            found["overexposed"] = min(quality.clipped_white / _OVER / 2, 1.0)
        if quality.clipped_black >= _UNDER and quality.light <= _UNDER_LIGHT:
            found["underexposed"] = min(quality.clipped_black / _UNDER / 2, 1.0)
        if quality.noise is not None and quality.noise >= _NOISY:
            found["noisy"] = min(quality.noise / _NOISY / 2, 1.0)
    if quality.faces:
        found["faces"] = 1.0
    return [Tag(name, round(score, 3), "pixels") for name, score in found.items()]
