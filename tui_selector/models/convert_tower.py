"""Converts the picture network of a dual encoder to ONNX, where that makes it faster:
`python -m tui_selector.models.convert_tower MODEL_FOLDER CACHE_FOLDER`.

Runs in a process of its own, once per model and cache. What it makes is compared with PyTorch on
photographs before it is put in place, and timed as the engine runs it: several pictures at once,
one thread.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tui_selector.models import checkpoint, conversion, converted
from tui_selector.models.batches import is_out_of_memory
from tui_selector.models.converted import NETWORK, ConvertedPictures
from tui_selector.models.device import one_thread_each
from tui_selector.models.embedder import ModelError
from tui_selector.models.families import FAMILIES
from tui_selector.models.preprocessing import Loaded, Preprocessing, read_preprocessing
from tui_selector.models.towers import Towers, load_model

#: Gives vectors for what a tower has loaded.
Run = Callable[[Any], np.ndarray]

#: Least cosine between a converted network's vector and PyTorch's, with 32-bit weights and with
#: 8-bit ones.
MIN_COSINES = {"fp32": 0.9999, "int8": 0.999}
#: How much faster ONNX Runtime has to be than PyTorch, and 8-bit weights than 32-bit ones.
_GAINS = {"fp32": 1.05, "int8": 1.1}
#: Pictures of one timed run, and rounds.
_TIMED, _ROUNDS = 4, 3
#: Pictures that are compared at once.
_AT_ONCE = 7


def convert(folder: Path, cache: Path) -> Path:
    """Convert, compare and time the picture network of a model; give the folder of what came.

    Raises:
        ModelError: The folder holds no whole model of a known family, or the cache cannot be
            written.
    """
    kind = checkpoint.read_config(folder)["model_type"]
    preprocessing = read_preprocessing(folder, kind)
    target = converted.folder_in(cache, folder, preprocessing)
    with conversion.making(cache) as made:
        numbers, reason = _make(folder, kind, preprocessing, made)
        converted.seal(made, numbers, reason)
        conversion.publish(made, target, lambda there: converted.read(there) is not None)
    return target


def _make(folder: Path, kind: str, preprocessing: Preprocessing, made: Path) -> tuple[str, str]:
    """Leave the fastest network that is near enough; its numbers and the reason, see `Verdict`."""
    if preprocessing.fit == "patches":
        return "", "stays on PyTorch: it takes pictures of any shape, whose grid is no tensor"
    is_safe = checkpoint.weights(folder)[0].suffix == ".safetensors"
    network = load_model(folder, "cpu", safe=is_safe)
    one_thread_each()
    original = Towers(network, None, FAMILIES[kind], preprocessing, "cpu", (1.0, None))
    exact, small = made / "exact.onnx", made / "small.onnx"
    try:
        _export(network, preprocessing, exact)
        _quantise(exact, small)
    except (OSError, ModelError):
        raise
    except Exception as error:  # the exporter raises what it likes
        if is_out_of_memory(error):
            raise
        exact.unlink(missing_ok=True)
        return "", f"stays on PyTorch: it cannot be converted ({conversion.brief(error)})"
    candidates: dict[str, Run] = {
        "": original.pictures,
        "fp32": ConvertedPictures(exact, "fp32").pictures,
        "int8": ConvertedPictures(small, "int8").pictures,
    }
    probes = _probes(preprocessing)
    expected = _vectors(lambda part: original.pictures(original.load(part)), probes)
    cosines = {
        numbers: _least_cosine(candidates[numbers], probes, expected) for numbers in MIN_COSINES
    }
    for numbers, cosine in cosines.items():
        if not cosine >= MIN_COSINES[numbers]:
            del candidates[numbers]
    numbers, reason = _choose(_times(candidates, original, probes), cosines)
    if numbers:
        (exact if numbers == "fp32" else small).rename(made / NETWORK)
    exact.unlink(missing_ok=True)
    small.unlink(missing_ok=True)
    return numbers, reason


def _choose(seconds: dict[str, float], cosines: dict[str, float]) -> tuple[str, str]:
    """The fastest by more than chance.

    Args:
        seconds: For a picture, by the numbers of what keeps the vectors; "" is PyTorch.
        cosines: The least to PyTorch's vectors, by numbers.

    Returns:
        The numbers and the reason, see `Verdict`.
    """
    best = ""
    for numbers, gain in _GAINS.items():
        if numbers in seconds and seconds[numbers] * gain < seconds[best]:
            best = numbers
    found = ", ".join(
        f"{numbers} {seconds[''] / seconds[numbers]:.2f} times as fast (least cosine {cosine:.5f})"
        if numbers in seconds
        else f"{numbers} off by too much (least cosine {cosine:.5f})"
        for numbers, cosine in cosines.items()
    )
    where = f"runs on ONNX Runtime ({best})" if best else "stays on PyTorch"
    return best, f"{where}: against PyTorch {found}"


# -- the network ---------------------------------------------------------------------------------


def _export(network: Any, preprocessing: Preprocessing, path: Path) -> None:
    """Write the way from prepared pixels to vectors, (n, h, w, 3) uint8 to (n, d) float32."""
    import torch

    class Way(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            inputs = preprocessing.inputs(Loaded(pixels))
            features: torch.Tensor = self.network.get_image_features(**inputs).pooler_output
            return features

    with torch.inference_mode():
        conversion.export(
            Way().eval(),
            (torch.zeros(2, preprocessing.height, preprocessing.width, 3, dtype=torch.uint8),),
            path,
            inputs={"pixels": ("n",)},
            outputs=("vectors",),
        )


def _quantise(exact: Path, small: Path) -> None:
    """Write a network with 8-bit weights, whose layers scale what they are given as it comes.

    Seven of the eight bits are used: processors without VNNI add pairs of products in 16 bits,
    which would overflow (https://onnxruntime.ai/docs/performance/model-optimizations/
    quantization.html, "When and why do I need to try U8U8?").
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        exact,
        small,
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )


