"""Saving the owner's decisions from the journal when the catalog was lost."""

from __future__ import annotations

from collections.abc import Iterator

from tui_selector.library.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.history import Begin, Done
from tui_selector.library.journal import Journal, JournalError
from tui_selector.library.moves import content_of
from tui_selector.library.photo import Flag
from tui_selector.library.plan import SetFlag, SetLabel, SetRating, Subject

#: Key in the catalog that says its photos' decisions are not waiting in the journal.
_DONE = "decisions_rescued"


def rescue(catalog: Catalog) -> str | None:
    """Give a catalog that was begun anew the decisions that the journal remembers.

    Called whenever a catalog is opened; it does something once in a catalog's life. Flags, ratings
    and labels are kept by content hash and given to each photo as it is indexed; where they are
    none any more, nothing is kept. Trashed photos stay undoable, as undo needs the journal alone.
    Names of tabs cannot be saved: tabs begin anew with the catalog.

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
        return f"{error} Flags, ratings and labels could not be looked up; open the library again."
    with catalog.transaction():
        catalog.photos.rescue(
            (hash_, flag, rating, label) for hash_, (flag, rating, label) in decisions.items()
        )
        catalog.store(_DONE, value=True)
    if catalog.set_aside is None and not decisions:
        return None
    lost = (
        f"The catalog was damaged and is kept as {printable(str(catalog.set_aside))}"
        if catalog.set_aside
        else "The catalog was gone"
    )
    saved = (
        f"flags, ratings and labels of {len(decisions):,} photos were saved from the journal"
        if len(decisions) != 1
        else "flag, rating and label of 1 photo were saved from the journal"
    )
    return f"{lost}; {saved}. The photos are looked at again and tabs begin anew."


def _last_decisions(catalog: Catalog) -> dict[bytes, tuple[Flag, int, str]]:
    """Content hash to flag, rating and label, of photos that have one of them."""
    decisions: dict[bytes, tuple[Flag, int, str]] = {}
    hashes: dict[Subject, bytes | None] = {}
    for begin, done in _runs(Journal(catalog.paths.journal)):
        failed = set(done.failed)
        for number, action in enumerate(begin.plan.actions):
            if number in failed or not isinstance(action, SetFlag | SetRating | SetLabel):
                continue
            content = action.photo.hash or _hash_now(catalog, action.photo, hashes)
            if content is None:
                continue
            flag, rating, label = decisions.get(content, (Flag.NONE, 0, ""))
            value = action.before if begin.way == "undo" else action.after
            if isinstance(action, SetFlag):
                flag = Flag(int(value))
            elif isinstance(action, SetRating):
                rating = int(value)
            else:
                label = str(value)
            decisions[content] = (flag, rating, label)
    return {content: each for content, each in decisions.items() if any(each)}


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
