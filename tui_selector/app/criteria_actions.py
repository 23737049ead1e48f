"""What can be done where photos are grouped by a criterion in words."""

from __future__ import annotations

from tui_selector.app.action import CRITERIA, CROSS_TABLE, GRID, Action

CRITERIA_ACTIONS: tuple[Action, ...] = (
    Action(
        "criteria",
        ("C",),
        "Criteria: group by anything said in words",
        "Criteria",
        "criteria",
        GRID,
    ),
    *(
        Action(id_, keys, description, "Criteria", command, CRITERIA, footer)
        for id_, keys, description, command, footer in (
            ("criterion", ("n", "/"), "Another criterion: group by …", "criterion", "group by"),
            ("criteria-leave", ("escape",), "Back to the list, to the grid", "back", "back"),
            ("criterion-way", ("w",), "Choose how photos are sorted", "way", "how"),
            (
                "criterion-captions",
                ("f",),
                "Sort by descriptions in a file (JSON lines)",
                "captions",
                "",
            ),
            ("next-criterion", ("]",), "Next criterion", "run(1)", ""),
            ("previous-criterion", ("[",), "Previous criterion", "run(-1)", ""),
        )
    ),
    *(
        Action(
            f"criterion-step-{number}",
            (str(number),),
            f"Look at the step: {step}",
            "Criteria",
            f"show_step('{step}')",
            CRITERIA,
            family="Look at a step: describe, label, name the classes, assign",
        )
        for number, step in enumerate(("describe", "label", "name", "assign"), 1)
    ),
    *(
        Action(id_, keys, description, "Criteria", command, CRITERIA, footer)
        for id_, keys, description, command, footer in (
            (
                "criterion-again",
                ("r",),
                "Do this step and those after it again",
                "again(False)",
                "again",
            ),
            (
                "criterion-afresh",
                ("R",),
                "The same, and ask the model afresh",
                "again(True)",
                "",
            ),
            ("criterion-prompt", ("p",), "Edit what a model is told in this step", "prompt", ""),
            ("criterion-stop", ("c",), "Stop, or go on", "stop", ""),
            (
                "criterion-table",
                ("t",),
                "Cross-table with another criterion",
                "cross_table",
                "table",
            ),
            ("criterion-tabs", ("T",), "Make tabs of the classes", "make_tabs", "tabs"),
            ("class-mark", ("space",), "Mark a class", "mark_class", "mark"),
            ("class-rename", ("e",), "Rename the class", "rename_class", "rename"),
            ("class-merge", ("m",), "Merge the marked classes", "merge_classes", "merge"),
            ("class-split", ("S",), "Split the class", "split_class", "split"),
            ("class-add", ("a",), "Add a class", "add_class", "add"),
            (
                "class-remove",
                ("d",),
                "Remove the class: its photos go to other",
                "remove_class",
                "remove",
            ),
            (
                "class-take",
                ("M",),
                "The photos that are marked belong to this class",
                "take_marked",
                "",
            ),
            ("class-down", ("J",), "Move the class down", "order_class(1)", ""),
            ("class-up", ("K",), "Move the class up", "order_class(-1)", ""),
            ("criterion-remove", ("X",), "Forget this criterion", "remove_run", ""),
            ("criterion-open", ("enter",), "These photos in the grid", "open_photos", "photos"),
            ("criterion-page-down", ("pagedown",), "Photos: page down", "page(1)", ""),
            ("criterion-page-up", ("pageup",), "Photos: page up", "page(-1)", ""),
        )
    ),
    *(
        Action(f"table-{id_}", (key,), f"Table: {words}", "Criteria", does, CROSS_TABLE, footer)
        for id_, key, words, does, footer in (
            ("open", "enter", "these photos in a tab of their own", "open_cell", "photos"),
            ("turn", "x", "turn rows and columns", "turn", "turn"),
            ("leave", "escape", "back to the criteria", "leave", "back"),
        )
    ),
)
