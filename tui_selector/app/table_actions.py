"""What can be done with the table, the timeline, and what is shown of a tab."""

from __future__ import annotations

from tui_selector.app.action import GRID, LEGEND, TIMELINE, Action

TABLE_ACTIONS: tuple[Action, ...] = (
    Action(
        "table",
        ("y",),
        "Photos as a table, tiles beside it where there is room; or tiles alone",
        "Table",
        "table",
        GRID,
    ),
    Action(
        "columns",
        ("|",),
        "Choose the columns of the table and their order",
        "Table",
        "columns",
        GRID,
    ),
    *(
        Action(
            f"sort-{id_}",
            (key,),
            f"Order by the {words}",
            "Table",
            f"sort_by({step})",
            GRID,
            family="Order by the column before, or by the next (mouse: click on its head)",
        )
        for id_, key, words, step in (
            ("before", "<", "column before", -1),
            ("next", ">", "next column", 1),
        )
    ),
    Action("reverse", ("O",), "Turn the order round", "Table", "reverse", GRID),
    Action(
        "reset-view",
        ("R",),
        "Show all of this tab in the usual order again; changes no photo",
        "Table",
        "reset_view",
        GRID,
    ),
    Action(
        "doubts",
        ("Q",),
        "Queue: photos whose tab is least certain first",
        "Table",
        "doubts",
        GRID,
    ),
    Action(
        "name-photos",
        ("L",),
        "Say what this is: a tab or a tag for the marked photos, or this one",
        "Decide",
        "name_photos",
        ("grid", "map"),
    ),
)

TIMELINE_ACTIONS: tuple[Action, ...] = (
    Action(
        "timeline",
        ("H",),
        "Timeline over the photos: when they were taken, and in which events",
        "Timeline",
        "timeline",
        ("grid", "map"),
    ),
    *(
        Action(
            f"timeline-{id_}",
            keys,
            f"Timeline: {words}",
            "Timeline",
            does,
            TIMELINE,
            footer,
        )
        for id_, keys, words, does, footer in (
            ("before", ("h", "left"), "the bar before", "bar(-1)", ""),
            ("after", ("l", "right"), "the next bar", "bar(1)", ""),
            ("event-before", ("[", "k", "up"), "the event before", "event(-1)", ""),
            ("event-after", ("]", "j", "down"), "the next event", "event(1)", "event"),
            (
                "event",
                ("enter",),
                "this event's photos alone; again: all (mouse: a click on it)",
                "choose_event",
                "show it",
            ),
            (
                "range",
                ("v",),
                "begin a range; end it: its photos alone (mouse: a drag)",
                "begin_range",
                "range",
            ),
            ("all", ("backspace",), "the photos of all times", "all_times", "all"),
            ("finer", ("+",), "a bar for less time", "finer(1)", "finer"),
            ("coarser", ("-",), "a bar for more time", "finer(-1)", ""),
            ("leave", ("escape",), "back to the photos", "leave_timeline", "photos"),
            ("close", ("H",), "close it", "close_timeline", "close"),
        )
    ),
)

LEGEND_ACTIONS: tuple[Action, ...] = (
    Action(
        "legend",
        ("Y",),
        "Which tabs, tags or colour labels are shown: a list with ticks",
        "List of kinds",
        "legend",
        ("grid", "map"),
    ),
    *(
        Action(
            f"legend-{id_}", keys, f"List of kinds: {words}", "List of kinds", does, LEGEND, footer
        )
        for id_, keys, words, does, footer in (
            ("tick", ("space", "enter"), "show this kind, or hide it", "tick", "on, off"),
            ("only", ("o",), "only this kind", "only", "only this"),
            ("all", ("a",), "all kinds", "tick_all", "all"),
            ("none", ("0",), "none of them", "tick_none", "none"),
            (
                "mark",
                ("m",),
                "mark the photos of this kind, or unmark them",
                "mark_kind",
                "mark these",
            ),
            ("within", ("w",), "only among the marked photos, or among all", "within", "marked"),
            ("by", ("b",), "tabs, tags, colour labels", "next_kinds", "by"),
            ("leave", ("escape",), "back to the photos", "leave_legend", "photos"),
        )
    ),
)
