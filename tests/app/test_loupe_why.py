"""Parts of the photo in the loupe: heat where words are, and photos like a framed part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from piloted import open_loupe, until
from textual.pilot import Pilot
from textual.widgets import Static

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.loupe import LoupeScreen
from tui_selector.app.searches import Results, Sought
from tui_selector.app.widgets.why_bar import WhyBar
from tui_selector.engine.launch import EngineError
from tui_selector.engine.protocol import AnyAnswer, AnyRequest
from tui_selector.engine.search_messages import Explain, Explanation, WordHeat
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.folder.reconcile import reconcile
from tui_selector.library.folder.scan import scan
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings

HALF_CELLS = TerminalGraphics("halfcell", 10, 20)

LEFT, RIGHT = bytes([255, 0]), bytes([0, 255])


@pytest.fixture
def library(tmp_path: Path) -> LibraryPaths:
    folder = tmp_path / "album"
    folder.mkdir()
    for index in range(3):
        Image.new("RGB", (160, 80), (100, 100, 100)).save(folder / f"{index}.png")
    paths = library_paths(folder)
    with Catalog.open(paths) as catalog:
        reconcile(catalog, scan(folder))
    return paths


class Engine:
    """Answers in the place of an engine that is there, and counts what it is asked."""

    def __init__(self, app: SelectorApp, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[Explain] = []
        self.steps = 1
        self.refusal = ""
        self.seen = (0.0, 0.0, 1.0, 1.0)
        self.answers = 0  # before the refusals
        monkeypatch.setattr(app.link, "request", self.request)

    async def request(self, request: AnyRequest) -> AnyAnswer:
        assert isinstance(request, Explain)
        self.asked.append(request)
        if self.refusal and len(self.asked) > self.answers:
            raise EngineError(self.refusal)
        return Explanation(
            words=[
                WordHeat(text="", heat=bytes([255, 255])),
                WordHeat(text="dog", heat=LEFT, chance=0.92),
                WordHeat(text="helicopter", heat=RIGHT, chance=0.03),
                WordHeat(text="night", chance=1.0, note="'night' has no place."),
            ],
            rows=1,
            columns=2,
            seen=self.seen,
            from_tags=not request.text,
            method="class activation",
            model="Net-1 · CPU",
            finer=request.detail + 1 < self.steps,
            milliseconds=1.0,
        )


def warmth(loupe: LoupeScreen, x: int) -> int:
    """How much redder than blue a cell in the middle row of the picture is."""
    (segment,) = loupe.view.render_line(loupe.view.size.height // 2).crop(x, x + 1)
    assert segment.style is not None
    assert segment.style.color is not None
    red, _, blue = segment.style.color.get_truecolor()
    return red - blue


def line(loupe: LoupeScreen) -> str:
    return "".join(segment.text for segment in loupe.query_one(WhyBar).render_line(0)).strip()


def app_of(paths: LibraryPaths) -> SelectorApp:
    return SelectorApp(paths, Settings(), HALF_CELLS, start_engine=False)


@asynccontextmanager
async def looking(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Pilot[None], Engine, LoupeScreen]]:
    """The loupe on the first photo, and what answers it."""
    app = app_of(library)
    async with app.run_test(size=size) as pilot:
        engine = Engine(app, monkeypatch)
        yield pilot, engine, await open_loupe(pilot)


async def test_heat_lies_where_the_words_are_word_by_word(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(library, monkeypatch, size=(120, 24)) as (pilot, engine, loupe):
        await until(pilot, lambda: loupe.view.complete)
        assert warmth(loupe, 20) == warmth(loupe, 100) == 0
        assert not loupe.query_one(WhyBar).display
        await pilot.press("W")
        await until(pilot, lambda: loupe.view.heat is not None and loupe.view.complete)
        assert min(warmth(loupe, 20), warmth(loupe, 100)) > 50
        assert line(loupe).startswith("tags: all  dog 92 %  helicopter ≈ 3 %  night 100 %")
        assert "heat 60 % · Net-1 · class activation map" in line(loupe)
        await pilot.press("w")
        await until(pilot, lambda: loupe.view.complete and warmth(loupe, 100) < 20)
        assert warmth(loupe, 20) > 50
        await pilot.press("w")
        await until(pilot, lambda: loupe.view.complete and warmth(loupe, 20) < 20)
        assert warmth(loupe, 100) > 50
        await pilot.press("w")
        assert loupe.view.heat is None
        assert "'night' has no place." in line(loupe)
        await pilot.press("w")
        await until(pilot, lambda: loupe.view.complete and warmth(loupe, 20) > 50)
        assert len(engine.asked) == 1
        await pilot.press("W")
        await until(pilot, lambda: loupe.view.complete and warmth(loupe, 20) == 0)
        assert not loupe.query_one(WhyBar).display


async def test_opacity_has_its_keys(library: LibraryPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking(library, monkeypatch, size=(120, 24)) as (pilot, _, loupe):
        await pilot.press("W")
        await until(pilot, lambda: loupe.view.heat is not None and loupe.view.complete)
        before = warmth(loupe, 20)
        await pilot.press(*">>>>>")
        assert loupe.view.heat is not None
        assert loupe.view.heat.opacity == 100
        await until(pilot, lambda: loupe.view.complete)
        assert warmth(loupe, 20) > before
        await pilot.press(*"<<<<<<")
        assert loupe.view.heat.opacity == 20
        assert "heat 20 %" in line(loupe)


@pytest.mark.parametrize(
    ("width", "end"),
    [
        (131, "heat 60 % · Net-1 · class activation map · sees the middle square"),
        (100, "heat 60 % · sees the middle square"),
        (80, "sees the middle square"),
        (60, "night 100 %"),
    ],
)
async def test_what_matters_most_is_told_where_there_is_little_room(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch, width: int, end: str
) -> None:
    async with looking(library, monkeypatch, size=(width, 24)) as (pilot, engine, loupe):
        engine.seen = (0.25, 0.0, 0.75, 1.0)
        await pilot.press("W")
        await until(pilot, lambda: loupe.view.heat is not None)
        assert line(loupe).endswith(end)
        await pilot.press("w", "w", "w")
        told = line(loupe).partition("night 100 %")[2].strip()
        whole = "'night' has no place."
        assert told == whole or (told.endswith("…") and whole.startswith(told[:-1]))


async def test_the_next_photo_is_looked_at_with_the_same_word(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(library, monkeypatch) as (pilot, engine, loupe):
        await pilot.press("w")
        await until(pilot, lambda: loupe.view.heat is not None)
        await pilot.press("w", "l")
        await until(pilot, lambda: len(engine.asked) == 2 and loupe.view.heat is not None)
        assert loupe.view.heat is not None
        assert loupe.view.heat.heat == LEFT
        assert engine.asked[0].photo != engine.asked[1].photo
        await pilot.press("W", "l")
        await pilot.pause()
        assert len(engine.asked) == 2


async def test_the_words_are_those_of_the_search(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(library, monkeypatch) as (pilot, engine, loupe):
        assert loupe.selector.album is not None
        ids = loupe.selector.album.ids
        loupe.selector.album.results = Results(Sought(text="dog -cat"), ids, len(ids), len(ids))
        await pilot.press("W")
        await until(pilot, lambda: loupe.view.heat is not None)
        assert engine.asked[0].text == "dog -cat"
        assert line(loupe).startswith("search: all")


async def test_a_slow_model_is_asked_step_by_step(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(library, monkeypatch) as (pilot, engine, _):
        engine.steps = 3
        await pilot.press("W")
        await until(pilot, lambda: len(engine.asked) == 3)
        await pilot.pause()
        assert [request.detail for request in engine.asked] == [0, 1, 2]


async def test_what_was_found_stays_where_the_next_step_is_refused(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(library, monkeypatch, size=(120, 24)) as (pilot, engine, loupe):
        engine.steps, engine.answers, engine.refusal = 3, 1, "Something else was asked."
        await pilot.press("W")
        await until(pilot, lambda: len(engine.asked) == 2)
        await pilot.pause()
        assert loupe.view.heat is not None
        assert "class activation map …" in line(loupe)


async def test_a_click_chooses_a_word(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(library, monkeypatch) as (pilot, _, loupe):
        await pilot.press("W")
        await until(pilot, lambda: loupe.view.heat is not None)
        await pilot.click(WhyBar, offset=(line(loupe).index("helicopter") + 2, 0))
        await until(pilot, lambda: loupe.view.heat is not None and loupe.view.heat.heat == RIGHT)


async def test_zoomed_heat_lies_on_the_same_place(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(library, monkeypatch) as (pilot, _, loupe):
        await pilot.press("w", "z", "+")
        await until(pilot, lambda: loupe.view.heat is not None)
        await pilot.press("w")
        loupe.view.pan(-10, 0)
        await until(pilot, lambda: loupe.view.complete)
        assert warmth(loupe, 10) > 50
        loupe.view.pan(10, 0)
        await until(pilot, lambda: loupe.view.complete)
        assert warmth(loupe, 70) < 20


async def test_each_frame_of_a_video_is_looked_at(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with av.open(str(library.root / "0.mp4"), "w", format="mp4") as out:
        track = out.add_stream("mpeg4", rate=5)
        track.width, track.height, track.pix_fmt = 160, 80, "yuv420p"
        grey = np.full((80, 160, 3), 100, np.uint8)
        for _ in range(15):
            out.mux(track.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        out.mux(track.encode(None))
    with Catalog.open(library) as catalog:
        reconcile(catalog, scan(library.root))
    async with looking(library, monkeypatch) as (pilot, engine, loupe):
        assert loupe.selector.album is not None
        while loupe.selector.album.current is None or loupe.selector.album.current.name != "0.mp4":
            await pilot.press("n")
            await pilot.pause(0.01)
        await pilot.press("W")
        await until(pilot, lambda: loupe.view.heat is not None)
        await pilot.press("l")
        await until(pilot, lambda: len(engine.asked) == 2 and loupe.view.heat is not None)
        assert [request.moment for request in engine.asked] == [None, 1.0]
        await until(pilot, lambda: loupe.view.complete)
        assert warmth(loupe, 10) > 50


async def test_without_an_engine_a_sentence_says_so(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(100, 24)) as pilot:
        loupe = await open_loupe(pilot)
        await pilot.press("W")
        await pilot.pause()
        assert "engine" in line(loupe)
        assert loupe.view.heat is None


async def test_it_is_asked_again_when_the_engine_comes(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(library, monkeypatch, size=(100, 24)) as (pilot, engine, loupe):
        engine.refusal = "The engine is still starting."
        await pilot.press("W")
        await until(pilot, lambda: line(loupe) == engine.refusal)
        engine.refusal = ""
        monkeypatch.setattr(type(loupe.selector.link), "connected", True)
        loupe.selector.status_changed.publish(None)
        await until(pilot, lambda: loupe.view.heat is not None)
        assert len(engine.asked) == 2


# -- photos like a part ----------------------------------------------------------------------------


def sized(library: LibraryPaths) -> None:
    """Say how large the photos are, as indexing does."""
    with Catalog.open(library) as catalog, catalog.transaction():
        catalog.connection.execute("UPDATE photos SET width = 160, height = 80")


def said(loupe: LoupeScreen) -> str:
    return str(loupe.query_one("#caption", Static).content)


async def test_a_framed_part_is_searched_for(
    library: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    sized(library)
    app = app_of(library)
    searched: list[tuple[list[int], object]] = []
    monkeypatch.setattr(
        app, "find_similar", lambda photos, region: searched.append((photos, region))
    )
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await open_loupe(pilot)
        await pilot.press("R")
        await pilot.pause()
        assert "25-75 % across, 25-75 % down" in said(loupe)
        await pilot.press("l")
        await pilot.pause()
        assert "26-76 % across" in said(loupe)
        await pilot.press("escape")
        await pilot.pause()
        # Only the frame has gone.
        assert app.screen is loupe
        assert "0.png" in said(loupe)
        await pilot.press("R", "z", "enter")
        await pilot.pause()
        assert app.album is not None
        ((photos, region),) = searched
        assert photos == [app.album.current_id]
        assert region == pytest.approx((0.25, 0.25, 0.75, 0.75))
        assert "0.png" in said(loupe)


async def test_a_photo_whose_size_is_unknown_has_no_parts(library: LibraryPaths) -> None:
    app = app_of(library)
    async with app.run_test(size=(80, 24)) as pilot:
        loupe = await open_loupe(pilot)
        await pilot.press("R")
        await pilot.pause()
        assert loupe.view.region_chosen is None
        assert any("no picture yet" in toast.message for toast in app._notifications)
