"""The desktop's trash, by the FreeDesktop Trash specification 1.0.

A file goes to the trash of its own file system by rename: to the home trash
(`$XDG_DATA_HOME/Trash`) where that is on the same one, else to `$topdir/.Trash/$uid` or
`$topdir/.Trash-$uid`. File managers show it there and can restore or empty it.
https://specifications.freedesktop.org/trash-spec/1.0/

Where the top folder of a disk belongs to somebody else, as on many servers, the trash is made in
the highest folder above the file that may be written, under the same name and in the same form.
Other programs do not look for it there; undo does.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Container, Iterator
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import msgspec

from tui_selector.library.decisions.moves import (
    GoneError,
    RefusedError,
    make_folders,
    reason,
    rename_new,
)
from tui_selector.library.display import printable

_MOUNTS = Path("/proc/self/mountinfo")

#: A name in a folder holds at most this many bytes on common file systems.
_LONGEST_NAME = 255


class Trashed(msgspec.Struct, frozen=True):
    """Where a file lies in a trash (`trash_path`) and the note about it (`info_path`)."""

    trash_path: Path
    info_path: Path


def put(path: Path, place: Trashed | None = None) -> Trashed:
    """Move a file (a link is not followed) to the trash of its file system.

    The note is written first, under a name that nothing else has, then the file is renamed.

    Args:
        place: Where to put it, from `place_for`; chosen when None.

    Raises:
        GoneError: There is no such file.
        RefusedError: The file system has no trash and none can be made, or it cannot be written.
    """
    if not os.path.lexists(path):
        raise GoneError(f"{printable(path.name)} is no longer there.")
    place = place or place_for(path)
    # A note that an interrupted move left behind is this file's already.
    if noted(place.info_path) != path:
        write_note(path, place)
    try:
        rename_new(path, place.trash_path)
    except RefusedError:
        place.info_path.unlink(missing_ok=True)
        raise
    return place


def write_note(path: Path, place: Trashed) -> None:
    """Write the note about `path`, which claims its name in the trash.

    It is not forced to the disk: it is for file managers, and undo reads the journal, which is.

    Raises:
        RefusedError: The note exists or cannot be written.
    """
    trash = place.info_path.parent.parent
    # In a trash outside the home the path is noted relative to the top folder it belongs to.
    named = path if trash == home_trash() else Path(os.path.relpath(path, _topdir_of(trash)))
    text = (
        f"[Trash Info]\nPath={quote(os.fsencode(named))}\n"
        f"DeletionDate={time.strftime('%Y-%m-%dT%H:%M:%S')}\n"
    )
    try:
        with place.info_path.open("x", encoding="ascii") as note:
            try:
                note.write(text)
                note.flush()
            except OSError:
                place.info_path.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise RefusedError(
            f"The trash {printable(str(trash))} cannot be written ({reason(error)}); "
            f"{printable(path.name)} stays where it is."
        ) from error


def place_for(
    path: Path, suffix: str = "", taken: Container[Path] = (), trash: Path | None = None
) -> Trashed:
    """A free place for a file in the trash of its file system; the trash's folders are made.

    Args:
        trash: The trash, from `trash_for`, where it is known.
        suffix: Goes into the name when the plain one is taken.
        taken: Places (`trash_path`) that are promised to other files.

    Raises:
        RefusedError: The file system has no trash and none can be made.
    """
    trash = trash or trash_for(path)
    number = 0
    while True:
        extra = "" if not number else f".{suffix}" if number == 1 and suffix else f".{number + 1}"
        name = _short_enough(path.name, extra)
        place = Trashed(trash / "files" / name, trash / "info" / f"{name}.trashinfo")
        number += 1
        if place.trash_path in taken:
            continue
        if not os.path.lexists(place.trash_path) and not os.path.lexists(place.info_path):
            return place


def _short_enough(name: str, extra: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    room = _LONGEST_NAME - len(os.fsencode(f"{extra}{dot}{ending}.trashinfo"))
    if room < 1:
        return _short_enough(os.fsdecode(os.fsencode(name)[: _LONGEST_NAME // 2]), extra)
    # Cut whole characters where the name is UTF-8, so that the rest still is.
    cut = os.fsencode(stem)[:room]
    if len(cut) < len(os.fsencode(stem)):
        cut = cut.decode("utf-8", "ignore").encode() or cut
    return f"{os.fsdecode(cut)}{extra}{dot}{ending}"


def restore(trashed: Trashed, target: Path) -> None:
    """Move a file out of the trash to `target`, whose folder is made where it is missing.

    Raises:
        GoneError: It is no longer in the trash.
        RefusedError: `target` is taken or cannot be written; the file stays in the trash.
    """
    if not os.path.lexists(trashed.trash_path):
        if not trashed.trash_path.parent.is_dir():
            raise RefusedError(
                f"The trash {printable(str(trashed.trash_path.parent))} is not there."
            )
        raise GoneError(f"{printable(target.name)} is no longer in the trash.")
    make_folders(target.parent)
    rename_new(trashed.trash_path, target)
    forget_note(trashed, target)


def forget_note(trashed: Trashed, original: Path) -> None:
    """Delete the note about a file that is not in the trash (any more), where it is that file's."""
    if os.path.lexists(trashed.trash_path) or noted(trashed.info_path) != original:
        return
    try:
        trashed.info_path.unlink(missing_ok=True)
    except OSError:
        return


