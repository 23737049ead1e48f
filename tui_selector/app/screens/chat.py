"""Where the conversation stands: in the panel at the side of the tabs, or beside another view."""

from __future__ import annotations

from textual.containers import Container
from textual.widget import Widget

from tui_selector.app.screens.conversing import Conversing
from tui_selector.app.screens.decide import Deciding
from tui_selector.app.screens.hits import Hits
from tui_selector.app.session import Panel


class Chatting(Conversing, Hits):
    """Has the conversation as one of the panels."""

    async def open_chat(self) -> None:
        if self.panel != "chat":
            await self.put_panel("chat")

    def close_chat(self) -> None:
        self.open_panel("")

    async def put_panel(self, panel: Panel) -> None:
        with self.app.batch_update():
            self.set_chat(is_open=panel == "chat")
            await super().put_panel(panel)
            if self.panel != "chat":
                self.set_chat(is_open=False)
                self.name_keys()

    async def make_panel(self, panel: Panel) -> Widget | None:
        return self.make_pane() if panel == "chat" else await super().make_panel(panel)


class ChatBeside(Conversing, Deciding):
    """Has the conversation at the right of what it shows.

    What is hidden where the conversation has the whole window is of the class `-photos`; the pane
    stands in the container `#side`.
    """

    DEFAULT_CSS = """
    ChatBeside {
        & #side { width: 42%; min-width: 46; max-width: 84; height: 1fr; display: none; }
        & #side > * { width: 1fr; height: 1fr; }
        &.-chat #side { display: block; }
        &.-chat-full #side { width: 1fr; min-width: 0; max-width: 100%; }
        &.-chat-full .-photos { display: none; }
    }
    """

    def on_mount(self) -> None:
        """Follow marks, photos and the engine while the pane is open."""
        self.selector.album_changed.subscribe(self, self.tell_chat)
        self.selector.status_changed.subscribe(self, lambda _: self.tell_chat_engine())

    async def open_chat(self) -> None:
        if self.chat_pane is None:
            with self.app.batch_update():
                self.set_chat(is_open=True)
                await self.query_one("#side", Container).mount(self.make_pane())

    def close_chat(self) -> None:
        self.focus_photos()
        self.selector.chat.offer(None)
        with self.app.batch_update():
            self.set_chat(is_open=False)
            self.query_one("#side", Container).remove_children()
            self.name_keys()

    def on_unmount(self) -> None:
        """What this view offers is asked about here alone."""
        if self.has_class("-chat"):
            self.selector.chat.offer(None)
