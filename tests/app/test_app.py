"""The application as a whole: coming up, bad catalogs, the engine, leaving, and coming back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from piloted import until
from textual.command import CommandPalette
from textual.widgets import OptionList
from textual.worker import WorkerFailed

from tui_selector import __version__, paths
from tui_selector.app import session
from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.help import HelpScreen
from tui_selector.app.session import Session
from tui_selector.app.widgets.status_bar import StatusBar
from tui_selector.engine import protocol
from tui_selector.library.catalog import schema
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.photo import Kind
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings


def status(app: SelectorApp) -> str:
    return app.screen_stack[0].query_one(StatusBar).text


def shown(app: SelectorApp) -> str:
    grid = app.screen.grid
    return " ".join(" ".join(grid.render_line(y).text for y in range(grid.size.height)).split())


async def test_an_empty_folder_says_what_to_do(tmp_path: Path, open_app: Any) -> None:
    async with open_app(library_paths(tmp_path), size=(120, 24)) as (app, pilot):
        await pilot.pause()
        assert "yet. Copy some there" in shown(app)
        await pilot.press("p", "x", "d", "space", "v", "enter", "l", "u", "]", "f", "i", "t")


async def test_a_catalog_of_a_newer_version_is_said_on_the_screen(
    small_library: LibraryPaths, open_app: Any
) -> None:
    with sqlite3.connect(small_library.catalog) as connection:
        connection.execute("PRAGMA user_version=999")
    connection.close()
    async with open_app(small_library, size=(200, 24)) as (app, pilot):
        await pilot.pause()
        assert "was written by a newer tui-selector" in status(app)
        await pilot.press("p", "a", "q")
    assert app.return_code == 0


async def test_a_damaged_catalog_is_set_aside_and_said(
    small_library: LibraryPaths, open_app: Any
) -> None:
    small_library.catalog.write_bytes(b"this is no database, " * 100)
    async with open_app(small_library) as (app, _):
        said = [note.message for note in app._notifications]
        assert any("was set aside as" in message for message in said)


async def test_a_catalog_that_is_set_aside_meanwhile_is_read_anew(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        schema.set_aside(small_library.catalog)
        with Catalog.open(small_library) as catalog, catalog.transaction():
            catalog.photos.add([Found(path="new.jpg", size=1, mtime_ns=0, kind=Kind.IMAGE)])
        app.reader.reload()
        await settle(app, pilot)
        assert [app.album.tile(index).caption for index in range(len(app.album))] == ["new.jpg"]


async def test_reopening_stands_on_the_same_photo(
    small_library: LibraryPaths, open_app: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("o", "f", "]", "]", "l", "l", "+", "i")
        await app.workers.wait_for_complete()
        await pilot.press("q")
        await pilot.pause()
    async with open_app(small_library) as (app, pilot):
        assert app.album is not None
        assert app.album.tab.name == "forest"
        assert (app.album.query.order, app.album.query.undecided) == ("time", True)
        assert app.album.current_id == 7
        assert app.screen.grid.cursor == 2
        assert app.screen.grid.step == 3
        await app.workers.wait_for_complete()
        assert app.screen.panel == "info"
        await pilot.press("i")
        await app.workers.wait_for_complete()
        assert app.screen.panel == ""


async def test_a_setting_that_was_made_wins_over_the_session(
    small_library: LibraryPaths, open_app: Any
) -> None:
    small_library.make()
    session.save(small_library.session, Session(tile=2, order="name", theme="nord"))
    settings = Settings(tile=6, order="time", theme="album-light")
    async with open_app(small_library, settings) as (app, _):
        assert app.screen.grid.step == 5
        assert app.album is not None
        assert app.album.query.order == "time"
        assert app.theme == "album-light"


async def test_an_unknown_theme_is_said(small_library: LibraryPaths, open_app: Any) -> None:
    async with open_app(small_library, Settings(theme="no such")) as (app, _):
        assert app.theme == "album"
        assert any("no such" in note.message for note in app._notifications)


async def test_the_palette_has_actions_tabs_and_photos(
    small_library: LibraryPaths, open_app: Any
) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("colon")
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        await pilot.press(*"forest")
        await until(pilot, lambda: "forest" in chosen(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.album.tab.name == "forest")
        await pilot.press("ctrl+p", *"03.jpg")
        await until(pilot, lambda: "03.jpg" in chosen(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.album.current_id == 3)


def chosen(app: SelectorApp) -> str:
    """The command of the palette that the return key runs."""
    for commands in app.screen.query(OptionList):
        if commands.highlighted_option is not None:
            return str(commands.highlighted_option.prompt)
    return ""


def test_every_action_has_its_method() -> None:
    """No key is dead: each action's method exists where the registry says it can be done."""
    from tui_selector.app import actions
    from tui_selector.app.screens.compare import CompareScreen
    from tui_selector.app.screens.criteria import CriteriaScreen
    from tui_selector.app.screens.cross_table import CrossTableScreen
    from tui_selector.app.screens.duel import DuelScreen
    from tui_selector.app.screens.evaluate import EvaluateScreen
    from tui_selector.app.screens.groups import GroupsScreen
    from tui_selector.app.screens.loupe import LoupeScreen
    from tui_selector.app.screens.map import MapScreen
    from tui_selector.app.widgets.chat_pane import ChatPane
    from tui_selector.app.widgets.legend_panel import LegendPanel
    from tui_selector.app.widgets.region_view import RegionView
    from tui_selector.app.widgets.search_bar import SearchInput
    from tui_selector.app.widgets.timeline_strip import TimelineStrip

    homes = {
        "grid": CullScreen,
        "search": SearchInput,
        "loupe": LoupeScreen,
        "region": RegionView,
        "compare": CompareScreen,
        "groups": GroupsScreen,
        "duel": DuelScreen,
        "evaluate": EvaluateScreen,
        "criteria": CriteriaScreen,
        "cross-table": CrossTableScreen,
        "map": MapScreen,
        "timeline": TimelineStrip,
        "legend": LegendPanel,
        "chat": ChatPane,
        "reading": ChatPane,
        "everywhere": SelectorApp,
    }
    for action in actions.ACTIONS:
        method = f"action_{action.command.partition('(')[0]}"
        for context in action.when:
            assert hasattr(homes[context], method), (action.id, context)


