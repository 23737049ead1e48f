"""The two networks of a dual encoder: read from a folder, and run."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tui_selector.library.display import printable
from tui_selector.models.batches import is_out_of_memory, release
from tui_selector.models.computed_buffers import fill_computed
from tui_selector.models.device import Copies, choose_dtype
from tui_selector.models.embedder import ModelError
from tui_selector.models.families import Family
from tui_selector.models.preprocessing import PictureInput

if TYPE_CHECKING:
    import torch

#: Most characters of one text that are split into tokens.
MAX_CHARACTERS = 4096

_SHORT_NAMES = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}


class PictureTower(Protocol):
    """Runs the picture network of a dual encoder, from any thread."""

    @property
    def runs_on(self) -> str:
        """For the status bar."""
        ...

    def load(self, batch: Sequence[np.ndarray]) -> Any:
        """Bring prepared pictures to the device."""
        ...

    def pictures(self, loaded: Any) -> np.ndarray:
        """Vectors of pictures from `load`, (n, d) float32, unit rows."""
        ...


class Towers:
    """Runs batches that fit the memory.

    Attributes:
        scale: What a cosine is multiplied with in training, and
        bias: what is then added, or None; see `dual_encoder.DualEncoder`.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        family: Family,
        pictures: PictureInput,
        device: str,
        similarity: tuple[float, float | None],
    ) -> None:
        """Join the parts.

        Args:
            model: Of transformers, on its device, in evaluation mode.
            tokenizer: Of transformers.
            family: How the model reads texts.
            pictures: How it takes pictures.
            device: Where it is.
            similarity: `scale` and `bias`.
        """
        self.scale, self.bias = similarity
        self._model = model
        self._tokenizer = tokenizer
        self._family = family
        self._input = pictures
        self._device = device
        self._dtype: torch.dtype = next(model.parameters()).dtype
        self._tokenizing = threading.Lock()  # its settings are those of the last call
        self._copies = Copies(device)
        words = getattr(model.config, "text_config", None)
        most = getattr(words, "max_position_embeddings", None)
        self._length = min(family.length, most) if isinstance(most, int) else family.length
        # What was taught so that the first numbers of a vector are one, too, may be cut there.
        self._most: int | None = getattr(model.config, "truncate_dim", None)

    @property
    def runs_on(self) -> str:
        """For the status bar."""
        numbers = str(self._dtype).removeprefix("torch.")
        processor = "CPU" if self._device == "cpu" else "GPU"
        return f"{processor} (PyTorch, {_SHORT_NAMES.get(numbers, numbers)})"

    def load(self, batch: Sequence[np.ndarray]) -> Any:
        """Bring prepared pictures to the device, beside what runs there."""
        return self._copies.bring(lambda copy: self._input.load(batch, copy))

    def pictures(self, loaded: Any) -> np.ndarray:
        """Vectors of pictures from `load`, (n, d) float32, unit rows.

        Raises:
            ModelError: The numbers overflow.
        """
        import torch

        with torch.inference_mode():
            inputs = {
                name: value.to(self._dtype) if value.is_floating_point() else value
                for name, value in self._input.inputs(loaded).items()
            }
            return self._unit(self._model.get_image_features(**inputs))

    def tokens(self, texts: Sequence[str]) -> Any:
        """Token numbers of texts and what else the network takes, on the device."""
        clean = [
            self._family.prefix + text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
            for text in texts
        ]
        with self._tokenizing:
            tokens = self._tokenizer(
                [text.lower() for text in clean] if self._family.is_lowered else clean,
                padding="max_length" if self._family.is_filled else True,
                truncation=True,
                max_length=self._length,
                return_tensors="pt",
            )
        if not self._family.is_masked:
            tokens.pop("attention_mask", None)
        return tokens.to(self._device)

    def texts(self, tokens: Any) -> np.ndarray:
        """Vectors of texts from `tokens`, (n, d) float32, unit rows; 0 where one has no vector.

        Raises:
            ModelError: The numbers overflow.
        """
        import torch

        with torch.inference_mode():
            return self._unit(self._model.get_text_features(**tokens))

    def forget_pictures(self) -> None:
        """Give back the memory of the picture network, which something else runs."""
        self._model.vision_model.to("meta")

    def forget_words(self) -> None:
        """Give back the memory of the text network, which is asked nothing more."""
        self._model.text_model.to("meta")
        release(self._device)

    def _unit(self, output: Any) -> np.ndarray:
        # Code that comes with a model may give the vectors themselves.
        features = getattr(output, "pooler_output", output)
        return unit_rows(features[:, : self._most].float().cpu().numpy(), self.runs_on)


