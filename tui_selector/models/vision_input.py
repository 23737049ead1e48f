"""What a vision-language model is given: its kind, the size of pictures, messages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tui_selector.library.display import printable
from tui_selector.models import checkpoint
from tui_selector.models.chat_families import CHAT_FAMILIES
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import Message, Picture

#: Pixels of a picture at most, by the number of pictures in the conversation up to which they hold,
#: on a GPU; a CPU takes half. A picture keeps its size, and what was read of it its use, while the
#: conversation stays below the next step. 784 pixels are one token for most kinds of models.
_PIXELS = ((4, 784 * 1024), (12, 784 * 512), (40, 784 * 256), (99, 784 * 128))


def family_of(folder: Path) -> str:
    """The kind of the vision-language model in a folder.

    Raises:
        ModelError: It holds no model, or one of another kind.
    """
    family = str(checkpoint.read_config(folder)["model_type"])
    if family not in CHAT_FAMILIES:
        raise ModelError(
            f"The model in {printable(str(folder))} is of the kind {printable(family)}, which does"
            f" not answer questions about pictures here; those are {', '.join(CHAT_FAMILIES)}."
        )
    return family


def pixels_of(count: int, device: str) -> int:
    """Pixels of each of so many pictures, at most."""
    most = next((most for pictures, most in _PIXELS if count <= pictures), _PIXELS[-1][1])
    return most // 2 if device == "cpu" else most


def as_written(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as transformers has them."""
    return [
        {
            "role": said.role,
            "content": [
                {"type": "image"} if isinstance(part, Picture) else {"type": "text", "text": part}
                for part in said.parts
            ],
        }
        for said in messages
    ]
