"""What stands where there are no photos to show: why, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_selector.app.searches import SEARCH
from tui_selector.app.status import standstill
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.album import Album
    from tui_selector.app.app import SelectorApp


def empty_words(app: SelectorApp, album: Album) -> str:
    """Why the open tab of an album shows no photos, in a line."""
    query, first = album.query, app.keys.first
    if query.tags.is_on:
        return f"No photo here is {query.tags.words()}. {first('tags')}: choose other tags"
    if query.undecided and album.tab.count:
        return f"Every photo here is decided. {first('filter')}: show them all"
    if query.span is not None or query.legend.is_on:
        key = first("reset-view")
        return f"Nothing in this tab is of what is chosen. {key}: show everything"
    if query.tab <= SEARCH:
        return "Nothing was found." if album.results is not None else "Searching …"
    if query.tab == View.ALL:
        root = printable(str(app.paths.root))
        if trouble := standstill(app.progress):
            return f"{trouble} Then photos appear here by themselves."
        if _is_looking(app):
            return f"Looking for photos in {root} …"
        return f"No photos in {root} yet. Copy some there, or drop files on this window."
    return "Nothing is left in this tab."


def _is_looking(app: SelectorApp) -> bool:
    """Whether the engine has still to say which photos are in the folder."""
    progress = app.progress
    is_early = progress.stage in ("starting", "scanning", "indexing")
    return app.has_engine and is_early and not (progress.note or app.link.gave_up)
