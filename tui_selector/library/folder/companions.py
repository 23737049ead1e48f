"""The files of one shot are one photo: a picture, its RAW file, its movie, its sidecars.

Files belong together when they stand in the same folder and have the same name before the suffix,
in whatever case. The picture stands for the shot, else the RAW file, else the video:

- `IMG.JPG` or `IMG.HEIC` with `IMG.CR2`: camera JPEG and RAW.
- `IMG.HEIC` (or JPEG, or RAW) with `IMG.MOV` or `IMG.MP4`: a Live Photo.
- `IMG.xmp` (Lightroom, Capture One, Bridge), `IMG.CR2.xmp` and `IMG_01.CR2.xmp` (darktable and its
  duplicates, digiKam), `IMG.AAE`, `IMG.ACR`, `IMG.THM`, ...: sidecars.

Two pictures with one name (`a.jpg`, `a.png`) are two photos. What could belong to either, a RAW
file or `a.xmp`, goes with the camera's own format (JPEG, HEIC) and there with the first in order of
name. A sidecar that belongs to nothing is passed over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Companion, Kind
from tui_selector.library.pictures.formats import IMAGE_SUFFIXES, RAW_SUFFIXES, VIDEO_SUFFIXES

#: Suffixes of files that say something about a photo of the same name, lower case.
SIDECAR_SUFFIXES = frozenset(
    {".xmp", ".aae", ".acr", ".thm", ".dop", ".pp3", ".cos", ".on1", ".vrd", ".dr4", ".nksc"}
    | {".lrv", ".wav"}
)

#: Suffixes of files that belong to a photo only when they repeat its whole name: `IMG.JPG.json`.
_WHOLE_NAME_SUFFIXES = frozenset({".json"})

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(IMAGE_SUFFIXES, Kind.IMAGE),
    **dict.fromkeys(RAW_SUFFIXES, Kind.RAW),
    **dict.fromkeys(VIDEO_SUFFIXES, Kind.VIDEO),
}
_CAMERA_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".heic", ".heif", ".hif"})
_LIVE_SUFFIXES = frozenset({".mov", ".mp4"})
_DUPLICATE = re.compile(r"(.+)_\d\d(\.[^.]+)")

_Role = Literal["raw", "movie", "sidecar"]


class FileEntry(NamedTuple):
    """A file of a folder. `size` in bytes, `mtime_ns` in nanoseconds since the epoch."""

    name: str
    size: int
    mtime_ns: int


def kind_by_name(name: str) -> Kind | None:
    """The kind of photo that a file's suffix promises; None for anything else."""
    return _KINDS.get(suffix_of(name))


def belongs(name: str) -> bool:
    """Whether a file of this name can be a photo or a part of one."""
    suffix = suffix_of(name)
    return suffix in _KINDS or suffix in SIDECAR_SUFFIXES or suffix in _WHOLE_NAME_SUFFIXES


