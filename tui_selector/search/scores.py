"""What scores are made of, for those who ask and for those who show them; imports nothing heavy."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

#: The score from which a photo is a match, unless somebody moves it.
FLOOR = 0.5

Share = Annotated[float, msgspec.Meta(ge=0, le=100)]
SignalKind = Literal["meaning", "picture", "tag", "name", "text", "caption"]


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """How much each kind of signal counts; 1 as it is, 0 not at all.

    Attributes:
        meaning: Words compared with what the model sees.
        picture: Pictures compared with pictures.
        tag: Tags that say what was asked for.
        name: Words in paths.
        text: Words that are written in the picture.
        caption: Words of the picture's description.
    """

    meaning: Share = 1.0
    picture: Share = 1.0
    tag: Share = 1.0
    name: Share = 1.0
    text: Share = 1.0
    caption: Share = 1.0


class Signal(msgspec.Struct, frozen=True):
    """One thing that speaks for or against a photo.

    Attributes:
        kind: What was compared.
        asked: The term or the attribute.
        raw: The cosine, the score of the tag, or 1 for a name, a text or a description that fits.
        chance: The same on the common scale.
        weight: Of the term times that of the kind of signal; negative where it is not wanted.
    """

    kind: SignalKind
    asked: str
    raw: float
    chance: float
    weight: float
