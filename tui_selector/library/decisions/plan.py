"""Plans: what the owner decided, as a list of actions that can be checked, done and undone.

An action names the photo it is about by id, size and content hash, and the value it expects to
find, so that it can be re-checked at the moment it is applied. A plan travels through the journal,
where paths are percent-encoded: a file name may hold any bytes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias
from urllib.parse import quote, unquote_to_bytes

import msgspec

from tui_selector.library.display import printable
from tui_selector.library.photo import Flag, Photo, State

Role = Literal["photo", "raw", "movie", "sidecar"]


class Subject(msgspec.Struct, frozen=True):
    """The photo that an action is about, as it was when the plan was made.

    `path` is relative to the library's root, `size` in bytes; `hash` is None where the file had
    not been read yet.
    """

    id: int
    path: str
    size: int
    hash: bytes | None


class FileRef(msgspec.Struct, frozen=True):
    """A file that moves with a photo. `path` as `Photo.path`, `mtime_ns` since the epoch."""

    path: str
    size: int
    mtime_ns: int
    role: Role = "photo"


class SetFlag(msgspec.Struct, frozen=True, tag=True):
    """Pick, reject or unflag a photo."""

    photo: Subject
    before: Flag
    after: Flag


class SetRating(msgspec.Struct, frozen=True, tag=True):
    """Give a photo 1 to 5 stars, or none (0)."""

    photo: Subject
    before: int
    after: int


class SetLabel(msgspec.Struct, frozen=True, tag=True):
    """Give a photo a colour label, or none ("")."""

    photo: Subject
    before: str
    after: str


class SetTag(msgspec.Struct, frozen=True, tag=True):
    """Say that a tag is a photo's or that it is not; None leaves that to the program."""

    photo: Subject
    name: str
    before: bool | None
    after: bool | None


class TrashPhoto(msgspec.Struct, frozen=True, tag=True):
    """Move a photo and its companions to the trash, as one.

    `files` holds the photo's own file first; `state` is the state the photo was in.
    """

    photo: Subject
    files: tuple[FileRef, ...]
    state: State = State.INDEXED


class TakeOut(msgspec.Struct, frozen=True, tag=True):
    """Move a photo and its companions to places outside the library, as one.

    `files` as in `TrashPhoto`; `targets` says where each of them goes, absolute. `state` is the
    state the photo was in.
    """

    photo: Subject
    files: tuple[FileRef, ...]
    targets: tuple[str, ...]
    state: State = State.INDEXED


class BringFile(msgspec.Struct, frozen=True, tag=True):
    """Copy or move a file from outside (`source`, absolute) into the library (`target`)."""

    source: str
    target: str
    how: Literal["copy", "move"]
    size: int
    hash: bytes


class CreateTab(msgspec.Struct, frozen=True, tag=True):
    """Make a tab of the owner's with this id, at `position` in the row of tabs."""

    tab: int
    name: str
    position: float


class RenameTab(msgspec.Struct, frozen=True, tag=True):
    """Give a tab another name; a name by the owner is never changed by the program."""

    tab: int
    before: str
    after: str
    named_by_before: Literal["program", "owner"] = "program"
    named_by_after: Literal["program", "owner"] = "owner"


class PinPhoto(msgspec.Struct, frozen=True, tag=True):
    """Keep a photo in a tab (0 is Singles); None leaves it to clustering."""

    photo: Subject
    before: int | None
    after: int | None


Action: TypeAlias = (
    SetFlag
    | SetRating
    | SetLabel
    | SetTag
    | TrashPhoto
    | TakeOut
    | BringFile
    | CreateTab
    | RenameTab
    | PinPhoto
)

#: Actions that move files; the others change the catalog alone.
FileAction: TypeAlias = TrashPhoto | TakeOut | BringFile

#: Those that take a photo out of the library.
LEAVING = (TrashPhoto, TakeOut)


class Plan(msgspec.Struct, frozen=True):
    """Actions that are done and undone together.

    Attributes:
        id: Unique, random.
        title: What it does, for the eye: "Reject 3 photos". Safe to print.
        time: When it was made, seconds since the epoch, UTC.
        actions: In the order they are done; undone in the opposite order.
    """

    id: str
    title: str
    time: float
    actions: tuple[Action, ...]


def new_plan(title: str, actions: Iterable[Action]) -> Plan:
    """A plan made now, with an id of its own."""
    return Plan(os.urandom(8).hex(), title, time.time(), tuple(actions))


def subject_of(photo: Photo) -> Subject:
    """What an action needs to know of a photo."""
    return Subject(photo.id, photo.path, photo.size, photo.hash)


def path_of(action: Action) -> str:
    """The path an action is about, relative to the root; a tab's name for what is about a tab."""
    if isinstance(action, BringFile):
        return action.target
    if isinstance(action, CreateTab):
        return action.name
    if isinstance(action, RenameTab):
        return action.after
    return action.photo.path


def many(names: Iterable[str]) -> str:
    """The one name, printable, or how many: "IMG_0042.jpg", "3 photos"."""
    listed = list(names)
    return printable(listed[0]) if len(listed) == 1 else f"{len(listed):,} photos"


# -- paths in the journal ------------------------------------------------------------------------


def quoted(path: str) -> str:
    """Percent-encode a path, whatever bytes it holds."""
    return quote(os.fsencode(path))


def unquoted(text: str) -> str:
    """Undo `quoted`."""
    return os.fsdecode(unquote_to_bytes(text))


def with_paths(plan: Plan, change: Callable[[str], str]) -> Plan:
    """The same plan with every path changed by `change` (`quoted` or `unquoted`)."""
    return Plan(plan.id, plan.title, plan.time, tuple(_changed(a, change) for a in plan.actions))


def _changed(action: Action, change: Callable[[str], str]) -> Action:
    if isinstance(action, BringFile):
        return msgspec.structs.replace(
            action, source=change(action.source), target=change(action.target)
        )
    if isinstance(action, CreateTab | RenameTab):
        return action
    subject = action.photo
    photo = Subject(subject.id, change(subject.path), subject.size, subject.hash)
    if isinstance(action, TrashPhoto):
        return TrashPhoto(photo, _changed_files(action.files, change), action.state)
    if isinstance(action, TakeOut):
        targets = tuple(map(change, action.targets))
        return TakeOut(photo, _changed_files(action.files, change), targets, action.state)
    return msgspec.structs.replace(action, photo=photo)


def _changed_files(files: Iterable[FileRef], change: Callable[[str], str]) -> tuple[FileRef, ...]:
    return tuple(FileRef(change(file.path), file.size, file.mtime_ns, file.role) for file in files)
