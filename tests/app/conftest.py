"""A small library with tabs, and the application on it, without an engine."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import frugal
import pytest
import quiet
from catalog_rows import indexed_row
from textual.pilot import Pilot

from tui_selector.app import collector
from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings

TABS = {"beach": range(1, 6), "forest": range(6, 10), "": range(10, 12)}


@pytest.fixture(autouse=True)
def garbage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One application after the other runs here: what each has left is collected after it, and
    not what is left by all looked through while it runs."""
    monkeypatch.setattr(collector, "_THRESHOLDS", gc.get_threshold())
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def quiet_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot goes on when the application has done what was asked of it, at whatever speed."""
    quiet.install(monkeypatch)


@pytest.fixture(autouse=True)
def frugal_textual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual does once what is the same for every application here."""
    frugal.install(monkeypatch)


@pytest.fixture(scope="session")
def filled_library(tmp_path_factory: pytest.TempPathFactory) -> LibraryPaths:
    """What `small_library` is a copy of."""
    home = tmp_path_factory.mktemp("filled")
    folders = {name: home / name for name in ("data", "cache", "state", "runtime")}
    paths = LibraryPaths(root=home / "album", identifier="filled", **folders)
    paths.root.mkdir()
    with Catalog.open(paths) as catalog, catalog.transaction():
        for number in range(1, 13):
            content = f"photo {number}".encode()
            file = paths.root / f"{number:02}.jpg"
            file.write_bytes(content)
            found = file.stat()
            (id_,) = catalog.photos.add(
                [
                    Found(
                        path=file.name,
                        size=found.st_size,
                        mtime_ns=found.st_mtime_ns,
                        kind=Kind.IMAGE,
                    )
                ]
            )
            if number == 12:
                catalog.photos.set_problem(id_, "The file 12.jpg is no picture; delete it.")
                continue
            catalog.photos.store_indexed(
                [
                    indexed_row(
                        id_,
                        hashlib.blake2b(content, digest_size=16).digest(),
                        size=found.st_size,
                        mtime_ns=found.st_mtime_ns,
                        taken=1_000.0 - number,
                    )
                ]
            )
        for name, numbers in TABS.items():
            tab = catalog.tabs.create(name) if name else 0
            catalog.tabs.assign(dict.fromkeys(numbers, tab))
    return paths


@pytest.fixture
def small_library(tmp_path: Path, filled_library: LibraryPaths) -> LibraryPaths:
    """01.jpg to 11.jpg, indexed, in the tabs "beach", "forest" and Singles; 12.jpg is a problem."""
    root = tmp_path / "album"
    shutil.copytree(filled_library.root, root)
    paths = library_paths(root)
    paths.make()
    shutil.copytree(filled_library.data, paths.data, dirs_exist_ok=True)
    return paths


Opened = Callable[..., AbstractAsyncContextManager[tuple[SelectorApp, Pilot[None]]]]


@pytest.fixture
def open_app() -> Opened:
    """Return a context manager that runs the application on a library."""

    @asynccontextmanager
    async def opened(
        paths: LibraryPaths, settings: Settings | None = None, size: tuple[int, int] = (80, 24)
    ) -> AsyncIterator[tuple[SelectorApp, Pilot[None]]]:
        app = SelectorApp(
            paths, settings or Settings(), TerminalGraphics("off"), start_engine=False
        )
        try:
            async with app.run_test(size=size) as pilot:
                await settle(app, pilot)
                yield app, pilot
        finally:
            app.close()

    return opened


@pytest.fixture(name="settle")
def settle_fixture() -> Callable[[SelectorApp, Pilot[None]], Awaitable[None]]:
    """Return a function that waits until everything that was asked for has happened."""
    return settle


async def settle(app: SelectorApp, pilot: Pilot[None]) -> None:
    while True:
        await pilot.pause()
        busy = app.desk is not None and app.desk.waiting
        opening = app.album is None and not app.trouble
        if not busy and not opening and app.is_running and not app.reader.reading:
            await pilot.pause()
            return
        await asyncio.sleep(0.005)
