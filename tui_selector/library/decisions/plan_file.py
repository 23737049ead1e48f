"""Plan files: what is proposed to be done with photos, to be read before anything is done.

One JSON object a line, UTF-8. The first line says what the file is, which folder it is about, when
and by which rules it was made; every other line names one photo by path and content hash, what is
to be done with it, and why:

    {"format":"tui-selector plan","version":1,"id":"9f2c…","library":"/home/ann/Photos",
     "made":1795291200.0,"rules":"blurry, duplicates","keep":60}
    {"path":"2026/IMG_0042.jpg","hash":"0b5f…","action":"reject","reasons":["Blurry: …"]}

Lines but the first may be taken out with any editor. Paths are relative to the folder; one whose
bytes are not UTF-8 stands in `path_base64`, and `path` is for the eye. `instead` is the hash of
the photo that is kept in place of this one. A file is taken as a whole or refused as a whole.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias, get_args

import msgspec

from tui_selector.library.decisions.moves import (
    RefusedError,
    discard,
    is_relative,
    reason,
    rename_new,
)
from tui_selector.library.display import printable

FORMAT = "tui-selector plan"
VERSION = 1

#: Most photos of one file, and the longest line and file that are read, bytes.
MOST_PHOTOS = 500_000
LONGEST_LINE = 32 * 1024
LARGEST_FILE = 512 * 1024 * 1024

#: "keep" does nothing: it says why a photo stays.
Verb: TypeAlias = Literal["keep", "pick", "reject", "trash"]
VERBS: tuple[Verb, ...] = get_args(Verb)

#: The end of the year 9999, beyond which times have no date.
_LATEST = 253_402_300_799.0

_HASH = re.compile(r"[0-9a-f]{32}")
_ID = re.compile(r"[0-9a-f]{8,64}")


class PlanFileError(Exception):
    """A plan file cannot be read or written; the message is a sentence that names the line."""


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed to be done with one photo.

    Attributes:
        path: As `Photo.path`.
        hash: BLAKE2b-128 of the bytes that were judged.
        action: What is to be done.
        reasons: A sentence each.
        instead: Content hash of the photo that is kept in its place; None where there is none.
    """

    path: str
    hash: bytes
    action: Verb
    reasons: tuple[str, ...] = ()
    instead: bytes | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan file says.

    Attributes:
        id: Unique; the plan in the journal has it as well, which is how it is undone.
        library: The folder that it is about, absolute.
        made: Seconds since the epoch, UTC.
        rules: The rules that it was made by, as they were written.
        keep: How many photos were to be kept; None where that was not said.
        photos: No two with the same path.
    """

    id: str
    library: Path
    made: float
    rules: str = ""
    keep: int | None = None
    photos: tuple[Proposed, ...] = ()


class _Head(msgspec.Struct):
    format: str
    version: int


class _Header(msgspec.Struct, kw_only=True, omit_defaults=True):
    format: str
    version: int
    id: str
    library: str
    library_base64: str = ""
    made: float
    rules: str = ""
    keep: int | None = None


class _Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    path: str
    path_base64: str = ""
    hash: str
    action: str
    reasons: tuple[str, ...] = ()
    instead: str = ""


# -- writing -------------------------------------------------------------------------------------


def lines(proposal: Proposal) -> Iterator[bytes]:
    """The lines of a plan file, each with its end."""
    library, library_bytes = _written(str(proposal.library))
    yield _encoded(
        _Header(
            format=FORMAT,
            version=VERSION,
            id=proposal.id,
            library=library,
            library_base64=library_bytes,
            made=proposal.made,
            rules=proposal.rules,
            keep=proposal.keep,
        )
    )
    for photo in proposal.photos:
        path, path_bytes = _written(photo.path)
        yield _encoded(
            _Line(
                path=path,
                path_base64=path_bytes,
                hash=photo.hash.hex(),
                action=photo.action,
                reasons=photo.reasons,
                instead=photo.instead.hex() if photo.instead else "",
            )
        )


def write(place: Path, proposal: Proposal) -> None:
    """Write a new plan file, which appears whole or not at all; others are never written over.

    Raises:
        PlanFileError: It exists, or its folder cannot be written.
    """
    name = printable(str(place))
    if os.path.lexists(place):
        raise PlanFileError(f"There is a file {name} already; choose another name.")
    part = place.with_name(f".{proposal.id}.part")
    try:
        with part.open("xb") as file:
            file.writelines(lines(proposal))
            file.flush()
            os.fsync(file.fileno())
        rename_new(part, place)
    except RefusedError as error:
        raise PlanFileError(str(error)) from error
    except OSError as error:
        raise PlanFileError(f"The plan {name} cannot be written ({reason(error)}).") from error
    finally:
        discard(part)


def _written(path: str) -> tuple[str, str]:
    """A path as it is written: for the eye, and its bytes where they are not UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raw = os.fsencode(path)
        return raw.decode("utf-8", "backslashreplace"), base64.b64encode(raw).decode()
    return path, ""


