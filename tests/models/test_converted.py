"""Picture networks of dual encoders through ONNX Runtime: what PyTorch gives, or not used."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from PIL import Image

from tui_selector.models import calibrating, checkpoint, conversion, convert_tower, converted
from tui_selector.models.converted import ConvertedPictures
from tui_selector.models.dual_encoder import DualEncoder, load_dual_encoder
from tui_selector.models.embedder import ModelError

#: Those that stay on PyTorch, and why.
STAY = {
    "siglip2": "it takes pictures of any shape",
    "tipsv2": "it cannot be converted (UnsupportedOperatorError",  # scales its grid in every run
}
FAMILIES = [family for family in tiny_models.FAMILIES if family not in STAY]

pytestmark = pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore::UserWarning")

Write = Callable[[str], Path]
Load = Callable[[str], DualEncoder]

_CONVERT = conversion.convert


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Writes a family's tiny model, once."""
    written: dict[str, Path] = {}

    def give(family: str) -> Path:
        if family not in written:
            folder = tmp_path_factory.mktemp("tiny") / family
            written[family] = tiny_models.write(folder, family).folder
        return written[family]

    return give


@pytest.fixture
def load(write: Write, tmp_path: Path) -> Load:
    """Loads a family's tiny model with a cache of the test's own, `cache`."""
    return lambda family: load_dual_encoder(write(family), "cpu", cache=tmp_path / "cache")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small networks count, few photographs are looked at, and nothing runs in another process."""
    files = calibrating.picture_files()[:3]
    threads = torch.get_num_threads()
    monkeypatch.setattr(calibrating, "picture_files", lambda: files)
    monkeypatch.setattr(converted, "LEAST_NUMBERS", 0)
    monkeypatch.setattr(
        conversion,
        "convert",
        lambda _, arguments, __: convert_tower.convert(*map(Path, arguments)),
    )
    yield
    torch.set_num_threads(threads)


def prefer(numbers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one of them count as the fastest, whatever the clock says, and be near enough."""
    monkeypatch.setattr(
        convert_tower,
        "_times",
        lambda candidates, *_: {key: 1.0 if key == numbers else 9.0 for key in candidates},
    )
    monkeypatch.setattr(convert_tower, "MIN_COSINES", {"fp32": 0.9999, "int8": 0.9})


def noise(count: int) -> list[Image.Image]:
    random = np.random.default_rng(7)
    return [
        Image.fromarray(random.integers(0, 256, (30 + n, 50, 3), np.uint8)) for n in range(count)
    ]


