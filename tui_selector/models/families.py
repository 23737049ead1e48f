"""The families of dual encoders: how each was taught to read, and what it is best asked."""

from __future__ import annotations

import msgspec

#: Prompts of the CLIP paper's list (Radford et al. 2021, "Learning Transferable Visual Models From
#: Natural Language Supervision", 3.1.4) that suit an album.
_ENGLISH = (
    "a photo of a {}.",
    "a photo of the {}.",
    "a photo of many {}.",
    "a close-up photo of a {}.",
    "a good photo of a {}.",
    "a bad photo of a {}.",
)
#: The same as Chinese-CLIP words them (Yang et al. 2022).
_CHINESE = (
    "{}的照片。",
    "一张{}的照片。",
    "许多{}的照片。",
    "{}的特写照片。",
    "质量差的{}的照片。",
)


class Family(msgspec.Struct, frozen=True):
    """How models of one `model_type` read texts.

    Attributes:
        templates: Sentences that turn the name of a thing into what captions say, the best first.
        length: Most tokens of a text, the length in training; longer texts are cut.
        is_filled: Whether every text is filled up to that length, as in training.
        is_lowered: Whether it was taught lower case only.
        is_masked: Whether what a text is filled up with is hidden from the network.
        prefix: What every text begins with.
    """

    templates: tuple[str, ...]
    length: int
    is_filled: bool = False
    is_lowered: bool = False
    is_masked: bool = True
    prefix: str = ""

    def prompts(self, name: str) -> list[str]:
        """The sentences that ask for a thing by its name."""
        return [template.replace("{}", name) for template in self.templates]


#: SigLIP (Zhai et al. 2023; Tschannen et al. 2025) takes its text vector from the last of 64 places
#: and was taught to look at the filling.
_SIGLIP = Family((*_ENGLISH, "{}"), 64, is_filled=True, is_lowered=True, is_masked=False)

#: By `model_type` of the config.
FAMILIES: dict[str, Family] = {
    "clip": Family(_ENGLISH, 77),
    "siglip": _SIGLIP,
    "siglip2": _SIGLIP,
    "metaclip_2": Family(_ENGLISH, 77),
    "chinese_clip": Family(_CHINESE, 52),
    "altclip": Family(_ENGLISH, 77),
    "align": Family(_ENGLISH, 64, is_filled=True),
    "tipsv2": Family(_ENGLISH, 64, is_filled=True, is_lowered=True),
}

#: Of models that bring code of their own: nothing is known but that long texts are slow.
UNKNOWN = Family(_ENGLISH, 512)
