"""Pixels of any mode and colour space as 8-bit sRGB."""

from __future__ import annotations

import io
import math
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

#: What shows through transparent pixels: a grey on which black and white drawings both show.
BACKGROUND = (128, 128, 128)

# A band is converted at a time, so that a wide mode never exists twice at full size.
_BAND_PIXELS = 4_000_000


def to_rgb(image: Image.Image, *, reduce: int = 1) -> Image.Image:
    """Return a loaded image as RGB in sRGB, averaged down by the whole factor `reduce`.

    Every Pillow mode is taken: transparency is laid on `BACKGROUND`, palettes are resolved,
    16-bit samples keep their upper byte, wider ones are stretched over their range, and an
    embedded ICC profile other than sRGB is applied.
    """
    stretch = _range(image) if image.mode in {"I", "F"} else None
    to_srgb = _transform(image.mode, image.info.get("icc_profile", b""))
    if reduce == 1 and image.mode == "RGB" and "transparency" not in image.info:
        rgb = image if image.readonly == 0 else image.copy()
        return _apply(to_srgb, rgb)
    width, height = image.size
    result = Image.new("RGB", (math.ceil(width / reduce), math.ceil(height / reduce)))
    rows = max(1, _BAND_PIXELS // width // reduce) * reduce
    for top in range(0, height, rows):
        band = image.crop((0, top, width, min(top + rows, height)))
        band.info = image.info
        if band.mode == "RGB" and "transparency" not in image.info:
            band = band.reduce(reduce)
            flat = _apply(to_srgb, band)
        else:
            flat = _flatten(band, to_srgb, stretch)
            flat = flat.reduce(reduce) if reduce > 1 else flat
        result.paste(flat, (0, top // reduce))
    return result


def _flatten(
    band: Image.Image,
    to_srgb: ImageCms.ImageCmsTransform | None,
    stretch: tuple[float, float] | None,
) -> Image.Image:
    mode = band.mode
    if mode in {"PA", "LA", "La", "RGBa", "RGBA"} or "transparency" in band.info:
        seen = band if mode == "RGBA" else band.convert("RGBA")
        opaque = _apply(to_srgb, seen.convert("RGB"))
        flat = Image.new("RGB", band.size, BACKGROUND)
        flat.paste(opaque, mask=seen.getchannel("A"))
        return flat
    if mode.startswith("I;16"):
        samples = np.asarray(band)
        return Image.fromarray((samples >> 8).astype(np.uint8)).convert("RGB")
    if stretch is not None:
        low, high = stretch
        samples = np.asarray(band, dtype=np.float64)
        scaled = np.nan_to_num((samples - low) * (255.0 / max(high - low, 1e-30)))
        return Image.fromarray(scaled.clip(0, 255).astype(np.uint8)).convert("RGB")
    if to_srgb is not None and mode in {"CMYK", "LAB"}:
        return _apply(to_srgb, band)
    return _apply(to_srgb, band.convert("RGB"))


def _range(image: Image.Image) -> tuple[float, float]:
    samples = np.asarray(image)
    finite = samples[np.isfinite(samples)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def _apply(transform: ImageCms.ImageCmsTransform | None, image: Image.Image) -> Image.Image:
    if transform is None:
        return image
    converted = transform.apply(image)
    assert isinstance(converted, Image.Image)
    return converted


@lru_cache(maxsize=32)
def _transform(mode: str, profile: bytes) -> ImageCms.ImageCmsTransform | None:
    """Return the way from `mode` under an ICC profile to sRGB, or None where none is needed."""
    source_mode = mode if mode in {"CMYK", "LAB"} else "RGB"
    try:
        if mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif not profile or mode in {"L", "LA", "1"} or mode.startswith(("I", "F")):
            return None
        else:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            space = {"RGB": "RGB ", "CMYK": "CMYK"}[source_mode]
            if source.profile.xcolor_space != space:
                return None
            if "srgb" in ImageCms.getProfileDescription(source).lower():
                return None
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        return ImageCms.buildTransform(source, target, source_mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
