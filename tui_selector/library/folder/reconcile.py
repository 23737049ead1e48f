"""Bringing the catalog in line with the folder, so that no photo loses what is known about it.

`reconcile` takes a scan of the whole folder, `reconcile_paths` what a watcher saw happen. What is
matched, moved, missing or new is decided in `comparison`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.folder.comparison import Changes, Comparison
from tui_selector.library.folder.scan import (
    Scan,
    ScanError,
    Unreadable,
    is_hidden_path,
    scan,
    scan_shots,
)
from tui_selector.library.photo import PRESENT

__all__ = ["UNREADABLE_KEY", "Changes", "OtherDiskError", "reconcile", "reconcile_paths"]

#: Key of the catalog under which the folders are kept that could not be looked into.
UNREADABLE_KEY = "unreadable"

#: Key of the catalog under which the disk is kept that the folder was on when it last had photos.
_DISK_KEY = "disk"


class OtherDiskError(ScanError):
    """The folder is empty and on another disk than before: the place where one was mounted."""


def reconcile(catalog: Catalog, seen: Scan) -> Changes:
    """Bring the catalog in line with a scan of the whole folder.

    Raises:
        OtherDiskError: The folder's disk seems to have been pulled; nothing is changed.
        ScanError: The folder is gone; nothing is changed.
        sqlite3.Error: The catalog cannot be written; every batch before that is stored.
    """
    _check_disk(catalog, seen)
    blind = [f"{each.path}/" for each in seen.unreadable if each.file is None]
    unsettled = set(seen.unsettled)
    known = catalog.photos.known()
    if blind or unsettled:
        known = {
            path: row
            for path, row in known.items()
            if path not in unsettled and not path.startswith(tuple(blind))
        }
    changes = Comparison(catalog, known, seen).run()
    _note_unreadable(catalog, seen, {""})
    return changes


def reconcile_paths(
    catalog: Catalog, root: Path, paths: Iterable[str], moves: Sequence[tuple[str, str]] = ()
) -> Changes:
    """Bring the catalog in line with the folder at these paths and the shots they are part of.

    Args:
        root: The library's folder.
        paths: Files and folders that something happened to, relative to the root.
        moves: Renames of files and folders (old path, new path), in the order they happened.

    Raises:
        sqlite3.Error: The catalog cannot be written; every batch before that is stored.
    """
    renamed = _follow(catalog, moves)
    shots: dict[str, set[str]] = {}
    trees: set[str] = set()
    for path in {*paths, *renamed, *renamed.values(), *(end for move in moves for end in move)}:
        if path and is_hidden_path(path):
            continue
        folder, _, name = path.rpartition("/")
        if name:
            shots.setdefault(folder, set()).add(name)
        place = root / path
        if not path or (place.is_dir() and not place.is_symlink()):
            trees.add(path)
    seen = Scan(files=[], unreadable=[], unsettled=[])
    known: dict[str, tuple[int, int, int]] = {}
    for tree in _topmost(trees):
        _extend(seen, _scan_below(root, tree))
        known.update(catalog.photos.known_below(tree))
    for folder, names in shots.items():
        if not any(_is_within(folder, tree) for tree in trees):
            _extend(seen, scan_shots(root, folder, names))
    listed = {found.path for found in seen.files}
    parts = {part.path for found in seen.files for part in found.companions}
    gone = {
        f"{folder}/{name}" if folder else name for folder, names in shots.items() for name in names
    }
    known.update(catalog.photos.known_at(listed | parts | gone))
    for path in gone - listed - parts - trees:
        known.update(catalog.photos.known_below(path))
    owners = catalog.photos.get(
        sorted(set(catalog.companions.owners(listed | parts | gone).values()))
    )
    for owner in owners:
        if owner.state in PRESENT:
            known.setdefault(owner.path, (owner.id, owner.size, owner.mtime_ns))
    blind = tuple(f"{each.path}/" for each in seen.unreadable if each.file is None)
    known = {path: row for path, row in known.items() if not path.startswith(blind)}
    changes = Comparison(catalog, known, seen, renamed).run()
    _note_unreadable(catalog, seen, trees | gone)
    return changes


def _note_unreadable(catalog: Catalog, seen: Scan, trees: set[str]) -> None:
    """Keep which folders could not be looked into, where these trees have been looked at."""
    before = catalog.load(UNREADABLE_KEY, list[Unreadable], [])
    kept = [each for each in before if not any(_is_within(each.path, tree) for tree in trees)]
    now = [*kept, *(each for each in seen.unreadable if each.file is None)]
    if now != before:
        catalog.store(UNREADABLE_KEY, now)


def _check_disk(catalog: Catalog, seen: Scan) -> None:
    """Note the disk of a folder that holds photos; refuse the empty place where it was mounted."""
    try:
        disk = catalog.root.stat().st_dev
    except OSError as error:
        raise ScanError(f"The folder {printable(str(catalog.root))} is gone.") from error
    before = catalog.load(_DISK_KEY, int, disk)
    if not (seen.files or seen.unsettled) and before != disk and catalog.photos.count():
        raise OtherDiskError(
            f"The folder {printable(str(catalog.root))} is empty and on another disk than "
            "before; connect its disk. Nothing is changed until then."
        )
    if seen.files and catalog.load(_DISK_KEY, int, -1) != disk:
        catalog.store(_DISK_KEY, disk)


def _follow(catalog: Catalog, moves: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Where each photo that these renames concern stands in the end: old path to new path."""
    now: dict[str, str | None] = {}
    for source, target in moves:
        concerned = catalog.photos.known_at((source, target))
        for path in (*concerned, *catalog.photos.known_below(source)):
            now.setdefault(path, path)
        for path, place in now.items():
            if place == target:
                now[path] = None  # overwritten
            elif place is not None and _is_within(place, source):
                now[path] = target + place[len(source) :]
    return {path: place for path, place in now.items() if place not in (None, path)}


def _scan_below(root: Path, folder: str) -> Scan:
    try:
        return scan(root, below=folder)
    except ScanError as error:
        told = Unreadable(path=folder, sentence=str(error))
        return Scan(files=[], unreadable=[told] if (root / folder).exists() else [], unsettled=[])


def _extend(seen: Scan, more: Scan) -> None:
    seen.files.extend(more.files)
    seen.unreadable.extend(more.unreadable)


def _topmost(folders: Iterable[str]) -> Iterator[str]:
    """The folders that are not inside another of them."""
    last: str | None = None
    for folder in sorted(folders):
        if last is None or not _is_within(folder, last):
            yield folder
            last = folder


def _is_within(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