# -- comparing -----------------------------------------------------------------------------------


def _probes(preprocessing: Preprocessing) -> list[np.ndarray]:
    """Photographs, and a smooth and a rough picture, prepared."""
    from tui_selector.library.pictures.decode import decode
    from tui_selector.models.calibrating import picture_files

    longest = 2 * preprocessing.input_size
    probes = [
        preprocessing.prepare(decode(path, longest=longest).image) for path in picture_files()
    ]
    shape = (preprocessing.height, preprocessing.width)
    down, across = (np.linspace(0, 255, side, dtype=np.uint8) for side in shape)
    smooth = np.broadcast_arrays(down[:, None], across[None, :], np.uint8(128))
    rough = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    return [*probes, np.stack(smooth, axis=-1), rough]


def _vectors(
    embed: Callable[[list[np.ndarray]], np.ndarray], probes: list[np.ndarray]
) -> np.ndarray:
    """Some at a time and the last alone, so that batches of every kind are compared."""
    parts = [probes[at : at + _AT_ONCE] for at in range(0, len(probes) - 1, _AT_ONCE)]
    parts = [part[:-1] if part[-1] is probes[-1] else part for part in parts]
    return np.concatenate([embed(part) for part in (*filter(None, parts), probes[-1:])])


def _least_cosine(pictures: Run, probes: list[np.ndarray], expected: np.ndarray) -> float:
    found = _vectors(lambda part: pictures(np.stack(part)), probes)
    return float((found * expected).sum(axis=1).min())


def _times(
    candidates: dict[str, Run], original: Towers, probes: list[np.ndarray]
) -> dict[str, float]:
    """Seconds of processor time for a picture, the least of some rounds."""
    batch = probes[:_TIMED]
    least = dict.fromkeys(candidates, float("inf"))
    for _ in range(_ROUNDS):
        for numbers, run in candidates.items():
            loaded = np.stack(batch) if numbers else original.load(batch)
            began = time.thread_time()
            run(loaded)
            least[numbers] = min(least[numbers], (time.thread_time() - began) / len(batch))
    return least


if __name__ == "__main__":
    sys.exit(conversion.main(lambda: convert(Path(sys.argv[1]), Path(sys.argv[2]))))
