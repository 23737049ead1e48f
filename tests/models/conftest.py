"""The built-in model, converted once for all tests of this room."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_images

from tui_selector.models.builtin import BuiltinEmbedder, load_builtin


@pytest.fixture(scope="module", autouse=True)
def little_garbage() -> Iterator[None]:
    """Models look for garbage when memory is full and when they are given back: among what the
    tests have made, and not among the million objects of all that is imported."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def model_cache(converted_models: Path) -> Path:
    """A cache where a damaged conversion lay, which the first load has replaced."""
    return converted_models


@pytest.fixture(scope="session")
def builtin(model_cache: Path) -> BuiltinEmbedder:
    """The built-in model on the CPU, through ONNX Runtime."""
    return load_builtin(model_cache, "cpu")


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> BuiltinEmbedder:
    """The same model through PyTorch, which is what a cache that cannot be made falls back to."""
    blocked = tmp_path_factory.mktemp("blocked") / "file"
    blocked.write_bytes(msgspec.json.encode("not a folder"))
    return load_builtin(blocked, "cpu")


@pytest.fixture(scope="session")
def photos() -> dict[str, Image.Image]:
    """Photographs that installed packages ship."""
    arrays: dict[str, np.ndarray] = {
        name: getattr(skimage.data, name)()
        for name in ("astronaut", "chelsea", "coffee", "rocket", "camera")
    }
    arrays["motorcycle"] = skimage.data.stereo_motorcycle()[0]
    arrays["china"], arrays["flower"] = load_sample_images().images
    return {name: Image.fromarray(array).convert("RGB") for name, array in arrays.items()}
