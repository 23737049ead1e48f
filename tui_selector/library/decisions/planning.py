"""Making plans of what the owner wants: which actions, from which values to which.

A plan is made from the catalog as it stands; what changes nothing is left out. Photos that cannot
be planned for make the plan smaller, or refuse it as a whole where nothing is left.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence

from msgspec import structs

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.moves import RefusedError, content_of
from tui_selector.library.decisions.plan import (
    Action,
    CreateTab,
    FileRef,
    PinPhoto,
    Plan,
    RenameTab,
    SetFlag,
    SetLabel,
    SetRating,
    SetTag,
    Subject,
    TrashPhoto,
    many,
    new_plan,
    subject_of,
)
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Photo, State

#: Photos whose hash is not known yet are hashed when decided on, up to this many bytes a decision.
_HASHED_AT_ONCE = 32 * 1024 * 1024

#: Tags in a plan's title, and the longest of them, characters.
_MOST_NAMED, _LONGEST_NAME = 3, 30

_VERBS = {Flag.PICK: "Pick", Flag.REJECT: "Reject", Flag.NONE: "Unflag"}


class Planner:
    """Makes plans for one library. Every method raises `RefusedError` where there is no plan."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    # -- photos ------------------------------------------------------------------------------

    def flag(self, ids: Sequence[int], flag: Flag) -> Plan:
        return self._mark(
            ids,
            lambda who: f"{_VERBS[flag]} {who}",
            lambda photo, subject: SetFlag(subject, photo.flag, flag),
        )

    def rate(self, ids: Sequence[int], rating: int) -> Plan:
        stars = f"{rating} star{'s' if rating > 1 else ''}"
        return self._mark(
            ids,
            lambda who: f"Rate {who} {stars}" if rating else f"Unrate {who}",
            lambda photo, subject: SetRating(subject, photo.rating, rating),
        )

    def label(self, ids: Sequence[int], label: str) -> Plan:
        return self._mark(
            ids,
            lambda who: f"Label {who} {label}" if label else f"Unlabel {who}",
            lambda photo, subject: SetLabel(subject, photo.label, label),
        )

    def tag(self, ids: Sequence[int], add: Sequence[str], remove: Sequence[str]) -> Plan:
        tags = self._catalog.tags
        photos = self._photos(ids)
        actions: list[Action] = []
        for photo, subject in self._subjects(photos):
            program = {tag.name for tag in tags.of_program(photo.id)}
            for name in (*add, *remove):
                before = tags.verdict(photo.id, name)
                # What nobody else says needs no denial: taking it away leaves nothing behind.
                after = True if name in add else False if name in program else None
                if before != after:
                    actions.append(SetTag(subject, name, before, after))
        changed = dict.fromkeys(each.photo.id for each in actions if isinstance(each, SetTag))
        who = many(photo.name for photo in photos if photo.id in changed)
        signed = [f"+{name}" for name in add] + [f"-{name}" for name in remove]
        shown = [printable(_short(name)) for name in signed[:_MOST_NAMED]]
        more = [f"and {len(signed) - _MOST_NAMED} more"] if len(signed) > _MOST_NAMED else []
        return new_plan(f"Tag {who}: {' '.join(shown + more)}", actions)

    def trash(self, ids: Sequence[int]) -> Plan:
        photos = self._photos(ids)
        actions = [
            TrashPhoto(subject, self._files(photo), photo.state)
            for photo, subject in self._subjects(photos)
        ]
        return new_plan(f"Trash {many(photo.name for photo in photos)}", actions)

    def proposed(
        self, title: str, wanted: Iterable[tuple[Photo, Subject, Flag | State]], id_: str
    ) -> Plan:
        """Flag photos, or trash them (`State.TRASHED`), in a plan that was given its id before."""
        actions = [
            SetFlag(subject, photo.flag, what)
            if isinstance(what, Flag)
            else TrashPhoto(subject, self._files(photo), photo.state)
            for photo, subject, what in wanted
        ]
        return structs.replace(new_plan(title, actions), id=id_)

    # -- tabs --------------------------------------------------------------------------------

    def rename_tab(self, tab: int, name: str) -> Plan:
        found = self._catalog.tabs.one(tab)
        if found is None:
            raise RefusedError("Only tabs of photos can be renamed; choose another tab.")
        clean = _clean_name(name)
        is_new = (found.name, found.named_by) != (clean, "owner")
        action = RenameTab(tab, found.name, clean, found.named_by, "owner")
        return new_plan(f"Rename tab to {printable(clean)}", [action] if is_new else [])

    def merge_tabs(self, source: int, target: int) -> Plan:
        tabs = self._catalog.tabs
        origin, into = self._tab_name(source), self._tab_name(target)
        if source == target:
            raise RefusedError("A tab cannot be merged with itself; choose another one.")
        actions = self._pins(tabs.members(source), target)
        found = tabs.one(source)
        if found is not None and found.named_by == "owner":
            # Empty tabs are shown only where the owner named them.
            actions.append(RenameTab(source, found.name, found.name, "owner", "program"))
        return new_plan(f"Merge {printable(origin)} into {printable(into)}", actions)

    def move_to_tab(self, ids: Sequence[int], tab: int | str) -> Plan:
        photos = self._photos(ids)
        actions: list[Action] = []
        if isinstance(tab, str):
            name, number = _clean_name(tab), self._catalog.tabs.next_id()
            position = max(self._catalog.tabs.positions().values(), default=0.0) + 1
            if photos:
                actions.append(CreateTab(number, name, position))
        else:
            name, number = self._tab_name(tab), tab
        actions += self._pins([photo.id for photo in photos], number)
        who = many(photo.name for photo in photos)
        return new_plan(f"Move {who} to {printable(name)}", actions)

    def split_tab(self, tab: int, parts: Sequence[Sequence[int]], names: Sequence[str]) -> Plan:
        old = self._tab_name(tab)
        clean = [_clean_name(name) for name in names]
        actions: list[Action] = []
        found = self._catalog.tabs.one(tab)
        if found is not None and clean[0] != found.name:
            actions.append(RenameTab(tab, found.name, clean[0], found.named_by, "owner"))
        start, step = self._room_after(tab, len(parts))
        number = self._catalog.tabs.next_id()
        for index, part in enumerate(parts[1:]):
            actions.append(CreateTab(number + index, clean[index + 1], start + step * (index + 1)))
            actions += self._pins(part, number + index)
        return new_plan(f"Split {printable(old)} into {len(parts)} tabs", actions)

    def make_tabs(self, groups: Sequence[tuple[str, Sequence[int]]]) -> Plan:
        tabs = self._catalog.tabs
        there = {tab.name: tab.id for tab in tabs.all() if tab.id > 0}
        number, end = tabs.next_id(), max(tabs.positions().values(), default=0.0)
        actions: list[Action] = []
        for name, ids in groups:
            clean = _clean_name(name)
            photos = self._photos(ids)
            if not photos:
                continue
            if clean not in there:
                there[clean], number, end = number, number + 1, end + 1
                actions.append(CreateTab(there[clean], clean, end))
            actions += self._pins([photo.id for photo in photos], there[clean])
        count = len([name for name, ids in groups if ids])
        return new_plan(f"Sort photos into {count} tabs", actions)

    # -- parts of plans ----------------------------------------------------------------------

    def _mark(
        self,
        ids: Sequence[int],
        title: Callable[[str], str],
        action: Callable[[Photo, Subject], SetFlag | SetRating | SetLabel],
    ) -> Plan:
        photos = {photo.id: photo for photo in self._photos(ids)}
        made = [action(*pair) for pair in self._subjects(photos.values())]
        changes = [each for each in made if each.before != each.after]
        return new_plan(title(many(photos[each.photo.id].name for each in changes)), changes)

    def _photos(self, ids: Sequence[int]) -> list[Photo]:
        """The photos with these ids, each once, but for those in the trash."""
        found = self._catalog.photos.get(list(dict.fromkeys(ids)))
        photos = [photo for photo in found if photo.state in (*PRESENT, State.MISSING)]
        if ids and not photos:
            raise RefusedError("No such photo is in the library any more; nothing was changed.")
        return photos

    def _subjects(self, photos: Iterable[Photo]) -> list[tuple[Photo, Subject]]:
        """Photos as actions name them, hashed where that is not known and takes no time."""
        room = _HASHED_AT_ONCE
        pairs: list[tuple[Photo, Subject]] = []
        for photo in photos:
            subject = subject_of(photo)
            if photo.hash is None and photo.size <= room:
                room -= photo.size
                # Where the file cannot be read, the check of the action says so.
                with contextlib.suppress(OSError):
                    content = content_of(self._catalog.root / photo.path)
                    subject = Subject(photo.id, photo.path, photo.size, content)
            pairs.append((photo, subject))
        return pairs

    def _files(self, photo: Photo) -> tuple[FileRef, ...]:
        """The files that go with a photo to the trash, as they are on the disk now."""
        root = self._catalog.root
        mtime_ns = photo.mtime_ns
        if photo.hash is None:
            # A file that was never read has no known content to have changed from.
            with contextlib.suppress(OSError):
                mtime_ns = (root / photo.path).stat().st_mtime_ns
        files = [FileRef(photo.path, photo.size, mtime_ns)]
        for companion in self._catalog.companions.of(photo.id):
            with contextlib.suppress(OSError):  # a companion that is gone needs no moving
                found = (root / companion.path).stat()
                files.append(
                    FileRef(companion.path, found.st_size, found.st_mtime_ns, companion.role)
                )
        return tuple(files)

    def _pins(self, ids: Iterable[int], tab: int) -> list[Action]:
        pairs = self._subjects(self._catalog.photos.get(list(dict.fromkeys(ids))))
        pins = [PinPhoto(s, self._catalog.tabs.pin_of(s.id), tab) for _, s in pairs]
        return [pin for pin in pins if pin.before != pin.after]

    def _tab_name(self, tab: int) -> str:
        """What a tab that photos can be in is called."""
        if tab == 0:
            return "Singles"
        found = self._catalog.tabs.one(tab)
        if found is None:
            raise RefusedError("That is no tab that photos can be moved to or from.")
        return found.name

    def _room_after(self, tab: int, parts: int) -> tuple[float, float]:
        """Where new tabs go: the position to start from and the step between them."""
        positions = self._catalog.tabs.positions()
        if tab not in positions:
            return max(positions.values(), default=0.0), 1.0
        start = positions[tab]
        end = min((each for each in positions.values() if each > start), default=start + parts)
        return start, (end - start) / parts


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _clean_name(name: str) -> str:
    """A tab's name as it can be stored: trimmed, one line, no unpaired surrogates."""
    clean = " ".join(name.encode("utf-8", "backslashreplace").decode().split())
    if not clean:
        raise RefusedError("A tab needs a name; type one or more letters.")
    return clean
