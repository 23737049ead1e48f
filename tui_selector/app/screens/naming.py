"""Naming what is marked, and the queue of photos whose tab is uncertain."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.css.query import NoMatches

from tui_selector.app.narrowing import Sort
from tui_selector.app.screens.arrange import Arranging
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.screens.name_dialog import Name, NameDialog


class Naming(Arranging):
    """Gives the marked photos, or this one, a name: a tab of theirs or a tag."""

    async def action_name_photos(self) -> None:
        """Ask for the tab or the tag that the marked photos, or this one, are given."""
        from tui_selector.app.screens.name_dialog import NameDialog

        found = self._about()
        if found is None:
            return
        album, desk, photos = found

        def answered(name: Name | None) -> None:
            if name is None:
                return
            if name.kind == "tab":
                desk.move_to_tab(photos, name.name)
                for photo in photos:
                    album.doubts.pop(photo, None)  # the owner's word is certain
            else:
                desk.tag(photos, (str(name.name),), ())
            self._decided(album, photos, advance=True)

        first = album.photo_of(photos[0])
        whose = f"{len(photos):,} photos" if len(photos) > 1 or first is None else first.name
        likely = album.rivals.get(photos[0], ()) if len(photos) == 1 else ()
        dialog = NameDialog(
            f"What are {printable(whose)}?" if len(photos) > 1 else f"What is {printable(whose)}?",
            self._clusters_but(None),
            likely,
        )
        # Letters that follow are for the dialog: they wait for it, and decide about no photo.
        await self.app.push_screen(dialog, answered)
        self._fill_names(dialog)

    @work
    async def _fill_names(self, dialog: NameDialog) -> None:
        names = await self.selector.reader.ask(lambda catalog: catalog.tags.names())
        if names is not None and dialog.is_current:
            with suppress(NoMatches):  # it is being taken down
                dialog.fill(names)

    # -- the queue ---------------------------------------------------------------------------

    @work(exclusive=True, group="doubts")
    async def action_doubts(self) -> None:
        """Order by doubt: photos nearest to the border of their tab first."""
        from tui_selector.engine.client import EngineError
        from tui_selector.engine.doubt_messages import AskDoubts, Doubtful

        selector, album = self.selector, self.album
        if album is None:
            self.app.bell()
            return
        try:
            answer = await selector.link.request(AskDoubts())
        except EngineError as error:
            selector.say(str(error), "error")
            return
        assert isinstance(answer, Doubtful)
        if not answer.photos:
            selector.say(answer.note or "Every photo is in the tab that you have put it into.")
            return
        album.doubts = dict(zip(answer.photos, answer.doubts, strict=True))
        tabs = await selector.reader.ask(lambda catalog: catalog.tabs.of(answer.photos)) or {}
        album.rivals = {
            photo: tuple(tab for tab in (tabs.get(photo, 0), other) if tab > 0)
            for photo, other in zip(answer.photos, answer.others, strict=True)
        }
        self.end_range()
        await selector.reader.show(replace(album.query, sort=Sort("doubt", descending=True)))
        album.cursor = 0
        self.show_decided([])
        keys = selector.keys
        selector.say(
            "Photos whose tab is least certain stand first."
            f" {keys.first('name-photos')}: say what one is · {keys.first('reset-view')}: back"
        )
