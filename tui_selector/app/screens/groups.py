"""The groups view: near-duplicates and bursts as rows of tiles, judged and decided by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.widgets import Static

from tui_selector.app import actions
from tui_selector.app.album import Album
from tui_selector.app.groups import ORDER_WORDS, ORDERS, SETTING_WORDS, ShownGroups
from tui_selector.app.screens.chat import ChatBeside
from tui_selector.app.screens.group_deciding import GroupDeciding
from tui_selector.app.status import decision_text
from tui_selector.app.widgets.group_grid import GroupGrid
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.slider import Slider
from tui_selector.app.widgets.tile_grid import TileGrid
from tui_selector.engine.group_messages import SimilarGroup
from tui_selector.library.display import printable
from tui_selector.library.groups import LIMITS, THRESHOLDS, GroupSetting, GroupWish, slider

#: Photos whose rows are drawn one by one; more are drawn with everything else.
_MOST_SINGLE_TILES = 200


class GroupsScreen(ChatBeside, GroupDeciding):
    """Shows groups of photos that are nearly the same and lets the owner decide."""

    contexts: ClassVar[tuple[actions.Context, ...]] = ("groups",)
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("groups")]
    DEFAULT_CSS = """
    GroupsScreen {
        background: $background;
        & #head { height: 1; padding: 0 1; background: $surface; color: $foreground; }
        & #dial { height: 1; padding: 0 1; background: $surface; }
        & #dial Slider { width: 1fr; }
        & #counts { width: auto; min-width: 24; padding: 0 0 0 2; color: $text-muted; }
        & #middle { height: 1fr; }
        & GroupGrid { width: 1fr; height: 1fr; }
        & #words { height: 2; padding: 0 1; background: $surface; color: $text-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        selector = self.selector
        size = selector.session.tile or selector.settings.tile
        self.wish = _valid(selector.session.grouping)
        yield Static(id="head", markup=False)
        with Horizontal(id="dial", classes="-photos"):
            yield Slider("", minimum=0, maximum=1, label_width=18, decimals=2)
            yield Static(id="counts", markup=False)
        with Horizontal(id="middle"):
            yield GroupGrid(
                selector.pictures,
                selector.painter,
                step=size - 1,
                empty="Grouping …",
                id="groups",
                classes="-photos",
            )
            yield Container(id="side")
        yield Static(id="words", classes="-photos", markup=False)
        yield KeyBar(selector.keys, self.contexts)

    def on_mount(self) -> None:
        selector = self.selector
        selector.album_changed.subscribe(self, self.album_changed)
        selector.status_changed.subscribe(self, self.status_changed, immediate=True)
        self.grid.focus()
        if self.album is not None:
            self.shown = ShownGroups(self.album)
        self._set_dial()
        self.wish_for(self.wish)

    @property
    def grid(self) -> GroupGrid:
        """The tiles."""
        return self.query_one("#groups", GroupGrid)

    # -- showing -----------------------------------------------------------------------------

    def show_groups(self, photo: int | None) -> None:
        if self.shown is None or not self.is_attached:
            return
        grid, cursor = self.grid, self.shown.index_of(photo) or 0
        if grid.model is self.shown and len(self.shown):
            grid.groups_changed(cursor)
        else:
            grid.set_groups(self.shown, cursor=cursor, empty=self.empty_words())
        self.tell()
        self.tell_chat(())

    def redraw(self, photos: Sequence[int] | None) -> None:
        shown, grid = self.shown, self.grid
        if shown is None or grid.model is not shown:
            return
        if photos is None or len(photos) > _MOST_SINGLE_TILES:
            grid.model_changed()
        else:
            places = (shown.index_of(photo) for photo in photos)
            grid.model_changed([place for place in places if place is not None])
        self.tell()

    def tell(self) -> None:
        if not self.is_attached:
            return
        order = ORDER_WORDS[self.shown.order] if self.shown and self.found else ""
        self.query_one("#head", Static).update(" · ".join(filter(None, [self.head_words(), order])))
        self.query_one("#counts", Static).update(self.count_words())
        self.query_one("#words", Static).update(self._words())
        if self.shown is not None and not len(self.shown):
            self.grid.say(self.empty_words())

    def _words(self) -> str:
        """About the photo under the cursor: what was decided, and what speaks for it."""
        shown, album, index = self.shown, self.album, self.grid.cursor
        if shown is None or album is None or index >= len(shown):
            return ""
        photo = album.photo_among(shown.ids, index)
        number = shown.group_of(index)
        place = f"{index - shown.first_of(number) + 1} of {shown.sizes[number]}"
        where = f"group {number + 1:,} of {len(shown.groups):,}"
        marked = f"{len(album.marks):,} marked" if album.marks else ""
        undo = self.selector.desk.titles.undo if self.selector.desk is not None else None
        first = [
            printable(photo.name) if photo is not None else "",
            decision_text(photo) if photo is not None else "",
            place,
            where,
            marked,
            f"{self.selector.keys.first('undo')}: undo {undo}" if undo else "",
        ]
        second = [shown.reason(index), self.taste_words(shown.groups[number], shown.ids[index])]
        return "\n".join(" · ".join(filter(None, parts)) for parts in (first, second))

    # -- moving ------------------------------------------------------------------------------

    @property
    def current_id(self) -> int | None:
        shown, index = self.shown, self.grid.cursor
        return shown.ids[index] if shown is not None and index < len(shown) else None

    @property
    def group(self) -> SimilarGroup | None:
        """The group under the cursor."""
        number = self.grid.group
        return None if self.shown is None or number is None else self.shown.groups[number]

    def focus_photos(self) -> None:
        self.set_focus(self.grid)

    def chat_photos(self) -> Sequence[int] | None:
        """The photos of the group under the cursor; None as long as groups are looked for."""
        if not self.query(GroupGrid):
            return []  # the view is being taken down
        if self.found is None and not (self.trouble and self.selector.link.connected):
            return None
        return self.group.photos if self.group is not None else []

    async def go_to_photo(self, photo: int) -> None:
        """Put the cursor on a photo, in the tabs where it is in no group here."""
        index = self.shown.index_of(photo) if self.shown is not None else None
        if index is not None:
            self.grid.cursor = index
            self.tell()
        else:
            self.leave()
            await self.selector.open_photo(photo)

    @on(TileGrid.CursorMoved)
    def _cursor_moved(self, event: TileGrid.CursorMoved) -> None:
        event.stop()
        self.tell()
        self.tell_chat(())

    @on(TileGrid.Activated)
    def _activated(self, event: TileGrid.Activated) -> None:
        event.stop()
        self.action_compare()

    @on(TileGrid.MarkRequested)
    def _mark_requested(self, event: TileGrid.MarkRequested) -> None:
        event.stop()
        album, shown = self.album, self.shown
        if album is not None and shown is not None:
            self._toggle([shown.ids[index] for index in event.indices], adding=event.extend)

    def action_move(self, dx: int, dy: int) -> None:
        """Move the cursor by tiles."""
        self.grid.move(dx, dy)

    def action_first(self) -> None:
        """Go to the first photo."""
        self.grid.first()

    def action_last(self) -> None:
        """Go to the last photo."""
        self.grid.last()

    def action_page(self, direction: int) -> None:
        """Move by a screenful."""
        self.grid.page(direction)

    def action_group(self, by: int) -> None:
        """Go to the best photo of the next group, or of the one before."""
        number = self.grid.group
        if number is None or self.shown is None or not 0 <= number + by < len(self.shown.groups):
            self.app.bell()
            return
        self.grid.go_to_group(number + by)

    def action_zoom_tiles(self, direction: int) -> None:
        """Make tiles larger or smaller."""
        self.grid.zoom(direction)

    def action_back(self) -> None:
        """Leave the slider, close the conversation; else return to the grid, the cursor on this
        photo if it is there."""
        if not self.grid.has_focus:
            self.grid.focus()
            return
        if self.chat_pane is not None:
            self.close_chat()
            return
        album, photo = self.album, self.current_id
        index = album.index_of(photo) if album is not None and photo is not None else None
        if album is not None and index is not None:
            album.cursor = index
        self.leave()

    # -- how photos are grouped --------------------------------------------------------------

    def _set_dial(self) -> None:
        """Let the slider offer the thresholds of the setting."""
        dial, wish = self.query_one(Slider), self.wish
        values = slider(wish.setting)
        dial.step = values[1] - values[0]
        dial.set_range(*LIMITS[wish.setting])
        dial.label = SETTING_WORDS[wish.setting]
        dial.value = wish.value
        dial.refresh()

    @on(Slider.Changed)
    def _turned(self, event: Slider.Changed) -> None:
        event.stop()
        self.wish_soon(replace(self.wish, threshold=event.value))

    def action_threshold(self, steps: int) -> None:
        """Let photos of a group be more alike, or less."""
        self.query_one(Slider).action_change(steps)

    def action_setting(self) -> None:
        """Group by the same picture, the same moment or the same motif, one after the other."""
        settings: list[GroupSetting] = list(THRESHOLDS)
        number = (settings.index(self.wish.setting) + 1) % len(settings)
        self.wish_for(replace(self.wish, setting=settings[number], threshold=None))
        self._set_dial()

    def action_order(self) -> None:
        """Show the most certain, the biggest, or the earliest groups first."""
        shown = self.shown
        if shown is None:
            return
        shown.order = ORDERS[(ORDERS.index(shown.order) + 1) % len(ORDERS)]
        shown.show()
        if len(shown):
            self.grid.set_groups(shown, cursor=0)
        self.tell()

    # -- deciding ----------------------------------------------------------------------------

    def targets(self) -> list[int]:
        """The marked photos, those of groups first and in their order; or the current one."""
        album, shown = self.album, self.shown
        if album is not None and album.marks:
            here = [photo for photo in shown.ids if photo in album.marks] if shown else []
            return here + sorted(album.marks.difference(here))
        return [] if self.current_id is None else [self.current_id]

    def _decided(self, album: Album, photos: list[int], *, advance: bool) -> None:
        """Use up the marks; where one photo was decided on its own, go to the next."""
        alone = photos == [self.current_id]
        album.unmark(photos)
        if advance and alone and self.selector.settings.advance:
            self.grid.move(1, 0)
        self.show_decided(photos)

    def action_mark(self) -> None:
        """Mark or unmark the current photo, then advance."""
        if self.current_id is not None:
            self._toggle([self.current_id])
            self.grid.move(1, 0)

    def action_mark_group(self) -> None:
        """Mark the photos of this group; unmark them where all are marked."""
        group, album = self.group, self.album
        if group is not None and album is not None:
            self._toggle(group.photos, adding=not album.marks.issuperset(group.photos))

    def _toggle(self, photos: list[int], *, adding: bool = False) -> None:
        """Mark these photos; unmark those that are, unless only adding."""
        album = self.album
        if album is None:
            return
        marked = [] if adding else [photo for photo in photos if photo in album.marks]
        album.mark_photos(photos)
        album.unmark(marked)
        self.show_decided(photos)

    async def action_undo(self) -> None:
        """Take back the last decision, of whatever kind, and go to the photo it was about."""
        await super().action_undo()
        await self.look_who_is_there()
        album = self.album
        place = self.shown.index_of(album.current_id) if album and self.shown else None
        if place is not None:
            self.grid.cursor = place

    # -- looking -----------------------------------------------------------------------------

    def action_compare(self) -> None:
        """Look at this photo and its neighbours in the group side by side."""
        from tui_selector.app.comparison import MOST
        from tui_selector.app.screens.compare import CompareScreen

        group, photo = self.group, self.current_id
        if group is None or photo is None:
            self.app.bell()
            return
        first = max(0, min(group.photos.index(photo), len(group.photos) - MOST))
        photos = group.photos[first : first + MOST]
        screen = CompareScreen(photos, among=group.photos, votes=self.votes)
        self.app.push_screen(screen, lambda _: self.take_votes(screen.votes))

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show what was decided elsewhere."""
        self.chat_resumed()
        if self.shown is not None:
            self._look_who_is_there()


def _valid(wish: GroupWish) -> GroupWish:
    """A wish that may be an older program's; the usual threshold where its own does not fit."""
    return wish if wish.validate() is None else replace(wish, threshold=None)
