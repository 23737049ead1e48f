"""Actions that move files: which moves they take, doing those, and what the catalog is told.

The files of one action move as one: when one of them cannot be moved, those that were are put
back. Each step can be repeated after a crash; a move that has happened is not made again.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions import trash
from tui_selector.library.decisions.history import Begin, Move
from tui_selector.library.decisions.moves import (
    GoneError,
    RefusedError,
    content_of,
    copy_new,
    discard,
    inside,
    is_same_file,
    leaves,
    make_folders,
    rename_new,
)
from tui_selector.library.decisions.plan import BringFile, FileAction, Subject, TakeOut
from tui_selector.library.decisions.trash import Trashed
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Companion, Flag, Photo, State


def find_photo(catalog: Catalog, subject: Subject) -> Photo | None:
    """The photo an action is about, in this catalog or in one that was rebuilt with other ids."""
    photo = catalog.photos.one(subject.id)
    if photo and (photo.path == subject.path or (photo.hash and photo.hash == subject.hash)):
        return photo
    if subject.hash is None:
        return catalog.photos.at(subject.path)
    same = catalog.photos.with_hash(subject.hash)
    return min(same, key=lambda each: each.path != subject.path, default=None)


def refuse_link(root: Path, path: str) -> None:
    """
    Raises:
        RefusedError: The file at `path` (relative to `root`) is a link that leaves the library.
    """
    if leaves(root, root / path):
        raise RefusedError(
            f"{printable(path)} is a link to a file outside the library; it is left alone."
        )


# -- which moves an action takes -----------------------------------------------------------------


class Mover:
    """Plans and makes the moves of one run.

    Attributes:
        run: The run's id; it goes into names of the program's own that must be unique.
    """

    def __init__(self, catalog: Catalog, run: str) -> None:
        self.run = run
        self._catalog = catalog
        self._root = catalog.root
        self._promised: set[Path] = set()
        self._trashes: dict[Path, Path] = {}

    def moves_for(self, action: FileAction, number: int) -> list[Move]:
        """The moves that do an action, every file checked to be as planned.

        Raises:
            RefusedError: It does not fit what is on the disk.
        """
        if isinstance(action, BringFile):
            return [self._bringing(action, number)]
        name = printable(action.photo.path)
        photo = find_photo(self._catalog, action.photo)
        if photo and photo.state in PRESENT and photo.path != action.photo.path:
            raise RefusedError(f"{name} has been moved to {printable(photo.path)}; look again.")
        moves: list[Move] = []
        for index, file in enumerate(action.files):
            place = inside(self._root, file.path)
            refuse_link(self._root, file.path)
            content = action.photo.hash if file.path == action.photo.path else None
            if not is_same_file(place, size=file.size, mtime_ns=file.mtime_ns, content=content):
                raise RefusedError(
                    f"{printable(file.path)} has changed on the disk since it was looked at; "
                    "it stays where it is."
                )
            if isinstance(action, TakeOut):
                target = Path(action.targets[index])
                moves.append(self._out(place, target, number, file.size, file.mtime_ns))
            else:
                moves.append(self._into_trash(place, number, file.size, file.mtime_ns))
        return moves

    def _out(self, place: Path, target: Path, number: int, size: int, mtime_ns: int) -> Move:
        if Path(os.path.realpath(target.parent)).is_relative_to(self._root):
            raise RefusedError(f"{printable(str(target))} is inside the library.")
        if os.path.lexists(target):
            raise RefusedError(f"There is already a file called {printable(str(target))}.")
        return Move(
            action=number,
            kind="rename",
            source=str(place),
            target=str(target),
            size=size,
            mtime_ns=mtime_ns,
        )

    def _bringing(self, action: BringFile, number: int) -> Move:
        source = Path(action.source)
        target = inside(self._root, action.target)
        if os.path.lexists(target):
            raise RefusedError(f"There is already a file called {printable(action.target)}.")
        if not is_same_file(source, size=action.size, mtime_ns=0, content=action.hash):
            raise RefusedError(f"{printable(action.source)} has changed since it was looked at.")
        return Move(
            action=number,
            kind="copy" if action.how == "copy" else "rename",
            source=str(source),
            target=str(target),
            size=action.size,
            mtime_ns=source.stat().st_mtime_ns,
        )

    def _into_trash(self, place: Path, number: int, size: int, mtime_ns: int) -> Move:
        folder = place.parent
        if folder not in self._trashes:
            self._trashes[folder] = trash.trash_for(place)
        trashed = trash.place_for(place, self.run[:8], self._promised, self._trashes[folder])
        self._promised.add(trashed.trash_path)
        return Move(
            action=number,
            kind="trash",
            source=str(place),
            target=str(trashed.trash_path),
            size=size,
            mtime_ns=mtime_ns,
            info=str(trashed.info_path),
        )

    def moves_against(self, action: FileAction, earlier: list[Move], number: int) -> list[Move]:
        """The moves that take back those of an earlier run, companions before their photo.

        A companion that is in the trash no more is passed over.

        Raises:
            GoneError: The photo is nowhere to be moved from, or has changed since.
            RefusedError: Its old place is taken, or the disk is not there.
        """
        if not self._root.is_dir():
            raise RefusedError(f"The library {printable(str(self._root))} is not there.")
        moves: list[Move] = []
        for position, move in reversed(list(enumerate(earlier))):
            try:
                moves.append(self._against(action, move, number))
            except GoneError:
                if not position:
                    raise
        return moves

    def _against(self, action: FileAction, move: Move, number: int) -> Move:
        source, target = Path(move.target), Path(move.source)
        if move.kind == "trash":
            self._check_trashed(source, target)
            return Move(
                action=number,
                kind="restore",
                source=move.target,
                target=move.source,
                size=move.size,
                mtime_ns=move.mtime_ns,
                info=move.info,
            )
        content = action.hash if isinstance(action, BringFile) else action.photo.hash
        if not is_same_file(source, size=move.size, mtime_ns=move.mtime_ns, content=content):
            raise GoneError(
                f"{printable(source.name)} has changed on the disk since; it stays where it is."
            )
        if move.kind == "rename":
            if target.is_relative_to(self._root):
                inside(self._root, str(target.relative_to(self._root)))
            if os.path.lexists(target):
                raise RefusedError(
                    f"There is a file at {printable(move.source)} again; "
                    "move it away and try again."
                )
            return msgspec.structs.replace(
                move, action=number, source=move.target, target=move.source
            )
        return self._into_trash(source, number, move.size, move.mtime_ns)

    def _check_trashed(self, source: Path, target: Path) -> None:
        """Refuse what cannot come back: its old place is taken, or it is not in the trash."""
        inside(self._root, str(target.relative_to(self._root)))
        if not os.path.lexists(source):
            if not source.parent.is_dir():
                raise RefusedError(f"The trash {printable(str(source.parent))} is not there.")
            raise GoneError(
                f"{printable(target.name)} is no longer in the trash; it cannot come back."
            )
        if os.path.lexists(target):
            raise RefusedError(
                f"There is another file called {printable(target.name)} by now; move it away "
                "and undo again. The photo stays in the trash."
            )

    # -- making them -----------------------------------------------------------------------------

    def make(self, action: FileAction, moves: list[Move]) -> str:
        """Make the moves of one action that have not happened yet, all or none.

        Returns:
            "", or a sentence where some happened and could not be taken back.

        Raises:
            RefusedError: One could not be made; every file is where it was.
        """
        made: list[Move] = []
        try:
            for move in moves:
                if not self.has_happened(action, move):
                    self._make(action, move)
                made.append(move)
        except RefusedError as error:
            try:
                for move in reversed(made):
                    self._take_back(move)
            except RefusedError as second:
                return f"{error} {second}"
            raise
        return ""

    def _make(self, action: FileAction, move: Move) -> None:
        source, target = Path(move.source), Path(move.target)
        if move.kind == "trash":
            trash.put(source, Trashed(target, Path(move.info)))
        elif move.kind == "restore":
            trash.restore(Trashed(source, Path(move.info)), target)
        else:
            make_folders(target.parent)
            if move.kind == "rename":
                rename_new(source, target)
            else:
                assert isinstance(action, BringFile)
                copy_new(source, target, self._part(move), action.hash)

    def _take_back(self, move: Move) -> None:
        source, target = Path(move.source), Path(move.target)
        if move.kind == "trash":
            trash.restore(Trashed(target, Path(move.info)), source)
        elif move.kind == "restore":
            trash.put(target, Trashed(source, Path(move.info)))
        elif move.kind == "rename":
            rename_new(target, source)
        else:
            trash.put(target)

    def _part(self, move: Move) -> Path:
        return Path(move.target).with_name(f".tui-selector-{self.run}-{move.action}.part")

    # -- after a crash ---------------------------------------------------------------------------

    def has_happened(self, action: FileAction, move: Move) -> bool:
        """Whether the file is where the move takes it."""
        source, target = Path(move.source), Path(move.target)
        if not os.path.lexists(target):
            return False
        if move.kind == "copy":
            assert isinstance(action, BringFile)
            try:
                return target.stat().st_size == move.size and content_of(target) == action.hash
            except OSError:
                return False
        if not os.path.lexists(source):
            return True
        if os.path.samestat(source.lstat(), target.lstat()):
            source.unlink()  # linked to its new name, and the old one not yet removed
            return True
        # Another file has come to the old place since.
        return (
            move.kind == "trash"
            and trash.noted(Path(move.info)) == source
            and target.lstat().st_size == move.size
        )

    def tidy(self, move: Move) -> None:
        """Remove the program's own traces of a move: a note in the trash, an unfinished copy."""
        if move.kind == "trash":
            trash.forget_note(Trashed(Path(move.target), Path(move.info)), Path(move.source))
        elif move.kind == "restore":
            trash.forget_note(Trashed(Path(move.source), Path(move.info)), Path(move.target))
        elif move.kind == "copy":
            discard(self._part(move))


