"""The actions on photos that are shown large: one in the loupe, or some side by side."""

from __future__ import annotations

from tui_selector.app.action import COMPARE, LARGE, LOUPE, Action

LARGE_ACTIONS: tuple[Action, ...] = (
    *(
        Action(f"look-{way}", (key, way), words, "Loupe", f"look({step})", LOUPE)
        for way, key, step, words in (
            ("left", "h", "-1, 0", "Previous photo; zoomed: pan left; video: 1 s back"),
            ("right", "l", "1, 0", "Next photo; zoomed: pan right; video: 1 s on"),
            ("up", "k", "0, -1", "Previous photo; zoomed: pan up"),
            ("down", "j", "0, 1", "Next photo; zoomed: pan down"),
        )
    ),
    *(
        Action(
            f"nudge-{way}",
            (f"shift+{way}",),
            f"Pan {way} by a little",
            "Loupe",
            f"nudge({step})",
            LARGE,
            family="Zoomed: pan by a little; video: a frame back or on",
        )
        for way, step in (("left", "-1, 0"), ("right", "1, 0"), ("up", "0, -1"), ("down", "0, 1"))
    ),
    *(
        Action(
            f"{way}-moment",
            (key,),
            f"Video: the {way} scene",
            "Loupe",
            f"moment({by})",
            LOUPE,
            family="Video: the previous or next scene",
        )
        for way, key, by in (("previous", "[", -1), ("next", "]", 1))
    ),
    Action(
        "export-frame",
        ("E",),
        "Video: write this frame as a photo of its own",
        "Loupe",
        "export_frame",
        LOUPE,
    ),
    Action("leave", ("escape",), "Back to the grid", "Loupe", "back", (*LARGE, "groups"), "back"),
    Action("previous-photo", ("N", "pageup"), "Previous photo", "Loupe", "step(-1)", LOUPE),
    Action("next-photo", ("n", "pagedown"), "Next photo", "Loupe", "step(1)", LOUPE, "next"),
    Action("zoom", ("z",), "Zoom to 100 %, or fit", "Loupe", "toggle_zoom", LARGE, "zoom"),
    Action("zoom-in", ("+",), "Zoom in", "Loupe", "zoom_photo(1)", LARGE),
    Action("zoom-out", ("-",), "Zoom out", "Loupe", "zoom_photo(-1)", LARGE),
    Action("histogram", ("H",), "Show or hide the histogram", "Loupe", "histogram", LOUPE),
    Action(
        "clipping", ("C",), "Paint lost shadows and highlights", "Loupe", "paint('clipping')", LARGE
    ),
    Action("focus-peaking", ("F",), "Paint what is in focus", "Loupe", "paint('focus')", LARGE),
    Action(
        "why", ("W",), "Why: show where the words, or the tags, are", "Loupe", "why", LOUPE, "why"
    ),
    Action("why-word", ("w",), "Why: the next word by itself", "Loupe", "why_word", LOUPE),
    *(
        Action(
            f"why-{id_}",
            (key,),
            f"Why: {words}",
            "Loupe",
            f"why_opacity({step})",
            LOUPE,
            family="Why: less or more over the photo",
        )
        for id_, key, words, step in (
            ("weaker", "<", "less over the photo", -1),
            ("stronger", ">", "more over the photo", 1),
        )
    ),
    *(
        Action(f"beside-{way}", (key, way), words, "Compare", f"look({step})", COMPARE)
        for way, key, step, words in (
            ("left", "h", "-1, 0", "The photo to the left; zoomed: pan left"),
            ("right", "l", "1, 0", "The photo to the right; zoomed: pan right"),
            ("up", "k", "0, -1", "The photo above; zoomed: pan up"),
            ("down", "j", "0, 1", "The photo below; zoomed: pan down"),
        )
    ),
    Action("next-pane", ("tab",), "The next photo", "Compare", "pane(1)", COMPARE, "next"),
    Action("previous-pane", ("shift+tab",), "The photo before", "Compare", "pane(-1)", COMPARE),
    Action("lock", ("L",), "Lock or unlock zoom and pan", "Compare", "lock", COMPARE, "lock"),
    Action("align", ("=",), "All look where this one looks", "Compare", "align", COMPARE),
    Action("swap", ("s",), "Swap with the next photo", "Compare", "swap", COMPARE),
    Action(
        "drop-worst",
        ("w",),
        "Drop the least sharp from the comparison",
        "Compare",
        "drop_worst",
        COMPARE,
        "drop worst",
    ),
    Action("drop", ("backspace",), "Drop this one from the comparison", "Compare", "drop", COMPARE),
    Action(
        "reject-dropped",
        ("X",),
        "Reject what was dropped last",
        "Compare",
        "reject_dropped",
        COMPARE,
    ),
    Action(
        "next-instead",
        ("n", "pagedown"),
        "The next photo of the tab instead of this one",
        "Compare",
        "replace_photo(1)",
        COMPARE,
    ),
    Action(
        "previous-instead",
        ("N", "pageup"),
        "The photo before instead of this one",
        "Compare",
        "replace_photo(-1)",
        COMPARE,
    ),
)