def _encoded(line: _Header | _Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"


# -- reading -------------------------------------------------------------------------------------


def read(place: Path) -> Proposal:
    """Read a plan file.

    Raises:
        PlanFileError: It cannot be read, or a line is not what it should be.
    """
    name = printable(str(place))
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PlanFileError(f"{name} is no file; name a plan file.")
            return _Reader(name).read(file)
    except FileNotFoundError:
        raise PlanFileError(f"There is no plan file {name}.") from None
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise PlanFileError(f"The plan {name} cannot be read ({why}).") from error


class _Reader:
    """Reads one plan file from the first line to the last."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._number = 0
        self._lines: dict[str, int] = {}
        self._decoder = msgspec.json.Decoder(_Line)

    def read(self, file: BinaryIO) -> Proposal:
        header: Proposal | None = None
        photos: list[Proposed] = []
        size = 0
        while line := file.readline(LONGEST_LINE + 1):
            self._number += 1
            size += len(line)
            if len(line) > LONGEST_LINE:
                raise self._error(f"is longer than {LONGEST_LINE // 1024} KiB")
            if size > LARGEST_FILE:
                raise self._error(f"lies beyond the {LARGEST_FILE >> 20} MiB that a plan may have")
            if header is None:
                header = self._header(line)
            elif line.strip():
                if len(photos) == MOST_PHOTOS:
                    raise self._error(f"is one too many: a plan has at most {MOST_PHOTOS:,} photos")
                photos.append(self._photo(line))
        if header is None:
            raise PlanFileError(f"{self._name} is empty; it is no plan file.")
        return msgspec.structs.replace(header, photos=tuple(photos))

    def _header(self, line: bytes) -> Proposal:
        try:
            head = msgspec.json.decode(line, type=_Head)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            head = None
        if head is None or head.format != FORMAT:
            raise self._error("does not begin a plan; `tui-selector cull` makes plan files")
        if head.version > VERSION:
            raise self._error(
                f"is of a newer tui-selector (plan version {head.version}, this program knows"
                f" {VERSION}); update tui-selector"
            )
        try:
            header = msgspec.json.decode(line, type=_Header)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise self._error(f"does not begin a plan as it should ({_why(error)})") from error
        library = self._path(header.library, header.library_base64)
        if not library.startswith("/") or os.path.normpath(library) != library or "\0" in library:
            raise self._error(
                f"names the folder {printable(library)!r}, which is no absolute path; make the "
                "plan anew"
            )
        if head.version < 1 or not _ID.fullmatch(header.id):
            raise self._error("has no version or id that a plan has; make the plan anew")
        if not 0 <= header.made <= _LATEST or (header.keep or 0) < 0:
            raise self._error("has a time or a number to keep that cannot be; make the plan anew")
        return Proposal(
            id=header.id,
            library=Path(library),
            made=header.made,
            rules=header.rules,
            keep=header.keep,
        )

    def _photo(self, line: bytes) -> Proposed:
        try:
            found = self._decoder.decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise self._error(
                f"is no photo of a plan ({_why(error)}); take it out, or make the plan anew"
            ) from error
        path = self._path(found.path, found.path_base64)
        if not is_relative(path):
            raise self._error(
                f"names {printable(path)!r}, which is no path inside the folder; nothing was done"
            )
        if path in self._lines:
            raise self._error(
                f"names {printable(path)} again, as line {self._lines[path]:,} does; take one out"
            )
        self._lines[path] = self._number
        verb = next((verb for verb in VERBS if verb == found.action), None)
        if verb is None:
            raise self._error(
                f"has the action {printable(found.action[:40])!r}; there are {', '.join(VERBS)}"
            )
        for hash_ in filter(None, (found.hash or "-", found.instead)):
            if not _HASH.fullmatch(hash_):
                raise self._error(
                    f"has {printable(hash_[:40])!r} for a content hash, which is 32 hexadecimal "
                    "digits; make the plan anew"
                )
        return Proposed(
            path=path,
            hash=bytes.fromhex(found.hash),
            action=verb,
            reasons=found.reasons,
            instead=bytes.fromhex(found.instead) if found.instead else None,
        )

    def _path(self, text: str, coded: str) -> str:
        if not coded:
            return text
        try:
            return os.fsdecode(base64.b64decode(coded, validate=True))
        except (binascii.Error, ValueError) as error:
            raise self._error("has a path that is no Base64; make the plan anew") from error

    def _error(self, what: str) -> PlanFileError:
        return PlanFileError(f"Line {self._number:,} of {self._name} {what}.")


def _why(error: Exception) -> str:
    """What the decoder found, in its words, short and printable."""
    text = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return printable(text[:1].lower() + text[1:160])
