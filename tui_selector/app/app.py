"""The application: opens a library, keeps its parts together, and leaves without a trace."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import msgspec
from textual import events
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.signal import Signal
from textual.timer import Timer

from tui_selector.app import actions, keymap, session
from tui_selector.app.album import Album
from tui_selector.app.album_reader import AlbumReader, ReadAhead
from tui_selector.app.attention import Attention
from tui_selector.app.engine_link import EngineLink
from tui_selector.app.engine_talk import EngineTalk
from tui_selector.app.graphics.cell_size import CellSize
from tui_selector.app.graphics.late_answers import CellSizeAnswer, LateAnswers
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.link_driver import attach
from tui_selector.app.graphics.output import make_painter
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.job_control import JobControl
from tui_selector.app.opening import Opening
from tui_selector.app.outgoing import Outgoing
from tui_selector.app.palette import ActionCommands, ModelCommands, PlaceCommands
from tui_selector.app.searches import Region, Searches, Sought
from tui_selector.app.themes import ThemedApp
from tui_selector.engine.protocol import Progress
from tui_selector.paths import LibraryPaths, themes_folder
from tui_selector.settings import Settings

if TYPE_CHECKING:
    from tui_selector.app.chat_desk import ChatDesk
    from tui_selector.app.desk import Desk
    from tui_selector.app.screens.cull import CullScreen
    from tui_selector.engine.criteria_messages import RunProgress

#: Seconds between two looks at the line to the terminal.
_TRAFFIC = 1.0

#: Seconds that a sentence stays on the screen.
_SHOWN = {"information": 4.0, "warning": 8.0, "error": 12.0}


class SelectorApp(ThemedApp, inherit_bindings=False):
    """The terminal application of one library.

    Attributes:
        paths: Of the library.
        settings: What the owner set.
        graphics: What the terminal can draw, with the size of its cells now.
        keys: Which keys do what.
        session: What was remembered from last time.
        opening: Brings the first screen up.
        reader: Keeps the album in agreement with the catalog.
        desk: Where decisions are made; None until the catalog is open.
        has_engine: Whether to attach to the engine at all.
        link: The connection to the engine.
        searches: What is searched for and what was found.
        progress: What the engine said last.
        trouble: Why there is no album; "" otherwise.
        farewell: What to say on the terminal after leaving.
        pictures: Source of every picture.
        attention: Tells the engine what is on screen.
        terminal_link: The line to the terminal.
        painter: Draws the pictures of tiles.
        loupe_painter: Draws single large pictures.
        out: Exports, and decisions in sidecars.
        album_changed: Published when the album shows something else; carries the ids of photos
            that merely look different, or None where other photos are shown.
        status_changed: Published when only the status line has news.
        run_told: Published when the engine tells how far a run of a criterion is.
    """

    TITLE = "tui-selector"
    COMMANDS: ClassVar[set[Any]] = {ActionCommands, PlaceCommands, ModelCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        *actions.bindings("everywhere"),
        Binding("ctrl+c", "help_quit", show=False, system=True),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 (not Textual's ClassVar)
    CSS = """
    CommandPalette { background: transparent; & SearchIcon { display: none; } }
    Toast { max-width: 90%; }
    """

    def __init__(
        self,
        paths: LibraryPaths,
        settings: Settings,
        graphics: TerminalGraphics,
        *,
        start_engine: bool = True,
        ahead: ReadAhead | None = None,
        late: LateAnswers | None = None,
    ) -> None:
        """
        Args:
            paths: Of the library.
            settings: What the owner set.
            graphics: What the terminal can draw.
            start_engine: Whether to attach to the engine, starting it where none runs.
            ahead: A reading of the catalog that was begun before.
            late: Takes answers out of what is typed; None where the terminal cannot be asked.
        """
        super().__init__()
        from tui_selector.library.pictures.thumbnails import ThumbnailStore

        self.paths = paths
        self.settings = settings
        self.graphics = graphics
        self.keys = keymap.keymap(settings.keys)
        self.session = session.load(paths.session)
        self.desk: Desk | None = None
        self.progress = Progress(stage="starting")
        self.trouble = ""
        self.farewell = ""
        self.terminal_link = TerminalLink(graphics.round_trip)
        self.pictures = Pictures(
            ThumbnailStore(paths.thumbnails), give_way=self.terminal_link.give_way
        )
        self.painter = make_painter(self, graphics, link=self.terminal_link)
        self.loupe_painter = make_painter(self, graphics, large=True, link=self.terminal_link)
        self.cell_size = CellSize(self, late)
        self._talk = EngineTalk(self)
        self.has_engine = start_engine
        self.link = EngineLink(paths, settings, self._talk.hear, self._talk.link_changed)
        self.attention = Attention(self)
        self.album_changed: Signal[Sequence[int] | None] = Signal(self, "album")
        self.status_changed: Signal[None] = Signal(self, "status")
        self.run_told: Signal[RunProgress] = Signal(self, "run")
        self._chat: ChatDesk | None = None
        self.out = Outgoing(self)
        self._job_control = JobControl(self)
        self._traffic_timer: Timer | None = None
        self._theme_complaints = self.dress(self._wanted_theme(), themes_folder())
        self._has_read = False
        self.opening = Opening(self)
        self.reader = AlbumReader(
            paths,
            self._read,
            self.cannot_read,
            partial(self.run_worker, name="reload"),
            ahead,
        )
        self.searches = Searches(self.link, self.reader)
        self.reader.results_of = self.searches.results.get

    # -- coming up ---------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        from tui_selector.app.screens.cull import CullScreen

        screen = CullScreen()
        # Styled for its width from the first; else everything is styled once more when it is told.
        classes = screen._get_breakpoint_classes(self.size.width, self.HORIZONTAL_BREAKPOINTS)
        return screen.add_class(*classes, update=False)

    async def on_mount(self) -> None:
        self.set_keymap(self.keys.overrides())
        for complaint in (*self.keys.complaints, *self._theme_complaints):
            self.say(complaint, "warning")
        self._job_control.begin()
        attach(
            self.terminal_link,
            self._driver,
            lambda: self._job_control.gone,
            repeats=self.graphics.repeats,
        )
        await self.opening.begin()

    def _wanted_theme(self) -> str:
        """What the settings say, or else what was chosen last."""
        if self.settings.theme != Settings().theme:
            return self.settings.theme
        return self.session.theme or self.settings.theme

    def on_resize(self, event: events.Resize) -> None:
        self.cell_size.resized(event)

    def on_cell_size_answer(self, answer: CellSizeAnswer) -> None:
        self.cell_size.answered(answer)

    # -- reading -----------------------------------------------------------------------------

    @property
    def album(self) -> Album | None:
        """The view-model; None until it holds what the catalog says."""
        return self.reader.album if self._has_read else None

    def cannot_read(self, sentence: str) -> None:
        """Say why nothing new is shown; on the screen itself where nothing is shown at all."""
        self.opening.catalog_answered()
        if not self._has_read:
            self.trouble = sentence
            self.album_changed.publish(None)
        else:
            self.say(sentence, "error")

    def _read(self) -> None:
        """What is on screen is not new any more, and everybody may look."""
        self._has_read = True
        self.opening.catalog_answered()
        album = self.album
        if album is not None:
            self.searches.saved = album.saved
            album.tabs = self.searches.among(album.tabs)
        if album is not None and album.tab.fresh and self.desk is not None:
            self.desk.mark_seen(album.query.tab)
            album.tabs = tuple(
                msgspec.structs.replace(tab, fresh=0) if tab.id == album.query.tab else tab
                for tab in album.tabs
            )
        self.album_changed.publish(None)

    async def open_tab(self, tab: int) -> None:
        """Show a tab."""
        if self.album is not None:
            await self.reader.show(msgspec.structs.replace(self.album.query, tab=tab))

    async def open_photo(self, photo: int) -> None:
        """Go to a photo, in its tab."""
        if self.album is not None:
            await self.reader.show(self.album.query, find=photo)

    def find_similar(
        self, photos: Sequence[int], unlike: Sequence[int] = (), region: Region | None = None
    ) -> None:
        """Show the photos that look like these, from whatever screen, in a tab of their own.

        Args:
            photos: What they look like, together.
            unlike: What they do not look like.
            region: Only this part of the one photo.
        """
        self._go_to_tabs().find_similar(photos, unlike, region)

    def show_photos(self, photos: Sequence[int], called: str) -> None:
        """Show some photos, from whatever screen, in a tab of their own that is called so."""
        self._go_to_tabs().show_listed(photos, called)

    def search_for(self, text: str) -> None:
        """Search for words, from whatever screen."""
        tabs = self._go_to_tabs()
        tabs.search(Sought(text=text), fresh=True)
        tabs.focus_photos()

    async def open_chat(self) -> None:
        """Ask about the marked photos, or the one under the cursor, in the tabs."""
        tabs = self._go_to_tabs()
        await tabs.action_chat()
        if self.album is not None and self.album.current_id is not None:
            photo = self.album.current_id
            self.chat.offer(lambda: [photo])

    def _go_to_tabs(self) -> CullScreen:
        """Leave every screen but the first."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        return cast("CullScreen", self.screen)

    def on_key(self, event: events.Key) -> None:
        """Let the line that is typed into have what was typed before it stood there."""
        type_ahead = getattr(self.focused, "type_ahead", None)
        if type_ahead is not None:
            type_ahead(event)

    # -- decisions ---------------------------------------------------------------------------

    async def revert(self, way: Literal["undo", "redo"]) -> None:
        """Undo or redo, and go to the photo it was about."""
        from tui_selector.app.outcome import revert

        await revert(self, way)

    def say(
        self,
        sentence: str,
        severity: Literal["information", "warning", "error"] = "information",
    ) -> None:
        """Show a sentence for a moment."""
        self.notify(sentence, severity=severity, markup=False, timeout=_SHOWN[severity])

    # -- actions of every screen -------------------------------------------------------------

    async def action_pause(self) -> None:
        """Pause indexing, go on, or start an engine that has ended."""
        await self._talk.pause()

    def action_rescan(self) -> None:
        """Compare the folder with the catalog, in the background."""
        self.run_worker(self._talk.rescan(), name="rescan")

    def choose_model(self, name: str) -> None:
        """Have this album looked at with another model, in the background."""
        self.run_worker(self._talk.choose_model(name), name="model")

    def action_show_keys(self) -> None:
        """Show every key."""
        from tui_selector.app.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.keys))

    @property
    def shows_traffic(self) -> bool:
        """Whether the status line says how fast the line to the terminal is."""
        return self._traffic_timer is not None

    def action_traffic(self) -> None:
        """Show or hide what the line to the terminal carries."""
        if self._traffic_timer is None:
            self._traffic_timer = self.set_interval(_TRAFFIC, self._tell_status)
        else:
            self._traffic_timer.stop()
            self._traffic_timer = None
        self._tell_status()

    def _tell_status(self) -> None:
        self.status_changed.publish(None)

    def on_paste(self, event: events.Paste) -> None:
        """Say where files can be dropped: a screen or a line of text that takes a paste ends it."""
        from tui_selector.app.dropped import looks_like_paths

        if looks_like_paths(event.text):
            self.say("Files are taken in among the tiles: go back there and drop them again.")

    async def action_quit(self) -> None:
        """Remember where the owner stands, and leave; the engine goes on."""
        self.leave()

    @property
    def chat(self) -> ChatDesk:
        """The conversation about photos, which goes on while its pane is closed."""
        if self._chat is None:
            from tui_selector.app.chat_desk import ChatDesk

            self._chat = ChatDesk(self)
        return self._chat

    # -- leaving -----------------------------------------------------------------------------

    def leave(self) -> None:
        """Save the session and end the application."""
        self.save_session()
        self.exit()

    def save_session(self) -> None:
        """Remember what is on the screen."""
        if self.album is None:
            return
        kept = session.standing(self.session, self.album, self.theme)
        if kept != self.session or not self.paths.session.exists():
            self.session = kept
        session.save(self.paths.session, self.session)

    def on_unmount(self) -> None:
        self._job_control.end()
        if self._driver is not None and self._driver.is_web:
            self.save_session()  # a browser's window is closed without a key
        if self.desk is None or not self.desk.waiting:
            self.close()

    def close(self) -> None:
        """Make the decisions that are queued and let go of every file. Waits; may be repeated."""
        if self.desk is not None:
            self.desk.close()
        self.out.close()
        self.reader.close()
        self.pictures.close()

    def _fatal_error(self) -> None:
        """Replace Textual's traceback on the terminal by a sentence; the log has the traceback."""
        from tui_selector.app.defect import record

        self.save_session()
        self.farewell = record(self.paths)
        self._close_messages_no_wait()
