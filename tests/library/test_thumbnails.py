from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tui_selector.library.pictures.thumbnails import (
    ThumbnailStore,
    Tile,
    TileSize,
    encode_thumbnail,
    encode_tile,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ThumbnailStore]:
    with ThumbnailStore.open(tmp_path / "cache" / "thumbnails.sqlite") as opened:
        yield opened


def path_of(store: ThumbnailStore) -> Path:
    return store._path


def test_what_is_put_is_got(store: ThumbnailStore) -> None:
    assert store.get(b"a") is None
    assert store.put_many([(b"a", b"one"), (b"b", b"two")])
    assert store.put_many([(b"a", b"new")])
    assert (store.get(b"a"), store.get(b"b")) == (b"new", b"two")
    assert store.put_tiles([Tile(b"a", 200, 100, 256, b"png")])
    assert store.get_tile(b"a", 200, 100) == b"png"
    assert store.get_tile(b"a", 200, 100, 64) is None
    assert store.get_tile(b"a", 200, 101) is None


def test_it_is_still_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    with ThumbnailStore.open(path) as first:
        first.put_many([(b"a", b"one")])
    with ThumbnailStore.open(path) as second:
        assert second.get(b"a") == b"one"


def test_the_last_sizes_wanted_come_first(store: ThumbnailStore) -> None:
    assert store.wanted_sizes() == []
    for width in (100, 200, 300, 400, 500):
        assert store.want_size(width, 80)
    store.want_size(200, 80)
    sizes = store.wanted_sizes()
    assert sizes[0] == TileSize(200, 80, 256)
    assert [size.width for size in sizes] == [200, 500, 400, 300]


@pytest.mark.parametrize("junk", [b"", b"not a database at all" * 100, None])
def test_a_damaged_file_is_replaced(tmp_path: Path, junk: bytes | None) -> None:
    path = tmp_path / "t.sqlite"
    with ThumbnailStore.open(path) as store:
        store.put_many([(bytes([n]) * 16, bytes(5000)) for n in range(100)])
    whole = path.read_bytes()
    # None: a sound header over broken pages.
    path.write_bytes(whole[:200] + b"\xff" * (len(whole) - 200) if junk is None else junk)
    with ThumbnailStore.open(path) as store:
        assert store.get(b"\1" * 16) is None
        assert store.put_many([(b"a", b"one")])
        assert store.get(b"a") == b"one"


def test_a_file_of_another_version_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE thumbnail (x); PRAGMA user_version = 99;")
    connection.close()
    with ThumbnailStore.open(path) as store:
        assert store.put_many([(b"a", b"one")])
        assert store.get(b"a") == b"one"


def test_a_reader_follows_when_another_process_replaces_the_file(store: ThumbnailStore) -> None:
    store.put_many([(b"a", b"old")])
    assert store.get(b"a") == b"old"
    path = path_of(store)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with ThumbnailStore.open(path) as other:
        other.put_many([(b"a", b"new")])
    assert store.get(b"a") == b"new"


def test_what_cannot_be_stored_is_reported_and_not_raised(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with ThumbnailStore.open(tmp_path / "file" / "t.sqlite") as store:
        assert not store.put_many([(b"a", b"one")])
        assert store.get(b"a") is None
        assert store.wanted_sizes() == []
        assert store.prune(1) == 0


def test_a_full_disk_is_reported(store: ThumbnailStore) -> None:
    store.put_many([(b"a", b"one")])
    # SQLite answers with the same error as for a full disk.
    store._connection().execute("PRAGMA max_page_count = 20")
    assert not store.put_many([(b"b", bytes(1_000_000))])
    assert store.get(b"a") == b"one"
    assert store.get(b"b") is None


def test_pruning_keeps_thumbnails_longest_and_shrinks_the_file(store: ThumbnailStore) -> None:
    blob = bytes(8000)
    names = [bytes([n]) * 16 for n in range(100)]
    store.put_many([(name, blob) for name in names])
    store.put_tiles([Tile(name, 100, 100, 256, blob) for name in names])
    store.put_tiles([Tile(name, 200, 200, 256, blob) for name in names])
    store.want_size(200, 200)
    before = store.prune(10**9)
    assert path_of(store).stat().st_size >= before > 2_400_000
    assert store.prune(1_900_000) <= 1_900_000
    assert store.get_tile(names[0], 100, 100) is None
    assert store.get_tile(names[0], 200, 200) == blob
    assert store.get(names[0]) == blob
    assert store.prune(1_000_000) <= 1_000_000
    assert store.get_tile(names[0], 200, 200) is None
    assert store.get(names[0]) == blob
    assert path_of(store).stat().st_size < before / 2
    store.prune(0)
    assert store.get(names[0]) is None


def test_many_readers_beside_a_writer(store: ThumbnailStore) -> None:
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            for number in range(50):
                found = store.get(str(number).encode())
                if found not in {None, str(number).encode() * 500}:
                    wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(50):
        name = str(number).encode()
        assert store.put_many([(name, name * 500)])
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert all(store.get(str(number).encode()) for number in range(50))


def noise(width: int, height: int) -> Image.Image:
    small = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def test_thumbnails_are_jpeg_and_never_enlarged() -> None:
    with Image.open(io.BytesIO(encode_thumbnail(noise(1600, 1200)))) as image:
        assert (image.format, image.size) == ("JPEG", (512, 384))
    with Image.open(io.BytesIO(encode_thumbnail(noise(100, 50)))) as image:
        assert image.size == (100, 50)


@pytest.mark.parametrize(
    ("size", "expected"), [((1600, 1200), (200, 150)), ((600, 1200), (100, 200)), ((5, 4), (5, 4))]
)
def test_tiles_fit_their_box_without_padding(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    with Image.open(io.BytesIO(encode_tile(noise(*size), 200, 200))) as tile:
        assert (tile.format, tile.mode, tile.size) == ("PNG", "P", expected)


def test_fewer_colours_make_a_smaller_tile_that_still_looks_alike() -> None:
    image = noise(200, 200)
    sizes, errors = [], []
    for colours in (256, 64, 16):
        data = encode_tile(image, 200, 200, colours)
        sizes.append(len(data))
        with Image.open(io.BytesIO(data)) as tile:
            shown = tile.convert("RGB")
        assert len(shown.getcolors(1000) or []) <= colours
        errors.append(
            np.abs(np.asarray(shown, dtype=float) - np.asarray(image, dtype=float)).mean()
        )
    assert sizes == sorted(sizes, reverse=True)
    assert errors == sorted(errors)
    assert errors[0] < 15