def embedded(model: DualEncoder, pictures: list[Image.Image]) -> np.ndarray:
    return model.embed_images([model.prepare(picture) for picture in pictures])


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_are_those_of_pytorch(
    family: str, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer("fp32", monkeypatch)
    folder, pictures = write(family), noise(5)
    model = load_dual_encoder(folder, "cpu", cache=tmp_path)
    plain = load_dual_encoder(folder, "cpu")
    assert model.name == f"{family} · CPU (ONNX Runtime, fp32)"
    assert model.key == plain.key
    assert model.batch_size == plain.batch_size
    expected = embedded(plain, pictures)
    found = embedded(model, pictures)
    assert found == pytest.approx(expected, abs=1e-4)
    assert np.linalg.matrix_rank(expected) > 2  # so that the order is told, too
    alone = np.concatenate([embedded(model, [picture]) for picture in pictures])
    model._pictures.size = 32
    assert embedded(model, pictures * 3) == pytest.approx(np.tile(alone, (3, 1)), abs=2e-5)
    assert model.embed_texts(["a dog"]) == pytest.approx(plain.embed_texts(["a dog"]), abs=1e-6)


def test_eight_bit_weights_are_taken_where_they_keep_the_vectors(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer("int8", monkeypatch)
    folder = write("clip")
    model = load_dual_encoder(folder, "cpu", cache=tmp_path / "near")
    assert model.name.endswith("(ONNX Runtime, int8)")
    expected = embedded(load_dual_encoder(folder, "cpu"), noise(5))
    found = embedded(model, noise(5))
    assert 0.9 < (found * expected).sum(axis=1).min() < 0.999999  # near, and not the same
    monkeypatch.setattr(convert_tower, "MIN_COSINES", {"fp32": 0.9999, "int8": 0.999999})
    assert "PyTorch" in load_dual_encoder(folder, "cpu", cache=tmp_path / "far").name
    (made,) = (tmp_path / "far").glob("pictures-*")
    verdict = converted.read(made)
    assert verdict is not None
    assert "int8 off by too much" in verdict.reason
    assert not (made / converted.NETWORK).exists()


def test_what_counts_is_speed() -> None:
    choose, near = convert_tower._choose, {"fp32": 0.99999, "int8": 0.9995}
    assert choose({"": 10.0, "fp32": 8.0, "int8": 5.0}, near) == (
        "int8",
        "runs on ONNX Runtime (int8): against PyTorch fp32 1.25 times as fast (least cosine "
        "0.99999), int8 2.00 times as fast (least cosine 0.99950)",
    )
    assert choose({"": 10.0, "fp32": 8.0, "int8": 7.9}, near)[0] == "fp32"
    assert choose({"": 10.0, "fp32": 9.9, "int8": 9.8}, near)[0] == ""
    assert choose({"": 10.0, "int8": 5.0}, near)[0] == "int8"
    assert choose({"": 10.0, "fp32": 12.0}, near)[1].startswith("stays on PyTorch: ")


def test_times_are_measured(write: Write) -> None:
    busy: list[str] = []

    def work(name: str, rounds: int) -> Callable[[Any], np.ndarray]:
        def run(_: Any) -> np.ndarray:
            busy.append(name)
            return np.linalg.inv(np.random.default_rng(0).random((rounds, rounds)))

        return run

    original: Any = SimpleNamespace(load=np.stack)
    candidates = {"": work("torch", 600), "fp32": work("fp32", 60)}
    seconds = convert_tower._times(candidates, original, [np.zeros((2, 2, 3), np.uint8)] * 4)
    assert busy == ["torch", "fp32"] * 3
    assert 0 < seconds["fp32"] < seconds[""]


@pytest.mark.parametrize("family", STAY)
def test_what_cannot_be_converted_stays_on_pytorch(
    family: str, load: Load, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "PyTorch" in load(family).name
    assert f"stays on PyTorch: {STAY[family]}" in log.text
    monkeypatch.setattr(conversion, "convert", _never)
    log.clear()
    load(family)  # that is remembered
    assert f"stays on PyTorch: {STAY[family]}" in log.text


def test_a_converted_network_is_found_again_and_damage_is_noticed(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer("fp32", monkeypatch)
    folder = write("clip")
    files = checkpoint.weights(folder)
    preprocessing = load_dual_encoder(folder, "cpu", cache=tmp_path)._input
    made = converted.folder_in(tmp_path, folder, preprocessing)
    with monkeypatch.context() as patch:
        patch.setattr(conversion, "convert", _never)
        assert isinstance(
            converted.ensure(folder, files, preprocessing, tmp_path), ConvertedPictures
        )
    (made / converted.NETWORK).write_bytes(b"damage")
    assert converted.read(made) is None
    assert converted.ensure(folder, files, preprocessing, tmp_path) is not None
    monkeypatch.setattr(converted, "made_by", lambda: "another build")
    assert converted.read(made) is None
    assert converted.forget(folder, tmp_path) > 1000
    assert not made.exists()
    assert converted.forget(tmp_path / "nowhere", tmp_path) == 0


@pytest.mark.parametrize("lacking", ["memory", "space", "process", "folder", "small"])
def test_pytorch_runs_it_where_a_conversion_is_not_possible(
    lacking: str,
    load: Load,
    log: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache = tmp_path / "cache"
    said = {
        "memory": "9 bytes of free memory are too few",
        "space": "7 bytes of free space are too few",
        "process": "The conversion of the model failed: no luck",
        "folder": "cannot be written",
        "small": "is small and stays on PyTorch",
    }[lacking]
    if lacking == "memory":
        monkeypatch.setattr(converted, "free_memory", lambda _: 9)
    elif lacking == "space":
        monkeypatch.setattr(converted.shutil, "disk_usage", lambda _: SimpleNamespace(free=7))
    elif lacking == "process":
        monkeypatch.setattr(conversion, "convert", _fail)
    elif lacking == "folder":
        cache.write_text("in the way")
    else:
        monkeypatch.setattr(converted, "LEAST_NUMBERS", 10_000_000)
    model = load("siglip")
    assert "PyTorch" in model.name
    assert said in log.text
    assert embedded(model, noise(2)).shape == (2, model.dimensions)
    assert cache.is_file() or not list(cache.glob("pictures-*"))


def test_full_memory_halves_the_batch(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer("fp32", monkeypatch)
    model = load_dual_encoder(write("clip"), "cpu", cache=tmp_path)
    expected = embedded(model, noise(6))
    eyes: Any = model._eyes
    session = eyes._session

    def run(names: Any, inputs: dict[str, np.ndarray]) -> Any:
        if len(inputs["pixels"]) > 2:
            raise Exception("[ONNXRuntimeError] : 6 : Failed to allocate memory for 12 bytes")
        return session.run(names, inputs)

    eyes._session = SimpleNamespace(run=run)
    assert embedded(model, noise(6)) == pytest.approx(expected, abs=2e-5)
    assert model.batch_size <= 2
    eyes._session = SimpleNamespace(run=_fail)
    with pytest.raises(ModelError, match="no luck"):
        embedded(model, noise(1))


def test_the_process_that_converts_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    arguments = [str(tmp_path), str(tmp_path / "cache")]
    with pytest.raises(ModelError, match=r"failed: .*config\.json is damaged; fetch the model"):
        _CONVERT("tui_selector.models.convert_tower", arguments)


def _never(*_: object) -> None:
    raise AssertionError("it was converted once more")


def _fail(*_: object) -> None:
    raise ModelError("The conversion of the model failed: no luck")
