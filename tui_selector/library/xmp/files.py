"""Sidecars as files: what they are called, and how they are read and replaced."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.moves import (
    RefusedError,
    discard,
    inside,
    reason,
)
from tui_selector.library.display import printable
from tui_selector.library.export.writing import new_file
from tui_selector.library.photo import Companion, Photo
from tui_selector.library.xmp.tree import LARGEST

Style = Literal["auto", "adobe", "darktable", "both"]
"""`IMG.xmp` (Lightroom, Capture One, Bridge), `IMG.CR2.xmp` (darktable, digiKam), both; or those
that are there, and for the first one Adobe's, unless two photos would share it."""


class Snapshot(msgspec.Struct, frozen=True):
    """A sidecar as it was read: its bytes, and its modification time in nanoseconds."""

    data: bytes
    mtime_ns: int


def read_file(root: Path, path: str) -> Snapshot | None:
    """Read a sidecar; None where there is none. `path` as `Photo.path`.

    Raises:
        RefusedError: It cannot be read, is a link or no file, or is far too large.
    """
    place = inside(root, path)
    name = printable(path)
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = "it is a link" if place.is_symlink() else reason(error)
        raise RefusedError(f"{name} is not read ({why}).") from error
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise RefusedError(f"{name} is no file.")
        try:
            data = stream.read(LARGEST + 1)
        except OSError as error:
            raise RefusedError(f"{name} cannot be read ({reason(error)}).") from error
    return Snapshot(data, found.st_mtime_ns)


def write_file(root: Path, path: str, data: bytes, before: Snapshot | None) -> os.stat_result:
    """Write a sidecar, whole or not at all, in the place of what it was `before`.

    Its name is on the disk for good once the caller has called `sync_folders`.

    Raises:
        RefusedError: It cannot be written, or is not any more what was read.
    """
    place = inside(root, path)
    if before is None:
        with new_file(place, one_of_many=True) as stream:
            stream.write(data)
        return place.stat()
    part = place.with_name(f".tui-selector-{os.urandom(6).hex()}.part")
    try:
        found = place.lstat()
        with part.open("xb") as stream:
            os.fchmod(stream.fileno(), stat.S_IMODE(found.st_mode))
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # Looked at last, so that another program has hardly any time to come between.
        if read_file(root, path) != before:
            raise RefusedError(f"{printable(path)} has just been changed elsewhere; try again.")
        part.replace(place)
        return place.stat()
    except OSError as error:
        raise RefusedError(f"{printable(path)} cannot be written ({reason(error)}).") from error
    finally:
        discard(part)


class SidecarNames:
    """What the sidecars of a library's photos are called."""

    def __init__(self, catalog: Catalog, style: Style) -> None:
        self._catalog = catalog
        self._style = style

    @cached_property
    def _sharing(self) -> Counter[str]:
        """How many photos have each stem, folder included, in whatever case."""
        return Counter(_stem(path).casefold() for path in self._catalog.photos.known())

    def of(self, photo: Photo) -> list[str]:
        """The paths of a photo's sidecars: those that are there, and those of the style."""
        companions = self._catalog.companions.of(photo.id)
        there = [each.path for each in companions if is_sidecar(each.path)]
        if self._style == "auto" and there:
            return there
        raws = [each.path for each in companions if each.role == "raw"]
        whole = [f"{path}.xmp" for path in (photo.path, *raws)]
        short = f"{_stem(photo.path)}.xmp"
        wanted: list[str] = []
        if self._style in ("darktable", "both"):
            wanted += whole
        if self._style in ("auto", "adobe", "both"):
            shared = self._sharing[_stem(photo.path).casefold()] > 1
            wanted.append(whole[0] if shared and short not in there else short)
        taken = {path.casefold() for path in there}
        return [*there, *(path for path in dict.fromkeys(wanted) if path.casefold() not in taken)]


def is_sidecar(path: str) -> bool:
    """Whether a path is that of an XMP sidecar."""
    return path[-4:].lower() == ".xmp"


def with_sidecar(
    companions: Iterable[Companion], path: str, found: os.stat_result
) -> list[Companion]:
    """Companions among which is the sidecar at a path, as it is on the disk."""
    others = [each for each in companions if each.path != path]
    new = Companion(path=path, role="sidecar", size=found.st_size, mtime_ns=found.st_mtime_ns)
    return sorted([*others, new], key=lambda each: os.fsencode(each.path))


def _stem(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    dot = name.rfind(".")
    return f"{folder}{slash}{name[:dot] if dot > 0 else name}"
