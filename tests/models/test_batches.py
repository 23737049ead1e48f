"""Batches that do not fit, devices and their numbers, without such a device at hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from tui_selector.models import device, towers
from tui_selector.models.batches import Batches, find_batch_size, is_out_of_memory
from tui_selector.models.dual_encoder import load_dual_encoder
from tui_selector.models.embedder import ModelError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny SigLIP 2 for pictures of any shape."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        return tiny_models.write(tmp_path_factory.mktemp("tiny") / "siglip2", "siglip2").folder


@pytest.fixture
def pictures() -> list[Image.Image]:
    random = np.random.default_rng(2)
    return [
        Image.fromarray(random.integers(0, 256, (40 + 9 * number, 60, 3), np.uint8))
        for number in range(11)
    ]


def _full_above(most: int, raised: list[int]) -> Callable[[torch.nn.Module, Any, Any], None]:
    """Memory that holds so many pictures: fails before the network runs, as CUDA does."""

    def refuse(_: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        count = len(kwargs["pixel_values"])
        if count > most:
            raised.append(count)
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    return refuse


def test_a_batch_that_does_not_fit_is_halved_and_none_of_it_is_lost(
    folder: Path, pictures: list[Image.Image]
) -> None:
    model = load_dual_encoder(folder, "cpu", batch_size=8)
    prepared = [model.prepare(picture) for picture in pictures]
    expected = model.embed_images(prepared)
    raised: list[int] = []
    model._eyes._model.vision_model.register_forward_pre_hook(
        _full_above(3, raised), with_kwargs=True
    )
    assert model.embed_images(prepared) == pytest.approx(expected, abs=2e-5)
    assert raised == [8, 4]
    assert model.batch_size == 2
    assert model.embed_images(prepared) == pytest.approx(expected, abs=2e-5)
    assert raised == [8, 4]  # what does not fit is not tried again


def test_a_picture_that_does_not_fit_alone_is_told(
    folder: Path, pictures: list[Image.Image]
) -> None:
    model = load_dual_encoder(folder, "cpu", batch_size=4)
    hook = model._eyes._model.vision_model.register_forward_pre_hook(
        _full_above(0, []), with_kwargs=True
    )
    with pytest.raises(ModelError, match="memory of cpu does not hold"):
        model.embed([model.prepare(picture) for picture in pictures])
    hook.remove()
    assert len(model.embed([model.prepare(pictures[0])]).vectors) == 1


def test_texts_are_halved_too(folder: Path) -> None:
    model = load_dual_encoder(folder, "cpu")
    words = [f"dog {number}" for number in range(20)]
    expected = model.embed_texts(words)

    def refuse(_: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if len(kwargs["input_ids"]) > 5:
            raise RuntimeError("MPS backend out of memory (MPS allocated: 9.06 GB)")

    model._eyes._model.text_model.register_forward_pre_hook(refuse, with_kwargs=True)
    assert model.embed_texts(words) == pytest.approx(expected, abs=2e-5)


def test_other_failures_are_not_taken_for_full_memory() -> None:
    def load(inputs: Sequence[int]) -> Sequence[int]:
        return inputs

    def run(_: Sequence[int]) -> int:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal"):
        Batches(load, run, 4)([1, 2])
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"))
    assert not is_out_of_memory(ValueError("out of memory"))


class _Machine:
    """Takes a while for each run and for each input, and holds so many inputs."""

    def __init__(self, each: float, run: float, holds: int = 10_000) -> None:
        self.now = 0.0
        self.tried: list[int] = []
        self._each, self._run, self._holds = each, run, holds

    def __call__(self, size: int) -> None:
        self.tried.append(size)
        if size > self._holds:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        self.now += self._run + self._each * size


@pytest.mark.parametrize(
    ("machine", "size"),
    [
        (_Machine(each=1.0, run=0.0), 8),
        (_Machine(each=1.0, run=10.0), 128),  # 138 s a batch; 266 s for 256 are 4 % faster
        (_Machine(each=0.0, run=1.0), 512),
        (_Machine(each=0.0, run=1.0, holds=100), 64),
        (_Machine(each=0.0, run=1.0, holds=3), 4),
    ],
)
def test_the_batch_size_is_found_by_trying(machine: _Machine, size: int) -> None:
    assert find_batch_size(machine, "cpu", clock=lambda: machine.now) == size
    assert max(machine.tried) <= 2 * max(size, 4)


@pytest.mark.parametrize(
    ("capability", "dtype"),
    [
        ((9, 0), torch.bfloat16),
        ((8, 0), torch.bfloat16),
        ((7, 5), torch.float16),
        ((7, 0), torch.float16),
        ((6, 0), torch.float16),
        ((6, 1), torch.float32),
        ((5, 2), torch.float32),
    ],
)
def test_numbers_by_what_a_gpu_can(
    capability: tuple[int, int], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert device.choose_dtype("cuda:1") is dtype


def test_numbers_of_other_devices() -> None:
    assert device.choose_dtype("cpu") is torch.float32
    assert device.choose_dtype("mps") is torch.float16


def test_one_of_several_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device.choose_device("cuda:1") == "cuda:1"
    with pytest.raises(ModelError, match="no cuda:2 device here"):
        device.choose_device("cuda:2")
    with pytest.raises(ModelError, match="'cuda:x' is no device"):
        device.choose_device("cuda:x")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"There is no cuda device here.*auto or cpu"):
        load_dual_encoder(folder, "cuda")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_keeps_the_directions(
    dtype: torch.dtype, folder: Path, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = load_dual_encoder(folder, "cpu")
    monkeypatch.setattr(towers, "choose_dtype", lambda device: dtype)
    half = load_dual_encoder(folder, "cpu")
    assert half.name.endswith("bf16)" if dtype is torch.bfloat16 else "fp16)")
    assert half.key == exact.key
    assert (half.scale, half.bias) == (exact.scale, exact.bias)
    found = half.embed([half.prepare(picture) for picture in pictures])
    expected = exact.embed([exact.prepare(picture) for picture in pictures])
    assert found.vectors.dtype == np.float32
    assert (found.vectors * expected.vectors).sum(axis=1).min() > 0.999
    words = ["a dog", "two cats"]
    assert (half.embed_texts(words) * exact.embed_texts(words)).sum(axis=1).min() > 0.999


def test_numbers_that_overflow_are_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = Path(shutil.copytree(folder, tmp_path / "loud"))
    tensors = load_file(spoilt / "model.safetensors")
    tensors["vision_model.head.mlp.fc2.weight"] *= 1e6
    save_file(tensors, spoilt / "model.safetensors", metadata={"format": "pt"})
    monkeypatch.setattr(towers, "choose_dtype", lambda device: torch.float16)
    with pytest.raises(ModelError, match=r"overflow.*set the device to cpu"):
        load_dual_encoder(spoilt, "cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU")
def test_a_gpu_gives_what_the_cpu_gives(folder: Path, pictures: list[Image.Image]) -> None:
    fast, exact = load_dual_encoder(folder, "cuda"), load_dual_encoder(folder, "cpu")
    assert fast.batch_size >= 4
    found = fast.embed([fast.prepare(picture) for picture in pictures]).vectors
    expected = exact.embed([exact.prepare(picture) for picture in pictures]).vectors
    assert (found * expected).sum(axis=1).min() > 0.99
    assert (fast.embed_texts(["a dog"]) * exact.embed_texts(["a dog"])).sum() > 0.99
