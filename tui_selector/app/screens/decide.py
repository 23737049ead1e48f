"""Deciding about photos: the actions that every screen with photos on it shares."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.css.query import NoMatches
from textual.screen import Screen

from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag

if TYPE_CHECKING:
    from tui_selector.app import actions
    from tui_selector.app.album import Album
    from tui_selector.app.app import SelectorApp
    from tui_selector.app.desk import Desk
    from tui_selector.app.screens.tag_dialog import TagDialog


class Deciding(Screen[None]):
    """A screen on which photos are flagged, rated, labelled, trashed and marked.

    Subclasses say whom a decision is about (`targets`) and show what has changed (`show_decided`).

    Attributes:
        contexts: Whose actions the keys are for.
    """

    contexts: ClassVar[tuple[actions.Context, ...]]

    @property
    def selector(self) -> SelectorApp:
        """The application, as what it is."""
        from tui_selector.app.app import SelectorApp

        assert isinstance(self.app, SelectorApp)
        return self.app

    @property
    def album(self) -> Album | None:
        """The view-model; None until the catalog is open."""
        return self.selector.album

    def targets(self) -> list[int]:
        """Ids of the photos that the next decision is about; empty where there is none."""
        album = self.album
        return album.targets() if album is not None else []

    def show_decided(self, photos: list[int]) -> None:
        """Show that these photos look different or have gone, and where the cursor is now."""
        self.selector.album_changed.publish(photos)

    def name_keys(self) -> None:
        """Name the keys of the screen in its line of keys."""
        self.query_one(KeyBar).show((*self.contexts, "everywhere"))

    # -- actions -----------------------------------------------------------------------------

    def action_flag(self, flag: int) -> None:
        """Pick (1), reject (-1) or unflag (0), then advance."""
        found = self._about()
        if found is not None:
            album, desk, photos = found
            shown = len(album)
            desk.flag(photos, Flag(flag))
            self._decided(album, photos, advance=len(album) == shown)

    def action_rate(self, rating: int) -> None:
        """Give stars, or none (0), then advance."""
        found = self._about()
        if found is not None:
            album, desk, photos = found
            desk.rate(photos, rating)
            self._decided(album, photos, advance=True)

    def action_label(self, label: str) -> None:
        """Give a colour label, or take it away where the first photo has it, then advance."""
        found = self._about()
        if found is not None:
            album, desk, photos = found
            first = album.photo_of(photos[0])
            desk.label(photos, "" if first is not None and first.label == label else label)
            self._decided(album, photos, advance=True)

    async def action_edit_tags(self) -> None:
        """Ask which tags the photos are given and which are taken away from them."""
        from tui_selector.app.screens.tag_dialog import TagChanges, TagDialog

        found = self._about()
        if found is None:
            return
        album, desk, photos = found

        def answered(changes: TagChanges | None) -> None:
            if changes is not None and (changes.add or changes.remove):
                desk.tag(photos, changes.add, changes.remove)
                self._decided(album, photos, advance=False)

        first = album.photo_of(photos[0])
        whose = f"{len(photos):,} photos" if len(photos) > 1 or first is None else first.name
        dialog = TagDialog(f"Tags of {printable(whose)}", len(photos))
        # Letters that follow are for the dialog: they wait for it, and decide about no photo.
        await self.app.push_screen(dialog, answered)
        self._fill_tags(dialog, photos)

    @work
    async def _fill_tags(self, dialog: TagDialog, photos: list[int]) -> None:
        asked = await self.selector.reader.ask(
            lambda catalog: (catalog.tags.shared(photos), catalog.tags.names())
        )
        if asked is not None and dialog.is_current:
            with suppress(NoMatches):  # it is being taken down
                dialog.fill(*asked)

    def action_trash(self) -> None:
        """Move photos to the trash; nothing is asked, since undo brings them back."""
        found = self._about()
        if found is not None:
            album, desk, photos = found
            desk.trash(photos)
            what = "1 photo" if len(photos) == 1 else f"{len(photos)} photos"
            brings = "it" if len(photos) == 1 else "them"
            key = self.selector.keys.first("undo")
            self.selector.say(f"Trashed {what}: {key} brings {brings} back.")
            self._decided(album, photos, advance=False)

    async def action_undo(self) -> None:
        """Take back the last decision, of whatever kind."""
        self.end_range()
        await self.selector.revert("undo")

    async def action_redo(self) -> None:
        """Do again what was taken back."""
        self.end_range()
        await self.selector.revert("redo")

    def action_mark(self) -> None:
        """Mark or unmark the current photo, then advance."""
        album = self.album
        if album is None or album.current_id is None:
            return
        photo = album.current_id
        album.toggle(album.cursor)
        album.step(1)
        self.show_decided([photo])

    def action_unmark_all(self) -> None:
        """Unmark every photo in every tab."""
        album = self.album
        if album is not None:
            self.end_range()
            photos = list(album.marks)
            album.unmark_all()
            self.show_decided(photos)

    def end_range(self) -> None:
        """Give up the visual range, where the screen has one."""

    def leave(self) -> None:
        """Return to the screen below; nothing happens under a dialog, or a second time."""
        if self.is_active:
            self.dismiss()

    # -- shared ------------------------------------------------------------------------------

    def _about(self) -> tuple[Album, Desk, list[int]] | None:
        """What a decision needs; None (and a bell) where there is nothing to decide about."""
        photos = self.targets()
        desk = self.selector.desk
        if self.album is None or desk is None or not photos:
            self.app.bell()
            return None
        return self.album, desk, photos

    def _decided(self, album: Album, photos: list[int], *, advance: bool) -> None:
        """Use up the marks; where one photo was decided on its own, go to the next."""
        alone = photos == [album.current_id]
        album.unmark(photos)
        self.end_range()
        if advance and alone and self.selector.settings.advance:
            album.step(1)
        self.show_decided(photos)


if TYPE_CHECKING:
    #: A part of a screen that decides: what of it belongs together, mixed into one `Deciding`.
    Part = Deciding
else:
    # To Textual only the whole is a screen: each class of screens takes half a millisecond to make.
    Part = object
