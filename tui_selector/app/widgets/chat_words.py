"""What the pane of a conversation says: who answers, what its keys do, where to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_selector.chat.numbering import in_words
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp
    from tui_selector.app.chat_desk import ChatDesk
    from tui_selector.app.keymap import Keymap


def head(app: SelectorApp, desk: ChatDesk) -> str:
    """Who answers, and where pictures go."""
    model = desk.answerer.model
    if not app.link.connected or (model is None and app.progress.stage == "starting"):
        return printable(app.link.trouble) or "The engine is starting …"
    if model is None:
        return "Chat"
    return f"{desk.answerer.name} · {where(model.sees, model.sends_to)}"


def hint(keys: Keymap, desk: ChatDesk) -> str:
    """What the keys do now, and whom the next question is about."""
    if desk.answering:
        return f"{keys.first('chat-leave')}: stop"
    chips = desk.subjects.chips
    numbers = [chip.number for chip in chips if chip.asked and chip.number]
    joining = sum(1 for chip in chips if chip.asked and not chip.number)
    words = []
    if numbers:
        spoken = ", ".join(in_words(numbers, few=2))
        words.append(f"about photo{'s' if len(numbers) > 1 else ''} {spoken}")
    if joining:
        count, join = ("1 photo", "joins") if joining == 1 else (f"{joining} photos", "join")
        words.append(f"{count} {join}" if numbers else count)
    if not words:
        return f"{keys.first('mark')} marks photos to ask about"
    return f"{keys.first('chat-send')}: ask · {' · '.join(words)}"


def welcome(keys: Keymap) -> str:
    """What to do in a conversation in which nothing was asked yet."""
    return (
        "Ask about the photos above: the marked ones, or the one under the cursor. "
        f"Mark others ({keys.first('mark')}) at any time and they join with the next question. "
        "Nothing is done to a photo before you agree to a plan."
    )


def where(sees: bool, sends_to: str) -> str:
    """Whether somebody looks at the photos, and where pictures go."""
    if sends_to:
        return f"pictures go to {printable(sends_to)}"
    if sees:
        return "looks at the photos, which stay on this machine"
    return "knows what was measured, sees no pictures"
