"""Exports and sidecars from the grid: the dialog, the thread, and what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import quiet
from piloted import until
from textual.widgets import Input, Label

from tui_selector.app.exports import choices
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.export_dialog import ExportDialog
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.sidecar_table import Marks
from tui_selector.library.export import writing
from tui_selector.library.photo import Companion
from tui_selector.library.xmp.packet import EMPTY, Packet
from tui_selector.library.xmp.statement import write
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


def summary(dialog: ExportDialog) -> str:
    return str(dialog.query_one("#summary", Label).content)


async def ask(pilot: Any, app: Any, target: Path) -> ExportDialog:
    """Open the dialog and say where to."""
    await pilot.press("E")
    await until(pilot, lambda: isinstance(app.screen, ExportDialog))
    dialog: ExportDialog = app.screen
    dialog.query_one("#target", Input).value = str(target)
    await until(pilot, lambda: str(target) in summary(dialog))
    return dialog


async def test_marked_photos_are_copied_while_the_screen_stays(
    small_library: LibraryPaths, open_app: Any, tmp_path: Path
) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("space", "space")
        dialog = await ask(pilot, app, tmp_path / "out")
        assert summary(dialog).startswith("2 photos, 2 files, 14 bytes → ")
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "out/02.jpg").exists() and not app.out.words)
        assert isinstance(app.screen, CullScreen)
        assert {place.name for place in (tmp_path / "out").iterdir()} == {"01.jpg", "02.jpg"}
        assert app.clipboard.startswith("rsync ")
        assert app.session.export == str(tmp_path / "out")
        again = await ask(pilot, app, tmp_path / "out")
        assert "2 there already" in summary(again)


async def test_a_move_is_seen_at_once_and_undone(
    small_library: LibraryPaths, open_app: Any, settle: Any, tmp_path: Path
) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("p")
        await settle(app, pilot)
        dialog = await ask(pilot, app, tmp_path / "out")
        assert summary(dialog).startswith("1 photo, 1 file")
        await pilot.press("down", "right")
        await until(pilot, lambda: "1 photo" in summary(dialog) and dialog._plan is not None)
        assert dialog._plan is not None
        assert dialog._plan.form == "move"
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "out/01.jpg").exists() and not app.out.words)
        await settle(app, pilot)
        assert 1 not in app.album.ids
        await pilot.press("u")
        await settle(app, pilot)
        assert 1 in app.album.ids
        assert (small_library.root / "01.jpg").exists()
        assert not (tmp_path / "out/01.jpg").exists()


async def test_a_wrong_target_is_said_and_not_accepted(
    small_library: LibraryPaths, open_app: Any, tmp_path: Path
) -> None:
    async with open_app(small_library) as (app, pilot):
        dialog = await ask(pilot, app, small_library.root / "in")
        assert "inside the library" in summary(dialog)
        await pilot.press("enter")
        assert app.screen is dialog
        await pilot.press("escape")
        assert isinstance(app.screen, CullScreen)


async def test_an_export_is_stopped_and_leaves_no_half_file(
    small_library: LibraryPaths,
    open_app: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    go = threading.Event()
    pour = writing.pour

    def wait(read: Any, write: Any, progress: writing.Progress) -> int:
        go.wait(60)
        return pour(read, write, progress)

    monkeypatch.setattr(writing, "pour", wait)
    monkeypatch.setattr(quiet, "PATIENCE", 0.1)
    async with open_app(small_library) as (app, pilot):
        await ask(pilot, app, tmp_path / "out")
        await pilot.press("enter")
        await until(pilot, lambda: app.out.words)
        await pilot.press("E")
        await until(pilot, lambda: not isinstance(app.screen, CullScreen))
        await pilot.press("s")
        go.set()
        await until(pilot, lambda: not app.out.words)
        assert list((tmp_path / "out").iterdir()) == []


def put_sidecar(paths: LibraryPaths, rating: int) -> None:
    """Write a sidecar of photo 1 as another program does, and let the catalog know of it."""
    packet = Packet(EMPTY)
    write(packet, Marks(rating=rating))
    place = paths.root / "01.xmp"
    place.write_bytes(packet.edited())
    found = place.stat()
    companion = Companion(
        path="01.xmp", role="sidecar", size=found.st_size, mtime_ns=found.st_mtime_ns
    )
    with Catalog.open(paths) as catalog, catalog.transaction():
        catalog.companions.replace(1, [companion])


async def test_changes_elsewhere_are_offered_and_taken_over(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    said: list[str] = []
    async with open_app(small_library) as (app, pilot):
        app.say = lambda sentence, severity="": said.append(sentence)
        put_sidecar(small_library, 4)
        app.out.look()
        await until(pilot, lambda: said)
        assert said[0].startswith("1 photo was changed in XMP sidecars elsewhere (01.jpg: 4 stars)")
        assert app.album.photo_of(1).rating == 0
        app.out.look()
        await app.screen.run_action("read_sidecars")
        await until(pilot, lambda: len(said) > 1)
        await settle(app, pilot)
        assert said[1:] == ["Sidecars changed 1 photo (01.jpg: 4 stars); u takes it back."]
        assert app.album.photo_of(1).rating == 4
        await pilot.press("u")
        await settle(app, pilot)
        assert app.album.photo_of(1).rating == 0


async def test_sidecars_follow_decisions_where_settings_say_so(
    small_library: LibraryPaths, open_app: Any, settle: Any
) -> None:
    async with open_app(small_library, Settings(sidecars="sync")) as (app, pilot):
        put_sidecar(small_library, 2)
        app.out.look()
        await until(pilot, lambda: app.desk.titles.undo == "Read sidecars of 01.jpg")
        await settle(app, pilot)
        await pilot.press("5")
        sidecar = small_library.root / "01.xmp"
        await until(pilot, lambda: b'Rating="5"' in sidecar.read_bytes())
        await pilot.press("u")
        await until(pilot, lambda: b'Rating="2"' in sidecar.read_bytes())


def test_only_choices_with_photos_are_offered() -> None:
    assert choices([], [4], [], [4, 5]) == [
        ("tab", "the 1 photo of this tab", (4,)),
        ("all", "the 2 photos of the library", (4, 5)),
    ]
