"""The built-in model, and libraries of pictures whose content is known."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from catalog_rows import indexed_row
from figures import AddFigures, Figure

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.folder.identity import identify
from tui_selector.library.photo import Kind
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin
from tui_selector.paths import LibraryPaths, library_paths


@pytest.fixture(scope="session")
def builtin(converted_models: Path) -> BuiltinEmbedder:
    """The built-in model; converted once for all processes that run these tests side by side."""
    return load_builtin(converted_models, "cpu")


@pytest.fixture
def add_figures() -> AddFigures:
    def add(root: Path, made: Sequence[Figure]) -> LibraryPaths:
        root.mkdir(exist_ok=True)
        paths = library_paths(root)
        with (
            Catalog.open(paths) as catalog,
            ThumbnailStore.open(paths.thumbnails) as thumbnails,
            catalog.transaction(),
        ):
            first = catalog.photos.count()
            for number, figure in enumerate(made, first):
                name, data = f"{number:03d}.jpg", io.BytesIO()
                figure.image.save(data, "JPEG", quality=92)
                (root / name).write_bytes(data.getvalue())
                hash_, status = identify(root / name)
                thumbnails.put_many([(hash_, data.getvalue())])
                found = Found(
                    path=name, size=status.st_size, mtime_ns=status.st_mtime_ns, kind=Kind.IMAGE
                )
                (id_,) = catalog.photos.add([found])
                catalog.photos.store_indexed(
                    [
                        indexed_row(
                            id_,
                            hash_,
                            size=status.st_size,
                            mtime_ns=status.st_mtime_ns,
                            width=figure.image.width,
                            height=figure.image.height,
                        )
                    ]
                )
        return paths

    return add
