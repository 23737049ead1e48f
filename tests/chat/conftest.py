"""Albums of real photos for the chat, indexed once, and small ones of made signals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_library import ChatAlbum, Made, index, library_at, sources_of

from tui_selector.chat.assistant.sources import Sources
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    album = Made(library_at(tmp_path / "Photos", tmp_path / "home"))
    yield album
    album.catalog.close()


@pytest.fixture(scope="session")
def embedder(converted_models: Path) -> BuiltinEmbedder:
    return load_builtin(converted_models, "cpu")


@pytest.fixture(scope="session")
def real_album(
    shared_data: Callable[[str], Path],
    embedder: BuiltinEmbedder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., ChatAlbum]]:
    """Makes an album of photos of a folder of the shared data, in the order named."""
    opened: dict[tuple[str, ...], tuple[Catalog, dict[str, int], Sources]] = {}

    def album(folder: str, *names: str) -> ChatAlbum:
        source = shared_data(folder)
        key = (folder, *sorted(names))
        if key not in opened:
            place = tmp_path_factory.mktemp(folder)
            paths = library_at(place / "Photos", place / "home")
            for name in names:
                shutil.copy(source / name, paths.root / name)
            catalog, ids = index(paths, embedder)
            numbers = dict(zip(sorted(names), ids, strict=True))
            opened[key] = catalog, numbers, sources_of(catalog, embedder)
        catalog, numbers, sources = opened[key]
        return ChatAlbum(catalog, [numbers[name] for name in names], sources)

    yield album
    for catalog, _, _ in opened.values():
        catalog.close()
