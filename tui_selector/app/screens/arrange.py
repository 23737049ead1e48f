"""Arranging tabs and bringing photos in: what the culling screen asks about in a dialog.

Dialogs are imported when one is first opened: the photos are on screen sooner for it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal, cast

import msgspec
from textual import events, work

from tui_selector.app.dropped import dropped_paths, looks_like_paths
from tui_selector.app.screens.decide import Part
from tui_selector.engine.protocol import Divide, Groups
from tui_selector.library.catalog.tab_table import TabInfo, View
from tui_selector.library.display import printable

#: Most parts that a tab is split into at once.
_MOST_PARTS = 50


class Arranging(Part):
    """Renames, merges and splits tabs, moves photos between them, and takes in dropped files."""

    @work
    async def action_rename_tab(self) -> None:
        """Ask for the tab's name."""
        from tui_selector.app.screens.dialogs import TextDialog

        tab = self._cluster("renamed")
        desk = self.selector.desk
        if tab is None or desk is None:
            return
        name = await self.app.push_screen_wait(
            TextDialog(
                f"Rename '{printable(tab.name)}'",
                value=printable(tab.name),
                fault=lambda text: None if text else "A tab needs a name.",
            )
        )
        if name and name != printable(tab.name):
            desk.rename_tab(tab.id, name)

    @work
    async def action_merge_tab(self) -> None:
        """Ask which tab this one goes into."""
        from tui_selector.app.screens.dialogs import TabDialog

        tab = self._cluster("merged", singles=True)
        desk = self.selector.desk
        if tab is None or desk is None:
            return
        others = self._clusters_but(tab.id)
        if not others:
            self.selector.say("There is no other tab to merge this one into.")
            return
        title = f"Merge '{printable(tab.name)}' into which tab?"
        target = await self.app.push_screen_wait(TabDialog(title, others))
        if isinstance(target, int):
            await desk.merge_tabs(tab.id, target)
            await self.selector.open_tab(target)

    @work
    async def action_move_photos(self) -> None:
        """Ask which tab the marked photos, or this one, go to."""
        from tui_selector.app.screens.dialogs import TabDialog

        photos, album, desk = self.targets(), self.album, self.selector.desk
        if not photos or album is None or desk is None:
            self.app.bell()
            return
        what = "this photo" if len(photos) == 1 else f"{len(photos)} photos"
        target = await self.app.push_screen_wait(
            TabDialog(f"Move {what} to which tab?", self._clusters_but(None), new=True)
        )
        if target is not None:
            desk.move_to_tab(photos, target)
            album.unmark(photos)
            self.end_range()
            self.show_decided(photos)

    @work
    async def action_split_tab(self) -> None:
        """Ask into how many parts, let the engine find them, and make them tabs."""
        from tui_selector.app.screens.dialogs import TextDialog

        tab, album = self._cluster("split", singles=True), self.album
        if tab is None or album is None:
            return
        if tab.count < 2:
            self.selector.say("A tab needs two photos to be split.")
            return
        most = min(_MOST_PARTS, tab.count)

        def fault(text: str) -> str | None:
            fits = text.isascii() and text.isdigit() and 2 <= int(text) <= most
            return None if fits else f"Type a number from 2 to {most}."

        answer = await self.app.push_screen_wait(
            TextDialog(f"Split '{printable(tab.name)}' into how many?", value="2", fault=fault)
        )
        if answer:
            await self._split(tab, int(answer))

    async def _split(self, tab: TabInfo, parts: int) -> None:
        from tui_selector.engine.client import EngineError

        selector = self.selector
        photos = await selector.reader.photos_in(tab.id)
        try:
            groups = await selector.link.request(Divide(photos=photos, parts=parts))
        except EngineError as error:
            selector.say(str(error), "error")
            return
        if not isinstance(groups, Groups) or len(groups.groups) < 2:
            selector.say("These photos are too much alike to be split.")
            return
        names = [group.name for group in groups.groups]
        names[0] = tab.name
        if selector.desk is not None:
            selector.desk.split_tab(tab.id, [group.photos for group in groups.groups], names)

    def _cluster(self, done: str, *, singles: bool = False) -> TabInfo | None:
        """The tab that is open, if it is one that can be arranged; says why not otherwise."""
        album = self.album
        if album is None:
            return None
        tab = album.tab
        if tab.id > 0 or (singles and tab.id == View.SINGLES):
            return tab
        self.selector.say(f"'{printable(tab.name)}' cannot be {done}; go to a tab of photos first.")
        return None

    def _clusters_but(self, tab: int | None) -> list[tuple[int, str, int]]:
        """What a tab dialog offers: clusters and Singles, without this tab."""
        tabs = self.album.tabs if self.album is not None else ()
        found = [
            (each.id, printable(each.name), each.count)
            for each in tabs
            if each.id > 0 and each.id != tab
        ]
        if tab != View.SINGLES:
            count = next((each.count for each in tabs if each.id == View.SINGLES), 0)
            found.append((View.SINGLES, "Singles", count))
        return found

    # -- files from outside ------------------------------------------------------------------

    async def on_paste(self, event: events.Paste) -> None:
        """Take in files that were dropped on the terminal."""
        event.stop()
        self._bring(event.text)

    @work(exclusive=True, group="bring")
    async def _bring(self, text: str) -> None:
        selector = self.selector
        found = await asyncio.to_thread(dropped_paths, text)
        if not found:
            if looks_like_paths(text):
                selector.say("What was pasted names no file on this machine.", "warning")
            return
        how = selector.session.bring or await self._how_to_bring(found)
        if how and selector.desk is not None:
            decided = await selector.desk.bring(found, how)
            if decided.done:
                files = "1 file" if decided.done == 1 else f"{decided.done} files"
                verb = "Copied" if how == "copy" else "Moved"
                selector.say(f"{verb} {files} into the library.")

    def action_ask_how_to_bring(self) -> None:
        """Forget what was chosen for dropped files."""
        self.selector.session = msgspec.structs.replace(self.selector.session, bring="")
        self.selector.say("The next files that are dropped are asked about.")

    async def _how_to_bring(self, found: list[Path]) -> Literal["", "copy", "move"]:
        """Ask, and remember the answer for the next time."""
        from tui_selector.app.screens.dialogs import bring_dialog

        names = [printable(path.name) for path in found]
        answer = await self.app.push_screen_wait(bring_dialog(names))
        if answer not in ("copy", "move"):
            return ""
        how = cast(Literal["copy", "move"], answer)
        self.selector.session = msgspec.structs.replace(self.selector.session, bring=how)
        return how
