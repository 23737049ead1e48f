"""Reading what was written beside a run, so that it can be made again, here or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tui_selector.criteria.run import Run, Wish
from tui_selector.library.display import printable


class RecordError(Exception):
    """A folder holds no run; the message is a sentence."""


class _Line(msgspec.Struct, frozen=True):
    """What is read of a line of `answers.jsonl`."""

    hash: str


def recorded_wish(folder: Path, ids: Mapping[str, int]) -> Wish:
    """What a run was asked for, its way and its prompts, as a wish that asks for it again.

    Args:
        folder: That of the run, as `RunStore.record` wrote it.
        ids: The photos that there are now, by the hash of their content (hexadecimal); a run about
            some photos is about those of them that are there.

    Raises:
        RecordError: The folder holds no run, or none of its photos is there.
    """
    try:
        run = msgspec.json.decode((folder / "run.json").read_bytes(), type=Run)
        photos = None
        if run.wish.photos is not None:
            lines = (folder / "answers.jsonl").read_bytes().splitlines()
            hashes = [msgspec.json.decode(line, type=_Line).hash for line in lines]
            photos = tuple(ids[each] for each in hashes if each in ids)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecordError(f"{printable(str(folder))} holds no run: {reason}.") from error
    except msgspec.MsgspecError as error:
        shown = printable(str(folder))
        raise RecordError(f"{shown} holds no run that can be read: {error}.") from error
    if photos is not None and not photos:
        raise RecordError("None of the photos of that run is here.")
    return msgspec.structs.replace(run.wish, way=run.way, photos=photos)
