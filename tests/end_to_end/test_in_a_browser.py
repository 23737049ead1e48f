"""The same application in a browser: pictures, keys, and nothing that comes from elsewhere."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from catalog_rows import indexed_row
from PIL import Image

pytest.importorskip("textual_serve", reason="the extra `serve` is not installed")

from browser_page import PROGRAM, browser_page

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.folder.identity import hash_file
from tui_selector.library.folder.reconcile import reconcile
from tui_selector.library.folder.scan import scan
from tui_selector.library.photo import Flag
from tui_selector.library.pictures.thumbnails import ThumbnailStore, encode_thumbnail
from tui_selector.paths import library_paths

RED = (200, 30, 40)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with one red picture that is indexed, and the address at which it is served."""
    folder = tmp_path / "album"
    folder.mkdir()
    picture = Image.new("RGB", (90, 60), RED)
    picture.save(folder / "red.png")
    _index(folder, picture)
    environment = {**os.environ, "TUI_SELECTOR_IDLE_MINUTES": "1"}
    command = [sys.executable, "-m", "tui_selector", "serve", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            yield folder, server.stdout.readline().removeprefix("Open ").strip()
        finally:
            server.send_signal(signal.SIGINT)
    subprocess.run(
        [sys.executable, "-m", "tui_selector", "engine", "stop", str(folder)], check=False
    )


def _index(folder: Path, picture: Image.Image) -> None:
    """Know of the one picture in a folder what an engine would find out."""
    paths = library_paths(folder)
    with Catalog.open(paths) as catalog, ThumbnailStore.open(paths.thumbnails) as store:
        reconcile(catalog, scan(folder))
        (photo,) = catalog.photos.all()
        content = hash_file(folder / photo.path)
        indexed = indexed_row(
            photo.id,
            content,
            size=photo.size,
            mtime_ns=photo.mtime_ns,
            width=picture.width,
            height=picture.height,
        )
        with catalog.transaction():
            catalog.photos.store_indexed([indexed])
        store.put_many([(content, encode_thumbnail(picture))])


def share_of(picture: Image.Image, colour: tuple[int, int, int]) -> float:
    """Share of a picture's pixels that nearly have a colour."""
    data = picture.resize((320, 200), Image.Resampling.NEAREST).tobytes()
    near = sum(
        all(abs(mine - other) < 25 for mine, other in zip(pixel, colour, strict=True))
        for pixel in zip(data[::3], data[1::3], data[2::3], strict=True)
    )
    return near / (320 * 200)


@pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed")
async def test_a_browser_shows_the_photos_and_decides_about_them(served: tuple[Path, str]) -> None:
    folder, address = served
    async with browser_page() as page:
        await page.go(address)
        while share_of(await page.picture(), RED) < 0.005:
            await asyncio.sleep(0.3)
        await page.type("x")
        with Catalog.open(library_paths(folder)) as catalog:
            while [photo.flag for photo in catalog.photos.all()] != [Flag.REJECT]:
                await asyncio.sleep(0.05)
        hosts = {urlsplit(each).netloc for each in page.requests if not each.startswith("data:")}
        assert hosts == {urlsplit(address).netloc}
        assert any(each.startswith("ws://") for each in page.requests)
    # The window is closed, and where it stood is remembered.
    while not library_paths(folder).session.exists():
        await asyncio.sleep(0.05)
