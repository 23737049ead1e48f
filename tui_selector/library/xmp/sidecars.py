"""Decisions from the catalog into XMP sidecars, and from sidecars into the catalog.

Both ways merge: neither overwrites what the other side has decided since both were last looked at.
Originals are never touched. What is read becomes a plan in the journal, which undo takes back.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import structs

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.sidecar_table import Agreed, Marks, SidecarFile
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.decisions.execution import Outcome, Refusal
from tui_selector.library.decisions.moves import RefusedError, sync_folders
from tui_selector.library.decisions.plan import (
    Action,
    SetFlag,
    SetLabel,
    SetRating,
    SetTag,
    many,
    new_plan,
    subject_of,
)
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Photo
from tui_selector.library.xmp import statement
from tui_selector.library.xmp.files import (
    SidecarNames,
    Snapshot,
    Style,
    is_sidecar,
    read_file,
    with_sidecar,
    write_file,
)
from tui_selector.library.xmp.merging import WORDS, Merged, Side, agreement, differences, merge
from tui_selector.library.xmp.packet import EMPTY, Packet
from tui_selector.library.xmp.tree import PacketError


class Difference(msgspec.Struct, frozen=True):
    """What sidecars say about a photo that the catalog does not."""

    photo: Photo
    before: Marks
    after: Marks

    @property
    def words(self) -> str:
        """For the eye: "3 stars, +beach"."""
        return printable(differences(self.before, self.after))


class _Seen(msgspec.Struct, frozen=True):
    """A sidecar that was read."""

    photo: int
    path: str
    snapshot: Snapshot
    said: statement.Statement
    agreed: Agreed


class Reading(msgspec.Struct):
    """What reading sidecars found.

    Attributes:
        changes: What would change in the catalog.
        conflicts: What was decided here and there, differently; a sentence each.
        refused: Sidecars that could not be understood; a sentence each.
        seen: Every sidecar that was read.
    """

    changes: list[Difference] = []
    conflicts: list[Refusal] = []
    refused: list[Refusal] = []
    seen: list[_Seen] = []


class Written(msgspec.Struct):
    """What came of writing sidecars.

    Attributes:
        files: Paths of the sidecars that were written, relative to the library.
        same: How many said the same already.
        conflicts: As in `Reading`.
        refused: Sidecars that could not be written; a sentence each.
    """

    files: list[str] = []
    same: int = 0
    conflicts: list[Refusal] = []
    refused: list[Refusal] = []


# -- reading -------------------------------------------------------------------------------------


def read_sidecars(
    catalog: Catalog, files: Sequence[SidecarFile], prefer: Side | None = None
) -> Reading:
    """Read sidecars and compare them with the catalog, which is not changed.

    Of several sidecars of one photo the one that was changed last counts first.
    """
    reading = Reading()
    by_photo: dict[int, list[SidecarFile]] = {}
    for file in files:
        by_photo.setdefault(file.photo, []).append(file)
    for photo in catalog.photos.get(list(by_photo)):
        if photo.state not in PRESENT:
            continue
        ours = marks = marks_of(catalog, photo)
        settled: dict[str, object] = {}
        for seen in _newest_first(catalog, by_photo[photo.id], reading):
            said = seen.said
            if prefer != "sidecar":
                # What the owner has taken away explicitly does not come back by itself.
                denied = {tag for tag in said.tags if catalog.tags.verdict(photo.id, tag) is False}
                said = structs.replace(said, tags=said.tags - denied)
            merged = merge(marks, said, seen.agreed, prefer)
            for word in merged.conflicts:
                if word not in settled:
                    reading.conflicts.append(_conflict(seen.path, word, merged))
            after = structs.replace(merged.catalog, **settled)
            settled |= {
                word: getattr(after, word)
                for word in WORDS
                if getattr(after, word) != getattr(marks, word)
            }
            marks = after
        if marks != ours:
            reading.changes.append(Difference(photo, ours, marks))
    return reading


def take_over(catalog: Catalog, reading: Reading) -> Outcome | None:
    """Make what was read true, as one decision that undo takes back; None where nothing changes.

    What does not fit any more is refused, as in every plan.

    Raises:
        sqlite3.Error: The catalog cannot be written.
    """
    outcome: Outcome | None = None
    if reading.changes:
        who = many(change.photo.name for change in reading.changes)
        actions = [action for change in reading.changes for action in _actions(catalog, change)]
        outcome = Decisions(catalog).apply(new_plan(f"Read sidecars of {who}", actions))
    note_seen(catalog, reading)
    return outcome


def note_seen(catalog: Catalog, reading: Reading) -> None:
    """Keep which sidecars were read and what they and the catalog agree on now.

    Raises:
        sqlite3.Error: The catalog cannot be written.
    """
    photos = {
        photo.id: photo for photo in catalog.photos.get(list({seen.photo for seen in reading.seen}))
    }
    with catalog.transaction():
        for seen in reading.seen:
            if seen.photo in photos:
                ours = marks_of(catalog, photos[seen.photo])
                catalog.sidecars.store(
                    seen.path,
                    len(seen.snapshot.data),
                    seen.snapshot.mtime_ns,
                    agreement(ours, seen.said, seen.agreed),
                )


def _newest_first(
    catalog: Catalog, files: Iterable[SidecarFile], reading: Reading
) -> Iterable[_Seen]:
    """Read the sidecars of one photo."""
    found: list[_Seen] = []
    for file in files:
        try:
            snapshot = read_file(catalog.root, file.path)
            if snapshot is None:
                continue
            agreed = catalog.sidecars.agreed(file.path)
            said = statement.read(Packet(snapshot.data), agreed)
        except (RefusedError, PacketError) as error:
            reading.refused.append(_refusal(file.path, error))
        else:
            found.append(_Seen(file.photo, file.path, snapshot, said, agreed))
    reading.seen += found
    return sorted(found, key=lambda seen: seen.snapshot.mtime_ns, reverse=True)


def _actions(catalog: Catalog, change: Difference) -> list[Action]:
    subject, before, after = subject_of(change.photo), change.before, change.after
    actions: list[Action] = []
    if before.flag != after.flag:
        actions.append(SetFlag(subject, before.flag, after.flag))
    if before.rating != after.rating:
        actions.append(SetRating(subject, before.rating, after.rating))
    if before.label != after.label:
        actions.append(SetLabel(subject, before.label, after.label))
    for name in sorted(before.tags ^ after.tags):
        verdict = catalog.tags.verdict(change.photo.id, name)
        actions.append(SetTag(subject, name, verdict, True if name in after.tags else None))
    return actions


def marks_of(catalog: Catalog, photo: Photo) -> Marks:
    """What the catalog holds of what sidecars can say."""
    tags = catalog.tags.of([photo.id])[photo.id]
    names = frozenset(tag.name for tag in tags if tag.source == "owner")
    return Marks(photo.flag, photo.rating, photo.label, names)


# -- writing -------------------------------------------------------------------------------------


def write_sidecars(
    catalog: Catalog,
    photos: Sequence[int],
    style: Style = "auto",
    prefer: Side | None = None,
    *,
    dry_run: bool = False,
    step: Callable[[int], None] = lambda done: None,
) -> Written:
    """Write what was decided about photos into their sidecars.

    A photo about which nothing was decided gets no sidecar. All that is not decided here stays in
    a sidecar byte for byte.

    Args:
        catalog: Of the library.
        photos: Their ids.
        style: What new sidecars are called.
        prefer: Whose word counts where both sides have decided something differently.
        dry_run: Whether nothing is written.
        step: Is told how many photos are done.
    """
    names, written = SidecarNames(catalog, style), Written()
    for number, photo in enumerate(catalog.photos.get(list(photos)), 1):
        if photo.state in PRESENT:
            marks = marks_of(catalog, photo)
            for path in names.of(photo):
                try:
                    _write(catalog, photo, marks, path, prefer, written, dry_run=dry_run)
                except (RefusedError, PacketError) as error:
                    written.refused.append(_refusal(path, error))
        step(number)
    with contextlib.suppress(OSError):  # they are there, whatever a power cut would do
        sync_folders({(catalog.root / path).parent for path in written.files})
    return written


def _write(
    catalog: Catalog,
    photo: Photo,
    ours: Marks,
    path: str,
    prefer: Side | None,
    written: Written,
    *,
    dry_run: bool,
) -> None:
    """Bring one sidecar in line with the catalog."""
    snapshot = read_file(catalog.root, path)
    if snapshot is None and ours == Marks():
        return
    data = snapshot.data if snapshot else EMPTY
    agreed = catalog.sidecars.agreed(path) if snapshot else Agreed()
    packet = Packet(data)
    merged = merge(ours, statement.read(packet, agreed), agreed, prefer)
    written.conflicts += [_conflict(path, word, merged) for word in merged.conflicts]
    statement.write(packet, merged.sidecar)
    after = packet.edited()
    said = statement.read(Packet(after), agreed)
    _check(said, merged.sidecar)
    is_same = snapshot is not None and after == data
    found = None if is_same or dry_run else write_file(catalog.root, path, after, snapshot)
    if is_same:
        written.same += 1
    else:
        written.files.append(path)
    known = agreement(ours, said, agreed)
    if dry_run or (found is None and known == agreed and catalog.sidecars.is_seen(path)):
        return
    with catalog.transaction():
        if found is not None:
            companions = catalog.companions.of(photo.id)
            catalog.companions.replace(photo.id, with_sidecar(companions, path, found))
        mtime_ns = found.st_mtime_ns if found else snapshot.mtime_ns if snapshot else 0
        catalog.sidecars.store(path, len(after), mtime_ns, known)


def _check(said: statement.Statement, meant: Marks) -> None:
    """
    Raises:
        PacketError: A sidecar would not say what it is meant to.
    """
    if (
        said.flag not in (meant.flag, None)
        or said.rating not in (meant.rating, None)
        or said.label not in (meant.label, None)
        or said.tags != meant.tags
    ):
        raise PacketError("It is written in a way that is not known here; it is left as it is.")


# -- sentences -----------------------------------------------------------------------------------


def _refusal(path: str, error: Exception) -> Refusal:
    if isinstance(error, PacketError):
        return Refusal(path, f"The sidecar {printable(path)} is left alone. {error}")
    return Refusal(path, str(error))


def _conflict(path: str, word: str, merged: Merged) -> Refusal:
    here, there = _value(merged.catalog, word), _value(merged.sidecar, word)
    return Refusal(
        path,
        f"The {word} was changed here ({here}) and in {printable(path)} ({there}); "
        "both stay as they are.",
    )


def _value(marks: Marks, word: str) -> str:
    if word == "flag":
        return marks.flag.name.lower()
    return str(getattr(marks, word)) or "none"


def changed_elsewhere(catalog: Catalog) -> list[SidecarFile]:
    """Sidecars that nobody has looked at as they are now, as far as the catalog knows the disk."""
    return catalog.sidecars.changed()


def sidecars_of(catalog: Catalog, photos: Iterable[int]) -> list[SidecarFile]:
    """The XMP sidecars of photos, on the disk now."""
    files: list[SidecarFile] = []
    for file in catalog.sidecars.of(photos):
        try:
            found = os.lstat(catalog.root / file.path)
        except OSError:
            continue
        if is_sidecar(file.path):
            files.append(SidecarFile(file.path, file.photo, found.st_size, found.st_mtime_ns))
    return files
