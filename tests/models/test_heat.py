"""Where models see what words name: exactly by class activation, for any model by occlusion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tui_selector.models.builtin import BuiltinEmbedder
from tui_selector.models.calibration import Standardised
from tui_selector.models.embedder import Embedder, Embedding, ModelKey
from tui_selector.models.heat import STEPS, Heat, Heated, class_weights, find_heat, occlusion
from tui_selector.models.runtime import TorchPictures

Photos = dict[str, Image.Image]


class Redness:
    """A model without heat of its own: it knows "red" and "blue", by the mean colour."""

    key = ModelKey("redness", "1", "p16")
    name = "redness"
    notice = ""
    dimensions = 3
    input_size = 24
    batch_size = 7
    calibration = Standardised(np.eye(3, dtype=np.float32))

    def __init__(self) -> None:
        self.batches: list[int] = []

    def prepare(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((24, 24)))

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        self.batches.append(len(batch))
        means = np.stack([each.reshape(-1, 3).mean(axis=0) for each in batch]) + 1e-3
        words = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return Embedding(words, words, [()] * len(batch))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([{"red": (1, 0, 0), "blue": (0, 0, 1)}[text] for text in texts], np.float32)


def planted(column: int, row: int) -> Image.Image:
    """A grey picture, 4 x 4 places, one of which is red."""
    image = Image.new("RGB", (120, 80), "gray")
    image.paste((255, 0, 0), (column * 30, row * 20, column * 30 + 30, row * 20 + 20))
    return image


def hottest(heat: Heat, text: int = 0) -> tuple[float, float]:
    """Middle of the hottest place, as shares of the picture's width and height."""
    values = heat.values[text]
    row, column = np.unravel_index(values.argmax(), values.shape)
    left, top, right, bottom = heat.box
    rows, columns = values.shape
    across = left + (column + 0.5) / columns * (right - left)
    down = top + (row + 0.5) / rows * (bottom - top)
    return float(across), float(down)


# -- class activation ----------------------------------------------------------------------------


def test_the_builtin_model_knows_by_itself(builtin: BuiltinEmbedder) -> None:
    embedder: Embedder = builtin
    assert isinstance(embedder, Heated)
    assert not isinstance(Redness(), Heated)


def test_the_mean_of_a_map_is_the_sum_of_logits(builtin: BuiltinEmbedder, photos: Photos) -> None:
    """The heat is an exact share of what the network says, not an estimate."""
    tower = TorchPictures("cpu")._tower
    bias = tower.network._fc.bias.detach().numpy()
    texts = ["a cat", "coffee", "astronaut suit"]
    weights = class_weights(builtin.embed_texts(texts), builtin.cohort)
    for image in photos.values():
        prepared = builtin.prepare(image)
        both = np.stack([prepared, prepared[:, ::-1]])
        _, logits = builtin._pictures(both)
        heat = builtin.heat(image, texts)
        expected = weights @ (logits.mean(axis=0) - bias)
        assert heat.values.mean(axis=(1, 2)) == pytest.approx(expected, abs=2e-3)
        assert np.abs(heat.values).max() > 0.5


def test_onnx_and_torch_give_the_same_heat(
    builtin: BuiltinEmbedder, reference: BuiltinEmbedder, photos: Photos
) -> None:
    ours, theirs = (model.heat(photos["chelsea"], ["a cat"]) for model in (builtin, reference))
    assert ours.box == theirs.box
    assert np.abs(ours.values - theirs.values).max() < 0.05


@pytest.mark.parametrize("place", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_heat_lies_on_the_cat(
    builtin: BuiltinEmbedder, photos: Photos, place: tuple[int, int]
) -> None:
    image = photos["coffee"].resize((400, 400))
    column, row = place
    image.paste(photos["chelsea"].resize((200, 200)), (column * 200, row * 200))
    heat = builtin.heat(image, ["a cat"])
    across, down = hottest(heat)
    assert (across > 0.5, down > 0.5) == (bool(column), bool(row))
    assert heat.values.max() > heat.hot


def test_the_mirror_image_has_the_mirrored_heat(builtin: BuiltinEmbedder, photos: Photos) -> None:
    image = photos["chelsea"].resize((400, 400))
    ours, theirs = builtin.heat(image, ["a cat"]), builtin.heat(ImageOps.mirror(image), ["a cat"])
    assert np.abs(ours.values - theirs.values[:, :, ::-1]).max() < 0.5 < ours.values.max()


def test_what_is_not_there_is_not_hot(builtin: BuiltinEmbedder, photos: Photos) -> None:
    heat = builtin.heat(photos["coffee"], ["helicopter", "cup of coffee"])
    assert heat.values[0].max() < heat.hot < heat.values[1].max()


@pytest.mark.parametrize("size", [(900, 300), (300, 900), (500, 500)])
def test_only_the_square_in_the_middle_is_seen(
    builtin: BuiltinEmbedder, photos: Photos, size: tuple[int, int]
) -> None:
    heat = builtin.heat(photos["chelsea"].resize(size), ["a cat"])
    width, height = size
    left, top, right, bottom = heat.seen
    assert (right - left) * width == pytest.approx(min(size))
    assert (bottom - top) * height == pytest.approx(min(size))
    assert left + right == pytest.approx(1.0)
    assert top + bottom == pytest.approx(1.0)
    assert heat.box == heat.seen


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 4))
def test_what_raises_every_class_gives_no_heat(seed: int, classes: int, texts: int) -> None:
    rng = np.random.default_rng(seed)
    names = rng.normal(size=(classes, 8)).astype(np.float32)
    names /= np.linalg.norm(names, axis=1, keepdims=True)
    weights = class_weights(names[:texts], names)
    assert weights.sum(axis=1) == pytest.approx(0.0, abs=1e-5)
    for number, row in enumerate(weights):
        # The class that is named counts most.
        assert row[number] == row.max()


# -- occlusion -----------------------------------------------------------------------------------


@pytest.mark.parametrize("detail", range(len(STEPS)))
@pytest.mark.parametrize("place", [(0, 0), (3, 0), (1, 2), (3, 3)])
def test_occlusion_finds_what_was_planted(detail: int, place: tuple[int, int]) -> None:
    heat = find_heat(Redness(), planted(*place), ["red", "blue"], detail)
    assert heat is not None
    across, down = hottest(heat)
    assert (int(across * 4), int(down * 4)) == place
    assert heat.values[0].max() > heat.hot
    # To cover the red makes the rest no redder, and bluer if anything.
    assert heat.values[1].max() < heat.hot
    assert heat.method == "occlusion"
    assert heat.finer == (detail < len(STEPS) - 1)


def test_occlusion_goes_in_the_models_batches() -> None:
    model = Redness()
    side, cover = STEPS[1]
    assert occlusion(model, planted(1, 1), ["red"], 1) is not None
    assert sum(model.batches) == (side - cover + 1) ** 2 + 1
    assert max(model.batches) == model.batch_size


def test_occlusion_stops_when_nobody_waits() -> None:
    model = Redness()
    assert occlusion(model, planted(1, 1), ["red"], 2, lambda: len(model.batches) >= 2) is None
    assert len(model.batches) == 2


def test_tiny_pictures_are_no_trouble() -> None:
    heat = occlusion(Redness(), Image.new("RGB", (1, 3), "red"), ["red"], 2)
    assert heat is not None
    assert np.isfinite(heat.values).all()
