"""What is in a library's folder now: one pass over it, nothing opened.

Links are never followed. A link to something inside the library is a double of what is listed
anyway; a link that leads out of it, into its hidden folders or nowhere is told as unreadable.
Paths are kept byte for byte (`os.fsdecode`), whatever they hold.
"""

from __future__ import annotations

import errno
import math
import os
import stat
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.display import printable
from tui_selector.library.folder.companions import (
    FileEntry,
    belongs,
    group_shots,
    kind_by_name,
    shot_keys,
)

#: Folders that systems and network disks keep for themselves, lower case.
_SYSTEM_FOLDERS = frozenset(
    {"$recycle.bin", "recycler", "#recycle", "@recycle", "@eadir", "#snapshot", "lost+found"}
    | {"system volume information"}
)


class ScanError(Exception):
    """The library's folder cannot be looked into; the message says why and what to do."""


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the folder that cannot be listed or must not be followed.

    Attributes:
        path: As `Photo.path`.
        sentence: What is wrong with it.
        file: The link as a photo, to be shown among the problems; None for a folder.
    """

    path: str
    sentence: str
    file: Found | None = None


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan saw.

    Attributes:
        files: One entry for each photo, folder by folder (the catalog knows their natural order).
        unreadable: What could not be looked at; nothing is known of what is below such a folder.
        unsettled: Photos and companions that were left out because they may still be written.
    """

    files: list[Found]
    unreadable: list[Unreadable]
    unsettled: list[str]


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is passed over: dot files, trash, system folders."""
    return name.startswith(".") or name.casefold() in _SYSTEM_FOLDERS


def is_hidden_path(path: str) -> bool:
    """Whether any part of a path relative to the root is hidden."""
    return any(map(is_hidden, path.split("/")))


def check_folder(root: Path) -> None:
    """Make sure that a folder can be looked into.

    Raises:
        ScanError: It is not there, is no folder, or may not be read.
    """
    try:
        os.scandir(root).close()
    except OSError as error:
        raise ScanError(_refusal(root, error)) from error


def scan(
    root: Path,
    *,
    below: str = "",
    settled_before: float = math.inf,
    unsettled: Collection[str] = (),
) -> Scan:
    """List every photo below a folder with its companions.

    Args:
        root: The library's folder.
        below: Look only into this subfolder, relative to the root.
        settled_before: Leave out files modified at this time (seconds since the epoch) or later:
            they may be in the middle of being written.
        unsettled: Paths that are known to be written right now; they are left out too.

    Raises:
        ScanError: The folder is not there, is no folder, or may not be read.
    """
    tree = _Tree(root, settled_before, frozenset(unsettled))
    folders = [f"{below}/" if below else ""]
    try:
        tree.look_into(folders[0], folders)
    except OSError as error:
        raise ScanError(_refusal(root / below, error)) from error
    folders = folders[1:]
    while folders:
        folder = folders.pop()
        try:
            tree.look_into(folder, folders)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it went away during the scan
        except OSError as error:
            tree.unreadable.append(Unreadable(path=folder[:-1], sentence=_folder_sentence(error)))
    return Scan(files=tree.files, unreadable=tree.unreadable, unsettled=tree.left_out)


def scan_shots(root: Path, folder: str, names: Iterable[str]) -> Scan:
    """List the photos of one folder (relative to the root) that these file names belong to.

    Only files of the same shots are looked at. A folder that is not there has no photos.
    """
    wanted = {key for name in names for key in shot_keys(name)}
    tree = _Tree(root, math.inf, frozenset())
    prefix = f"{folder}/" if folder else ""
    try:
        tree.look_into(prefix, [], wanted)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        tree.unreadable.append(Unreadable(path=folder, sentence=_folder_sentence(error)))
    return Scan(files=tree.files, unreadable=tree.unreadable, unsettled=[])


class _Tree:
    """What a scan has gathered so far."""

    def __init__(self, root: Path, settled_before: float, unsettled: frozenset[str]) -> None:
        self.files: list[Found] = []
        self.unreadable: list[Unreadable] = []
        self.left_out: list[str] = []
        self._root = str(root)
        self._real_root = os.path.realpath(root)
        self._limit = settled_before * 1e9
        self._unsettled = unsettled

    def look_into(self, folder: str, folders: list[str], wanted: set[str] | None = None) -> None:
        """List one folder (`/` at its end), putting its subfolders into `folders`.

        With `wanted`, only files of these shots count and no subfolder does.
        """
        files: list[FileEntry] = []
        unreadable: list[Unreadable] = []
        subfolders: list[str] = []
        left_out: list[FileEntry] = []
        limit, waiting = self._limit, self._unsettled
        with os.scandir(os.path.join(self._root, folder)) as entries:  # noqa: PTH118
            for entry in entries:
                name = entry.name
                if name[0] == ".":
                    continue
                if wanted is not None and wanted.isdisjoint(shot_keys(name)):
                    continue
                if entry.is_file(follow_symlinks=False):
                    if not belongs(name):
                        continue
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    mtime_ns = status.st_mtime_ns
                    file = FileEntry(name, status.st_size, mtime_ns)
                    if mtime_ns >= limit or (waiting and folder + name in waiting):
                        left_out.append(file)
                    else:
                        files.append(file)
                elif entry.is_dir(follow_symlinks=False):
                    if not is_hidden(name):
                        subfolders.append(f"{folder}{name}/")
                elif entry.is_symlink():
                    told = self._link(folder, entry)
                    if told:
                        unreadable.append(told)
        if left_out:
            shots = {key for file in left_out for key in shot_keys(file.name)}
            left_out += [file for file in files if not shots.isdisjoint(shot_keys(file.name))]
            kept = set(left_out)
            files = [file for file in files if file not in kept]
        self.files += group_shots(folder, files)
        self.unreadable += unreadable
        self.left_out += [folder + file.name for file in left_out]
        if wanted is None:
            folders += subfolders

    def _link(self, folder: str, entry: os.DirEntry[str]) -> Unreadable | None:
        """What is to be said of a symbolic link; None where there is nothing to say."""
        path = folder + entry.name
        kind = kind_by_name(entry.name)
        try:
            own = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        try:
            to_folder = entry.is_dir()
        except OSError:
            to_folder = False  # a link that leads in a circle
        if kind is None and not to_folder:
            return None
        target = os.path.realpath(os.path.join(self._root, path))  # noqa: PTH118
        inside = target == self._real_root or target.startswith(self._real_root.rstrip("/") + "/")
        if not inside:
            sentence = "This is a link to a place outside the library; it is left alone."
        elif not os.path.exists(target):  # noqa: PTH110
            sentence = "This is a link that leads nowhere."
        elif is_hidden_path(os.path.relpath(target, self._real_root)) and target != self._real_root:
            sentence = "This is a link into a hidden folder; it is left alone."
        else:
            return None
        file = None
        if kind is not None and not to_folder:
            file = Found(path=path, size=own.st_size, mtime_ns=own.st_mtime_ns, kind=kind)
        return Unreadable(path=path, sentence=sentence, file=file)


def _refusal(folder: Path, error: OSError) -> str:
    name = printable(str(folder))
    if isinstance(error, FileNotFoundError):
        return f"There is no folder {name}."
    if isinstance(error, NotADirectoryError):
        return f"{name} is a file, not a folder; name the folder that holds the photos."
    if isinstance(error, PermissionError):
        return f"There is no permission to look into {name}; ask its owner for read access."
    return f"The folder {name} cannot be read ({error.strerror}); is its disk connected?"


def _folder_sentence(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "There is no permission to look into this folder."
    if error.errno == errno.ENAMETOOLONG:
        return "The path of this folder is too long to look into it."
    return f"This folder cannot be read ({error.strerror}); is its disk connected?"


def stat_of(root: Path, path: str) -> tuple[int, int] | None:
    """Size (bytes) and modification time (ns) of a regular file; None where there is none."""
    try:
        status = os.lstat(os.path.join(root, path))  # noqa: PTH118
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
