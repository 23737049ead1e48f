"""Colour, shape and number of generated things, where look-alikes say nothing of two of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from figures import COLOURS, NUMBERS, SHAPES, Figure, figures
from PIL import Image

from tui_selector.analysis.kmeans import spherical_kmeans
from tui_selector.analysis.metrics import clustering_accuracy
from tui_selector.criteria import pixels
from tui_selector.models.builtin import BuiltinEmbedder


@pytest.fixture(scope="module")
def made() -> list[Figure]:
    return figures(seed=3)


def accuracy(truth: Sequence[object], labels: Sequence[str]) -> float:
    places = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return clustering_accuracy([str(each) for each in truth], [places[label] for label in labels])


def test_each_criterion_is_answered_by_itself(made: list[Figure]) -> None:
    small = [pixels.numpy_of(each.image) for each in made]
    assert (
        accuracy([each.colour for each in made], [pixels.colour(each).label for each in small])
        >= 0.95
    )
    assert (
        accuracy([each.shape for each in made], [pixels.shape(each).label for each in small])
        >= 0.95
    )
    assert (
        accuracy([each.number for each in made], [pixels.count(each).label for each in small])
        >= 0.95
    )
    assert [pixels.colour(one).label for one in small] == [each.colour for each in made]


def test_look_alikes_are_near_chance_in_two_of_them(
    made: list[Figure], builtin: BuiltinEmbedder
) -> None:
    vectors = np.concatenate(
        [
            builtin.embed(
                [builtin.prepare(each.image) for each in made[start : start + 16]]
            ).vectors
            for start in range(0, len(made), 16)
        ]
    )

    def plain(truth: Sequence[object], k: int) -> float:
        labels = spherical_kmeans(vectors, k).labels.tolist()
        return clustering_accuracy([str(each) for each in truth], labels)

    # The best matching of random labels is a little above one in k already.
    assert plain([each.colour for each in made], len(COLOURS)) < 0.2 + 0.15
    assert plain([each.number for each in made], len(NUMBERS)) < 0.25 + 0.17
    assert plain([each.shape for each in made], len(SHAPES)) < 0.9


def draped(albedo: int | tuple[int, ...], ground: tuple[int, int, int], light: float) -> np.ndarray:
    """A cloth in folds on a ground, in so much light, sRGB (120, 120, 3)."""
    picture = np.empty((120, 120, 3), np.float64)
    picture[:] = ground
    folds = 0.85 + 0.15 * np.cos(np.arange(76) / 4.0)
    picture[22:98, 22:98] = np.asarray(albedo) * folds[None, :, None]
    return np.clip(picture * light, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("light", [1.0, 0.85, 0.7])
@pytest.mark.parametrize("ground", [(150, 20, 25), (30, 60, 40)])
def test_white_stays_white_in_shade(light: float, ground: tuple[int, int, int]) -> None:
    seen = pixels.colour(draped(240, ground, light))
    assert seen.label == "white"


def test_a_grey_thing_beside_a_white_one_stays_grey() -> None:
    picture = draped(150, (150, 20, 25), 0.9)
    picture[:, :10] = 225  # a strip of a white wall tells how much light there is
    assert pixels.colour(picture).label == "grey"
    dark = draped(60, (240, 220, 160), 1.0)
    assert pixels.colour(dark).label in ("grey", "black")


@pytest.mark.parametrize("cloth", [(172, 168, 152), (160, 168, 178)])
def test_a_tinted_cloth_is_not_white_because_nothing_lighter_is_there(
    cloth: tuple[int, ...],
) -> None:
    ground = (150, 20, 25)
    plain = draped((170, 170, 168), ground, 1.0)
    picture = draped(cloth, ground, 1.0)
    for each in (plain, picture):
        each[:, :4] = 190  # a strip of what is lighter
    assert pixels.colour(plain).label == "white"
    assert pixels.colour(picture).label == "grey"


def test_what_is_very_light_is_white_though_it_has_a_tint() -> None:
    assert pixels.colour(draped((236, 226, 206), (90, 60, 40), 1.0)).label == "white"


def test_what_only_just_counts_as_white_is_said_with_less_certainty() -> None:
    clear, doubtful = draped(240, (150, 20, 25), 0.75), draped(222, (150, 20, 25), 0.9)
    doubtful[:, :3] = 225
    one, two = pixels.colour(clear), pixels.colour(doubtful)
    assert one.label == two.label == "white"
    assert "partly in shade" in one.reason
    assert two.confidence < one.confidence


def test_what_pixels_cannot_tell_is_said() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    for look in (pixels.count, pixels.shape):
        seen = look(noise)
        assert seen.label == ""
        assert "not plain" in seen.reason
    blank = np.full((120, 160, 3), 200, np.uint8)
    assert pixels.count(blank).label == ""
    assert pixels.colour(blank).label == "black and white"


@pytest.mark.parametrize(
    ("level", "label"), [(0, "dark"), (75, "dim"), (130, "normal"), (250, "bright")]
)
def test_brightness(level: int, label: str) -> None:
    assert pixels.brightness(np.full((20, 30, 3), level, np.uint8)).label == label


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 400), (2000, 10)])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK"])
def test_pictures_of_any_size_and_mode(size: tuple[int, int], mode: str) -> None:
    small = pixels.numpy_of(Image.new(mode, size))
    for look in (pixels.colour, pixels.brightness, pixels.count, pixels.shape):
        seen = look(small)
        assert seen.reason
        assert 0.0 <= seen.confidence <= 1.0
