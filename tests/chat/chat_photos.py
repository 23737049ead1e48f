"""Photos of conversations without a library."""

from __future__ import annotations

from tui_selector.chat.conversation import ChatPhoto


def photo(id_: int, number: int = 1, *, name: str = "", taken: str = "") -> ChatPhoto:
    return ChatPhoto(number=number, id=id_, name=name or f"{id_}.jpg", taken=taken)
