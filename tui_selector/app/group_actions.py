"""What can be done among groups of photos that are nearly the same, and in a duel of two."""

from __future__ import annotations

from tui_selector.app.action import COMPARE, DUEL, GROUPS, Action

GROUP_ACTIONS: tuple[Action, ...] = (
    *(
        Action(
            f"prefer-{way}",
            (key, way),
            f"Duel: the {way} photo is better",
            "Groups",
            does,
            DUEL,
            way,
        )
        for way, key, does in (("left", "h", "prefer(0)"), ("right", "l", "prefer(1)"))
    ),
    Action(
        "duel-undo",
        ("u", "ctrl+z"),
        "Duel: take the last choice back",
        "Groups",
        "take_back",
        DUEL,
        "take back",
    ),
    Action(
        "duel-sharpest",
        ("s",),
        "Duel: look where it is sharpest",
        "Groups",
        "sharpest",
        DUEL,
        "sharpest",
    ),
    *(
        Action(
            f"duel-pan-{way}",
            (key,),
            f"Duel: pan {way}",
            "Groups",
            f"look({step})",
            DUEL,
            family="Duel: pan left, down, up, right",
        )
        for way, key, step in (
            ("left", "H", "-1, 0"),
            ("down", "J", "0, 1"),
            ("up", "K", "0, -1"),
            ("right", "L", "1, 0"),
        )
    ),
    Action(
        "duel-compared",
        ("W",),
        "Duel: rank these photos, two at a time",
        "Compare",
        "duel",
        COMPARE,
        "duel",
    ),
    Action(
        "compare-group",
        ("enter",),
        "Compare photos of this group",
        "Groups",
        "compare",
        GROUPS,
        "compare",
    ),
    Action(
        "duel",
        ("w",),
        "Duel: rank this group, two photos at a time",
        "Groups",
        "duel",
        GROUPS,
        "duel",
    ),
    Action(
        "keep-best",
        ("b",),
        "Keep the best of this group, reject the rest: a plan first",
        "Groups",
        "keep_best",
        GROUPS,
        "keep best",
    ),
    Action(
        "keep-all-best",
        ("B",),
        "The same for all groups above a confidence: a plan first",
        "Groups",
        "keep_all_best",
        GROUPS,
        "all groups",
    ),
    Action("next-group", ("]", "n"), "Next group", "Groups", "group(1)", GROUPS, "group"),
    Action("previous-group", ("[", "N"), "Previous group", "Groups", "group(-1)", GROUPS),
    Action(
        "mark-group", ("V",), "Mark the whole group, or unmark it", "Groups", "mark_group", GROUPS
    ),
    Action(
        "group-order",
        ("o",),
        "Order: most certain, biggest, or earliest groups first",
        "Groups",
        "order",
        GROUPS,
        "order",
    ),
    Action(
        "group-setting",
        ("a",),
        "What makes a group: same picture, same moment, same motif",
        "Groups",
        "setting",
        GROUPS,
        "what",
    ),
    *(
        Action(
            f"group-{id_}",
            (key,),
            f"Threshold of groups: {words}",
            "Groups",
            f"threshold({step})",
            GROUPS,
            family="Threshold: less or more alike",
        )
        for id_, key, words, step in (
            ("looser", "<", "less alike", -1),
            ("stricter", ">", "more alike", 1),
        )
    ),
)