async def test_help_opens_and_closes(small_library: LibraryPaths, open_app: Any) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, CullScreen)


async def test_a_defect_ends_with_one_sentence_and_a_log(small_library: LibraryPaths) -> None:
    app = SelectorApp(small_library, Settings(), TerminalGraphics("off"), start_engine=False)

    async def broken() -> None:
        raise RuntimeError("a defect for the test")

    async def run() -> None:
        async with app.run_test() as pilot:
            app.run_worker(broken())
            await until(pilot, lambda: app.return_code is not None)

    with pytest.raises(WorkerFailed):
        await run()
    app.close()
    assert app.return_code == 1
    assert str(small_library.screen_log) in app.farewell
    assert "\n" not in app.farewell
    assert "a defect for the test" in small_library.screen_log.read_text()


# -- the engine ----------------------------------------------------------------------------------


class Listener:
    """An engine's side of the socket, in the hands of the test."""

    def __init__(self) -> None:
        self.requests: list[protocol.AnyRequest] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.connected = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        welcome = protocol.Welcome(protocol=protocol.PROTOCOL, version=__version__, pid=1)
        writer.write(protocol.encode(welcome))
        self.connected.set()
        while line := await reader.readline():
            request = protocol.decode_request(line)
            self.requests.append(request)
            writer.write(protocol.encode(protocol.Done(number=request.number)))
        writer.close()

    def say(self, event: protocol.Message) -> None:
        self.writers[-1].write(protocol.encode(event))

    def hang_up(self) -> None:
        self.connected.clear()
        self.writers[-1].close()


@asynccontextmanager
async def listening(library: LibraryPaths) -> AsyncIterator[Listener]:
    library.make()
    listener = Listener()
    server = await asyncio.start_unix_server(listener.serve, library.socket)
    async with server:
        yield listener
        for writer in listener.writers:
            writer.close()


@asynccontextmanager
async def attached(
    library: LibraryPaths, listener: Listener
) -> AsyncIterator[tuple[SelectorApp, Any]]:
    app = SelectorApp(library, Settings(), TerminalGraphics("off"))
    try:
        async with app.run_test(size=(160, 24)) as pilot:
            await listener.connected.wait()
            await until(pilot, lambda: app.link.connected)
            yield app, pilot
    finally:
        app.close()


async def test_progress_and_changes_of_the_engine_are_shown(small_library: LibraryPaths) -> None:
    async with listening(small_library) as engine, attached(small_library, engine) as (app, pilot):
        engine.say(
            protocol.Progress(
                stage="indexing", done=120, total=400, rate=41.0, remaining=7.0, model="builtin"
            )
        )
        await until(pilot, lambda: "indexing" in status(app))
        assert "▰▰▰▱▱▱▱▱▱▱ 120/400 41/s 0:07" in status(app)
        assert "builtin" in status(app)
        with Catalog.open(small_library) as catalog, catalog.transaction():
            catalog.photos.set_flag(1, -1)
        engine.say(protocol.CatalogChanged(photos=[1]))
        await until(pilot, lambda: any(tab.id == View.REJECTED for tab in app.album.tabs))
        engine.say(protocol.Notice(sentence="The disk is full.", severity="error"))
        await until(pilot, lambda: "The disk is full." in [n.message for n in app._notifications])