def suffix_of(name: str) -> str:
    """The suffix of a file name with its dot, lower case; "" where it has none."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def shot_keys(name: str) -> tuple[str, ...]:
    """The shots that a file could belong to; files of one shot have a key in common."""
    folded = name.casefold()
    stem = _stem(folded)
    if suffix_of(name) in _KINDS:
        return (stem,)
    duplicate = _DUPLICATE.fullmatch(stem)
    return (stem, _stem(stem), *((_stem(duplicate[1] + duplicate[2]),) if duplicate else ()))


def numbered(name: str, stem: str, number: int) -> str:
    """`IMG.CR2.xmp` of the shot `img` as `IMG (2).CR2.xmp`; the name itself for 1."""
    if number == 1:
        return name
    length = len(stem) if name[: len(stem)].casefold() == stem else len(_stem(name))
    return f"{name[:length]} ({number}){name[length:]}"


def group_shots(folder: str, files: Iterable[FileEntry]) -> list[Found]:
    """Group the files of one folder into shots.

    Args:
        folder: Relative to the library's root with a `/` at its end; "" for the root itself.
        files: Photos and sidecars of that folder; other files are passed over.

    Returns:
        One entry for each photo, its other files as companions, in no particular order.
    """
    shots: dict[str, list[tuple[FileEntry, Kind]]] = {}
    sidecars: list[FileEntry] = []
    for file in files:
        name = file.name
        dot = name.rfind(".")
        kind = _KINDS.get(name[dot:].lower()) if dot > 0 else None
        if kind is None:
            sidecars.append(file)
        else:
            shots.setdefault(name[:dot].casefold(), []).append((file, kind))
    attached = _attach(sidecars, shots) if sidecars else {}
    found: list[Found] = []
    for stem, members in shots.items():
        if len(members) == 1 and stem not in attached:
            file, kind = members[0]
            found.append(
                Found(path=folder + file.name, size=file.size, mtime_ns=file.mtime_ns, kind=kind)
            )
        else:
            found += _photos(folder, members, attached.get(stem, []))
    return found


def _attach(
    sidecars: list[FileEntry], shots: dict[str, list[tuple[FileEntry, Kind]]]
) -> dict[str, list[tuple[FileEntry, str]]]:
    """Shot to its sidecars, each with the whole name it repeats, or "" where it has a stem."""
    names = {file.name.casefold() for members in shots.values() for file, _ in members}
    attached: dict[str, list[tuple[FileEntry, str]]] = {}
    for sidecar in sidecars:
        suffix = suffix_of(sidecar.name)
        base = _stem(sidecar.name.casefold())
        duplicate = _DUPLICATE.fullmatch(base)
        if base in names:
            attached.setdefault(_stem(base), []).append((sidecar, base))
        elif duplicate and duplicate[1] + duplicate[2] in names:
            original = duplicate[1] + duplicate[2]
            attached.setdefault(_stem(original), []).append((sidecar, original))
        elif suffix in SIDECAR_SUFFIXES and base in shots:
            attached.setdefault(base, []).append((sidecar, ""))
    return attached


def _photos(
    folder: str, members: list[tuple[FileEntry, Kind]], sidecars: list[tuple[FileEntry, str]]
) -> list[Found]:
    """The photos that files with one stem make; the first takes what belongs to all of them."""
    by_kind: dict[Kind, list[FileEntry]] = {kind: [] for kind in Kind}
    for file, kind in sorted(members, key=lambda member: _rank(member[0])):
        by_kind[kind].append(file)
    images, raws, videos = by_kind[Kind.IMAGE], by_kind[Kind.RAW], by_kind[Kind.VIDEO]
    heads = images or raws[:1]
    first: list[tuple[FileEntry, _Role]] = [(raw, "raw") for raw in raws if raw not in heads]
    if heads and (raws or suffix_of(heads[0].name) in _CAMERA_SUFFIXES):
        first += [(video, "movie") for video in videos if suffix_of(video.name) in _LIVE_SUFFIXES]
    taken = {file for file, _ in first}
    heads = heads + [video for video in videos if video not in taken]
    owners = {head.name.casefold(): number for number, head in enumerate(heads)}
    companions: list[list[tuple[FileEntry, _Role]]] = [[] for _ in heads]
    companions[0] += first
    for sidecar, whole in sidecars:
        companions[owners.get(whole, 0)].append((sidecar, "sidecar"))
    return [
        Found(
            path=folder + head.name,
            size=head.size,
            mtime_ns=head.mtime_ns,
            kind=_KINDS[suffix_of(head.name)],
            companions=_companions(folder, others),
        )
        for head, others in zip(heads, companions, strict=True)
    ]


def _companions(folder: str, files: list[tuple[FileEntry, _Role]]) -> tuple[Companion, ...]:
    return tuple(
        Companion(path=folder + file.name, role=role, size=file.size, mtime_ns=file.mtime_ns)
        for file, role in sorted(files, key=lambda each: os.fsencode(each[0].name))
    )


def _rank(file: FileEntry) -> tuple[bool, str]:
    return suffix_of(file.name) not in _CAMERA_SUFFIXES, file.name


def _stem(name: str) -> str:
    dot = name.rfind(".")
    return name[:dot] if dot > 0 else name
