"""From what a plan file proposes to a plan: what still fits is planned, the rest is refused.

The plan is then checked, journalled, carried out and undone as every other. A photo is taken only
if its bytes are those that were judged, if its owner has not decided otherwise since, and if the
photo that was to be kept in its place is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.execution import Refusal
from tui_selector.library.decisions.moves import (
    RefusedError,
    content_of,
    inside,
    is_same_file,
    reason,
)
from tui_selector.library.decisions.plan import Plan, Subject, many
from tui_selector.library.decisions.plan_file import Proposal, Proposed, Verb
from tui_selector.library.decisions.planning import Planner
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Photo, State

_DOES: dict[Verb, Flag | State] = {
    "pick": Flag.PICK,
    "reject": Flag.REJECT,
    "trash": State.TRASHED,
}
#: What takes a photo away.
_LEAVING: tuple[Verb, ...] = ("reject", "trash")
_TITLES: dict[Verb, str] = {"pick": "Pick", "reject": "Reject", "trash": "Trash"}


class Planned(msgspec.Struct, frozen=True):
    """What a proposal comes to now.

    Attributes:
        plan: What is to be done, with the proposal's id.
        refused: Photos that are left as they are, and why.
        settled: How many photos are already as proposed.
    """

    plan: Plan
    refused: tuple[Refusal, ...]
    settled: int


def plan_proposal(catalog: Catalog, proposal: Proposal) -> Planned:
    """Plan what a proposal says, against the catalog and the disk as they are.

    Raises:
        RefusedError: It is about another folder.
        sqlite3.Error: The catalog cannot be read.
    """
    if proposal.library != catalog.root:
        raise RefusedError(
            f"The plan is about {printable(str(proposal.library))}, not about "
            f"{printable(str(catalog.root))}; nothing was changed."
        )
    return _Proposing(catalog, proposal).plan()


class _Proposing:
    def __init__(self, catalog: Catalog, proposal: Proposal) -> None:
        self._catalog = catalog
        self._proposal = proposal
        self._refused: list[Refusal] = []
        self._settled = 0
        #: Paths that are to be taken away, by which nothing else is kept.
        self._going = {each.path for each in proposal.photos if each.action in _LEAVING}

    def plan(self) -> Planned:
        wanted: list[tuple[Photo, Subject, Flag | State]] = []
        verbs: dict[Verb, list[str]] = {}
        for each, photo in self._found():
            try:
                subject = self._checked(each, photo)
            except RefusedError as error:
                self._refused.append(Refusal(each.path, str(error)))
                continue
            if photo is None or photo.flag is _DOES[each.action]:
                self._settled += 1
                continue
            wanted.append((photo, subject, _DOES[each.action]))
            verbs.setdefault(each.action, []).append(photo.name)
        plan = Planner(self._catalog).proposed(_title(verbs), wanted, self._proposal.id)
        return Planned(plan, tuple(self._refused), self._settled)

    def _found(self) -> Iterator[tuple[Proposed, Photo | None]]:
        """What is proposed to be done, with the photos at those paths."""
        acting = [each for each in self._proposal.photos if each.action in _DOES]
        known = self._catalog.photos.known_at(each.path for each in acting)
        photos = {
            photo.path: photo
            for photo in self._catalog.photos.get([id_ for id_, _, _ in known.values()])
        }
        for each in acting:
            yield each, photos.get(each.path)

    def _checked(self, each: Proposed, photo: Photo | None) -> Subject:
        """The photo as actions name it; of one that is in the trash already, as it was.

        Raises:
            RefusedError: It is to be left as it is.
        """
        name = printable(each.path)
        if photo is None:
            return self._gone(each)
        content = self._read(photo)
        if content != each.hash:
            raise RefusedError(
                f"{name} has changed since the plan was made; it is left as it is. Judge it anew."
            )
        if each.action in _LEAVING and photo.flag is Flag.PICK:
            raise RefusedError(f"{name} is picked; unflag it first. It is left as it is.")
        if each.action == "pick" and photo.flag is Flag.REJECT:
            raise RefusedError(f"{name} is rejected; unflag it first. It is left as it is.")
        if each.instead is not None and not self._stays(each.instead):
            raise RefusedError(
                f"{name} was to go because a better one stays, which is there no more; it is left "
                "as it is."
            )
        return Subject(photo.id, photo.path, photo.size, content)

    @cached_property
    def _trashed(self) -> dict[str, list[Photo]]:
        """Paths to the photos that stood there before they were put into the trash."""
        found: dict[str, list[Photo]] = {}
        for photo in self._catalog.photos.all((State.TRASHED,)):
            found.setdefault(photo.path, []).append(photo)
        return found

    def _gone(self, each: Proposed) -> Subject:
        name = printable(each.path)
        if each.action == "trash":
            for photo in self._trashed.get(each.path, ()):
                # A photo that was never indexed has no hash in the catalog.
                if photo.hash in (each.hash, None):
                    return Subject(photo.id, photo.path, photo.size, each.hash)
        for photo in self._catalog.photos.with_hash(each.hash, PRESENT):
            if photo.path not in self._going:
                raise RefusedError(
                    f"{name} is {printable(photo.path)} now; it is left as it is. Make the plan "
                    "anew."
                )
        raise RefusedError(f"{name} is not in the library any more.")

    def _read(self, photo: Photo) -> bytes | None:
        """The content hash of a photo's file as it is now; None where it is not what it was.

        Raises:
            RefusedError: It is gone, cannot be read, or is reached by leaving the library.
        """
        place = inside(self._catalog.root, photo.path)
        if photo.hash is not None:
            is_same = is_same_file(
                place, size=photo.size, mtime_ns=photo.mtime_ns, content=photo.hash
            )
            return photo.hash if is_same else None
        try:
            return content_of(place)
        except OSError as error:
            raise RefusedError(
                f"{printable(photo.path)} cannot be read ({reason(error)}); it is left as it is."
            ) from error

    def _stays(self, content: bytes) -> bool:
        """Whether a photo with these bytes is there and is to stay."""
        return any(
            photo.path not in self._going and photo.flag is not Flag.REJECT
            for photo in self._catalog.photos.with_hash(content, PRESENT)
        )


def counted(photos: Iterable[Proposed]) -> Counter[Verb]:
    """How many photos each action is proposed for."""
    return Counter(each.action for each in photos)


def _title(verbs: dict[Verb, list[str]]) -> str:
    """What the plan does, for the eye: "Reject 12 photos, trash a.jpg"."""
    parts = [f"{_TITLES[verb]} {many(names)}" for verb, names in sorted(verbs.items())]
    return ", ".join(
        [part if not n else part[0].lower() + part[1:] for n, part in enumerate(parts)]
    )
