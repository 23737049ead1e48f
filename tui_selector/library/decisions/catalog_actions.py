"""Actions that change the catalog alone: flags, ratings, labels, tags and tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.file_actions import find_photo, refuse_link
from tui_selector.library.decisions.moves import GoneError, is_same_file
from tui_selector.library.decisions.plan import (
    CreateTab,
    PinPhoto,
    RenameTab,
    SetFlag,
    SetLabel,
    SetRating,
    SetTag,
    Subject,
)
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Photo

PhotoAction: TypeAlias = SetFlag | SetRating | SetLabel | SetTag | PinPhoto
CatalogAction: TypeAlias = PhotoAction | CreateTab | RenameTab


class _Value(NamedTuple):
    """What an action changes: its value now, as it should be before, and how to set it."""

    now: object
    before: object
    after: object
    store: Callable[[], None]


def change(
    catalog: Catalog,
    action: CatalogAction,
    *,
    back: bool,
    photos: Mapping[int, Photo] | None = None,
) -> None:
    """Do an action (with `back`, undo it) where its photo or tab is still as it expects.

    Args:
        photos: Rows that were read in this transaction already; these are also checked against
            the file on the disk, as a decision is about what the owner saw.

    Raises:
        GoneError: The photo or tab is gone, or its value is another by now.
        RefusedError: The file cannot be read, or is a link that leaves the library.
        sqlite3.Error: The catalog cannot be written.
    """
    value = _value(catalog, action, back=back, photos=photos)
    if value.now != value.before:
        raise GoneError(f"{_subject(action)} has been changed since; it is left as it is.")
    value.store()


def holds(catalog: Catalog, action: CatalogAction, *, back: bool) -> bool:
    """Whether the catalog is as the action (with `back`, its undoing) leaves it."""
    try:
        value = _value(catalog, action, back=back, photos=None)
    except GoneError:
        return False
    return value.now == value.after


def _subject(action: CatalogAction) -> str:
    if isinstance(action, CreateTab):
        return f"The tab {printable(action.name)}"
    if isinstance(action, RenameTab):
        return f"The tab {printable(action.before)}"
    return printable(action.photo.path)


def _value(
    catalog: Catalog, action: CatalogAction, *, back: bool, photos: Mapping[int, Photo] | None
) -> _Value:
    if isinstance(action, CreateTab):
        return _tab_value(catalog, action, back=back)
    if isinstance(action, RenameTab):
        return _name_value(catalog, action, back=back)
    photo = _photo(catalog, action.photo, photos)
    before, after = (action.after, action.before) if back else (action.before, action.after)
    table = catalog.photos
    if isinstance(action, SetFlag):
        flag = Flag(int(after or 0))
        return _Value(photo.flag, before, after, lambda: table.set_flag(photo.id, flag))
    if isinstance(action, SetRating):
        rating = int(after or 0)
        return _Value(photo.rating, before, after, lambda: table.set_rating(photo.id, rating))
    if isinstance(action, SetLabel):
        label = str(after or "")
        return _Value(photo.label, before, after, lambda: table.set_label(photo.id, label))
    if isinstance(action, SetTag):
        return _tag_value(catalog, action, photo, back=back)
    tab = action.before if back else action.after
    if tab is not None and tab > 0 and catalog.tabs.one(tab) is None:
        raise GoneError(f"{printable(photo.path)} cannot be moved: its tab is gone.")
    now = catalog.tabs.pin_of(photo.id)
    return _Value(now, before, after, lambda: catalog.tabs.pin(photo.id, tab))


def _tag_value(catalog: Catalog, action: SetTag, photo: Photo, *, back: bool) -> _Value:
    before, after = (action.after, action.before) if back else (action.before, action.after)
    return _Value(
        catalog.tags.verdict(photo.id, action.name),
        before,
        after,
        lambda: catalog.tags.set_verdict(photo.id, action.name, after),
    )


def _photo(catalog: Catalog, subject: Subject, photos: Mapping[int, Photo] | None) -> Photo:
    name = printable(subject.path)
    if photos is None:
        photo = find_photo(catalog, subject)
        if photo is None:
            raise GoneError(f"{name} is not in the catalog any more.")
        return photo
    photo = photos.get(subject.id)
    if photo is None or photo.state not in PRESENT:
        raise GoneError(f"{name} is no longer there.")
    refuse_link(catalog.root, photo.path)
    was_replaced = subject.hash and photo.hash and subject.hash != photo.hash
    if was_replaced or not is_same_file(
        catalog.root / photo.path,
        size=subject.size,
        mtime_ns=photo.mtime_ns if photo.hash else None,
        content=photo.hash,
    ):
        raise GoneError(f"{name} has changed on the disk since it was looked at; look again.")
    return photo


def _tab_value(catalog: Catalog, action: CreateTab, *, back: bool) -> _Value:
    tabs = catalog.tabs
    found = tabs.one(action.tab)
    if not back:
        return _Value(
            found and found.name,
            None,
            action.name,
            lambda: _create(catalog, action),
        )
    if found is not None and tabs.has_pins(action.tab):
        raise GoneError(f"The tab {printable(found.name)} holds photos by now; it stays.")
    return _Value(found and found.name, action.name, None, lambda: tabs.remove(action.tab))


def _create(catalog: Catalog, action: CreateTab) -> None:
    catalog.tabs.create(action.name, named_by="owner", id_=action.tab, position=action.position)


def _name_value(catalog: Catalog, action: RenameTab, *, back: bool) -> _Value:
    found = catalog.tabs.one(action.tab)
    if found is None:
        raise GoneError(f"The tab {printable(action.before)} is not there any more.")
    before = (action.before, action.named_by_before)
    after = (action.after, action.named_by_after)
    if back:
        before, after = after, before
    return _Value(
        (found.name, found.named_by),
        before,
        after,
        lambda: catalog.tabs.rename(action.tab, *after),
    )