def folders_of(begin: Begin) -> set[Path]:
    """The folders whose entries a run changes."""
    return {
        Path(path).parent
        for move in begin.moves
        for path in (move.source, move.target, move.info)
        if path
    }


# -- what the catalog is told --------------------------------------------------------------------


def record(catalog: Catalog, action: FileAction, *, back: bool) -> None:
    """Write into the catalog that an action is done (with `back`, undone); can be repeated.

    Raises:
        sqlite3.Error: The catalog cannot be written.
    """
    if isinstance(action, BringFile):
        _record_brought(catalog, action, back=back)
        return
    photo = find_photo(catalog, action.photo)
    if photo is None:
        return  # a rebuilt catalog: the next scan finds the file
    if not back:
        if photo.path == action.photo.path:
            state = State.MISSING if isinstance(action, TakeOut) else State.TRASHED
            catalog.photos.set_path(photo.id, photo.path, state)
            catalog.companions.replace(photo.id, ())
        return
    if photo.state in PRESENT and photo.path != action.photo.path:
        return  # the same bytes turned up elsewhere and took the photo's row with them
    _make_way(catalog, photo)
    catalog.photos.set_path(photo.id, action.photo.path, action.state)
    catalog.companions.replace(
        photo.id,
        [
            Companion(path=file.path, role=file.role, size=file.size, mtime_ns=file.mtime_ns)
            for file in action.files
            if file.role != "photo"
        ],
    )


def _record_brought(catalog: Catalog, action: BringFile, *, back: bool) -> None:
    if back:
        photo = catalog.photos.at(action.target)
        if photo:
            state = State.TRASHED if action.how == "copy" else State.MISSING
            catalog.photos.set_path(photo.id, photo.path, state)
            catalog.companions.replace(photo.id, ())
        return
    for photo in catalog.photos.with_hash(action.hash, (State.TRASHED, State.MISSING)):
        if photo.path == action.target:
            _make_way(catalog, photo)
            catalog.photos.set_path(photo.id, photo.path, State.FOUND)
            return


def _make_way(catalog: Catalog, photo: Photo) -> None:
    """Clear the path of a photo that comes back of the row of a file that stood there since."""
    other = catalog.photos.at(photo.path)
    if other is None or other.id == photo.id:
        return
    if other.flag == Flag.NONE and not other.rating and not other.label:
        catalog.photos.remove((other.id,))
    else:
        catalog.photos.set_path(other.id, other.path, State.MISSING)
