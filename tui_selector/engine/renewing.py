"""What a worker does for a model that is to take over: photos that are known get its vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_selector.engine.pipeline import Failed, Frames, Item, failure, longest_side
from tui_selector.library.catalog.model_tag_table import SOURCE
from tui_selector.library.folder.identity import UnsettledError, content_hash, read_whole
from tui_selector.library.photo import Tag
from tui_selector.library.pictures.decode import decode
from tui_selector.models.embedder import Embedder, ModelError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Known(Item):
    """An indexed photo; `film` is what its file holds, of a still picture too.

    Attributes:
        width: Upright width of the original, pixels.
        height: Upright height of the original, pixels.
        has_frames: Whether frames stand for it, which are wanted as well.
    """

    width: int = 0
    height: int = 0
    has_frames: bool = False


@dataclass(frozen=True, slots=True)
class Renewed:
    """What another model makes of a photo.

    Attributes:
        photo: Its id.
        hash: Of its bytes.
        vector: (d,) float32, unit length.
        words: (t,) float32, unit length.
        tags: The model's.
        frames: Those of a video that was gone through.
    """

    photo: int
    hash: bytes
    vector: np.ndarray
    words: np.ndarray
    tags: tuple[Tag, ...]
    frames: Frames | None = None


@contextmanager
def opened(
    embedder: Embedder, go_on: Callable[[], bool]
) -> Iterator[Callable[[list[Item]], list[Renewed | Failed]]]:
    """Give one thread its work.

    Args:
        embedder: The model that is to take over.
        go_on: Whether a long piece of work is still wanted.
    """
    yield lambda batch: renew([i for i in batch if isinstance(i, Known)], embedder, go_on)


def renew(
    batch: Sequence[Known], embedder: Embedder, go_on: Callable[[], bool] = lambda: True
) -> list[Renewed | Failed]:
    """Embed photos that are indexed already.

    Returns:
        One outcome for each photo, in any order. No file makes this raise.

    Raises:
        ModelError: The model fails, whatever it is given.
    """
    outcomes: list[Renewed | Failed] = []
    seen: list[tuple[Known, np.ndarray, Frames | None]] = []
    for item in batch:
        try:
            frames = _frames(item, embedder, go_on) if item.has_frames else None
            seen.append((item, _input(item, embedder), frames))
        except ModelError:
            raise
        except Exception as error:
            outcomes.append(failure(item, error))
    if not seen:
        return outcomes
    try:
        embedding = embedder.embed([pixels for _, pixels, _ in seen])
    except Exception as error:
        raise ModelError(f"The model {embedder.name} failed: {error}") from error
    for row, (item, _, frames) in enumerate(seen):
        assert item.film is not None
        outcomes.append(
            Renewed(
                photo=item.photo,
                hash=item.film.hash,
                vector=embedding.vectors[row],
                words=embedding.words[row],
                tags=tuple(
                    tag
                    for tag in (frames.tags if frames else embedding.tags[row])
                    if tag.source == SOURCE
                ),
                frames=frames,
            )
        )
    return outcomes


def _frames(item: Known, embedder: Embedder, go_on: Callable[[], bool]) -> Frames | None:
    """The frames of a video; None where it cannot be gone through any more."""
    from tui_selector.engine.films import look_through  # takes FFmpeg

    assert item.film is not None
    found = look_through(item, item.film, embedder, go_on)
    return found if isinstance(found, Frames) and found.seconds else None


def _input(item: Known, embedder: Embedder) -> np.ndarray:
    """Decode a photo as it is decoded for indexing, and prepare it.

    Raises:
        UnsettledError: It has other bytes than are known.
    """
    assert item.film is not None
    known = item.film
    longest = longest_side(item.width, item.height, embedder.input_size)
    if item.is_held:
        data, status = read_whole(item.path)
        same = (status.st_size, status.st_mtime_ns) == (known.size, known.mtime_ns)
        if not same and content_hash(data) != known.hash:
            raise UnsettledError("The file has other bytes than it had.")
        image = decode(item.path, longest=longest, data=data).image
    else:
        image = decode(item.path, longest=longest).image
        status = item.path.stat()
        if (status.st_size, status.st_mtime_ns) != (known.size, known.mtime_ns):
            raise UnsettledError("The file has other bytes than it had.")
    return embedder.prepare(image)
