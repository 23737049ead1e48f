"""A frame of a video written as a photo of its own. Nothing that is there is ever written over."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector.library.decisions.moves import (
    RefusedError,
    discard,
    reason,
    rename_new,
    sync_folders,
)
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from PIL import Image

    from tui_selector.library.pictures.metadata import Metadata

#: Bytes of the video's name that the frame's name keeps; file systems take 255 altogether.
_LONGEST = 200
_QUALITY = 95
#: Numbers that are tried for a name that is taken.
_MOST = 10_000

# Tags of EXIF 2.32 and of its sub-directory.
_EXIF, _SOFTWARE, _DESCRIPTION = 0x8769, 0x0131, 0x010E
_TAKEN, _OFFSET, _FRACTION = 0x9003, 0x9011, 0x9291


def write_frame(
    folder: Path, video: Path, seconds: float, image: Image.Image, facts: Metadata
) -> Path:
    """Write a frame as JPEG into a folder, as NAME_00-01-02.345.jpg; it is there whole or not.

    Args:
        folder: Where to.
        video: The video's file.
        seconds: The frame's time in it.
        image: The frame, upright RGB.
        facts: What the video's file says about itself: the frame was taken `seconds` later.

    Returns:
        The new file; its name has a number where there is a file of that name.

    Raises:
        RefusedError: It cannot be written; the text is a sentence.
    """
    stem = os.fsdecode(os.fsencode(video.stem)[:_LONGEST])
    name = f"{stem}_{_time_code(seconds)}"
    part = folder / f".{name}.{os.getpid()}.part"
    try:
        with part.open("xb") as stream:
            image.save(stream, "JPEG", quality=_QUALITY, exif=_exif(video, seconds, facts))
            stream.flush()
            os.fsync(stream.fileno())
        place = _renamed(part, folder, name)
        sync_folders([folder])
        return place
    except OSError as error:
        raise RefusedError(
            f"The frame of {printable(video.name)} cannot be written into "
            f"{printable(str(folder))} ({reason(error)})."
        ) from error
    finally:
        discard(part)


def _renamed(part: Path, folder: Path, name: str) -> Path:
    for number in range(1, _MOST):
        place = folder / (f"{name}.jpg" if number == 1 else f"{name} ({number}).jpg")
        if os.path.lexists(place):
            continue
        try:
            rename_new(part, place)
        except RefusedError:
            if not os.path.lexists(place):
                raise
        else:
            return place
    raise RefusedError(f"There are too many files called {printable(name)}.jpg.")


def _time_code(seconds: float) -> str:
    """Hours, minutes, seconds and milliseconds, as file names may have them: 00-01-02.345."""
    milliseconds = max(0, round(1000 * seconds))
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}-{minutes % 60:02d}-{rest // 1000:02d}.{rest % 1000:03d}"


def _exif(video: Path, seconds: float, facts: Metadata) -> Image.Exif:
    """When the frame was taken, and what it is of."""
    from PIL import Image

    exif = Image.Exif()
    exif[_SOFTWARE] = "tui-selector"
    exif[_DESCRIPTION] = f"{printable(video.name)} at {_time_code(seconds)}".encode(
        "ascii", "replace"
    ).decode()
    if facts.taken is None:
        return exif
    offset = facts.taken_offset
    zone = UTC if offset is None else timezone(timedelta(minutes=offset))
    try:
        taken = datetime.fromtimestamp(facts.taken + seconds, zone)
    except (OverflowError, OSError, ValueError):
        return exif
    exif[_EXIF] = {
        _TAKEN: taken.strftime("%Y:%m:%d %H:%M:%S"),
        _FRACTION: f"{taken.microsecond // 1000:03d}",
    }
    if offset is not None:
        exif[_EXIF][_OFFSET] = (
            f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
        )
    return exif
