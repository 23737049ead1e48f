"""A large library made up for benchmarks: a catalog with rows, tabs, tags and vectors.

    python tests/benchmarks/big_catalog.py FOLDER --photos 100000 [--files] [--dimensions 64]

The rows look like a camera's: folders of 500 photos, hashes, capture times, one flag in ten, a
companion for one in twenty. With `--files` the folder gets a sparse file for every row, with the
size and time that the row has, so that a scan finds nothing changed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
from pathlib import Path

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found, Indexed
from tui_selector.library.photo import Companion, Flag, Kind, State, Tag
from tui_selector.paths import LibraryPaths, library_paths

PER_FOLDER = 500
FIRST_TIME = 1_700_000_000
SPACE = "big-catalog"
WORDS = ("beach", "dog", "mountain", "street", "wedding", "bird", "snow", "flower", "car", "night")


def make(
    root: Path,
    photos: int = 100_000,
    *,
    tabs: int = 40,
    files: bool = False,
    dimensions: int = 0,
    whole: bool = False,
    seed: int = 7,
) -> LibraryPaths:
    """Make a library of so many photos at `root` and return where its catalog is.

    Args:
        root: The library's folder, made where it is missing.
        photos: Rows to make.
        tabs: Clusters to spread them over; one photo in a hundred is in Singles.
        files: Make a sparse file for each row.
        dimensions: Length of the random unit vectors to store in `SPACE`; 0 stores none.
        whole: Store thumbnails and the built-in model's vectors too, so that an engine finds
            nothing left to index.
        seed: Of the random numbers; equal seeds make equal libraries.
    """
    random.seed(seed)
    root.mkdir(parents=True, exist_ok=True)
    paths = library_paths(root)
    with Catalog.open(paths) as catalog:
        found = [_found(number) for number in range(photos)]
        if files:
            _make_files(root, found)
        ids: list[int] = []
        for start in range(0, photos, 5000):
            with catalog.transaction():
                batch = found[start : start + 5000]
                new = catalog.photos.add(batch)
                catalog.photos.store_indexed(map(_indexed, new, batch))
                for id_ in new:
                    if random.random() < 0.1:
                        catalog.photos.set_flag(id_, random.choice((Flag.PICK, Flag.REJECT)))
            ids += new
        _make_tabs(catalog, ids, tabs)
        if dimensions:
            _make_vectors(catalog, ids, {SPACE: dimensions}, seed)
        if whole:
            from PIL import Image

            from tui_selector.library.pictures.thumbnails import ThumbnailStore, encode_thumbnail
            from tui_selector.models.artifacts import KEY

            _make_vectors(catalog, ids, {str(KEY): 512, f"{KEY}/words": 384}, seed)
            jpeg = encode_thumbnail(Image.new("RGB", (60, 40), "gray"))
            with ThumbnailStore(paths.thumbnails) as thumbnails:
                for start in range(0, photos, 5000):
                    some = catalog.photos.get(ids[start : start + 5000])
                    thumbnails.put_many([(photo.hash or b"", jpeg) for photo in some])
        catalog.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return paths


def _found(number: int) -> Found:
    folder = f"{2015 + number // PER_FOLDER // 20}/{number // PER_FOLDER:04d} trip"
    path = f"{folder}/IMG_{number:06d}.JPG"
    mtime_ns = (FIRST_TIME + number * 60) * 10**9 + number
    companions: tuple[Companion, ...] = ()
    if number % 20 == 0:
        raw = Companion(
            path=path[:-4] + ".CR2", role="raw", size=25_000_000 + number, mtime_ns=mtime_ns
        )
        companions = (raw,)
    return Found(
        path=path,
        size=3_000_000 + random.randrange(2_000_000),
        mtime_ns=mtime_ns,
        kind=Kind.IMAGE,
        companions=companions,
    )


def _indexed(id_: int, found: Found) -> Indexed:
    return Indexed(
        id=id_,
        size=found.size,
        mtime_ns=found.mtime_ns,
        hash=hash_of(found.path),
        width=4000,
        height=3000,
        taken=found.mtime_ns / 1e9,
        metadata='{"camera":"Made Up 5"}',
        tags=(Tag(random.choice(WORDS), 0.8, "model"), Tag("bright", 0.6, "pixels")),
    )


def hash_of(path: str) -> bytes:
    """A content hash for the photo at a path; its made-up bytes have another."""
    return hashlib.blake2b(path.encode(), digest_size=16).digest()


def _make_files(root: Path, found: list[Found]) -> None:
    for photo in found:
        for file in (photo, *photo.companions):
            place = root / file.path
            if not place.parent.is_dir():
                place.parent.mkdir(parents=True)
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT, 0o644)
            os.ftruncate(descriptor, file.size)
            os.utime(descriptor, ns=(file.mtime_ns, file.mtime_ns))
            os.close(descriptor)


def _make_tabs(catalog: Catalog, ids: list[int], tabs: int) -> None:
    with catalog.transaction():
        made = [catalog.tabs.create(f"{WORDS[n % len(WORDS)]} {n}") for n in range(tabs)]
        catalog.tabs.assign(
            {id_: 0 if random.random() < 0.01 else random.choice(made) for id_ in ids}
        )


def _make_vectors(catalog: Catalog, ids: list[int], spaces: dict[str, int], seed: int) -> None:
    import numpy as np

    numbers = np.random.default_rng(seed)
    for start in range(0, len(ids), 10_000):
        photos = catalog.photos.get(ids[start : start + 10_000])
        for space, dimensions in spaces.items():
            rows = numbers.standard_normal((len(photos), dimensions), dtype=np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            with catalog.transaction():
                catalog.vectors.append(space, [photo.hash or b"" for photo in photos], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--tabs", type=int, default=40)
    parser.add_argument("--files", action="store_true")
    parser.add_argument("--dimensions", type=int, default=0)
    options = parser.parse_args()
    paths = make(
        options.folder,
        options.photos,
        tabs=options.tabs,
        files=options.files,
        dimensions=options.dimensions,
    )
    with Catalog.open(paths) as catalog:
        print(f"{catalog.photos.count(State.INDEXED):,} photos in {paths.catalog}")


if __name__ == "__main__":
    main()
