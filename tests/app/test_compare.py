"""Comparing on the real application: what stands where, what moves with what, what is decided."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from piloted import until
from skimage import data
from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.compare import CompareScreen
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.duel import DuelScreen
from tui_selector.app.screens.help import HelpScreen
from tui_selector.app.widgets.compare_pane import PaneCaption, PaneWords
from tui_selector.app.widgets.zoom_view import ZoomView
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.vote_table import Vote
from tui_selector.library.folder.reconcile import reconcile
from tui_selector.library.folder.scan import scan
from tui_selector.library.photo import Flag, Photo
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings

HALF_CELLS = TerminalGraphics("halfcell", 10, 20, "test", True, "for a test")

#: How much the frames of the scene are blurred, in pixels; the second is the sharpest.
BLURS = (1.0, 0.0, 2.0, 0.5, 4.0)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """0.png to 4.png show one scene more or less sharp; 5.jpg is no picture, 6.png is small."""
    folder = tmp_path_factory.mktemp("frames")
    scene = Image.fromarray(np.ascontiguousarray(data.astronaut()[:256, 96:352]))
    for index, blur in enumerate(BLURS):
        scene.filter(ImageFilter.GaussianBlur(blur)).save(folder / f"{index}.png")
    (folder / "5.jpg").write_bytes(b"\xff\xd8 no picture")
    scene.resize((128, 128)).save(folder / "6.png")
    return folder


@pytest.fixture
def library(frames: Path, tmp_path: Path) -> LibraryPaths:
    """An album of the frames."""
    folder = tmp_path / "album"
    shutil.copytree(frames, folder)
    paths = library_paths(folder)
    with Catalog.open(paths) as catalog:
        reconcile(catalog, scan(folder))
    return paths


def app_of(paths: LibraryPaths, settings: Settings | None = None) -> SelectorApp:
    return SelectorApp(paths, settings or Settings(), HALF_CELLS, start_engine=False)


async def opened(pilot: Pilot[None], *marks: int) -> CompareScreen:
    """Wait for the photos, mark those at these indices, and compare."""
    app = pilot.app
    assert isinstance(app, SelectorApp)
    await until(pilot, lambda: app.album is not None and len(app.album) == 7)
    assert app.album is not None
    app.album.mark(marks)
    await pilot.press("equals_sign")
    await pilot.pause()
    assert isinstance(app.screen, CompareScreen)
    return app.screen


def names(screen: CompareScreen) -> list[str]:
    return [words.tile.caption for words in words_of(screen)]


def words_of(screen: CompareScreen) -> list[PaneWords]:
    """What the captions of the panes in sight say."""
    found = [pane.caption.words for pane in screen.panes]
    return [words for words in found if words is not None]


def active(screen: CompareScreen) -> str:
    (name,) = [words.tile.caption for words in words_of(screen) if words.active]
    return name


def views(screen: CompareScreen) -> list[ZoomView]:
    return [pane.view for pane in screen.panes]


def measured(screen: CompareScreen) -> bool:
    return all(share is not None for share in screen.sharpness)


def stored(library: LibraryPaths) -> dict[str, Photo]:
    with Catalog.open(library) as catalog:
        return {photo.name: photo for photo in catalog.photos.all()}


async def test_the_marked_photos_stand_side_by_side(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 3, 0, 1)
        assert names(screen) == ["0.png", "1.png", "3.png"]
        assert active(screen) == "0.png"
        assert sum(pane.display for pane in screen.query("ComparePane")) == 3
        for view in views(screen):
            await until(pilot, lambda view=view: "▀" in text_of(view))
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, CullScreen)
        assert app.album is not None
        assert app.album.marks_here == 3


def text_of(view: ZoomView) -> str:
    return "".join(segment.text for y in range(view.size.height) for segment in view.render_line(y))


async def test_without_marks_it_is_this_photo_and_the_next(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.album is not None and len(app.album) == 7)
        await pilot.press("l")
        screen = await opened(pilot)
        assert names(screen) == ["1.png", "2.png"]


async def test_too_many_marks_are_said(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.album is not None and len(app.album) == 7)
        await pilot.press("ctrl+a", "equals_sign")
        await pilot.pause()
        assert isinstance(app.screen, CullScreen)
        (said,) = [notice.message for notice in app._notifications]
        assert said == "7 photos are marked; 4 at most stand side by side. ctrl+u unmarks all."


@pytest.mark.parametrize("size", [(80, 24), (150, 44), (40, 60), (20, 6), (1, 1)])
async def test_the_panes_fill_the_window_and_do_not_overlap(
    library: LibraryPaths, size: tuple[int, int]
) -> None:
    app = app_of(library)
    async with app.run_test(size=size) as pilot:
        for count in (2, 3, 4):
            screen = await opened(pilot, *range(count))
            await pilot.pause()
            regions = [pane.region for pane in screen.panes]
            assert len(regions) == count
            for index, region in enumerate(regions):
                assert not any(region.overlaps(other) for other in regions[:index])
            if size >= (80, 24):
                assert min(region.width * region.height for region in regions) > 300
            await pilot.press("escape")


async def test_zoom_and_pan_are_one_until_unlocked(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1, 2)
        await until(pilot, lambda: measured(screen))
        await pilot.press("z", "l", "j")
        await pilot.pause()
        zooms = {view.zoom for view in views(screen)}
        centres = {view.centre for view in views(screen)}
        assert zooms == {1.0}
        assert len(centres) == 1
        (together,) = centres
        assert together > (0.5, 0.5)

        await pilot.press("L", "tab", "shift+right", "shift+right")
        await pilot.pause()
        first, second, third = (view.centre for view in views(screen))
        assert first == third == together
        assert second[0] > first[0]
        shift = second[0] - first[0]

        await pilot.press("L", "h")
        await pilot.pause()
        first, second, third = (view.centre for view in views(screen))
        assert first == third
        assert first[0] < together[0]
        assert second[0] - first[0] == pytest.approx(shift)

        await pilot.press("equals_sign")
        assert len({view.centre for view in views(screen)}) == 1
        await pilot.press("z")
        await pilot.pause()
        assert {view.zoom for view in views(screen)} == {None}


async def test_a_smaller_photo_shows_the_same_part(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 1, 6)
        await until(pilot, lambda: all(words.sharpness for words in words_of(screen)))
        await pilot.press("z")
        await pilot.pause()
        large, small = views(screen)
        assert large.zoom == 1.0
        assert small.zoom == 2.0
        assert large.viewport is not None
        assert small.viewport is not None
        assert large.viewport.seen == pytest.approx(small.viewport.seen, abs=0.02)


async def test_sharpness_is_shown_as_a_share_of_the_best(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(150, 30)) as pilot:
        screen = await opened(pilot, 0, 1, 2)
        await until(pilot, lambda: measured(screen))
        shares = [share for share in screen.sharpness if share is not None]
        assert shares[1] == 1.0 > shares[0] > shares[2]
        assert [words.sharpest for words in words_of(screen)] == [False, True, False]
        assert words_of(screen)[1].sharpness == "100 %"
        caption = screen.panes[1].caption
        assert "◆ sharpness 100 %" in "".join(part.text for part in caption.render_line(0))


async def test_the_spot_in_sight_is_measured_not_the_whole_photo(library: LibraryPaths) -> None:
    whole = Image.open(library.root / "2.png")
    whole.paste(Image.open(library.root / "1.png").crop((0, 0, 128, 128)), (0, 0))
    whole.save(library.root / "2.png")
    Image.open(library.root / "1.png").filter(ImageFilter.GaussianBlur(0.6)).save(
        library.root / "0.png"
    )
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 2)
        await until(pilot, lambda: measured(screen))
        await pilot.press("z")
        views(screen)[0].pan(-9, -9)
        await pilot.pause()
        await until(pilot, lambda: measured(screen))
        assert screen.sharpness[1] == 1.0
        views(screen)[0].pan(9, 9)
        await pilot.pause()
        await until(pilot, lambda: measured(screen))
        assert screen.sharpness[0] == 1.0


async def test_dropping_the_worst_takes_it_from_the_comparison_alone(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        screen = await opened(pilot, 0, 1, 2)
        await until(pilot, lambda: measured(screen))
        await pilot.press("w")
        await pilot.pause()
        assert names(screen) == ["0.png", "1.png"]
        (said,) = [notice.message for notice in app._notifications]
        assert said.startswith("Dropped 2.png, the least sharp here (")
        assert said.endswith(" %). X rejects it.")
        await until(pilot, lambda: measured(screen))
        assert app.desk is not None
        assert not app.desk.waiting
        assert stored(library)["2.png"].flag is Flag.NONE

        await pilot.press("X")
        await until(pilot, lambda: stored(library)["2.png"].flag is Flag.REJECT)
        assert names(screen) == ["0.png", "1.png"]
        await pilot.press("w")
        await pilot.pause()
        assert names(screen) == ["1.png"]
        await pilot.press("p")
        await until(pilot, lambda: stored(library)["1.png"].flag is Flag.PICK)
        assert stored(library)["0.png"].flag is Flag.NONE


async def test_decisions_are_about_the_active_photo_and_step_on(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1, 2)
        await pilot.press("x", "p", "4")
        await pilot.pause()
        assert [words.tile.flag for words in words_of(screen)] == [-1, 1, 0]
        assert words_of(screen)[2].tile.rating == 4
        assert active(screen) == "2.png"
        await pilot.press("shift+tab", "8")
        await pilot.pause()
        assert words_of(screen)[1].tile.label == "green"
        assert app.desk is not None
        await until(pilot, lambda: app.desk is None or not app.desk.waiting)
        photos = stored(library)
        assert photos["0.png"].flag is Flag.REJECT
        assert photos["1.png"].flag is Flag.PICK
        assert photos["1.png"].label == "green"
        assert photos["2.png"].rating == 4
        await pilot.press("u")
        await until(pilot, lambda: not words_of(screen)[1].tile.label)
        assert app.screen is screen


async def test_without_advance_the_active_photo_stays(library: LibraryPaths) -> None:
    app = app_of(library, Settings(advance=False))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1)
        await pilot.press("5", "p")
        await pilot.pause()
        assert active(screen) == "0.png"
        assert words_of(screen)[0].tile.rating == 5
        assert words_of(screen)[0].tile.flag == 1


async def test_trash_takes_a_photo_away_and_undo_brings_it_back_here(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1, 2)
        await pilot.press("tab", "d")
        await pilot.pause()
        assert names(screen) == ["0.png", "2.png"]
        await until(pilot, lambda: not (library.root / "1.png").exists())
        await pilot.press("u")
        await until(pilot, lambda: names(screen) == ["0.png", "1.png", "2.png"])
        assert active(screen) == "1.png"
        assert (library.root / "1.png").exists()


async def test_the_last_photo_leaving_closes_the_comparison(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(pilot, 0, 1)
        await pilot.press("d", "d")
        await pilot.pause()
        assert isinstance(app.screen, CullScreen)


async def test_a_photo_that_vanishes_leaves(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1, 2)
        (library.root / "1.png").unlink()
        with Catalog.open(library) as catalog:
            reconcile(catalog, scan(library.root))
        assert app.album is not None
        app.album.forget_rows()
        app.reader.reload()
        await until(pilot, lambda: names(screen) == ["0.png", "2.png"])


async def test_photos_that_vanish_under_a_dialog_close_the_comparison_after_it(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        for name in ("0.png", "1.png"):
            (library.root / name).unlink()
        with Catalog.open(library) as catalog:
            reconcile(catalog, scan(library.root))
        assert app.album is not None
        app.album.forget_rows()
        app.reader.reload()
        await until(pilot, lambda: not screen.comparison.frames)
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CullScreen))


async def test_a_pick_under_the_filter_of_undecided_photos_stays_in_sight(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: app.album is not None and len(app.album) == 7)
        await pilot.press("f")
        screen = await opened(pilot, 0, 1)
        await pilot.press("p")
        await until(pilot, lambda: app.desk is not None and not app.desk.waiting)
        assert names(screen) == ["0.png", "1.png"]
        assert words_of(screen)[0].tile.flag == 1


async def test_swapping_and_replacing(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1)
        await pilot.press("s")
        assert names(screen) == ["1.png", "0.png"]
        assert active(screen) == "0.png"
        await pilot.press("n")
        assert names(screen) == ["1.png", "2.png"]
        await pilot.press("N")
        assert names(screen) == ["1.png", "0.png"]
        await pilot.press("N")
        assert names(screen) == ["1.png", "0.png"]
        await pilot.press("backspace")
        assert names(screen) == ["1.png"]
        await pilot.press("backspace", "s")
        assert names(screen) == ["1.png"]


async def test_arrows_go_to_the_photo_beside_while_the_photos_are_whole(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(150, 44)) as pilot:
        screen = await opened(pilot, 0, 1, 2, 3)
        columns = len({pane.region.x for pane in screen.panes})
        assert columns == 2
        await pilot.press("l")
        assert active(screen) == "1.png"
        await pilot.press("j")
        assert active(screen) == "3.png"
        await pilot.press("j")
        assert active(screen) == "3.png"
        await pilot.press("h", "k")
        assert active(screen) == "0.png"
        await pilot.press("shift+tab")
        assert active(screen) == "3.png"


async def test_the_mouse_chooses_and_drags(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1)
        await until(pilot, lambda: measured(screen))
        await pilot.click(PaneCaption, offset=(3, 0))
        first, second = views(screen)
        await pilot.click(second, offset=(5, 5))
        assert active(screen) == "1.png"
        await pilot.press("z")
        before = first.centre
        await pilot.mouse_down(first, offset=(20, 10))
        await pilot.hover(first, offset=(14, 8))
        await pilot.mouse_up(first, offset=(14, 8))
        await pilot.pause()
        assert active(screen) == "0.png"
        assert first.centre > before
        # One pane is a column wider than the other: their middles differ by half a cell.
        assert second.centre == pytest.approx(first.centre, abs=1 / 256)


async def test_marking_is_about_the_active_photo(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("space")
        await pilot.pause()
        assert app.album is not None
        assert app.album.marks == {screen.comparison.photos[0]}
        assert active(screen) == "1.png"
        assert words_of(screen)[0].tile.marked


async def test_a_broken_file_is_a_sentence_and_has_no_sharpness(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        screen = await opened(pilot, 1, 5)
        await until(pilot, lambda: screen.sharpness == [1.0, None])
        broken = views(screen)[1]
        await until(pilot, lambda: "." in text_of(broken))
        await pilot.press("z", "w")
        await until(pilot, lambda: screen.sharpness == [1.0, None])
        await pilot.press("w")
        await pilot.pause()
        assert names(screen) == ["1.png", "5.jpg"]
        assert app._notifications


async def test_the_overlay_is_painted_over_all(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 1)
        await pilot.press("F")
        assert [view.overlay for view in views(screen)] == ["focus"] * 2
        await pilot.press("n", "C")
        assert [view.overlay for view in views(screen)] == ["clipping"] * 2
        await pilot.press("C")
        assert [view.overlay for view in views(screen)] == [""] * 2


async def test_returning_stands_on_the_active_photo(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(pilot, 0, 3)
        await pilot.press("tab", "escape")
        await pilot.pause()
        assert app.album is not None
        assert app.album.current is not None
        assert app.album.current.name == "3.png"


async def test_a_hostile_name_is_made_visible(library: LibraryPaths) -> None:
    os.rename(library.root / "0.png", library.root / "a\x1b[31m[bold].png")
    with Catalog.open(library) as catalog:
        reconcile(catalog, scan(library.root))
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: app.album is not None and len(app.album) == 7)
        await pilot.press("G")
        screen = await opened(pilot, 6)
        shown = "".join(part.text for pane in screen.panes for part in pane.caption.render_line(0))
        assert "\x1b" not in shown
        assert "[bold]" in shown


async def test_a_duel_ranks_the_photos_compared_and_is_stored(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        screen = await opened(pilot, 0, 1, 2)
        first, second, third = screen.comparison.photos
        await pilot.press("W")
        duel = app.screen
        assert isinstance(duel, DuelScreen)
        assert duel.comparison.photos == [first, second]
        await pilot.press("l", "escape")
        await pilot.pause()
        assert screen.comparison.photos == [second, first, third]
        await pilot.press("W")
        duel = app.screen
        assert isinstance(duel, DuelScreen)
        assert duel.comparison.photos == [first, third]
        await pilot.press("l", "l")
        await until(pilot, lambda: app.screen is screen)
        assert screen.comparison.photos == [third, second, first]
        assert screen.comparison.active_photo == third
        assert [said.message for said in app._notifications] == [
            "2 of 3 photos are ranked; W goes on.",
            "They stand in the order of your choices, the best first.",
        ]
        chosen = [Vote(second, first), Vote(third, first), Vote(third, second)]
        await until(pilot, lambda: votes(library) == chosen)
        assert not any(photo.flag for photo in stored(library).values())


async def test_photos_that_are_ranked_stand_in_that_order_or_are_ranked_again(
    library: LibraryPaths,
) -> None:
    with Catalog.open(library) as catalog, catalog.transaction():
        ids = {photo.name: photo.id for photo in catalog.photos.all()}
        catalog.votes.add(Vote(ids["3.png"], ids["0.png"]))
    app = app_of(library)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot, 0, 3)
        await pilot.press("W", "o")
        await until(pilot, lambda: names(screen) == ["3.png", "0.png"])
        await pilot.press("W", "a")
        await until(pilot, lambda: isinstance(app.screen, DuelScreen))
        await pilot.press("l")
        await until(pilot, lambda: names(screen) == ["0.png", "3.png"])
        await until(pilot, lambda: votes(library) == [Vote(ids["0.png"], ids["3.png"])])
        await pilot.press("backspace", "W")
        assert app.screen is screen


def votes(library: LibraryPaths) -> list[Vote]:
    with Catalog.open(library) as catalog:
        return catalog.votes.all()
