"""Comparing files with the catalog's rows, and writing the difference.

Files that are as the catalog knows them (path, size, modification time) cost nothing. The others
are matched before any is called new, changed or missing:

1. A file with the bytes of a photo that is no longer where it was is that photo, moved. Equal size,
   time and name are proof enough; otherwise the content hash decides, and it is computed only for
   files whose size some lost photo has.
2. Photos that are missing come back the same way; one in the trash only at its old path.
3. When the file that stands for a shot is gone but others of the shot are there (or when a better
   one has come), the shot keeps its id and is indexed again.
4. What is left at a known path has changed; what is left elsewhere is new; what is left in the
   catalog is missing and waits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found, natural_key
from tui_selector.library.folder.identity import hash_file
from tui_selector.library.folder.matching import LostPhotos
from tui_selector.library.folder.scan import Scan, Unreadable, stat_of
from tui_selector.library.photo import PRESENT, Photo, State

#: Rows in one transaction: few enough that another writer waits for milliseconds only.
_BATCH = 500

T = TypeVar("T")


class Changes(msgspec.Struct, kw_only=True):
    """What a comparison changed in the catalog, by photo id.

    Attributes:
        added: New photos, in natural order.
        changed: Photos whose file has other bytes now: to be indexed again.
        moved: Photos whose file stands elsewhere: (id, old path, new path).
        missing: Photos whose file is gone.
        returned: Photos that were missing or in the trash and are back.
        regrouped: Photos whose companions changed, nothing else.
        unreadable: Folders and links that could not be looked into.
    """

    added: list[int] = []
    changed: list[int] = []
    moved: list[tuple[int, str, str]] = []
    missing: list[int] = []
    returned: list[int] = []
    regrouped: list[int] = []
    unreadable: list[Unreadable] = []

    def __bool__(self) -> bool:
        return bool(
            self.added
            or self.changed
            or self.moved
            or self.missing
            or self.returned
            or self.regrouped
        )

    @property
    def photos(self) -> list[int]:
        """Every photo that something changed about, ascending."""
        moved = (id_ for id_, _, _ in self.moved)
        return sorted(
            {*self.added, *self.changed, *moved, *self.missing, *self.returned, *self.regrouped}
        )


class Comparison:
    """One comparison of files with rows; see the head of this module for the rules."""

    def __init__(
        self,
        catalog: Catalog,
        known: dict[str, tuple[int, int, int]],
        seen: Scan,
        renamed: dict[str, str] | None = None,
    ) -> None:
        self._catalog = catalog
        self._photos = catalog.photos
        self._companions = catalog.companions
        self._known = known
        self._seen = seen
        self._there = {found.path for found in seen.files}
        self._links = {each.file.path: each for each in seen.unreadable if each.file is not None}
        self._origins = {place: path for path, place in (renamed or {}).items()}
        self._hashes: dict[str, bytes | None] = {}
        self._changes = Changes(unreadable=seen.unreadable)

    def run(self) -> Changes:
        loose, same = self._split()
        lost = self._lost(loose)
        self._write_touched(self._touched(loose, lost))
        self._write_matches(self._matches(loose, lost), lost)
        self._write_missing(lost)
        self._write_files(loose)
        self._write_companions(same)
        return self._changes

    # -- comparing ---------------------------------------------------------------------------

    def _split(self) -> tuple[dict[str, Found], list[tuple[int, Found]]]:
        """Files that are not what the catalog knows at their path; those that are, with ids."""
        loose: dict[str, Found] = {}
        same: list[tuple[int, Found]] = []
        known = self._known
        for found in self._seen.files:
            row = known.get(found.path)
            if row is not None and row[1] == found.size and row[2] == found.mtime_ns:
                same.append((row[0], found))
            else:
                loose[found.path] = found
        return loose, same

    def _lost(self, loose: dict[str, Found]) -> dict[str, Photo]:
        """Photos whose file is not at its path any more, or is another one, by path."""
        there = self._there
        ids = [
            row[0]
            for path, row in self._known.items()
            if path in loose or (path not in there and path not in self._links)
        ]
        return {photo.path: photo for photo in self._photos.get(ids) if photo.state in PRESENT}

    def _touched(
        self, loose: dict[str, Found], lost: dict[str, Photo]
    ) -> list[tuple[Photo, Found]]:
        """Photos whose file has another time but the same bytes; they are taken out of both."""
        touched: list[tuple[Photo, Found]] = []
        for path, found in list(loose.items()):
            photo = lost.get(path)
            if photo is None or photo.state is not State.INDEXED or photo.size != found.size:
                continue
            if path not in self._origins and photo.hash and self._hash(path) == photo.hash:
                touched.append((photo, found))
                del loose[path], lost[path]
        return touched

    def _matches(
        self, loose: dict[str, Found], lost: dict[str, Photo]
    ) -> list[tuple[Photo, Found]]:
        """Pairs of a photo and the file that it is now; they are taken out of both."""
        if not loose:
            return []
        matches: list[tuple[Photo, Found]] = []

        def take(photo: Photo | None, found: Found) -> None:
            if photo is None:
                return
            matches.append((photo, found))
            del loose[found.path]
            if lost.get(photo.path) is photo:
                del lost[photo.path]

        for place, path in self._origins.items():
            if place in loose:
                take(lost.get(path), loose[place])
        candidates = LostPhotos((*lost.values(), *self._photos.all((State.MISSING,))))
        for found in list(loose.values()):
            take(candidates.by_status(found), found)
        for found in list(loose.values()):
            take(candidates.by_bytes(found, self._hash), found)
        for photo in self._photos.all((State.TRASHED,)):
            back = loose.get(photo.path)
            if back and back.size == photo.size and photo.hash == self._hash(back.path):
                take(photo, back)
        owners = self._companions.owners(loose) if lost else {}
        by_id = {photo.id: photo for photo in lost.values()}
        for found in list(loose.values()):
            if found.path not in lost:
                take(self._shot_of(found, owners, by_id, lost), found)
        return matches

    def _shot_of(
        self,
        found: Found,
        owners: dict[str, int],
        by_id: dict[int, Photo],
        lost: dict[str, Photo],
    ) -> Photo | None:
        """The lost photo of the shot that a file now stands for."""
        candidates = [by_id.get(owners.get(found.path, 0))]
        candidates += [lost.get(companion.path) for companion in found.companions]
        for photo in candidates:
            if photo is not None and lost.get(photo.path) is photo:
                return photo
        return None

    def _hash(self, path: str) -> bytes | None:
        """The content hash of a file, None where it cannot be read; computed once."""
        if path not in self._hashes:
            try:
                self._hashes[path] = hash_file(self._catalog.root / path)
            except OSError:
                self._hashes[path] = None
        return self._hashes[path]

    # -- writing -----------------------------------------------------------------------------

    def _write_touched(self, touched: list[tuple[Photo, Found]]) -> None:
        for batch in _batches(touched):
            with self._catalog.transaction():
                for photo, found in batch:
                    self._photos.set_touched(photo.id, mtime_ns=found.mtime_ns)
                    if self._companions.of(photo.id) != found.companions:
                        self._companions.replace(photo.id, found.companions)
                        self._changes.regrouped.append(photo.id)

    def _write_matches(self, matches: list[tuple[Photo, Found]], lost: dict[str, Photo]) -> None:
        """Move photos to where their files are: chains and swaps of names in one transaction."""
        if not matches:
            return
        places = {found.path for _, found in matches}
        displaced = [lost.pop(path) for path in places & lost.keys()]
        with self._catalog.transaction():
            matches = [(photo, found) for photo, found in matches if self._is_current(photo)]
            for photo in (*displaced, *(photo for photo, _ in matches)):
                if photo.path in places and self._is_current(photo):
                    self._photos.set_path(photo.id, photo.path, State.MISSING)
            for photo, found in matches:
                if self._photos.at(found.path) is None:
                    self._write_match(photo, found)
        self._changes.missing += [photo.id for photo in displaced]

    def _write_match(self, photo: Photo, found: Found) -> None:
        away = photo.state not in PRESENT
        back = State.INDEXED if photo.hash and photo.width else State.FOUND
        self._photos.set_path(photo.id, found.path, back if away else photo.state)
        same_time = (photo.size, photo.mtime_ns) == (found.size, found.mtime_ns)
        same_bytes = same_time or (
            photo.hash is not None
            and photo.size == found.size
            and self._hash(found.path) == photo.hash
        )
        if not same_bytes or photo.kind != found.kind:
            self._photos.set_changed(
                photo.id, size=found.size, mtime_ns=found.mtime_ns, kind=found.kind
            )
            self._changes.changed.append(photo.id)
        elif not same_time:
            self._photos.set_touched(photo.id, mtime_ns=found.mtime_ns)
        self._companions.replace(photo.id, found.companions)
        if away:
            self._changes.returned.append(photo.id)
        if photo.path != found.path:
            self._changes.moved.append((photo.id, photo.path, found.path))

    def _write_missing(self, lost: dict[str, Photo]) -> None:
        if not lost:
            return
        parts = {part.path for found in self._seen.files for part in found.companions}
        for batch in _batches(lost.values()):
            with self._catalog.transaction():
                for photo in batch:
                    if photo.path in self._there or not self._is_current(photo):
                        continue
                    if photo.path in parts or stat_of(self._catalog.root, photo.path) is None:
                        self._photos.set_state((photo.id,), State.MISSING)
                        self._changes.missing.append(photo.id)

    def _write_files(self, loose: dict[str, Found]) -> None:
        """Note files that are new, or have other bytes than before, and links."""
        links = [
            each.file
            for each in self._links.values()
            if each.file is not None
            and self._known.get(each.path, ())[1:] != (each.file.size, each.file.mtime_ns)
        ]
        new = sorted((*loose.values(), *links), key=lambda found: natural_key(found.path))
        for batch in _batches(new):
            with self._catalog.transaction():
                for found in batch:
                    self._write_file(found)

    def _write_file(self, found: Found) -> None:
        try:
            id_ = self._photos.add((found,))[0]
            self._changes.added.append(id_)
        except sqlite3.IntegrityError:  # a present photo has this path
            photo = self._photos.at(found.path)
            if photo is None:
                raise
            id_ = photo.id
            self._photos.set_changed(id_, size=found.size, mtime_ns=found.mtime_ns, kind=found.kind)
            self._companions.replace(id_, found.companions)
            self._changes.changed.append(id_)
        if found.path in self._links:
            self._photos.set_problem(id_, self._links[found.path].sentence)

    def _write_companions(self, same: list[tuple[int, Found]]) -> None:
        if len(same) > _BATCH:
            stored = self._companions.all()
        else:
            stored = {id_: self._companions.of(id_) for id_, _ in same}
        others = [(id_, found) for id_, found in same if found.companions != stored.get(id_, ())]
        for batch in _batches(others):
            with self._catalog.transaction():
                for id_, found in batch:
                    self._companions.replace(id_, found.companions)
                    self._changes.regrouped.append(id_)

    def _is_current(self, photo: Photo) -> bool:
        """Whether no other process has moved or trashed the photo since it was looked at."""
        now = self._photos.one(photo.id)
        return now is not None and now.state == photo.state and now.path == photo.path


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, _BATCH)):
        yield batch
