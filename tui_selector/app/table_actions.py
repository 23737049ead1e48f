"""What can be done with the table and with what is shown of a tab."""

from __future__ import annotations

from tui_selector.app.action import GRID, Action

TABLE_ACTIONS: tuple[Action, ...] = (
    Action(
        "table",
        ("V",),
        "Photos as a table, tiles beside it where there is room; or tiles alone",
        "Table",
        "table",
        GRID,
        "table",
    ),
    Action("columns", ("|",), "Choose the columns of the table", "Table", "columns", GRID),
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
)
