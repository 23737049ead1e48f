"""Folders that hold no model, half a model or the wrong one: one sentence each."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny_models
from safetensors.torch import load_file, save_file

from tui_selector.models import checkpoint
from tui_selector.models.dual_encoder import load_dual_encoder
from tui_selector.models.embedder import ModelError


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model without fault."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    return tiny_models.write(tmp_path_factory.mktemp("whole") / "siglip", "siglip").folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "my model"))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _split(folder: Path) -> None:
    """Names two parts in an index, of which one is there."""
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    names = {
        "logit_scale": "model-00001-of-00002.safetensors",
        "x": "model-00002-of-00002.safetensors",
    }
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))


def _without_a_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors.pop("text_model.head.weight")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _other_sizes(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["text_model.head.weight"] = tensors["text_model.head.weight"][:, :5].clone()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _edit(name: str, **changes: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda f: (f / "config.json").unlink(), r"holds no model: config\.json"),
    "damaged config": (lambda f: _cut(f / "config.json"), r"config\.json is damaged"),
    "config of nothing": (lambda f: (f / "config.json").write_text("[]"), "what kind of model"),
    "text only": (_edit("config.json", model_type="bert"), "of the kind bert.*choose one of clip"),
    "hostile kind": (_edit("config.json", model_type="\x1b[31m"), r"of the kind \\x1b\[31m"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), r"model\.safetensors is missing"),
    "half a download": (
        lambda f: (f / "model.safetensors").rename(f / "abc.incomplete"),
        r"abc\.incomplete is half a download",
    ),
    "cut off": (lambda f: _cut(f / "model.safetensors"), r"model\.safetensors is cut off"),
    "empty": (lambda f: (f / "model.safetensors").write_bytes(b""), "is cut off"),
    "header of noise": (
        lambda f: (f / "model.safetensors").write_bytes(b"\x05" + bytes(7) + b"noise"),
        "is cut off or damaged",
    ),
    "huge header": (
        lambda f: (f / "model.safetensors").write_bytes(b"\xff" * 30),
        "is cut off or damaged",
    ),
    "pointer": (
        lambda f: (f / "model.safetensors").write_text(
            "version https://git-lfs.github.com/spec/v1"
        ),
        "git lfs pull",
    ),
    "part missing": (_split, r"model-00002-of-00002\.safetensors cannot be read"),
    "damaged index": (
        lambda f: (
            (f / "model.safetensors").unlink(),
            (f / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../b"}}'),
        ),
        r"index\.json is damaged",
    ),
    "tensor missing": (_without_a_tensor, r"text_model\.head\.weight"),
    "other sizes": (_other_sizes, "cannot be loaded"),
    "no tokenizer": (
        lambda f: (f / "tokenizer.json").unlink(),
        r"[Tt]he words of .* (cannot|need)",
    ),
    "damaged tokenizer": (lambda f: _cut(f / "tokenizer.json"), r"tokenizer\.json is missing or"),
    "no processor": (
        lambda f: (f / "preprocessor_config.json").unlink(),
        r"preprocessor_config\.json is missing or damaged",
    ),
    "damaged processor": (
        lambda f: _cut(f / "preprocessor_config.json"),
        r"preprocessor_config\.json is missing or damaged",
    ),
    "other processor": (
        _edit("preprocessor_config.json", size={"height": 64, "width": 64}),
        "cannot embed a picture and a word.*do not belong together",
    ),
    "no resizing": (_edit("preprocessor_config.json", do_resize=False), "sizes of pictures"),
    "pictures of any shape": (
        _edit("preprocessor_config.json", size={"shortest_edge": 32}),
        "sizes of pictures",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_folder_that_cannot_be_used_says_why(damage: str, folder: Path) -> None:
    spoil, words = DAMAGES[damage]
    spoil(folder)
    with pytest.raises(ModelError, match=words) as caught:
        load_dual_encoder(folder, "cpu")
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "\x1b" not in sentence
    assert "my model" in sentence or "do not belong together" in sentence
    assert sentence.endswith(".")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"There is no folder .*nowhere.*models pull"):
        load_dual_encoder(tmp_path / "nowhere", "cpu")


def test_weights_that_would_run_code_are_refused(folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "was here"

    class Evil:
        def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
            return Path.touch, (marker,)

    (folder / "model.safetensors").unlink()
    import torch

    torch.save({"logit_scale": Evil()}, folder / "pytorch_model.bin", pickle_module=pickle)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_dual_encoder(folder, "cpu")
    assert not marker.exists()


def test_weights_of_torch_are_read_where_there_is_no_code_in_them(folder: Path) -> None:
    import torch

    path = folder / "model.safetensors"
    expected = load_dual_encoder(folder, "cpu").embed_texts(["a dog"])
    torch.save(load_file(path), folder / "pytorch_model.bin")
    path.unlink()
    assert load_dual_encoder(folder, "cpu").embed_texts(["a dog"]) == pytest.approx(
        expected, abs=1e-5
    )


def test_code_in_the_folder_is_never_run(folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "was here"
    (folder / "evil.py").write_text(f"open({str(marker)!r}, 'w')\nclass Evil: pass\n")
    for name in ("config.json", "tokenizer_config.json", "preprocessor_config.json"):
        parts = ("AutoConfig", "AutoModel", "AutoTokenizer", "AutoImageProcessor")
        auto = dict.fromkeys(parts, "evil.Evil")
        auto["AutoTokenizer"] = ["evil.Evil", "evil.Evil"]  # type: ignore[assignment]
        _edit(name, auto_map=auto)(folder)
    load_dual_encoder(folder, "cpu")
    assert not marker.exists()


def test_the_fingerprint_sees_every_change(folder: Path) -> None:
    seen = {checkpoint.fingerprint(folder)}
    assert checkpoint.fingerprint(folder) in seen
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    seen.add(checkpoint.fingerprint(folder))
    _edit("tokenizer_config.json", more=1)(folder)
    seen.add(checkpoint.fingerprint(folder))
    _edit("config.json", more=1)(folder)
    seen.add(checkpoint.fingerprint(folder))
    assert len(seen) == 4
