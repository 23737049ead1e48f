"""Photos made from what scikit-image ships, and engines that are never left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_library import Library, Make
from intake_bench import Bench
from mean_colour import MeanColour
from patience import PATIENCE
from PIL import Image, ImageEnhance
from skimage import data

from tui_selector.engine.client import stop
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.paths import LibraryPaths, library_paths

SUBJECTS = ("astronaut", "coffee", "chelsea", "rocket", "retina", "immunohistochemistry")


@pytest.fixture(scope="session")
def subjects() -> list[Image.Image]:
    return [
        Image.fromarray(np.asarray(getattr(data, name)())[..., :3]).resize((240, 180))
        for name in SUBJECTS
    ]


def variant(image: Image.Image, number: int) -> Image.Image:
    """One of many pictures of the same thing: shifted a little, lighter or darker."""
    left, top = number % 24, number // 24 % 18
    moved = image.crop((left, top, left + 200, top + 150))
    return ImageEnhance.Brightness(moved).enhance(0.8 + 0.4 * (number % 7) / 6)


@pytest.fixture
def make_photos(subjects: list[Image.Image]) -> Make:
    """A function that writes `count` different small JPEGs into a folder."""

    def make(folder: Path, count: int, first: int = 0) -> list[Path]:
        folder.mkdir(exist_ok=True, parents=True)
        made = []
        for number in range(first, first + count):
            path = folder / f"{SUBJECTS[number % 6]}-{number}.jpg"
            variant(subjects[number % 6], number // 6).save(path, quality=80)
            made.append(path)
        return made

    return make


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    """Of an empty library without an engine."""
    (tmp_path / "Photos").mkdir()
    return library_paths(tmp_path / "Photos")


@pytest.fixture
def catalog(paths: LibraryPaths) -> Iterator[Catalog]:
    with Catalog.open(paths) as catalog:
        yield catalog


@pytest.fixture
def thumbnails(paths: LibraryPaths) -> Iterator[ThumbnailStore]:
    with ThumbnailStore.open(paths.thumbnails) as thumbnails:
        yield thumbnails


@pytest.fixture
def model() -> MeanColour:
    return MeanColour()


@pytest.fixture
def bench(catalog: Catalog, thumbnails: ThumbnailStore) -> Iterator[Bench]:
    """An intake of the library."""
    bench = Bench(catalog, thumbnails)
    yield bench
    bench.close()


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """An empty folder; its engine is stopped at the end."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    root = tmp_path / "Photos"
    root.mkdir()
    library = Library(root)
    yield library
    stop(library.paths, PATIENCE)
