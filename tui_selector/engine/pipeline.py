"""A batch of paths in, a batch of vectors and signals out.

Each file is read once, decoded once, and everything that anybody wants to know about a photo is
made from that one picture. Nothing here knows the catalog, a thread or a device: what is needed
comes in as arguments, what is learned goes out as values, and the same call could run on another
machine.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector.analysis.tags import file_tags, pixel_tags
from tui_selector.engine.measuring import measured
from tui_selector.library.folder.files import DecodeError, UnreadableError, reason
from tui_selector.library.folder.identity import UnsettledError, content_hash, identify, read_whole
from tui_selector.library.photo import Kind, Tag
from tui_selector.library.pictures.decode import decode
from tui_selector.library.pictures.metadata import Metadata, read_metadata
from tui_selector.library.pictures.thumbnails import (
    THUMBNAIL_SIDE,
    Tile,
    TileSize,
    encode_thumbnail,
    encode_tile,
)
from tui_selector.library.quality import Quality
from tui_selector.models.embedder import Embedder, ModelError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

_log = logging.getLogger(__name__)

#: A still picture or RAW file above this size, in bytes, is not held in memory while it is decoded.
_HELD = 256 * 2**20

#: Long side of a thumbnail for which a larger decode is not worth its time, pixels.
_SMALLEST = THUMBNAIL_SIDE * 15 // 16

#: The side that a picture is decoded to at most for a model that wants a panorama's short side.
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Content:
    """What was read of a file: the hash of its bytes, and size and time while it had them."""

    hash: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Item:
    """A photo to index: its id, where its file stands, what kind it is, its size in bytes.

    Of a video that is indexed already, only the frames are wanted; `film` is what it holds.
    """

    photo: int
    path: Path
    kind: Kind
    size: int
    film: Content | None = None

    @property
    def is_held(self) -> bool:
        """Whether the whole file is held in memory while it is decoded."""
        return self.kind is not Kind.VIDEO and self.size <= _HELD


@dataclass(frozen=True, slots=True)
class Signals:
    """What indexing learns about a photo.

    Attributes:
        photo: Its id.
        content: What was read.
        metadata: What the file says about itself.
        width: Upright width of the original, pixels.
        height: Upright height of the original, pixels.
        remark: One sentence on a loss, or "".
        thumbnail: JPEG.
        tiles: Encoded tiles.
        tags: Words from the model, the pixels and the metadata.
        vector: (d,) float32, unit length.
        words: (t,) float32, unit length: the vector that text is compared with.
        quality: What was measured.
        fingerprint: What the picture is recognised by, see `analysis.similar.hashing`.
    """

    photo: int
    content: Content
    metadata: Metadata
    width: int
    height: int
    remark: str
    thumbnail: bytes
    tiles: tuple[Tile, ...]
    tags: tuple[Tag, ...]
    vector: np.ndarray
    words: np.ndarray
    quality: Quality
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Copied:
    """A photo whose bytes are known: all that was learned about them holds for it too."""

    photo: int
    content: Content


@dataclass(frozen=True, slots=True)
class Failed:
    """A photo that could not be indexed, and one sentence that says why.

    `again` says when another attempt makes sense: when the file has come to rest ("soon"), when
    the folder is compared next ("later"), or when its bytes have changed ("never").
    """

    photo: int
    sentence: str
    again: str


@dataclass(frozen=True, slots=True)
class Frames:
    """What was seen in a video, from its first frame to its last.

    Attributes:
        photo: Its id.
        content: What its file holds.
        seconds: Times of the n frames that stand for it, ascending; none where it cannot be seen.
        vectors: (n, d) float32, unit rows.
        words: (n, t) float32, unit rows, as `Signals.words`.
        tags: Words from the model and the pixels.
        sentence: Why there are no frames, or "".
    """

    photo: int
    content: Content
    seconds: tuple[float, ...]
    vectors: np.ndarray
    words: np.ndarray
    tags: tuple[Tag, ...]
    sentence: str


Outcome = Signals | Copied | Frames | Failed


@dataclass(frozen=True, slots=True)
class _Seen:
    """A decoded photo that waits to be embedded with its batch; the picture is gone already."""

    item: Item
    content: Content
    metadata: Metadata
    width: int
    height: int
    remark: str
    thumbnail: bytes
    tiles: tuple[Tile, ...]
    tags: tuple[Tag, ...]
    quality: Quality
    fingerprint: bytes
    input: np.ndarray


def process(
    batch: Sequence[Item],
    embedder: Embedder,
    *,
    tile_sizes: Sequence[TileSize] = (),
    known: Callable[[Item, bytes], bool] = lambda item, hash_: False,
) -> list[Outcome]:
    """Index photos: read, decode and look at one after the other, then embed them together.

    Args:
        batch: What to index.
        embedder: The model.
        tile_sizes: Tiles to encode for each photo.
        known: Says whether all is known already about a photo with these bytes (a hash).

    Returns:
        One outcome for each photo, in any order. No file makes this raise.

    Raises:
        ModelError: The model fails, whatever it is given.
    """
    outcomes: list[Outcome] = []
    seen: list[_Seen] = []
    for item in batch:
        try:
            found = _look(item, embedder, tile_sizes, known)
        except Exception as error:
            outcomes.append(failure(item, error))
            continue
        if isinstance(found, Copied):
            outcomes.append(found)
        else:
            seen.append(found)
    if seen:
        try:
            embedding = embedder.embed([each.input for each in seen])
        except Exception as error:
            raise ModelError(f"The model {embedder.name} failed: {error}") from error
        for row, each in enumerate(seen):
            outcomes.append(
                Signals(
                    photo=each.item.photo,
                    content=each.content,
                    metadata=each.metadata,
                    width=each.width,
                    height=each.height,
                    remark=each.remark,
                    thumbnail=each.thumbnail,
                    tiles=each.tiles,
                    tags=(*embedding.tags[row], *each.tags),
                    vector=embedding.vectors[row],
                    words=embedding.words[row],
                    quality=each.quality,
                    fingerprint=each.fingerprint,
                )
            )
    return outcomes


def _look(
    item: Item,
    embedder: Embedder,
    tile_sizes: Sequence[TileSize],
    known: Callable[[Item, bytes], bool],
) -> _Seen | Copied:
    """Read and decode one photo and make everything from it but the vector."""
    data, content = _read(item)
    if known(item, content.hash):
        return Copied(item.photo, content)
    metadata = read_metadata(item.path, data)
    longest = longest_side(metadata.width, metadata.height, embedder.input_size, tile_sizes)
    picture = decode(item.path, longest=longest, data=data)
    if data is None and _read(item)[1] != content:
        raise UnsettledError("The file is being written while it is read.")
    image = picture.image
    quality, fingerprint = measured(picture)
    return _Seen(
        item=item,
        content=content,
        metadata=metadata,
        width=picture.width,
        height=picture.height,
        remark=picture.note or "",
        thumbnail=encode_thumbnail(image),
        tiles=_tiles(image, content.hash, tile_sizes),
        tags=(*pixel_tags(image), *file_tags(metadata)),
        quality=quality,
        fingerprint=fingerprint,
        input=embedder.prepare(image),
    )


def _read(item: Item) -> tuple[bytes | None, Content]:
    """The bytes of a file, unless they are a video or very many, and what identifies them."""
    if not item.is_held:
        hash_, status = identify(item.path)
        return None, Content(hash_, status.st_size, status.st_mtime_ns)
    data, status = read_whole(item.path)
    return data, Content(content_hash(data), status.st_size, status.st_mtime_ns)


def longest_side(
    width: int | None, height: int | None, input_size: int, tile_sizes: Sequence[TileSize] = ()
) -> int:
    """The long side, in pixels, that gives every consumer of a decoded picture what it needs.

    A thumbnail a little smaller than it may be (500 pixels of 4000) is worth a decode at an eighth
    instead of a quarter.
    """
    wanted = max([_SMALLEST, *(max(size.width, size.height) for size in tile_sizes)])
    width, height = width or 1, height or 1
    for_model = math.ceil(input_size * max(width, height) / min(width, height))
    return max(wanted, min(for_model, LONGEST))


def _tiles(image: Image.Image, hash_: bytes, tile_sizes: Sequence[TileSize]) -> tuple[Tile, ...]:
    return tuple(
        Tile(hash_, *size[:3], encode_tile(image, *size), size.encoding) for size in tile_sizes
    )


def failure(item: Item, error: Exception) -> Failed:
    """What is told of a file at which something was raised."""
    if isinstance(error, UnsettledError):
        return Failed(item.photo, "The file is being written.", "soon")
    if isinstance(error, UnreadableError):
        return Failed(item.photo, f"{error} It is tried again later.", "later")
    if isinstance(error, DecodeError):
        advice = "Get it from a backup or move it to the trash."
        return Failed(item.photo, f"{error} {advice}", "never")
    if isinstance(error, OSError):
        sentence = reason(error) or "The file cannot be read."
        return Failed(item.photo, f"{sentence} It is tried again later.", "later")
    if isinstance(error, MemoryError):
        return Failed(item.photo, "There is not enough memory to open the file.", "later")
    _log.error("photo %d failed", item.photo, exc_info=error)
    return Failed(
        item.photo, "The program failed at this file; the engine's log says more.", "never"
    )
