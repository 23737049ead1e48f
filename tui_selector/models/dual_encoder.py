"""Models that see pictures and read words in one space: CLIP, SigLIP and their relatives.

One implementation over `transformers` serves every family in `families`. Nothing here touches the
network: a model is a folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tui_selector.library.display import printable
from tui_selector.models import checkpoint
from tui_selector.models.batches import Batches, find_batch_size, is_out_of_memory, release
from tui_selector.models.device import choose_device, choose_dtype
from tui_selector.models.embedder import Embedding, ModelError, ModelKey
from tui_selector.models.families import FAMILIES, Family
from tui_selector.models.preprocessing import Preprocessing, read_preprocessing

if TYPE_CHECKING:
    import torch
    from PIL import Image

#: Most characters of one text that are split into tokens.
MAX_CHARACTERS = 4096
#: Texts of one run.
TEXT_BATCH = 32
#: Pictures of one run on a CPU, where more are not faster.
CPU_BATCH = 8

_SHORT_NAMES = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}


class DualEncoder:
    """Embeds pictures and words with a dual encoder; see `embedder.Embedder`.

    Attributes:
        family: How it reads texts.
        scale: What a cosine is multiplied with in training; see `bias`.
        bias: What is then added. `sigmoid(scale * cosine + bias)` is the chance that a text
            belongs to a picture, for models that were taught pair by pair (SigLIP). None for the
            others: theirs are chances only among several texts, `softmax(scale * cosines)`.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        family: Family,
        preprocessing: Preprocessing,
        *,
        key: ModelKey,
        device: str,
        batch_size: int,
    ) -> None:
        """Join the parts; `load_dual_encoder` is the usual way here.

        Args:
            model: Of transformers, on its device, in evaluation mode.
            tokenizer: Of transformers.
            family: How the model reads texts.
            preprocessing: What happens to a picture before the network.
            key: See `Embedder.key`.
            device: Where the model is.
            batch_size: Pictures of one run; 0 tries.

        Raises:
            ModelError: The model cannot embed a picture.
        """
        self.key = key
        self.family = family
        self.notice = ""
        self._model = model
        self._tokenizer = tokenizer
        self._preprocessing = preprocessing
        self._device = device
        self._dtype: torch.dtype = next(model.parameters()).dtype
        self.scale, self.bias = _similarity(model)
        runs = _SHORT_NAMES.get(str(self._dtype).removeprefix("torch."), str(self._dtype))
        self.name = f"{key.model} · {'CPU' if device == 'cpu' else 'GPU'} (PyTorch, {runs})"
        self._length = min(family.length, model.config.text_config.max_position_embeddings)
        self._pictures = Batches(self._run_pictures, 1, device)
        self._texts = Batches(self._run_texts, TEXT_BATCH, device)
        self.dimensions = self._probe()
        self._pictures.size = batch_size or self._find_batch_size()

    # -- what every model offers ---------------------------------------------------------------

    @property
    def input_size(self) -> int:
        """See `Embedder.input_size`."""
        return self._preprocessing.input_size

    @property
    def batch_size(self) -> int:
        """Pictures of one run; smaller after memory ran out."""
        return self._pictures.size

    @property
    def cohort(self) -> np.ndarray:
        """No texts, (0, d): words lie apart from pictures here (Liang et al. 2022, "Mind the Gap"),
        so scores with words say nothing about scores with pictures; `scale` and `bias` do."""
        return np.empty((0, self.dimensions), np.float32)

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Scale and crop a picture as the model wants it, (h, w, 3) uint8."""
        return self._preprocessing.prepare(image)

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        """Embed prepared pictures; words are compared with the same vectors.

        Raises:
            ModelError: The memory does not hold one picture, or the numbers overflow.
            ValueError: A picture does not come from `prepare`.
        """
        vectors = self.embed_images(batch)
        return Embedding(vectors, vectors, [()] * len(batch))

    def embed_images(self, batch: Sequence[np.ndarray]) -> np.ndarray:
        """Vectors of prepared pictures, (n, d) float32, unit rows; see `embed`."""
        for pixels in batch:
            self._preprocessing.check(pixels)
        return self._joined(self._pictures(batch))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts as they are, (n, d) float32, unit rows.

        A row is 0 where a text has no token, which only TIPSv2 leaves without a vector.
        """
        return self._joined(self._texts(texts))

    def embed_labels(self, names: Sequence[str]) -> np.ndarray:
        """Vectors of names of things, (n, d) float32, unit rows.

        Each is the mean direction of the family's prompts with the name (Radford et al. 2021,
        3.1.4), which lies nearer to photos than the bare name does.
        """
        if not names:
            return self._joined([])
        count = len(self.family.templates)
        rows = self.embed_texts([prompt for name in names for prompt in self.family.prompts(name)])
        means = rows.reshape(len(names), count, -1).mean(axis=1)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)

    # -- the network ---------------------------------------------------------------------------

    def _run_pictures(self, batch: Sequence[np.ndarray]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            if self._preprocessing.fit == "patches":
                pictures = [self._sent(pixels) for pixels in batch]
                pixels, mask, shapes = self._preprocessing.patches(pictures)
                output = self._model.get_image_features(
                    pixel_values=pixels.to(self._dtype),
                    pixel_attention_mask=mask,
                    spatial_shapes=shapes,
                )
            else:
                pixels = self._preprocessing.pixels(self._sent(np.stack(batch)))
                output = self._model.get_image_features(pixel_values=pixels.to(self._dtype))
            return self._unit(output.pooler_output)

    def _run_texts(self, texts: Sequence[str]) -> np.ndarray:
        import torch

        clean = [text[:MAX_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
        tokens = self._tokenizer(
            [text.lower() for text in clean] if self.family.is_lowered else clean,
            padding="max_length" if self.family.is_filled else True,
            truncation=True,
            max_length=self._length,
            return_tensors="pt",
        )
        if not self.family.is_masked:
            tokens.pop("attention_mask", None)
        with torch.inference_mode():
            output = self._model.get_text_features(**tokens.to(self._device))
            return self._unit(output.pooler_output)

    def _sent(self, pixels: np.ndarray) -> torch.Tensor:
        """Bytes on the device; from pinned memory, which a GPU reads by itself."""
        import torch

        tensor = torch.tensor(pixels)
        if self._device.startswith("cuda"):
            return tensor.pin_memory().to(self._device, non_blocking=True)
        return tensor.to(self._device)

    def _unit(self, features: torch.Tensor) -> np.ndarray:
        rows = features.float().cpu().numpy()
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not np.isfinite(lengths).all():
            raise ModelError(
                f"The numbers of the model {self.name} overflow; choose another model, or set the"
                " device to cpu."
            )
        return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)

    def _joined(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(rows) if rows else np.empty((0, self.dimensions), np.float32)

    # -- trying it -----------------------------------------------------------------------------

    def _grey(self) -> np.ndarray:
        """A picture without anything on it."""
        from PIL import Image

        return self.prepare(Image.new("RGB", (self.input_size, self.input_size), (128, 128, 128)))

    def _probe(self) -> int:
        """Embed a picture and a text; the length of their vectors.

        Raises:
            ModelError: One cannot be embedded, or they have nothing in common.
        """
        try:
            (picture,), (text,) = self._pictures([self._grey()]), self._texts(["photo"])
        except (RuntimeError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise ModelError(
                f"The model {self.key.model} cannot embed a picture and a word ({_line(error)});"
                " its files do not belong together, fetch it again."
            ) from error
        if picture.shape != text.shape:
            raise ModelError(
                f"The model {self.key.model} gives vectors of {picture.shape[1]} numbers for"
                f" pictures and of {text.shape[1]} for words; its files do not belong together,"
                " fetch it again."
            )
        return int(picture.shape[1])

    def _find_batch_size(self) -> int:
        if self._device == "cpu":
            return CPU_BATCH
        grey = self._grey()
        return find_batch_size(lambda size: self._run_pictures([grey] * size), self._device)


def load_dual_encoder(
    folder: Path,
    device: str = "auto",
    *,
    name: str = "",
    revision: str = "",
    batch_size: int = 0,
) -> DualEncoder:
    """Load a dual encoder from a folder.

    Weights come from safetensors, else from a file that torch reads with `weights_only`; code that
    lies in the folder is never run.

    Args:
        folder: As `save_pretrained` writes it, or a snapshot of the hub.
        device: See `device.choose_device`.
        name: What the model is called, the name of the folder where this is empty.
        revision: Which weights; a fingerprint of them where this is empty.
        batch_size: Pictures of one run; 0 finds by trying what suits the device.

    Raises:
        ModelError: The folder holds no whole model of a known family, the device is not there, or
            its memory is too small.
    """
    config = checkpoint.read_config(folder)
    family = FAMILIES.get(config["model_type"])
    if family is None:
        raise ModelError(
            f"{printable(str(folder))} holds a model of the kind"
            f" {printable(config['model_type'])}, which cannot compare pictures with words here;"
            f" choose one of {', '.join(FAMILIES)}."
        )
    files = checkpoint.weights(folder)
    key = ModelKey(name or folder.resolve().name, revision or checkpoint.fingerprint(folder), "")
    chosen = choose_device(device)

    from transformers.utils import logging

    # Nothing may be written over the screen.
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    preprocessing = read_preprocessing(folder, config["model_type"])
    tokenizer = _load_tokenizer(folder)
    model = _load_model(folder, chosen, files[0].suffix == ".safetensors")
    return DualEncoder(
        model,
        tokenizer,
        family,
        preprocessing,
        key=ModelKey(key.model, key.revision, str(preprocessing)),
        device=chosen,
        batch_size=batch_size,
    )


def _load_tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except ImportError as error:
        raise ModelError(
            f"The words of {printable(str(folder))} need a package that is not installed"
            f" ({_line(error)}); install it, or use a model that has a tokenizer.json."
        ) from error
    except Exception as error:  # what a damaged file raises depends on the kind of tokenizer
        raise ModelError(
            f"The words of {printable(str(folder))} cannot be read: tokenizer.json is missing or"
            " damaged; fetch the model again."
        ) from error


def _load_model(folder: Path, device: str, safe: bool) -> Any:
    """The network on its device, ready to embed."""
    from transformers import AutoModel

    shown = printable(str(folder))
    try:
        model, found = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=safe,
            weights_only=True,
            dtype=choose_dtype(device),
            output_loading_info=True,
        )
    except Exception as error:  # what a damaged file raises depends on where it is damaged
        if is_out_of_memory(error):
            raise ModelError(f"There is not enough memory to load {shown}.") from error
        raise ModelError(
            f"The model in {shown} cannot be loaded ({_line(error)}); fetch it again."
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


def _similarity(model: Any) -> tuple[float, float | None]:
    """What a model makes of cosines in training; see `DualEncoder`."""
    temperature = getattr(model, "temperature", None)
    if temperature is not None:
        return 1.0 / float(temperature), None
    bias = getattr(model, "logit_bias", None)
    return float(model.logit_scale.exp()), None if bias is None else float(bias)


def _line(error: BaseException) -> str:
    """The first line of what an error says."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return printable(lines[0][:200])
