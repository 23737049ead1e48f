"""All that is known of a photo as one record: written as CSV or JSON lines, and read back the same.

In CSV, a field of a struct has a column of its own (`facts.camera`), lists are JSON in their cell,
and what is not known is empty. A text that a spreadsheet would take for a formula has an apostrophe
before it, which `read_csv` takes off again.
"""

from __future__ import annotations

import base64
import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args, get_type_hints

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.photo import Kind, Photo, State
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.library.quality import Quality

#: Photos that are looked up at a time.
_BATCH = 500

#: What spreadsheets take for the beginning of a formula, and the mark that keeps them from it.
_FORMULA, _MARK = tuple("=+-@\t\r"), "'"


class FileRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of a photo's shot. `path` and `path_base64` as in `PhotoRecord`."""

    path: str
    role: Literal["raw", "movie", "sidecar"]
    bytes: int
    path_base64: str = ""


class TagRecord(msgspec.Struct, frozen=True):
    """A tag: its name, its confidence from 0 to 1, and who says so."""

    name: str
    score: float
    source: Literal["model", "pixels", "exif", "owner"]


class PhotoRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a photo.

    Attributes:
        path: Relative to the library; bytes that are not UTF-8 are written as escapes.
        path_base64: The very bytes of the path where they are not UTF-8, else "".
        folder: The library's folder.
        id: In the library's catalog.
        hash: BLAKE2b-128 of the file's bytes, hexadecimal; "" until it has been read.
        kind: Image, raw or video.
        state: Where it stands on its way through indexing.
        problem: What is wrong with it, a sentence, or "".
        bytes: Size of the file.
        mtime_ns: Modification time, nanoseconds since the epoch.
        width: Upright, pixels.
        height: Upright, pixels.
        taken: Seconds since the epoch, UTC; None where the file does not say.
        flag: The owner's verdict.
        rating: 1 to 5 stars; 0 is unrated.
        label: Colour label or "".
        tab: Name of the tab that it is in; "" where it is in none.
        tags: Best first.
        description: What a model or the owner says of it, or "".
        text: Lines that are written in the picture.
        files: The other files of its shot.
        facts: What the file says about itself.
        quality: What was measured of it; None until it has been.
    """

    path: str
    path_base64: str = ""
    folder: str = ""
    id: int
    hash: str = ""
    kind: Kind
    state: State
    problem: str = ""
    bytes: int
    mtime_ns: int
    width: int
    height: int
    taken: float | None = None
    flag: Literal["pick", "none", "reject"]
    rating: int
    label: str = ""
    tab: str = ""
    tags: tuple[TagRecord, ...] = ()
    description: str = ""
    text: tuple[str, ...] = ()
    files: tuple[FileRecord, ...] = ()
    facts: Metadata = Metadata()
    quality: Quality | None = None

    @property
    def file(self) -> str:
        """The path relative to the library, as the operating system takes it."""
        if self.path_base64:
            return os.fsdecode(base64.b64decode(self.path_base64))
        return self.path


# -- from the catalog ----------------------------------------------------------------------------


def read_records(catalog: Catalog, photos: Sequence[Photo]) -> Iterator[PhotoRecord]:
    """The records of some photos, in their order."""
    tabs = {tab.id: tab.name for tab in catalog.tabs.all()}
    rest = iter(photos)
    while some := list(islice(rest, _BATCH)):
        yield from _batch(catalog, some, tabs)


def _batch(catalog: Catalog, photos: list[Photo], tabs: dict[int, str]) -> Iterator[PhotoRecord]:
    ids = [photo.id for photo in photos]
    members = catalog.tabs.of(ids)
    tags = catalog.tags.of(ids)
    qualities = catalog.qualities.of(ids)
    captions = catalog.captions.of(photo.hash for photo in photos if photo.hash)
    folder, folder_raw = _readable(str(catalog.root))
    del folder_raw
    for photo in photos:
        path, raw = _readable(photo.path)
        caption = captions.get(photo.hash) if photo.hash else None
        yield PhotoRecord(
            path=path,
            path_base64=raw,
            folder=folder,
            id=photo.id,
            hash=photo.key,
            kind=photo.kind,
            state=photo.state,
            problem=photo.problem,
            bytes=photo.size,
            mtime_ns=photo.mtime_ns,
            width=photo.width,
            height=photo.height,
            taken=photo.taken,
            flag=_flag(photo),
            rating=photo.rating,
            label=photo.label,
            tab=tabs.get(members.get(photo.id, 0), ""),
            tags=tuple(TagRecord(tag.name, tag.score, tag.source) for tag in tags[photo.id]),
            description=caption.text if caption else "",
            text=tuple(line.text for line in catalog.texts.lines(photo.hash)) if photo.hash else (),
            files=tuple(
                FileRecord(*_readable(each.path)[:1], each.role, each.size, _readable(each.path)[1])
                for each in catalog.companions.of(photo.id)
            ),
            facts=_facts(catalog, photo),
            quality=qualities.get(photo.id),
        )


def _flag(photo: Photo) -> Literal["pick", "none", "reject"]:
    return ("none", "pick", "reject")[photo.flag]  # -1 is the last


def _facts(catalog: Catalog, photo: Photo) -> Metadata:
    try:
        return msgspec.json.decode(catalog.photos.metadata(photo.id), type=Metadata)
    except msgspec.MsgspecError:
        return Metadata()


def _readable(path: str) -> tuple[str, str]:
    """A path as text, and its bytes in base64 where they are not UTF-8."""
    raw = os.fsencode(path)
    try:
        return raw.decode(), ""
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace"), base64.b64encode(raw).decode()


# -- JSON lines ----------------------------------------------------------------------------------


def write_lines(stream: BinaryIO, records: Iterable[PhotoRecord]) -> Iterator[None]:
    """Write records as JSON, a line each; goes on by one record at every step."""
    encoder = msgspec.json.Encoder()
    for record in records:
        stream.write(encoder.encode(record) + b"\n")
        yield


def read_lines(path: Path) -> Iterator[PhotoRecord]:
    """Read what `write_lines` has written.

    Raises:
        msgspec.MsgspecError: It is something else.
        OSError: It cannot be read.
    """
    decoder = msgspec.json.Decoder(PhotoRecord)
    with path.open("rb") as stream:
        for line in stream:
            yield decoder.decode(line)


# -- CSV -----------------------------------------------------------------------------------------

#: Columns whose fields have columns of their own, and their types.
_STRUCTS: dict[str, type[msgspec.Struct]] = {"facts": Metadata, "quality": Quality}


def _columns() -> dict[str, Any]:
    """Every column in order, and the type of its cells."""
    columns: dict[str, Any] = {}
    for name, kind in get_type_hints(PhotoRecord).items():
        if name in _STRUCTS:
            fields = get_type_hints(_STRUCTS[name])
            columns |= {
                f"{name}.{field}": fields[field] for field in _STRUCTS[name].__struct_fields__
            }
        else:
            columns[name] = kind
    return columns


def write_csv(stream: BinaryIO, records: Iterable[PhotoRecord]) -> Iterator[None]:
    """Write records as CSV with a line of headings; goes on by one record at every step."""
    columns = list(_columns())
    text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(columns)
        for record in records:
            flat = _flat(record)
            writer.writerow([_cell(flat.get(name)) for name in columns])
            yield
    finally:
        text.detach()


def _flat(record: PhotoRecord) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in PhotoRecord.__struct_fields__:
        value = getattr(record, name)
        if name in _STRUCTS:
            if value is not None:
                for field in value.__struct_fields__:
                    fields[f"{name}.{field}"] = getattr(value, field)
        else:
            fields[name] = value
    return fields


def _cell(value: Any) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return msgspec.json.encode(value).decode()
    if not isinstance(value, str):
        return repr(float(value)) if isinstance(value, float) else str(int(value))
    text = str(value)
    return _MARK + text if text.startswith((*_FORMULA, _MARK)) else text


def read_csv(path: Path) -> Iterator[PhotoRecord]:
    """Read what `write_csv` has written.

    Raises:
        msgspec.MsgspecError: It is something else.
        OSError: It cannot be read.
    """
    columns = _columns()
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            fields: dict[str, Any] = {}
            for name, cell in row.items():
                if cell and name in columns:
                    struct, dot, field = name.rpartition(".")
                    into = fields.setdefault(struct, {}) if dot else fields
                    into[field] = _value(cell, columns[name])
            yield msgspec.convert(fields, PhotoRecord, strict=False)


def _value(cell: str, kind: Any) -> Any:
    if kind is str:
        return cell.removeprefix(_MARK)
    if any(
        each is tuple or getattr(each, "__origin__", None) is tuple
        for each in (kind, *get_args(kind))
    ):
        return msgspec.json.decode(cell)
    return cell
