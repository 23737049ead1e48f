"""The kinds of models that see pictures and answer in words, and how each takes its pictures."""

from __future__ import annotations

import math
from typing import Any

#: `model_type` of configs that transformers loads as `AutoModelForImageTextToText`, with a chat
#: template, many pictures in one conversation, and nothing that only torchvision offers.
CHAT_FAMILIES = (
    "aya_vision",
    "fast_vlm",
    "gemma3",
    "gemma3n",
    "gemma4",
    "glm4v",
    "idefics2",
    "idefics3",
    "internvl",
    "llava",
    "llava_next",
    "llava_onevision",
    "mistral3",
    "qwen2_vl",
    "qwen2_5_vl",
    "qwen3_vl",
    "qwen3_vl_moe",
    "qwen3_5",
    "qwen3_5_moe",
    "smolvlm",
)

#: Side of the pieces that a picture is cut into by the kinds that do that, where theirs is unsaid.
_PIECE = 448


def picture_settings(family: str, processor: Any, pixels: int) -> dict[str, Any]:
    """What a family's picture processor is told, so that it makes no more of a picture than wanted.

    Most make what they are given; some first enlarge it and cut it into pieces, each of which costs
    as many tokens as the whole.

    Args:
        family: `model_type` of the model.
        processor: The picture processor of transformers.
        pixels: What a picture has at most.
    """
    if family in ("smolvlm", "idefics3"):
        side = int((getattr(processor, "max_image_size", None) or {}).get("longest_edge", 364))
        pieces = max(1, math.isqrt(pixels) // side)
        return {"size": {"longest_edge": pieces * side}, "do_image_splitting": pieces > 1}
    if family == "idefics2":
        return {"do_image_splitting": False}
    if family == "internvl":
        size = getattr(processor, "size", None) or {}
        side = int(size.get("height") or _PIECE)
        pieces = max(1, pixels // (side * side))
        return {"crop_to_patches": pieces > 1, "max_patches": pieces}
    return {}
