"""What can be done where it is measured how good groups are."""

from __future__ import annotations

from tui_selector.app.action import EVALUATE, GRID, Action

EVALUATE_ACTIONS: tuple[Action, ...] = (
    Action(
        "evaluate",
        ("V",),
        "Evaluate: how good tabs, algorithms and criteria are",
        "Evaluate",
        "evaluate",
        GRID,
    ),
    Action(
        "evaluate-truth",
        ("t",),
        "Where classes are known from: folders, names, a file",
        "Evaluate",
        "truth",
        EVALUATE,
        "classes from",
    ),
    *(
        Action(
            f"evaluate-{id_}",
            (key,),
            f"Parameter of the algorithm: {words}",
            "Evaluate",
            f"step({step})",
            EVALUATE,
            footer,
            "Parameter of the algorithm: less or more",
        )
        for id_, key, words, step, footer in (
            ("less", "<", "less", -1, ""),
            ("more", ">", "more", 1, "parameter"),
        )
    ),
    Action(
        "evaluate-open",
        ("enter",),
        "The matrix; there: the photos of a cell in a tab of their own",
        "Evaluate",
        "open_cell",
        EVALUATE,
        "photos",
    ),
    Action("evaluate-next", ("tab",), "Runs, or the matrix", "Evaluate", "side", EVALUATE, "side"),
    Action("evaluate-again", ("r",), "Measure all again", "Evaluate", "again", EVALUATE, "again"),
    Action(
        "evaluate-export",
        ("E",),
        "Write the matrix as SVG or PNG, or everything as JSON",
        "Evaluate",
        "export",
        EVALUATE,
        "export",
    ),
    Action("evaluate-leave", ("escape",), "Back to the grid", "Evaluate", "back", EVALUATE, "back"),
)
