"""From a setting to a model that runs, and what takes its place where it does not."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
import tiny_models
from PIL import Image

from tui_selector.cli.root import run
from tui_selector.models import folders, loading, trust
from tui_selector.models.embedder import ModelError
from tui_selector.models.loading import load_embedder

HUB = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"


@pytest.fixture
def pulled(tmp_path: Path) -> Path:
    """A folder of models in which a tiny model lies under the id of a known one."""
    models = tmp_path / "models"
    folder = folders.folder_of(models, HUB)
    folder.mkdir(parents=True)
    tiny_models.write(folder, "clip")
    seal(folder)
    return models


def seal(folder: Path) -> None:
    files = {
        path.name: folders.File(path.stat().st_size, folders.sha256(path))
        for path in folder.iterdir()
        if path.name != folders.MANIFEST
    }
    manifest = folders.Manifest(hub=HUB, revision="c" * 40, files=files)
    (folder / folders.MANIFEST).write_bytes(msgspec.json.encode(manifest))


@pytest.mark.parametrize("wanted", ["auto", "clip-b32", HUB])
def test_a_pulled_model_is_loaded_under_its_name_and_commit(
    pulled: Path, tmp_path: Path, wanted: str
) -> None:
    embedder = load_embedder(wanted, "cpu", models=pulled, cache=tmp_path)
    assert (embedder.key.model, embedder.key.revision) == ("clip-b32", "c" * 40)
    prepared = embedder.prepare(Image.new("RGB", (60, 40), "red"))
    vectors = embedder.embed([prepared]).vectors
    assert vectors.shape == (1, embedder.dimensions)
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)


def test_what_does_not_load_is_replaced_only_where_it_was_not_asked_for(
    pulled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders.folder_of(pulled, HUB)
    (folder / "tokenizer.json").write_text("{}")
    (folder / "config.json").write_text('{"model_type": "clip", "vision_config": 3}')
    seal(folder)
    monkeypatch.setattr(loading, "_builtin", lambda *_: SimpleNamespace(name="B", notice=""))
    embedder = load_embedder("auto", "cpu", models=pulled, cache=tmp_path)
    assert embedder.name == "B"
    assert embedder.notice.endswith("The built-in model is used instead of clip-b32.")
    with pytest.raises(ModelError):
        load_embedder("clip-b32", "cpu", models=pulled, cache=tmp_path)


def test_the_engine_of_a_library_loads_what_was_chosen_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, album = tmp_path / "tiny-siglip", tmp_path / "album"
    model.mkdir()
    tiny_models.write(model, "siglip")
    album.mkdir()
    for index, colour in enumerate(("red", "green", "blue")):
        Image.new("RGB", (60, 40), colour).save(album / f"{index}.png")
    assert run(["models", "use", str(model), str(album)]) == 0
    capsys.readouterr()
    try:
        assert run(["index", str(album), "--json"]) == 0
        assert "tiny-siglip" in json.loads(capsys.readouterr().out)["model"]
    finally:
        run(["engine", "stop", str(album)])


def test_code_in_a_folder_runs_only_once_it_is_trusted(tmp_path: Path) -> None:
    folder, mark, models = tmp_path / "own", tmp_path / "it-ran", tmp_path / "models"
    folder.mkdir()
    tiny_models.write(folder, "clip")
    names = {"AutoConfig": "own_code.Config", "AutoModel": "own_code.Model"}
    (folder / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": names}))
    (folder / "own_code.py").write_text(
        f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nraise RuntimeError('enough')\n"
    )
    with pytest.raises(ModelError, match="add --trust-remote-code"):
        load_embedder(str(folder), "cpu", models=models, cache=tmp_path)
    assert not mark.exists()
    trust.trust(models, folder)
    with pytest.raises(ModelError):
        load_embedder(str(folder), "cpu", models=models, cache=tmp_path)
    assert mark.exists()
