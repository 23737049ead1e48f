"""From an upright picture to the pixels that a dual encoder was taught on.

The model's own processor decodes, copies and normalises one picture at a time in float32 on the
CPU. Here the picture goes through Pillow once, with the same filter and only for the part that is
kept, travels as bytes, and is normalised in batches on the device.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import msgspec
import numpy as np

from tui_selector.models.embedder import ModelError

if TYPE_CHECKING:
    import torch
    from PIL import Image

#: Raise when the same settings give other pixels.
VERSION = 1

#: How TIPSv2 prepares pictures where its file does not say; its processor needs torchvision.
_TIPS: dict[str, Any] = {
    "size": {"height": 448, "width": 448},
    "resample": 2,
    "do_normalize": False,
}

Fit = Literal["square", "crop", "patches"]


class PictureInput(Protocol):
    """How a model takes pictures; its text is what `ModelKey.preprocessing` says."""

    @property
    def input_size(self) -> int:
        """See `Embedder.input_size`."""
        ...

    def prepare(self, image: Image.Image) -> np.ndarray:
        """See `Embedder.prepare`."""
        ...

    def check(self, pixels: np.ndarray) -> None:
        """
        Raises:
            ValueError: The pixels do not come from `prepare`.
        """
        ...

    def load(self, batch: Sequence[np.ndarray], send: Callable[[np.ndarray], torch.Tensor]) -> Any:
        """Bring prepared pictures to the device, for `inputs`.

        Args:
            batch: From `prepare`.
            send: Copies an array to the device.
        """
        ...

    def inputs(self, loaded: Any) -> dict[str, torch.Tensor]:
        """What the network takes of them, by the names of its arguments."""
        ...


class Loaded(NamedTuple):
    """Prepared pictures on a device.

    Attributes:
        pixels: (n, h, w, 3) uint8, or of pictures of different shapes one after the other, flat.
        shapes: Height and width of each of these, pixels.
    """

    pixels: torch.Tensor
    shapes: tuple[tuple[int, int], ...] = ()


class Preprocessing(msgspec.Struct, frozen=True):
    """What happens to a picture before the network.

    Attributes:
        fit: "square" squeezes the picture into the input, "crop" keeps the middle of a picture
            whose short side was scaled, "patches" keeps its shape and scales it to a budget.
        height: Of the input, pixels; 0 for patches.
        width: Of the input, pixels; 0 for patches.
        scaled: Height and width before the crop; (short side, 0) keeps the shape.
        patch: Side of a patch, pixels, and
        most: how many there may be; both 0 but for patches.
        resample: Pillow's number of the filter.
        scale: What each channel's bytes are multiplied with, and
        shift: what is then added.
    """

    fit: Fit
    height: int
    width: int
    scaled: tuple[int, int]
    patch: int
    most: int
    resample: int
    scale: tuple[float, ...]
    shift: tuple[float, ...]

    @property
    def input_size(self) -> int:
        """Pixels that the short side of a picture should at least have."""
        if self.fit == "patches":
            return round(self.patch * math.sqrt(self.most))
        return max(self.scaled) if self.scaled[1] else self.scaled[0]

    def __str__(self) -> str:
        """For `ModelKey`: all that decides what the pixels are."""
        size = f"{self.patch}x{self.most}" if self.patch else f"{self.height}x{self.width}"
        of = "of" + "x".join(map(str, self.scaled)) if self.fit == "crop" else ""
        colours = ",".join(f"{value:.6g}" for value in (*self.scale, *self.shift))
        return f"{self.fit}{size}{of}-r{self.resample}-{colours}-{VERSION}"

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Scale and crop an upright picture, (h, w, 3) uint8.

        Equals the model's own processor but for rounding: a crop may differ by one of 255 levels.
        """
        from PIL import Image

        if image.mode != "RGB":
            image = image.convert("RGB")
        filter_ = Image.Resampling(self.resample)
        if self.fit == "patches":
            rows, columns = patch_shape(image.height, image.width, self.patch, self.most)
            size = (columns * self.patch, rows * self.patch)
            return np.asarray(image.resize(size, filter_))
        if self.fit == "square":
            return np.asarray(image.resize((self.width, self.height), filter_))
        height, width = self._before_crop(image)
        top, left = (height - self.height) // 2, (width - self.width) // 2
        # One pass over the part that is kept gives what scaling all and cropping gives.
        across, down = image.width / width, image.height / height
        box = (
            left * across,
            top * down,
            min((left + self.width) * across, image.width),
            min((top + self.height) * down, image.height),
        )
        return np.asarray(image.resize((self.width, self.height), filter_, box=box))

    def check(self, pixels: np.ndarray) -> None:
        """
        Raises:
            ValueError: The pixels do not come from `prepare`.
        """
        height, width = pixels.shape[:2] if pixels.ndim == 3 else (0, 0)
        if self.fit == "patches":
            fits = bool(height and width) and not (height % self.patch or width % self.patch)
            fits = fits and (height // self.patch) * (width // self.patch) <= self.most
        else:
            fits = (height, width) == (self.height, self.width)
        if not fits or pixels.shape[2:] != (3,) or pixels.dtype != np.uint8:
            raise ValueError(
                f"pictures must come from prepare(), not {pixels.shape} {pixels.dtype}"
            )

    def load(
        self, batch: Sequence[np.ndarray], send: Callable[[np.ndarray], torch.Tensor]
    ) -> Loaded:
        """See `PictureInput.load`; one copy, whatever the shapes."""
        if self.fit != "patches":
            return Loaded(send(np.stack(batch)))
        flat = np.concatenate([pixels.reshape(-1) for pixels in batch])
        return Loaded(send(flat), tuple(pixels.shape[:2] for pixels in batch))

    def inputs(self, loaded: Loaded) -> dict[str, torch.Tensor]:
        """Normalise and cut where the pictures lie; see `PictureInput.inputs`."""
        if self.fit != "patches":
            return {"pixel_values": self._normalised(loaded.pixels).permute(0, 3, 1, 2)}
        return self._patches(loaded)

    def _patches(self, loaded: Loaded) -> dict[str, torch.Tensor]:
        """Rows of patches, zeros behind the last, as NaFlex (Tschannen et al. 2025) takes them."""
        import torch

        side, device, count = self.patch, loaded.pixels.device, len(loaded.shapes)
        pixels = torch.zeros(count, self.most, side * side * 3, device=device)
        mask = torch.zeros(count, self.most, dtype=torch.int32, device=device)
        images = torch.split(loaded.pixels, [height * width * 3 for height, width in loaded.shapes])
        grid = [(height // side, width // side) for height, width in loaded.shapes]
        for row, (image, (down, across)) in enumerate(zip(images, grid, strict=True)):
            square = self._normalised(image.view(-1, 3)).view(down, side, across, side, 3)
            pixels[row, : down * across] = square.transpose(1, 2).reshape(down * across, -1)
            mask[row, : down * across] = 1
        return {
            "pixel_values": pixels,
            "pixel_attention_mask": mask,
            "spatial_shapes": torch.tensor(grid, device=device),
        }

    def _normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        import torch

        scale = pixels.new_tensor(self.scale, dtype=torch.float32)
        shift = pixels.new_tensor(self.shift, dtype=torch.float32)
        return torch.addcmul(shift, pixels.to(torch.float32), scale)

    def _before_crop(self, image: Image.Image) -> tuple[int, int]:
        """Height and width that the whole picture would be scaled to."""
        if self.scaled[1]:
            return self.scaled
        short, long = sorted(image.size)
        longer = int(self.scaled[0] * long / short)
        tall = image.height >= image.width
        return (longer, self.scaled[0]) if tall else (self.scaled[0], longer)


@lru_cache(maxsize=256)
def patch_shape(height: int, width: int, patch: int, most: int) -> tuple[int, int]:
    """Rows and columns of patches for a picture, by the rule of the model's own processor."""
    from transformers.models.siglip2.image_processing_pil_siglip2 import (
        get_image_size_for_max_num_patches,
    )

    down, across = get_image_size_for_max_num_patches(height, width, patch, most)
    return down // patch, across // patch


# -- reading a folder ----------------------------------------------------------------------------


def read_preprocessing(folder: Path, model_type: str) -> Preprocessing:
    """Read how a model wants its pictures.

    Args:
        folder: Of the model.
        model_type: See `families.FAMILIES`.

    Raises:
        ModelError: The file is missing or damaged, or asks for what is not known here.
    """
    from transformers.image_processing_backends import PilBackend
    from transformers.models.efficientnet.image_processing_pil_efficientnet import (
        EfficientNetImageProcessorPil,
    )
    from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

    processor = _processor(folder, model_type)
    kind = type(processor)
    if isinstance(processor, Siglip2ImageProcessorPil):
        patch, most = processor.patch_size, processor.max_num_patches
        return Preprocessing(
            "patches", 0, 0, (0, 0), patch, most, processor.resample, *_colours(processor)
        )
    if not isinstance(processor, EfficientNetImageProcessorPil) and (
        not isinstance(processor, PilBackend) or kind._preprocess is not PilBackend._preprocess
    ):
        raise ModelError(f"The preprocessing {kind.__name__} of {folder} is not known here.")
    return _of_sizes(processor, folder)


def _processor(folder: Path, model_type: str) -> Any:
    """The model's own image processor, the one that runs on Pillow."""
    from transformers import AutoImageProcessor
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    try:
        if model_type == "tipsv2":
            return SiglipImageProcessorPil(**(_TIPS | _settings(folder)))
        return AutoImageProcessor.from_pretrained(  # type: ignore[no-untyped-call]
            folder, backend="pil", local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, TypeError, AttributeError, ImportError) as error:
        raise ModelError(
            f"How {folder} wants its pictures cannot be read: preprocessor_config.json is missing"
            " or damaged; fetch the model again."
        ) from error


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "preprocessor_config.json"
    if path.is_file():
        settings = json.loads(path.read_bytes())
    else:
        settings = json.loads((folder / "processor_config.json").read_bytes())["image_processor"]
    return {name: value for name, value in settings.items() if name != "image_processor_type"}


def _of_sizes(processor: Any, folder: Path) -> Preprocessing:
    size, crop = processor.size, processor.crop_size
    square = bool(size.height and size.width)
    scaled = (size.height, size.width) if square else (size.shortest_edge or 0, 0)
    height, width = (crop.height, crop.width) if processor.do_center_crop else scaled
    if (
        not processor.do_resize
        or (not square and size.longest_edge)
        or not 0 < height <= scaled[0]
        or not 0 < width <= max(scaled)
    ):
        raise ModelError(
            f"{folder / 'preprocessor_config.json'} asks for sizes of pictures that are not known"
            " here; use another model."
        )
    fit: Fit = "crop" if processor.do_center_crop else "square"
    resample = 2 if processor.resample is None else int(processor.resample)
    return Preprocessing(fit, height, width, scaled, 0, 0, resample, *_colours(processor))


def _colours(processor: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """All that is done to a byte as one multiplication and one addition for each channel."""
    factor = float(processor.rescale_factor) if processor.do_rescale else 1.0
    scale, shift = np.full(3, factor), np.zeros(3)
    if processor.do_rescale and getattr(processor, "rescale_offset", False):
        shift -= 1
    if processor.do_normalize:
        mean, deviation = np.array(processor.image_mean), np.array(processor.image_std)
        scale, shift = scale / deviation, (shift - mean) / deviation
    if getattr(processor, "include_top", False):
        deviation = np.array(processor.image_std)
        scale, shift = scale / deviation, shift / deviation
    return tuple(scale.tolist()), tuple(shift.tolist())
