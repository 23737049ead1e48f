"""Descriptions that somebody else has made, as JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from tui_selector.chat.hostile import harmless
from tui_selector.criteria.run import LONGEST_TEXT
from tui_selector.library.display import printable


class _Line(msgspec.Struct):
    image_file: str
    text: str


def read_captions(file: Path, paths: Sequence[str]) -> dict[str, str]:
    """Descriptions of photos from JSON lines ({"image_file": ..., "text": ...}) by path.

    A file is found by its path in the library, or by its name where no other photo has that name.
    What is said of other files is passed over; of two lines about a photo the later one counts.

    Args:
        file: To read.
        paths: Of the photos, as `Photo.path`.

    Raises:
        ValueError: It cannot be read, a line of it is no description, or none is of these photos.
    """
    shown = printable(file.name)
    decoder = msgspec.json.Decoder(_Line)
    known = set(paths)
    by_name: dict[str, str] = {}
    for path in paths:
        name = path.rpartition("/")[2]
        by_name[name] = "" if name in by_name else path
    found: dict[str, str] = {}
    lines = 0
    try:
        with file.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                if not raw.strip():
                    continue
                try:
                    line = decoder.decode(raw)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise ValueError(
                        f"Line {number} of {shown} is no description ({error}); it looks like "
                        '{"image_file": "a.jpg", "text": "…"}.'
                    ) from error
                lines += 1
                name = line.image_file
                path = name if name in known else by_name.get(name.rpartition("/")[2], "")
                if path:
                    found[path] = harmless(line.text).strip()[:LONGEST_TEXT]
    except OSError as error:
        raise ValueError(f"{shown} cannot be read: {error.strerror}.") from error
    if not lines:
        raise ValueError(f"There are no descriptions in {shown}.")
    if not found:
        raise ValueError(f"None of the {lines} descriptions in {shown} is of a photo in here.")
    return found
