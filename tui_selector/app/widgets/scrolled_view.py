"""A view that is scrolled before it shows its scrollbars."""

from __future__ import annotations

from textual.scroll_view import ScrollView


class ScrolledView(ScrollView):
    """A scroll view whose scrollbars say where it stands from the moment they come up.

    A view that opens where its last session ended is scrolled in the same step in which it becomes
    higher than its box, and Textual tells only scrollbars in sight of it.
    """

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        if shown:
            self.vertical_scrollbar.position = self.scroll_y

    def watch_show_horizontal_scrollbar(self, shown: bool) -> None:
        if shown:
            self.horizontal_scrollbar.position = self.scroll_x
