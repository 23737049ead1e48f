"""Indexing with a dual encoder, end to end but for its size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tui_selector.engine.pipeline import Failed, Item, Signals, process
from tui_selector.library.photo import Kind


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tiny_models

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        return tiny_models.write(tmp_path_factory.mktemp("tiny") / "siglip2", "siglip2").folder


def test_a_corrupt_file_does_not_spoil_its_batch(folder: Path, tmp_path: Path) -> None:
    from tui_selector.models.dual_encoder import load_dual_encoder

    model = load_dual_encoder(folder, "cpu")
    random = np.random.default_rng(3)
    items = []
    for number in range(6):
        path = tmp_path / f"{number}.png"
        size = (60 + 30 * number, 90, 3)
        Image.fromarray(random.integers(0, 256, size, np.uint8)).save(path)
        items.append(Item(number, path, Kind.IMAGE, path.stat().st_size))
    items[2].path.write_bytes(items[2].path.read_bytes()[:300])
    items[4].path.write_bytes(b"")
    found = {outcome.photo: outcome for outcome in process(items, model)}
    assert sorted(found) == list(range(6))
    for number, outcome in found.items():
        if number in (2, 4):
            assert isinstance(outcome, Failed)
            continue
        assert isinstance(outcome, Signals)
        with Image.open(items[number].path) as picture:
            expected = model.embed([model.prepare(picture)]).vectors[0]
        assert outcome.vector == pytest.approx(expected, abs=2e-5)
        assert outcome.words == pytest.approx(expected, abs=2e-5)


def test_photos_get_the_tags_of_their_vectors(folder: Path, tmp_path: Path) -> None:
    from tui_selector.engine.tagging import calibrate
    from tui_selector.models.dual_encoder import load_dual_encoder

    model = load_dual_encoder(folder, "cpu")
    (tmp_path / "words.txt").write_text("our boat: a boat\n")
    calibrate(model, tmp_path / "measured", tmp_path / "words.txt")
    random = np.random.default_rng(4)
    items = []
    for number in range(12):
        path = tmp_path / f"{number}.png"
        colour = random.integers(0, 256, 3, np.uint8)
        Image.new("RGB", (64, 48), tuple(colour.tolist())).save(path)
        items.append(Item(number, path, Kind.IMAGE, path.stat().st_size))
    found = [outcome for outcome in process(items, model) if isinstance(outcome, Signals)]
    assert len(found) == 12
    for outcome in found:
        ours = tuple(tag for tag in outcome.tags if tag.source == "model")
        (again,) = model.tags(outcome.words[None])
        assert [tag.name for tag in ours] == [tag.name for tag in again]
        assert any(tag.source == "pixels" for tag in outcome.tags)
    assert any(tag.source == "model" for outcome in found for tag in outcome.tags)
