"""The line of keys at the bottom: what can be done here, as much as there is room for."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from tui_selector.app import actions, keymap
from tui_selector.app.widgets.looks import Look, Looks

_LOOKS = {
    "key": Look("footer-key-foreground", bold=True),
    "word": Look("footer-description-foreground"),
}


class KeyBar(Widget):
    """Keys with their words, in the order of the registry; a click does what the key does.

    Made of the action registry and the owner's keys. What has no room is left out from the right,
    but for the last: leaving must always be in sight.
    """

    DEFAULT_CSS = """
    KeyBar {
        height: 1;
        dock: bottom;
        background: $footer-background;
    }
    """

    ALLOW_SELECT = False

    def __init__(self, keys: keymap.Keymap, contexts: tuple[actions.Context, ...]) -> None:
        """
        Args:
            keys: Which keys do what.
            contexts: Where this is; actions of every screen belong to it.
        """
        super().__init__()
        self._looks = Looks(self, "footer-background", _LOOKS)
        self._keys = keys
        self._items: list[tuple[str, str, str]] = []
        self._target: Widget | None = None
        self.show((*contexts, "everywhere"))

    def show(self, contexts: tuple[actions.Context, ...], target: Widget | None = None) -> None:
        """Show the keys of these contexts alone.

        Args:
            contexts: Where keys go now.
            target: Does what is clicked; None for the screen.
        """
        self._target = target
        self._items = [
            (action.command, self._keys.first(action.id), action.footer)
            for action in actions.ACTIONS
            if action.footer
            and self._keys.keys[action.id]
            and any(action.is_for(context) for context in contexts)
        ]
        self.refresh()

    def _shown(self) -> list[tuple[str, str, str]]:
        """The items that there is room for."""
        shown = list(self._items)
        while len(shown) > 1 and sum(map(_width, shown)) > self.size.width:
            del shown[-2]
        return shown

    def on_click(self, event: events.Click) -> None:
        event.stop()
        end = 0
        for item in self._shown():
            end += _width(item)
            if event.x < end:
                self.run_worker((self._target or self.screen).run_action(item[0]))
                return

    def render_line(self, y: int) -> Strip:
        key_style = self._looks["key"]
        word_style = self._looks["word"]
        segments: list[Segment] = []
        for _, key, word in self._shown():
            segments += [Segment(f" {key}", key_style), Segment(f" {word} ", word_style)]
        return Strip(segments).adjust_cell_length(self.size.width, word_style)


def _width(item: tuple[str, str, str]) -> int:
    return cell_len(item[1]) + cell_len(item[2]) + 3
