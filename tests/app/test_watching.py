"""Videos in the loupe: the heat of a search along the bar, scenes, frames written as photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import av
import numpy as np
import pytest
from PIL import Image
from piloted import until
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.painter import EncodedPicture, PictureRequest, TextPainter
from tui_selector.app.graphics.pictures import Pictures
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.loupe import LoupeScreen
from tui_selector.app.searches import Results, Sought
from tui_selector.app.widgets.film_bar import FilmBar, column_scores
from tui_selector.app.widgets.film_strip import FilmStrip
from tui_selector.app.widgets.photo_view import PhotoView
from tui_selector.app.widgets.tile import Tile
from tui_selector.engine.search_messages import Hit
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.folder.identity import hash_file
from tui_selector.library.folder.reconcile import reconcile
from tui_selector.library.folder.scan import scan
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings

HALF_CELLS = TerminalGraphics("halfcell", 10, 20)
MOMENTS = ((0.0, 0.05), (2.0, 0.95), (5.0, 0.4))


@pytest.fixture
def library(tmp_path: Path) -> LibraryPaths:
    """A photo, and a video of eight seconds: dark, bright from the second second, dark again."""
    folder = tmp_path / "films"
    folder.mkdir()
    Image.new("RGB", (90, 60), "red").save(folder / "a.png")
    with av.open(str(folder / "film.mp4"), "w") as container:
        track = container.add_stream("mpeg4", rate=10)
        assert isinstance(track, av.VideoStream)
        track.width, track.height, track.pix_fmt = 96, 64, "yuv420p"
        for number in range(80):
            pixels = np.full((64, 96, 3), 230 if 20 <= number < 50 else 40, np.uint8)
            container.mux(track.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(track.encode())
    paths = library_paths(folder)
    with Catalog.open(paths) as catalog:
        reconcile(catalog, scan(folder))
        hash_ = hash_file(folder / "film.mp4")
        with catalog.transaction():
            catalog.connection.execute(
                "UPDATE photos SET hash = ?, state = 'indexed', width = 96, height = 64"
                " WHERE kind = 'video'",
                (hash_,),
            )
            catalog.frames.set(hash_, [seconds for seconds, _ in MOMENTS])
    return paths


def app_of(paths: LibraryPaths) -> SelectorApp:
    return SelectorApp(paths, Settings(), HALF_CELLS, start_engine=False)


async def opened(pilot: Pilot[None], *, found: bool) -> LoupeScreen:
    """Open the loupe on the video, which a search has found or not, and wait for its length."""
    app = pilot.app
    assert isinstance(app, SelectorApp)
    await until(pilot, lambda: app.album is not None and len(app.album))
    assert app.album is not None
    await pilot.press("G")
    if found:
        ids, film = app.album.ids, app.album.current_id
        assert film is not None
        hit = Hit(photo=film, score=0.95, moments=MOMENTS)
        app.album.results = Results(
            Sought(text="light"), ids, len(ids), len(ids), hits={film: hit}, ranked=True
        )
    await pilot.press("enter")
    await pilot.pause()
    loupe = app.screen
    assert isinstance(loupe, LoupeScreen)
    await until(pilot, lambda: "0:08.00" in told(loupe))
    return loupe


def told(loupe: LoupeScreen) -> str:
    return "".join(segment.text for segment in loupe.query_one(FilmBar).render_line(0))


async def test_a_hit_opens_at_its_best_moment_with_the_heat_along_the_bar(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await opened(pilot, found=True)
        assert loupe.view.moment == 2.0
        line = told(loupe)
        left, right = line.index("0:02.00") + 8, line.rindex(" 0:08.00")
        strip = line[left:right]
        quarters = [strip[round(share * len(strip))] for share in (0.1, 0.45, 0.8)]
        assert quarters == ["▁", "█", "▄"]
        assert strip.count("●") == 1
        bar = loupe.query_one(FilmBar)
        colours = {
            segment.text[0]: segment.style.color
            for segment in bar.render_line(0)
            if segment.style and segment.text[:1] in ("▁", "█", "▄")
        }
        # What is a match stands out from what is none.
        assert colours["█"] != colours["▄"] == colours["▁"]
        await until(pilot, lambda: loupe.view.complete)
        row = loupe.view.render_line(8).crop(38, 39)
        level = next(s.style.color for s in row if s.style and s.style.color)
        assert level.get_truecolor().red > 190


async def test_without_a_search_the_poster_and_a_plain_bar_are_shown(
    library: LibraryPaths,
) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await opened(pilot, found=False)
        assert loupe.view.moment is None
        assert "─" in told(loupe)
        assert not set("▁▂▃▄▅▆▇█") & set(told(loupe))


@pytest.mark.parametrize("found", [True, False])
async def test_brackets_go_from_scene_to_scene(library: LibraryPaths, found: bool) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await opened(pilot, found=found)
        await pilot.press("[", "[", "[")
        assert loupe.view.moment == (0.0 if found else None)
        seen = []
        for _ in range(4):
            await pilot.press("]")
            seen.append(loupe.view.moment)
        assert seen == ([2.0, 5.0, 5.0, 5.0] if found else [0.0, 2.0, 5.0, 5.0])
        await pilot.press("l", "[")
        assert loupe.view.moment == 5.0
        await pilot.press("k")
        assert app.album is not None
        assert app.album.cursor == 0
        await pilot.press("]", "[")
        assert loupe.view.moment is None


async def test_a_frame_becomes_a_photo_of_its_own(library: LibraryPaths) -> None:
    app = app_of(library)
    place = library.root / "film_00-00-03.000.jpg"
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await opened(pilot, found=True)
        await pilot.press("l", "E")
        await until(pilot, place.exists)
        await pilot.press("E")
        await until(pilot, (library.root / "film_00-00-03.000 (2).jpg").exists)
        await pilot.pause()
        said = [note.message for note in app._notifications]
        assert any("film_00-00-03.000.jpg" in each for each in said)
        assert loupe.view.moment == 3.0
    with Image.open(place) as image:
        assert image.size == (96, 64)
        assert np.asarray(image.convert("L")).min() > 190


async def test_what_is_no_frame_is_not_written(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, found=False)
        await pilot.press("E", "k", "E")
        await pilot.pause()
        said = " ".join(note.message for note in app._notifications)
        assert "poster" in said
        assert "Only frames of videos" in said
    assert {path.name for path in library.root.iterdir()} == {"a.png", "film.mp4"}


async def test_a_frame_that_cannot_be_written_is_a_sentence(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_selector.library.decisions import frame_file
    from tui_selector.library.decisions.moves import RefusedError

    def refuse(*_: object) -> Path:
        raise RefusedError("There is no room.")

    monkeypatch.setattr(frame_file, "write_frame", refuse)
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, found=True)
        await pilot.press("E")
        await until(pilot, lambda: "no room" in str([n.message for n in app._notifications]))


async def test_a_large_window_shows_the_frames_and_their_scores(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 40)) as pilot:
        loupe = await opened(pilot, found=True)
        strip = loupe.query_one(FilmStrip)
        assert strip.display
        await until(pilot, lambda: strip.complete)
        words = "".join(segment.text for segment in strip.render_line(4)).split()
        assert words == ["0:00", "5", "%", "0:02", "95", "%", "0:05", "40", "%"]
        row = strip.render_line(2)
        bright = [
            max(
                s.style.color.get_truecolor()
                for s in row.crop(at, at + 2)
                if s.style and s.style.color
            ).red
            for at in (6, 21, 36)
        ]
        assert bright[0] < 90 < 190 < bright[1]
        assert bright[2] < 90
        await pilot.click(strip, offset=(36, 1))
        assert loupe.view.moment == 5.0
        await pilot.press("k")
        await pilot.pause()
        assert not strip.display
        await pilot.press("j")
        await until(pilot, lambda: strip.display)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not strip.display)


async def test_a_narrow_strip_shows_the_frames_around_where_one_is(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 40)) as pilot:
        loupe = await opened(pilot, found=False)
        strip = loupe.query_one(FilmStrip)
        await until(pilot, lambda: strip.display and strip.tile is not None)
        frames = [(float(second), None) for second in range(20)]
        assert strip.tile is not None
        for moment, first in ((None, 0), (0.0, 0), (9.5, 7), (19.0, 15)):
            strip.show_frames(strip.tile, frames, moment, 0.5)
            assert [at for at, _ in strip.shown] == [float(first + n) for n in range(5)]


class Sharing(TextPainter):
    """A painter that tells what has arrived once, to whoever shows the video."""

    def __init__(self) -> None:
        self.offered: list[PictureRequest] = []
        self.untold: list[PictureRequest] = []
        self.pumped = 0
        self.arrived: set[PictureRequest] = set()

    def __contains__(self, request: object) -> bool:
        return request in self.arrived

    def offer(self, request: PictureRequest, picture: EncodedPicture) -> None:
        self.offered.append(request)

    def strips(self, request: PictureRequest, background: Style) -> Sequence[Strip] | None:
        rows = [Strip([Segment("#" * request.columns, background)])] * request.rows
        return rows if request in self.arrived else None

    @property
    def busy(self) -> bool:
        return bool(self.offered or self.untold)

    def pump(self, wanted: Sequence[PictureRequest]) -> list[PictureRequest]:
        self.pumped += 1
        if self.pumped % 20 == 0:  # by then everybody has drawn that nothing is there
            self.arrived.update(self.offered)
            self.untold += self.offered
            self.offered.clear()
        if not any(request.path.endswith("film.mp4") for request in wanted):
            return []
        told, self.untold = self.untold, []
        return told


class Drawn(PhotoView):
    """Remembers whether it was to be drawn anew after its picture had arrived."""

    renewed = False

    def refresh(self, *regions: Region, **options: bool) -> Self:
        self.renewed = self.renewed or (self.tile is not None and self.complete)
        return super().refresh(*regions, **options)


async def test_views_that_share_a_painter_draw_what_arrives_with_the_others(
    library: LibraryPaths,
) -> None:
    source, painter = Pictures(), Sharing()

    class Two(App[None]):
        def compose(self) -> ComposeResult:
            yield Drawn(source, painter, id="one")
            yield Drawn(source, painter, id="two")

        CSS = "Drawn { height: 1fr; }"

    app = Two()
    async with app.run_test(size=(40, 20)) as pilot:
        views = list(app.query(Drawn))
        for view, name in zip(views, ("a.png", "film.mp4"), strict=True):
            view.show(Tile("", str(library.root / name), name))
        await until(pilot, lambda: all(view.renewed for view in views))
    source.close()


def test_each_part_of_the_bar_has_its_best_score() -> None:
    assert column_scores([(0.0, 0.2), (5.0, 0.8)], 10.0, 4) == [0.2, 0.2, 0.8, 0.8]
    assert column_scores([(0.0, 0.2), (9.9, 0.8)], 10.0, 4) == [0.2, 0.2, 0.2, 0.8]
    assert column_scores([(0.0, 0.1), (1.0, 0.9), (1.1, 0.2)], 10.0, 2) == [0.9, 0.2]
    assert column_scores([(3.0, 0.5)], 10.0, 5) == [0.0, 0.5, 0.5, 0.5, 0.5]
    # A file may say that it is shorter than it is.
    assert column_scores([(0.0, 0.1), (30.0, 0.9)], 10.0, 2) == [0.1, 0.9]