async def test_a_folder_is_empty_when_the_engine_has_looked(tmp_path: Path) -> None:
    library = library_paths(tmp_path)
    async with listening(library) as engine, attached(library, engine) as (app, pilot):
        await until(pilot, lambda: "Looking for photos in" in shown(app))
        engine.say(protocol.Progress(stage="scanning"))
        await until(pilot, lambda: app.progress.stage == "scanning")
        assert "Looking for photos in" in shown(app)
        engine.say(protocol.Progress(stage="idle"))
        await until(pilot, lambda: "yet. Copy some there" in shown(app))
        assert "Looking" not in shown(app)
        # Where there is nothing because the folder cannot be reached, that is said, and stays.
        gone = "The folder is gone. Nothing is changed until it is back."
        engine.say(protocol.Notice(sentence=gone, severity="warning"))
        engine.say(protocol.Progress(stage="indexing", note=gone))
        await until(pilot, lambda: f"{gone} Then photos appear here" in shown(app))
        assert gone in status(app)
        assert "indexing" not in status(app)
        assert [notice.message for notice in app._notifications] == [gone]
        engine.say(protocol.Progress(stage="idle", watching="events"))
        await until(pilot, lambda: "yet. Copy some there" in shown(app))


async def test_other_clients_are_told_of_decisions(small_library: LibraryPaths) -> None:
    async with listening(small_library) as engine, attached(small_library, engine) as (app, pilot):
        await until(pilot, lambda: app.album is not None and len(app.album))
        await pilot.press("p")
        await until(pilot, lambda: engine.requests)
        (told,) = engine.requests
        assert isinstance(told, protocol.Tell)
        assert told.photos == [1]


async def test_indexing_is_paused_and_goes_on(small_library: LibraryPaths) -> None:
    async with listening(small_library) as engine, attached(small_library, engine) as (app, pilot):
        await app.run_action("pause")
        engine.say(protocol.Progress(stage="paused", done=1, total=2))
        await until(pilot, lambda: app.progress.stage == "paused")
        await app.run_action("pause")
        kinds = [type(request) for request in engine.requests]
        assert kinds == [protocol.Pause, protocol.Resume]


async def test_a_lost_engine_is_found_again(small_library: LibraryPaths) -> None:
    async with listening(small_library) as engine, attached(small_library, engine) as (app, pilot):
        engine.hang_up()
        await until(pilot, lambda: app.link.trouble)
        assert not app.link.connected
        await pilot.press("p")
        await engine.connected.wait()
        await until(pilot, lambda: app.link.connected)
        assert not app.link.trouble


# -- the session ---------------------------------------------------------------------------------


def test_a_session_comes_back_as_it_was(tmp_path: Path) -> None:
    kept = Session(tab=3, photo=7, top=4, undecided=True, order="time", panel="info", bring="copy")
    assert session.save(tmp_path / "deep" / "session.json", kept)
    assert session.load(tmp_path / "deep" / "session.json") == kept
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["session.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"tile": 99}', b"\xff\xfe", b"[]"])
def test_a_session_that_cannot_be_read_is_a_new_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "session.json").write_bytes(content)
    assert session.load(tmp_path / "session.json") == Session()


def test_a_session_that_cannot_be_saved_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert not session.save(tmp_path / "file" / "session.json", Session())


def test_a_session_of_a_later_version_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    values = msgspec.to_builtins(Session(tab=5)) | {"later": True}
    (tmp_path / "session.json").write_bytes(msgspec.json.encode(values))
    assert session.load(tmp_path / "session.json").tab == 5


def test_the_themes_folder_is_read(tmp_path: Path) -> None:
    from tui_selector.app.themes import read_themes

    assert read_themes(paths.themes_folder()) == ([], [])
    (tmp_path / "mine.toml").write_text('primary = "#ff8800"\ndark = true\n')
    (tmp_path / "a.toml").write_text("primary = \n")
    (tmp_path / "b.toml").write_text('primary = "no colour"\n')
    (tmp_path / "c.toml").write_text('primary = "#ffffff"\nsurprise = 1\n')
    (tmp_path / "d.toml").write_text("dark = true\n")
    (tmp_path / "e.toml").write_bytes(b"\xff\xff")
    themes, complaints = read_themes(tmp_path)
    assert [theme.name for theme in themes] == ["mine"]
    assert len(complaints) == 5
