"""Maps keep neighbours together, are the same each time, and take new photos in."""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.analysis import projection, projection_umap
from tui_selector.analysis.projection_pairs import PairList, near_pairs, nearest
from tui_selector.analysis.projection_spacing import spaced


def ended(steps: Generator[None, None, Any]) -> Any:
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def groups(count: int, of: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around so many directions, and whose they are."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((count, 64))
    owners = np.repeat(np.arange(count), of)
    vectors = centres[owners] + 0.4 * random.standard_normal((count * of, 64))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), owners


def agreement(places: np.ndarray, owners: np.ndarray, near: int = 5) -> float:
    """The share of each photo's neighbours on a map that are of its group."""
    apart = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    rows = np.argsort(apart, axis=1)[:, :near]
    return float((owners[rows] == owners[:, None]).mean())


def test_pacmap_keeps_groups_together_where_two_axes_cannot() -> None:
    vectors, owners = groups(20, 25)
    points = projection.reduced(vectors)
    places = ended(projection.pacmap(points))
    assert places.shape == (500, 2)
    assert agreement(places, owners) > 0.97
    assert agreement(projection.principal(points), owners) < 0.8


def test_the_same_seed_gives_the_same_map() -> None:
    points = projection.reduced(groups(4, 10)[0])
    one, same, other = (ended(projection.pacmap(points, seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9])
def test_few_photos_have_a_map(count: int) -> None:
    vectors = groups(count, 1)[0]
    points = projection.reduced(vectors)
    assert projection.principal(points).shape == (count, 2)
    if count >= projection.FEWEST:
        assert np.isfinite(ended(projection.pacmap(points))).all()


def test_twins_lie_together_and_break_nothing() -> None:
    vectors = np.repeat(groups(10, 1)[0], 4, axis=0)
    places = ended(projection.pacmap(projection.reduced(vectors)))
    assert np.isfinite(places).all()
    assert agreement(places, np.repeat(np.arange(10), 4), near=1) > 0.6


def test_all_alike_are_at_finite_places() -> None:
    vectors = np.repeat(groups(1, 1)[0], 30, axis=0)
    assert np.isfinite(ended(projection.pacmap(projection.reduced(vectors)))).all()


def test_the_first_axis_is_the_longest() -> None:
    spread = projection.reduced(groups(5, 40)[0]).var(axis=0)
    assert (np.diff(spread) <= 1e-6).all()


def test_pairs_are_the_nearest_and_never_the_photo_itself() -> None:
    points = np.arange(40, dtype=np.float32)[:, None] ** 2
    pairs = ended(near_pairs(points, 2))
    assert not (pairs.other == np.arange(40)[:, None]).any()
    assert set(pairs.other[20]) == {19, 21}


def test_slopes_are_those_of_the_loss() -> None:
    """Of a difference quotient."""
    random = np.random.default_rng(3)
    places = random.standard_normal((12, 2)).astype(np.float32)
    pairs = PairList(random.integers(0, 12, (12, 3)))

    def loss(places: np.ndarray, scale: float) -> float:
        apart = places[:, None].astype(np.float64) - places[pairs.other]
        d = (apart**2).sum(axis=2) + 1
        return float((d / (scale + d)).sum() if scale > 1 else (1 / (1 + d)).sum())

    for scale, slope in ((10.0, pairs.pull(places, 10.0, 1.0)), (1.0, pairs.push(places))):
        for row, axis in ((0, 0), (5, 1), (11, 0)):
            above, below = places.copy(), places.copy()
            above[row, axis] += 1e-2
            below[row, axis] -= 1e-2
            quotient = (loss(above, scale) - loss(below, scale)) / 2e-2
            assert slope[row, axis] == pytest.approx(quotient, rel=0.02, abs=1e-4)


def test_a_new_photo_lies_where_its_twin_lies_and_between_its_neighbours() -> None:
    vectors, owners = groups(6, 20)
    places = ended(projection.pacmap(projection.reduced(vectors)))
    again = projection.place(vectors, places, vectors[7:8])
    assert np.abs(again[0] - places[7]).max() < 0.01 * np.ptp(places)
    fresh, belong = groups(6, 20, seed=0)
    fresh = fresh + 0.05 * np.random.default_rng(1).standard_normal(fresh.shape)
    put = projection.place(vectors, places, fresh.astype(np.float32))
    centres = np.stack([places[owners == group].mean(axis=0) for group in range(6)])
    to_centre = ((put[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (to_centre == belong).mean() > 0.95


def test_an_inverted_file_finds_nearly_the_same() -> None:
    vectors = groups(60, 400)[0][:, :16]
    asked = vectors[::16]
    rows, squares = nearest(vectors, asked, 6)
    assert (rows[:, 0] == np.arange(0, len(vectors), 16)).mean() > 0.99
    assert (np.diff(squares, axis=1) >= -1e-6).all()
    exact = nearest(vectors, asked[:50], 6)[0]
    shared = [len(set(a) & set(b)) / 6 for a, b in zip(rows[:50], exact, strict=True)]
    assert np.mean(shared) > 0.9


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=30))
def test_coordinates_keep_their_proportions_in_16_bits(places: list[tuple[float, float]]) -> None:
    given = np.array(places, np.float32).reshape(-1, 2)
    fitted = projection.fitted(given)
    assert fitted.shape == given.shape
    if len(given) > 1 and (side := float(np.ptp(given, axis=0).max())) > 1e-3:
        scale = 65535 / side
        assert np.ptp(fitted, axis=0).max() == pytest.approx(65535, abs=1)
        moved = fitted.astype(np.float64) - fitted[0]
        meant = (given.astype(np.float64) - given[0]) * scale
        np.testing.assert_allclose(moved, meant, atol=65535 * 2e-6 * np.abs(given).max() / side + 2)


def test_spacing_keeps_photos_apart_and_neighbours_together() -> None:
    vectors, owners = groups(12, 20)
    places = ended(projection.pacmap(projection.reduced(vectors)))
    wide = ended(spaced(places))
    apart = np.sqrt(((wide[:, None] - wide[None]) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    least = 0.4 * (1.6 / len(places)) ** 0.5
    assert (apart.min(axis=1) > 0.6 * least).mean() > 0.95
    assert agreement(wide, owners) > agreement(places, owners) - 0.12
    assert np.ptp(wide[:, 0]) > np.ptp(wide[:, 1])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_photos_at_one_place_are_spread(count: int) -> None:
    wide = ended(spaced(np.zeros((count, 2), np.float32)))
    assert wide.shape == (count, 2)
    assert np.isfinite(wide).all()
    if count > 2:
        assert len(np.unique(wide.round(4), axis=0)) == count


def test_umap_says_why_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection_umap, "find_spec", lambda name: None)
    assert "tui-selector[umap]" in projection_umap.obstacle()
    monkeypatch.setattr(projection_umap, "find_spec", lambda name: object())
    assert projection_umap.obstacle() == ""


@pytest.mark.skipif(find_spec("umap") is None, reason="the extra `umap` is not installed")
def test_umap_keeps_groups_together(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    centres = 8 * random.standard_normal((4, 16))
    points = (np.repeat(centres, 20, axis=0) + random.standard_normal((80, 16))).astype(np.float32)
    places = ended(projection_umap.umap(points, tmp_path))
    assert places.shape == (80, 2)
    assert places.dtype == np.float32
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (apart.argmin(axis=1) // 20 == np.arange(80) // 20).all()
    assert not list(tmp_path.iterdir())