def unit_rows(rows: np.ndarray, runs_on: str) -> np.ndarray:
    """Rows of length 1, (n, d) float32; a row of zeros stays one.

    Args:
        rows: (n, d) float32.
        runs_on: What gave them, for the status bar.

    Raises:
        ModelError: Some of the numbers overflowed.
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise ModelError(
            f"The numbers of the model overflow on {runs_on}; choose another model, or"
            " set the device to cpu."
        )
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


# -- reading a folder ----------------------------------------------------------------------------


def keep_quiet() -> None:
    """Keep transformers from writing over the screen, or progress bars into a log."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def load_tokenizer(folder: Path, trusted: bool = False) -> Any:
    """The tokenizer in a folder.

    Args:
        folder: Of the model.
        trusted: Whether code in it may run.

    Raises:
        ModelError: It is missing or damaged, or needs a package that is not installed.
    """
    from transformers import AutoTokenizer

    keep_quiet()
    try:
        return AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=trusted
        )
    except ImportError as error:
        raise ModelError(
            f"The words of {printable(str(folder))} need a package that is not installed"
            f" ({first_line(error)}); install it, or use a model that has a tokenizer.json."
        ) from error
    except Exception as error:  # what a damaged file raises depends on the kind of tokenizer
        raise ModelError(
            f"The words of {printable(str(folder))} cannot be read: tokenizer.json is missing or"
            " damaged; fetch the model again."
        ) from error


def load_model(
    folder: Path,
    device: str,
    *,
    safe: bool,
    trusted: bool = False,
    kind: str = "AutoModel",
    dtype: torch.dtype | None = None,
) -> Any:
    """The network in a folder on its device, ready to run.

    Args:
        folder: Of the model.
        device: From `device.choose_device`.
        safe: Whether its weights are safetensors.
        trusted: Whether code in it may run.
        kind: Which of the automatic classes of transformers finds the network's own.
        dtype: Of its numbers; None is what suits the device.

    Raises:
        ModelError: It is damaged or incomplete, or the memory is too small.
    """
    import transformers

    keep_quiet()
    shown = printable(str(folder))
    try:
        model, found = getattr(transformers, kind).from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=trusted,
            use_safetensors=safe,
            weights_only=True,
            dtype=dtype or choose_dtype(device),
            output_loading_info=True,
        )
        if trusted:
            fill_computed(model)
    except ImportError as error:
        raise ModelError(
            f"The model in {shown} needs what is not installed here ({first_line(error)});"
            " install it, or use another model."
        ) from error
    except Exception as error:  # what a damaged file raises depends on where it is damaged
        if is_out_of_memory(error):
            raise ModelError(f"There is not enough memory to load {shown}.") from error
        raise ModelError(
            f"The model in {shown} cannot be loaded ({first_line(error)}); fetch it again."
        ) from error
    if found["missing_keys"]:
        first = printable(min(found["missing_keys"]))
        raise ModelError(
            f"The weights in {shown} are not all there: {first} and"
            f" {len(found['missing_keys']) - 1} more are missing; fetch the model again."
        )
    try:
        return model.eval().requires_grad_(False).to(device)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
    release(device)
    raise ModelError(
        f"The memory of {device} does not hold {shown}; choose a smaller model or the device cpu."
    )


def read_similarity(model: Any, files: Sequence[Path]) -> tuple[float, float | None]:
    """What a model makes of cosines in training; see `dual_encoder.DualEncoder`.

    The numbers are read as they are stored: in half precision a scale of 112 may be 110.

    Args:
        model: Of transformers, on any device.
        files: Its weights.

    Returns:
        The scale, 100 as CLIP's where the model does not say, and the bias or None.
    """
    from safetensors import safe_open

    names = [name for name in ("temperature", "logit_scale", "logit_bias") if hasattr(model, name)]
    numbers = {name: float(getattr(model, name)) for name in names}
    for path in files:
        if path.suffix == ".safetensors":
            with safe_open(path, "pt") as stored:
                for name in set(names) & set(stored.keys()):
                    numbers[name] = float(stored.get_tensor(name))
    if "temperature" in numbers:
        return 1.0 / numbers["temperature"], None
    scale = math.exp(numbers["logit_scale"]) if "logit_scale" in numbers else 100.0
    return scale, numbers.get("logit_bias")


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return printable(lines[0][:200])
