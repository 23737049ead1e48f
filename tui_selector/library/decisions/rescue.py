"""Saving the owner's decisions from the journal when the catalog was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import structs

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.rescued_table import Rescued
from tui_selector.library.catalog.schema import SET_ASIDE_KEY
from tui_selector.library.decisions.history import Begin, Done
from tui_selector.library.decisions.journal import Journal, JournalError
from tui_selector.library.decisions.moves import content_of
from tui_selector.library.decisions.plan import (
    SetFlag,
    SetLabel,
    SetRating,
    SetTag,
    Subject,
    TrashPhoto,
)
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag

#: Key in the catalog that says its photos' decisions are not waiting in the journal.
_DONE = "decisions_rescued"

#: Content hash and path.
_Place: TypeAlias = tuple[bytes, str]

_DECISIONS = (SetFlag, SetRating, SetLabel, SetTag, TrashPhoto)
_NOTHING = Rescued(hash=b"", path="", flag=Flag.NONE, rating=0, label="")


def rescue(catalog: Catalog) -> str | None:
    """Give a catalog that was begun anew the decisions that the journal remembers.

    Called whenever a catalog is opened; it does something once in a catalog's life. Flags, ratings,
    labels and the owner's tags wait for the photos they were made for, which are known by path and
    content hash. Trashed photos stay undoable, as undo needs the journal alone. Names of tabs
    cannot be saved: tabs begin anew with the catalog.

    Returns:
        A sentence for the owner; None where nothing was lost.

    Raises:
        sqlite3.Error: The catalog cannot be written; the next call does it.
    """
    if catalog.load(_DONE, bool, default=False):
        return None
    try:
        decisions = _last_decisions(catalog)
    except JournalError as error:
        return (
            f"{error} Flags, ratings, labels and tags could not be looked up; open the library"
            " again."
        )
    with catalog.transaction():
        catalog.photos.rescue(decisions)
        catalog.store(_DONE, value=True)
    name = catalog.load(SET_ASIDE_KEY, str, "")
    aside = catalog.paths.catalog.with_name(name) if name else None
    if aside is None and not decisions:
        return None
    lost = (
        f"The catalog was damaged and is kept as {printable(str(aside))}"
        if aside
        else "The catalog was gone"
    )
    saved = (
        f"flags, ratings, labels and tags of {len(decisions):,} photos were saved from the journal"
        if len(decisions) != 1
        else "flag, rating, label and tags of 1 photo were saved from the journal"
    )
    return f"{lost}; {saved}. The photos are looked at again and tabs begin anew."


def _last_decisions(catalog: Catalog) -> list[Rescued]:
    """What was decided last about each photo, of photos that have a flag, stars or a label."""
    decisions: dict[_Place, Rescued] = {}
    places: dict[int, _Place] = {}
    hashes: dict[Subject, bytes | None] = {}
    for begin, done in _runs(Journal(catalog.paths.journal)):
        failed = set(done.failed)
        for number, action in enumerate(begin.plan.actions):
            if number in failed or not isinstance(action, _DECISIONS):
                continue
            subject, back = action.photo, begin.way == "undo"
            old = places.get(subject.id)
            place = old
            # Undoing names the photo as it was at first; it may have been renamed since.
            if old is None or begin.way == "do":
                content = subject.hash or _hash_now(catalog, subject, hashes)
                place = (content, subject.path) if content else old
            if place is None:
                continue
            known = decisions.pop(old or place, None) or decisions.get(place) or _NOTHING
            places[subject.id] = place
            decisions[place] = _decided(known, action, place, back=back)
    return [
        each for each in decisions.values() if each.flag or each.rating or each.label or each.tags
    ]


def _decided(
    known: Rescued,
    action: SetFlag | SetRating | SetLabel | SetTag | TrashPhoto,
    place: _Place,
    *,
    back: bool,
) -> Rescued:
    """What is decided about the photo at a place after one more action."""
    known = structs.replace(known, hash=place[0], path=place[1])
    if isinstance(action, TrashPhoto):
        return structs.replace(known, here_only=not back)
    if isinstance(action, SetTag):
        tags = {name: verdict for name, verdict in known.tags.items() if name != action.name}
        verdict = action.before if back else action.after
        if verdict is not None:
            tags[action.name] = verdict
        return structs.replace(known, tags=tags)
    if isinstance(action, SetFlag):
        return structs.replace(known, flag=action.before if back else action.after)
    if isinstance(action, SetRating):
        return structs.replace(known, rating=action.before if back else action.after)
    return structs.replace(known, label=action.before if back else action.after)


def _runs(journal: Journal) -> Iterator[tuple[Begin, Done]]:
    begin: Begin | None = None
    for entry in journal.entries():
        if isinstance(entry, Begin):
            begin = entry
        elif begin is not None and begin.run == entry.run:
            yield begin, entry


def _hash_now(
    catalog: Catalog, subject: Subject, known: dict[Subject, bytes | None]
) -> bytes | None:
    """The hash of a photo that was decided on before it had been read, by its place and size."""
    if subject not in known:
        place = catalog.root / subject.path
        try:
            known[subject] = content_of(place) if place.stat().st_size == subject.size else None
        except OSError:
            known[subject] = None
    return known[subject]
