"""A library's map on disk: where each photo lies on a plane.

Maps are a cache: the engine lays them out, the screen reads them as they are. A file begins with
`_MAGIC` and the length of its head (4 bytes, little-endian); the head is JSON; then follow, for all
photos, their ids (int64), the rows of their vectors (int64) and their places (two uint16 each), all
little-endian.
"""

from __future__ import annotations

import hashlib
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from tui_selector.paths import LibraryPaths

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: How a map is made: by principal axes, by PaCMAP, by UMAP.
Projection = Literal["pca", "pacmap", "umap"]

#: What they are called.
PROJECTION_WORDS: dict[Projection, str] = {"pca": "PCA", "pacmap": "PaCMAP", "umap": "UMAP"}

#: The longest coordinate.
SIDE = 65535

_MAGIC = b"tui-selector map 1\n"


class MapHead(msgspec.Struct, frozen=True, kw_only=True):
    """What a map is.

    Attributes:
        method: How it was made.
        space: Of the vectors that it was made of.
        photos: How many are on it.
        laid_out: How many of them were laid out together; the others were placed between those
            that they look like.
        version: Differs where anything on the map differs.
    """

    method: Projection
    space: str
    photos: int
    laid_out: int
    version: str


class PhotoMap(msgspec.Struct, frozen=True):
    """A map.

    Attributes:
        head: What it is.
        ids: (n,) int64, the photos.
        rows: (n,) int64, the rows of their vectors; a photo that shows something else by now has
            another one.
        places: (n, 2) uint16: to the right and down.
    """

    head: MapHead
    ids: NDArray[np.int64]
    rows: NDArray[np.int64]
    places: NDArray[np.uint16]


def map_of(
    method: Projection,
    space: str,
    ids: NDArray[np.int64],
    rows: NDArray[np.int64],
    places: NDArray[np.uint16],
    laid_out: int,
) -> PhotoMap:
    """A map with the version that its contents have."""
    digest = hashlib.blake2b(f"{method} {space} {laid_out}".encode(), digest_size=8)
    for array in (ids, rows, places):
        digest.update(array.tobytes())
    head = MapHead(
        method=method,
        space=space,
        photos=len(ids),
        laid_out=laid_out,
        version=digest.hexdigest(),
    )
    return PhotoMap(head, ids, rows, places)


def maps_folder(paths: LibraryPaths) -> Path:
    """Where the maps of a library lie; it need not exist."""
    return paths.cache / "maps"


def file_name(method: Projection, space: str) -> str:
    """The name of a map's file."""
    return f"{method}-{hashlib.blake2b(space.encode(), digest_size=8).hexdigest()}.map"


def write_map(folder: Path, photo_map: PhotoMap) -> Path:
    """Write a map, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    head = msgspec.json.encode(photo_map.head)
    file = folder / file_name(photo_map.head.method, photo_map.head.space)
    draft = file.with_name(f"{file.name}.{os.urandom(4).hex()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with draft.open("wb") as out:
            out.write(_MAGIC + struct.pack("<I", len(head)) + head)
            out.write(photo_map.ids.astype("<i8").tobytes())
            out.write(photo_map.rows.astype("<i8").tobytes())
            out.write(photo_map.places.astype("<u2").tobytes())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return file


def read_map(file: Path) -> PhotoMap | None:
    """The map of a file; None where there is none, or none that can be read."""
    import numpy as np

    try:
        data = file.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + 4
    if len(data) < start or not data.startswith(_MAGIC):
        return None
    (length,) = struct.unpack_from("<I", data, len(_MAGIC))
    try:
        head = msgspec.json.decode(data[start : start + length], type=MapHead)
    except msgspec.MsgspecError:
        return None
    start, count = start + length, head.photos
    if count < 0 or len(data) != start + 20 * count:
        return None
    ids = np.frombuffer(data, "<i8", count, start)
    rows = np.frombuffer(data, "<i8", count, start + 8 * count)
    places = np.frombuffer(data, "<u2", 2 * count, start + 16 * count).reshape(count, 2)
    return PhotoMap(head, ids, rows, places)


def last_map(paths: LibraryPaths, method: Projection) -> PhotoMap | None:
    """The map of this kind that was written last, of whichever model; None where there is none."""
    files: list[tuple[float, Path]] = []
    with suppress(OSError):
        files = [
            (file.stat().st_mtime, file) for file in maps_folder(paths).glob(f"{method}-*.map")
        ]
    return next(filter(None, (read_map(file) for _, file in sorted(files, reverse=True))), None)
