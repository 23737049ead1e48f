"""A video's frames: chosen, decoded and embedded a few at a time, in bounded memory."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from tui_selector.analysis.tags import pixel_tags
from tui_selector.engine.pipeline import LONGEST, Content, Failed, Frames, Item, failure
from tui_selector.library.folder.files import DecodeError, UnreadableError, open_file
from tui_selector.library.folder.identity import UnsettledError
from tui_selector.library.photo import Tag
from tui_selector.library.pictures.decode import sentences
from tui_selector.library.pictures.scenes import choose_moments
from tui_selector.library.pictures.video import Film
from tui_selector.models.embedder import Embedder, Embedding, ModelError

if TYPE_CHECKING:
    from PIL import Image

#: Most tags that a model gives one video.
_MOST_TAGS = 12
#: Mean score over all frames from which what pixels say is said of the video.
_THROUGHOUT = 0.5


class _LeavingError(Exception):
    """The work is not wanted any more."""


def look_through(
    item: Item, content: Content, embedder: Embedder, go_on: Callable[[], bool]
) -> Frames | Failed:
    """Embed the frames that stand for a video.

    Args:
        item: The video.
        content: What its file is known to hold; another size or time means other bytes.
        embedder: The model.
        go_on: Asked now and then; where it says no, nothing comes of it.

    Returns:
        The frames, or none and a sentence where the video cannot be gone through. `Failed` where
        another attempt makes sense.

    Raises:
        ModelError: The model fails, whatever it is given.
    """
    try:
        with open_file(item.path) as stream:
            _check(stream, content)
            found = _look(stream, item.photo, content, embedder, go_on)
            _check(stream, content)
            return found
    except ModelError:
        raise
    except _LeavingError:
        return Failed(item.photo, "The engine is leaving.", "later")
    except DecodeError as error:
        if isinstance(error, UnreadableError):
            return failure(item, error)
        return unseen(item.photo, content, f"Only the poster of the video is searched. {error}")
    except Exception as error:
        failed = failure(item, error)
        if failed.again != "never":
            return failed
        return unseen(item.photo, content, failed.sentence)


def unseen(photo: int, content: Content, sentence: str) -> Frames:
    """What is stored of a video that cannot be gone through; `sentence` says why."""
    none = np.empty((0, 0), np.float32)
    return Frames(photo, content, (), none, none, (), sentence)


def _check(stream: BinaryIO, content: Content) -> None:
    status = os.fstat(stream.fileno())
    if (status.st_size, status.st_mtime_ns) != (content.size, content.mtime_ns):
        raise UnsettledError("The file has other bytes than it had.")


def _look(
    stream: BinaryIO,
    photo: int,
    content: Content,
    embedder: Embedder,
    go_on: Callable[[], bool],
) -> Frames:
    with sentences():
        film = Film(stream)
    try:
        with sentences():
            moments = choose_moments(film, go_on=go_on)
        seconds: list[float] = []
        seen: list[Embedding] = []
        pixels: list[list[Tag]] = []
        for first in range(0, len(moments), embedder.batch_size):
            if not go_on():
                raise _LeavingError
            inputs = []
            for moment in moments[first : first + embedder.batch_size]:
                image = _frame(film, moment, embedder.input_size)
                if image is not None:
                    seconds.append(moment)
                    inputs.append(embedder.prepare(image))
                    pixels.append(pixel_tags(image))
            if not inputs:
                continue
            try:
                seen.append(embedder.embed(inputs))
            except Exception as error:
                raise ModelError(f"The model {embedder.name} failed: {error}") from error
    finally:
        film.close()
    if not go_on():
        raise _LeavingError
    if not seen:
        raise DecodeError("No picture in the video can be decoded.")
    return Frames(
        photo=photo,
        content=content,
        seconds=tuple(seconds),
        vectors=np.concatenate([each.vectors for each in seen]),
        words=np.concatenate([each.words for each in seen]),
        tags=together([tags for each in seen for tags in each.tags], pixels),
        sentence="",
    )


def _frame(film: Film, moment: float, input_size: int) -> Image.Image | None:
    """A frame whose short side suits the model; None where the file is damaged there."""
    long, short = max(film.size), max(1, min(film.size))
    try:
        with sentences():
            return film.frame(moment, min(LONGEST, math.ceil(input_size * long / short)))
    except UnreadableError:
        raise
    except DecodeError:
        return None


def together(
    by_model: Sequence[Sequence[Tag]], by_pixels: Sequence[Sequence[Tag]]
) -> tuple[Tag, ...]:
    """Tags of a video: what a model is sure of in any frame, what pixels say throughout."""
    surest: dict[str, float] = defaultdict(float)
    for tag in (tag for tags in by_model for tag in tags):
        surest[tag.name] = max(surest[tag.name], tag.score)
    usual: dict[str, float] = defaultdict(float)
    for tag in (tag for tags in by_pixels for tag in tags):
        usual[tag.name] += tag.score / len(by_pixels)
    best = sorted(surest.items(), key=lambda each: -each[1])[:_MOST_TAGS]
    return (
        *(Tag(name, score, "model") for name, score in best),
        *(
            Tag(name, round(min(score, 1.0), 3), "pixels")
            for name, score in usual.items()
            if score >= _THROUGHOUT
        ),
    )
