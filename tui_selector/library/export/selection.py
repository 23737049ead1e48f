"""Which photos an export is about, as the catalog knows them."""

from __future__ import annotations

import os
from collections.abc import Iterable

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.tab_table import TabInfo, View
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag


def flagged(catalog: Catalog, flag: Flag) -> list[int]:
    """The photos with this flag, in natural order."""
    return [photo.id for photo in catalog.photos.all() if photo.flag is flag]


def everything(catalog: Catalog) -> list[int]:
    """Every photo, in natural order."""
    return list(catalog.tabs.photo_ids(View.ALL))


def tab_named(catalog: Catalog, name: str) -> TabInfo:
    """The tab with this name, in whatever case.

    Raises:
        RefusedError: There is none, or more than one.
    """
    tabs = catalog.tabs.all()
    exact = [tab for tab in tabs if tab.name == name]
    found = exact or [tab for tab in tabs if tab.name.casefold() == name.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise RefusedError(f"{len(found)} tabs are called {printable(name)}; rename one of them.")
    names = ", ".join(printable(tab.name) for tab in tabs)
    raise RefusedError(f"There is no tab {printable(name)}; there are {names}.")


def at_paths(catalog: Catalog, paths: Iterable[str]) -> list[int]:
    """The photos at these paths, absolute or relative to the library, each once.

    The path of another file of a shot stands for its photo.

    Raises:
        RefusedError: A path is none of the library's.
    """
    ids: dict[int, None] = {}
    for path in paths:
        relative = os.path.normpath(path)
        if os.path.isabs(relative):  # noqa: PTH117 (bytes as they are)
            relative = os.path.relpath(relative, catalog.root)
        photo = catalog.photos.at(relative)
        if photo is not None:
            ids[photo.id] = None
            continue
        owner = catalog.companions.owners([relative]).get(relative)
        if owner is None:
            raise RefusedError(f"{printable(path)} is no photo of the library.")
        ids[owner] = None
    return list(ids)
