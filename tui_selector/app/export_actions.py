"""What takes photos and decisions out of the library, and decisions back in."""

from __future__ import annotations

from tui_selector.app.action import GRID, Action

EXPORT_ACTIONS: tuple[Action, ...] = (
    Action(
        "export",
        ("E",),
        "Export photos: files, links, archive, table, contact sheet",
        "Out and back",
        "export",
        GRID,
    ),
    Action(
        "copy-fetch-line",
        (),
        "Copy the line that fetches the last export",
        "Out and back",
        "copy_fetch_line",
        GRID,
    ),
    Action(
        "write-sidecars",
        (),
        "Write decisions into XMP sidecars: marked photos, or all",
        "Out and back",
        "write_sidecars",
        GRID,
    ),
    Action(
        "read-sidecars",
        (),
        "Read decisions from XMP sidecars: marked photos, or all",
        "Out and back",
        "read_sidecars",
        GRID,
    ),
)
