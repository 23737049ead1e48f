"""What can be done on the map, beside what can be done with photos everywhere."""

from __future__ import annotations

from tui_selector.app.action import MAP, Action

_WAYS = (
    ("left", "-1, 0"),
    ("down", "0, 1"),
    ("up", "0, -1"),
    ("right", "1, 0"),
)

MAP_ACTIONS: tuple[Action, ...] = (
    *(
        Action(
            f"map-{way}",
            (way,),
            f"Pan {way}; while drawing: move the crosshair",
            "Map",
            f"go({step})",
            MAP,
            family="Pan; while drawing: move the crosshair",
        )
        for way, step in _WAYS
    ),
    *(
        Action(
            f"map-far-{way}",
            (f"shift+{way}",),
            f"To the next photo {way}; while drawing: further",
            "Map",
            f"leap({step})",
            MAP,
            family="To the next photo that way; while drawing: further",
        )
        for way, step in _WAYS
    ),
    Action("map-zoom-in", ("+",), "Zoom in at the crosshair", "Map", "zoom_map(1)", MAP, "zoom"),
    Action("map-zoom-out", ("-",), "Zoom out", "Map", "zoom_map(-1)", MAP),
    Action(
        "map-lasso",
        ("l",),
        "Lasso: mark what a line encloses (mouse: drag)",
        "Map",
        "draw('lasso')",
        MAP,
        "lasso",
    ),
    Action(
        "map-box",
        ("o",),
        "Box: mark what is between two corners (mouse: drag)",
        "Map",
        "draw('box')",
        MAP,
        "box",
    ),
    Action("map-corner", ("v",), "Drawing: a corner here", "Map", "corner", MAP),
    Action(
        "map-close",
        ("enter",),
        "Drawing: close the line, mark what is inside; else: the marked photos in the grid",
        "Map",
        "close_line",
        MAP,
        "show",
    ),
    Action(
        "map-unmark",
        ("X",),
        "Drawing: close the line, unmark what is inside",
        "Map",
        "close_line(False)",
        MAP,
    ),
    Action("map-mark-all", ("ctrl+a",), "Mark every photo in sight", "Map", "mark_all", MAP),
    Action("map-invert", ("I",), "Invert the marks of the map", "Map", "invert_marks", MAP),
    Action(
        "map-colour",
        ("C",),
        "Colour by tab, tag, flag, date, or search score",
        "Map",
        "colour(1)",
        MAP,
        "colour",
    ),
    Action(
        "map-pictures",
        ("t",),
        "Pictures on the map: when near, always, never",
        "Map",
        "pictures",
        MAP,
        "pictures",
    ),
    Action("map-dots", ("B",), "Draw photos as pixels, or as braille", "Map", "dots", MAP),
    Action("map-projection", ("P",), "Lay out by PaCMAP, UMAP or PCA", "Map", "projection", MAP),
    Action(
        "map-reset",
        ("R",),
        "Reset the view: all of the map; again: without filters",
        "Map",
        "reset",
        MAP,
        "all",
    ),
    Action("map-export", ("E",), "Write the map as SVG or PNG", "Map", "export", MAP),
    Action(
        "map-leave",
        ("escape",),
        "Drawing: give up; else back to the grid",
        "Map",
        "back",
        MAP,
        "back",
    ),
)
