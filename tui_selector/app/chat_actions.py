"""What can be done in the chat pane: while a question is typed, and while answers are read."""

from __future__ import annotations

from tui_selector.app.action import CHAT, GROUPS, MAP, ONE_BY_ONE, READING, Action

CHAT_ACTIONS: tuple[Action, ...] = (
    Action(
        "chat",
        ("c",),
        "Ask about the marked photos, or this one",
        "Chat",
        "chat",
        ONE_BY_ONE,
        "chat",
    ),
    Action(
        "chat-group",
        ("c",),
        "Ask about the marked photos, or this group",
        "Groups",
        "chat",
        GROUPS,
        "chat",
    ),
    Action(
        "chat-map",
        ("c",),
        "Ask about the marked photos, or the one looked at",
        "Map",
        "chat",
        MAP,
        "chat",
    ),
    *(
        Action(f"chat-{id_}", keys, f"While asking: {words}", "Chat", does, CHAT, footer)
        for id_, keys, words, does, footer in (
            ("send", ("enter",), "send the question; empty: look at the plan", "send", "ask"),
            ("leave", ("escape",), "stop the answer; else back to the photos", "leave", "back"),
            ("plan", ("ctrl+y",), "what the answer proposes, as a plan", "plan", "plan"),
            ("retry", ("ctrl+r",), "ask the last question again", "retry", "retry"),
            ("copy", ("ctrl+c",), "copy what is selected, or the answer", "copy", "copy"),
            ("full", ("ctrl+f",), "the whole window, or beside the photos", "full", "full"),
            ("unmark", ("ctrl+u",), "unmark all photos", "unmark_all", ""),
            ("link", ("ctrl+l",), "the next photo that the answer names", "link(1)", ""),
            ("history", ("ctrl+o",), "another conversation", "history", "history"),
            ("new", ("ctrl+n",), "a new conversation", "begin", "new"),
            ("model", ("ctrl+t",), "who answers", "model", "model"),
            ("page-up", ("pageup",), "scroll up", "page(-1)", ""),
            ("page-down", ("pagedown",), "scroll down", "page(1)", ""),
        )
    ),
    *(
        Action(
            f"chat-photo-{number}",
            (f"alt+{number}",),
            f"While asking: go to photo {number}",
            "Chat",
            f"photo({number})",
            CHAT,
            family="While asking: go to photo 1 to 9",
        )
        for number in range(1, 10)
    ),
    *(
        Action(f"read-{id_}", keys, f"In the answers: {words}", "Chat", does, READING, footer)
        for id_, keys, words, does, footer in (
            ("down", ("j", "down"), "scroll down", "scroll(1)", ""),
            ("up", ("k", "up"), "scroll up", "scroll(-1)", ""),
            ("top", ("g", "home"), "to the beginning", "top", ""),
            ("end", ("G", "end"), "to the end", "bottom", ""),
            ("next", ("n",), "the next photo that is named", "link(1)", "photo"),
            ("previous", ("N",), "the photo named before", "link(-1)", ""),
            ("plan", ("y",), "do what is proposed: a plan first", "plan", "plan"),
            ("undo", ("u",), "undo", "undo", "undo"),
            ("retry", ("r",), "ask the last question again", "retry", "retry"),
            ("type", ("i", "c"), "type a question", "type", "ask"),
        )
    ),
    *(
        Action(
            f"read-photo-{number}",
            (str(number),),
            f"In the answers: go to photo {number}",
            "Chat",
            f"photo({number})",
            READING,
            family="In the answers: go to photo 1 to 9",
        )
        for number in range(1, 10)
    ),
)
