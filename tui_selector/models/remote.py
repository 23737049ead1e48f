"""Dual encoders that bring code of their own, such as Jina CLIP.

Nothing of it runs unless the caller says that it may.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tui_selector.library.display import printable
from tui_selector.models.embedder import ModelError
from tui_selector.models.families import UNKNOWN, Family
from tui_selector.models.towers import first_line

if TYPE_CHECKING:
    import torch
    from PIL import Image

#: Short side of a picture, pixels, for processors that do not say what they make of it.
_USUAL_SIZE = 512

#: What models call the task of a text that searches.
_TASK = "retrieval.query"

#: Files that may name code.
_NAMES_CODE = (
    "config.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
    "processor_config.json",
)


class OwnProcessor:
    """Prepares pictures with the processor that came with a model, as slowly as that is.

    See `preprocessing.PictureInput`.
    """

    def __init__(self, processor: Any, fingerprint: str) -> None:
        """
        Args:
            processor: Turns PIL pictures into what the network takes.
            fingerprint: Of its settings.
        """
        self._processor = processor
        self._fingerprint = fingerprint
        size = getattr(processor, "size", None)
        sides = size.values() if isinstance(size, dict) else [size]
        self.input_size = max((n for n in sides if isinstance(n, int)), default=_USUAL_SIZE)

    def __str__(self) -> str:
        return f"own-{self._fingerprint}"

    def prepare(self, image: Image.Image) -> np.ndarray:
        """The picture as it is, (h, w, 3) uint8."""
        return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))

    def check(self, pixels: np.ndarray) -> None:
        """
        Raises:
            ValueError: The pixels do not come from `prepare`.
        """
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise ValueError(
                f"pictures must come from prepare(), not {pixels.shape} {pixels.dtype}"
            )

    def load(
        self, batch: Sequence[np.ndarray], send: Callable[[np.ndarray], torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """See `preprocessing.PictureInput.load`."""
        from PIL import Image

        given = self._processor(
            images=[Image.fromarray(pixels) for pixels in batch], return_tensors="pt"
        )
        return {name: send(value.numpy()) for name, value in given.items()}

    def inputs(self, loaded: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """See `preprocessing.PictureInput.inputs`."""
        return loaded


def brings_code(config: dict[str, Any]) -> bool:
    """Whether a model's config names code of its own."""
    return "AutoModel" in (config.get("auto_map") or {})


def check_code(folder: Path) -> None:
    """
    Raises:
        ModelError: Some of the code lies in another repository, where nobody looked at it.
    """
    for name in _NAMES_CODE:
        if not (folder / name).is_file():
            continue
        try:
            named = json.loads((folder / name).read_bytes())["auto_map"].values()
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue  # it names none, or whoever needs the file says what is wrong with it
        if any("--" in str(reference) for reference in named):
            raise ModelError(
                f"The code that {printable(str(folder / name))} names lies in another repository;"
                " use a model that has its code beside it."
            )


def read_processor(folder: Path) -> OwnProcessor:
    """Load the image processor of a model whose code is trusted.

    Raises:
        ModelError: It is missing, damaged, or needs a package that is not installed.
    """
    from transformers import AutoImageProcessor

    try:
        processor = AutoImageProcessor.from_pretrained(  # type: ignore[no-untyped-call]
            folder, local_files_only=True, trust_remote_code=True
        )
        settings = (folder / "preprocessor_config.json").read_bytes()
    except Exception as error:  # code of strangers raises what it likes
        raise ModelError(
            f"How {printable(str(folder))} wants its pictures cannot be read ({first_line(error)});"
            " fetch the model again, or install what it asks for."
        ) from error
    return OwnProcessor(processor, hashlib.blake2b(settings, digest_size=8).hexdigest())


def family_of(tokenizer: Any, network: Any) -> Family:
    """How an unknown model reads texts: as its tokenizer and its text network say.

    Texts are asked as what searches: models that were taught to tell tasks apart by how a text
    begins (Jina CLIP v2, Koukounas et al. 2024) have a beginning for that.
    """
    length = getattr(tokenizer, "model_max_length", UNKNOWN.length)
    said = getattr(getattr(network, "text_model", None), "task_instructions", None)
    prefix = said.get(_TASK, "") if isinstance(said, dict) else ""
    return Family(UNKNOWN.templates, min(int(length), UNKNOWN.length), prefix=str(prefix))