def find(original: Path) -> list[Trashed]:
    """The files in the trash that once stood at `original`, the last one first."""
    found: list[tuple[float, Trashed]] = []
    for trash in _existing(original):
        for note in _notes(trash):
            place = Trashed(trash / "files" / note.name.removesuffix(".trashinfo"), note)
            if noted(note) == original and os.path.lexists(place.trash_path):
                found.append((note.stat().st_mtime, place))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [place for _, place in found]


def _notes(trash: Path) -> Iterator[Path]:
    try:
        yield from (trash / "info").glob("*.trashinfo")
    except OSError:
        return


def noted(note: Path) -> Path | None:
    """The absolute path a note is about; None where there is no readable note."""
    try:
        text = note.read_bytes()
    except OSError:
        return None
    line = re.search(rb"^Path=(.+)$", text, re.MULTILINE)
    if line is None:
        return None
    return _topdir_of(note.parent.parent) / os.fsdecode(unquote_to_bytes(line[1].strip()))


# -- which trash ---------------------------------------------------------------------------------


def home_trash() -> Path:
    """The trash of the user's home."""
    named = os.environ.get("XDG_DATA_HOME", "")
    data = Path(named) if named.startswith("/") else Path.home() / ".local" / "share"
    return data / "Trash"


def _topdir_of(trash: Path) -> Path:
    return trash.parent.parent if trash.parent.name == ".Trash" else trash.parent


def trash_for(path: Path) -> Path:
    """The trash that a file can be renamed into, with its folders made.

    Raises:
        RefusedError: The file system has no trash and none can be made.
    """
    home = home_trash()
    problem = ""
    for trash in _candidates(path):
        try:
            if trash.is_symlink():
                problem = problem or f"{printable(str(trash))} is a link"
                continue
            for folder in (trash, trash / "files", trash / "info"):
                folder.mkdir(mode=0o700, parents=trash == home, exist_ok=True)
            if trash.stat().st_uid != os.getuid():
                problem = problem or f"{printable(str(trash))} is somebody else's"
                continue
        except OSError as error:
            problem = problem or f"{printable(str(trash))}: {reason(error)}"
        else:
            return trash
    raise RefusedError(
        f"{printable(path.name)} stays where it is: the disk it is on has no trash and none can "
        f"be made ({problem})."
    )


def _candidates(path: Path) -> list[Path]:
    """The trashes that `path` can be renamed into, the one the specification wants first."""
    top = _top_folder(path.parent)
    own = f".Trash-{os.getuid()}"
    home = [home_trash()] if _top_folder(home_trash()) == top else []
    above = [folder for folder in path.parent.resolve().parents if folder.is_relative_to(top)]
    return [
        *home,
        *_shared_trash(top),
        *(folder / own for folder in reversed(above)),
        path.parent.resolve() / own,
    ]


def _shared_trash(top: Path) -> list[Path]:
    """`$topdir/.Trash/$uid` where an administrator has made a safe `.Trash`."""
    shared = top / ".Trash"
    try:
        mode = shared.lstat().st_mode
    except OSError:
        return []
    if not stat.S_ISDIR(mode) or not mode & stat.S_ISVTX:
        return []
    return [shared / str(os.getuid())]


def _existing(original: Path) -> list[Path]:
    return list(dict.fromkeys([home_trash(), *_candidates(original)]))


def _top_folder(folder: Path) -> Path:
    """The folder where the file system that holds `folder` begins, as far as renames reach."""
    # A home that may not be looked into is no folder, rather than an error.
    while not os.path.isdir(folder) and folder != folder.parent:  # noqa: PTH112
        folder = folder.parent
    folder = folder.resolve()
    mounts = _mount_points()
    device = folder.stat().st_dev
    while folder != folder.parent and os.fsencode(folder) not in mounts:
        # A btrfs subvolume is a device of its own without being a mount.
        if folder.parent.stat().st_dev != device:
            break
        folder = folder.parent
    return folder


def _mount_points() -> frozenset[bytes]:
    """Where file systems are mounted; bind mounts, which a rename cannot cross, included."""
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return frozenset()
    points = (fields[4] for line in lines if len(fields := line.split()) > 4)
    return frozenset(
        re.sub(rb"\\([0-7]{3})", lambda code: bytes((int(code[1], 8),)), point) for point in points
    )
