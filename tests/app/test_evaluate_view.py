"""The view of how good groups are: what is measured, where photos open from, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evaluated_album import evaluating, labelled_album, measured, plane, words
from piloted import until
from searched_album import album_of
from textual.widgets import Input

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.dialogs import TextDialog
from tui_selector.app.screens.evaluate import EvaluateScreen
from tui_selector.app.searches import SEARCH
from tui_selector.engine.protocol import Tell
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths


@pytest.fixture
def library(tmp_path: Path) -> LibraryPaths:
    return labelled_album(tmp_path / "album")


def view(app: SelectorApp) -> EvaluateScreen:
    return app.get_screen("evaluate", EvaluateScreen)


async def test_runs_stand_side_by_side_and_the_matrix_says_where_they_are_wrong(
    library: LibraryPaths,
) -> None:
    async with evaluating(library) as (app, pilot, engine):
        here = view(app)
        assert [row.contender.name for row in here.rows] == [
            "tabs as they are",
            "k-means, K = 2",
            "DBSCAN",
            "linked",
            "HDBSCAN",
        ]
        assert words(here, "head") == (
            "Evaluate · classes from {class}_#: 2 classes, 7 of 8 photos: bus 4, dog 3"
        )
        tabs = here.found
        assert tabs is not None
        assert tabs.result.accuracy == pytest.approx(5 / 7)
        assert [cell.plain for cell in here.table.get_row_at(0)][:3] == [
            "tabs as they are",
            "2",
            "0.714",
        ]
        head, *lines = [line.split() for line in plane(here) if line]
        assert head == ["class", "vehicles", "dogs", "in", "none", "prec.", "recall", "F1"]
        assert lines == [
            ["bus", "3", "1", "1.00", "0.75", "0.86"],
            ["dog", "2", "1", "0.67", "0.67", "0.67"],
        ]
        await pilot.press("j", "j")
        found = here.found
        assert found is not None
        assert found.result.accuracy == 1.0
        assert "group 0" in plane(here)[0]
        assert here.table.get_row_at(2)[2].style == "bold"
        assert [asked.algorithm for asked in engine.asked] == [
            "kmeans",
            "dbscan",
            "linked",
            "hdbscan",
        ]


async def test_a_cell_opens_its_photos_and_the_view_is_as_it_was(library: LibraryPaths) -> None:
    async with evaluating(library) as (app, pilot, _):
        here = view(app)
        await pilot.press("enter")
        assert here.matrix.has_focus
        assert words(here, "words").startswith(
            "3 photos: bus in vehicles · 75 % of bus, 100 % of vehicles · vehicles stands for bus"
        )
        await pilot.press("l")
        assert words(here, "words").startswith("1 photo: bus in dogs · 25 %")
        await pilot.press("enter")
        await until(pilot, lambda: app.album is not None and app.album.query.tab == SEARCH)
        assert isinstance(app.screen, CullScreen)
        assert app.album is not None
        assert list(app.album.ids) == [4]
        assert app.album.tab.name == "bus in dogs"
        await pilot.press("V")
        assert app.screen is here
        assert (here.matrix.row, here.matrix.column) == (0, 1)
        await pilot.press("k")
        assert words(here, "words").startswith("3 photos: dogs")
        await pilot.click("#matrix", offset=(2, 2))
        await until(pilot, lambda: app.album and list(app.album.ids) == [5, 6, 7])
        assert app.album.tab.name == "dog"


async def test_parameters_are_changed_and_measured_anew(library: LibraryPaths) -> None:
    async with evaluating(library) as (app, pilot, engine):
        here = view(app)
        await pilot.press("less_than_sign")
        assert any("Only algorithms" in note.message for note in app._notifications)
        await pilot.press("j", "greater_than_sign", "greater_than_sign")
        await until(pilot, lambda: here.rows[1].found is not None)
        assert here.rows[1].contender.name == "k-means, K = 4"
        assert [asked.k for asked in engine.asked[4:]][-1] == 4
        await pilot.press("j", "less_than_sign")
        await until(pilot, lambda: here.rows[2].found is not None)
        assert here.rows[2].contender.name == "DBSCAN, from 0.59"
        engine.refuses = "There are too few photos."
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: here.rows[2].trouble)
        await pilot.pause()
        assert plane(here)[0].strip() == "There are too few photos."


async def test_classes_are_taken_from_where_the_owner_says(
    library: LibraryPaths, tmp_path: Path
) -> None:
    async with evaluating(library) as (app, pilot, _):
        here = view(app)
        for text, sentence in (("{class}--#", "No photo is called like"), ("x.csv", "cannot be")):
            await pilot.press("t")
            assert isinstance(app.screen, TextDialog)
            app.screen.query_one(Input).value = text
            await pilot.press("enter")
            await until(pilot, lambda s=sentence: any(s in n.message for n in app._notifications))
            assert here.source == "{class}_#"
        file = tmp_path / "truth.csv"
        file.write_text("file,class\n" + "".join(f"bus_{n}.jpg,c{n % 2}\n" for n in range(4)))
        await pilot.press("t")
        app.screen.query_one(Input).value = str(file)
        await pilot.press("enter")
        await until(pilot, lambda: here.source == str(file))
        await measured(pilot, here)
        assert [each.name for each in here.truth] == ["c0", "c1"]
        assert here.found is not None
        assert here.found.result.photos == 4


async def test_without_known_classes_groups_are_measured_by_themselves(tmp_path: Path) -> None:
    names = [f"{thing}{mark}.jpg" for thing in ("dog", "bus") for mark in (" a", " b")]
    async with evaluating(album_of(tmp_path / "album", names)) as (app, _, engine):
        here = view(app)
        assert words(here, "head") == "Evaluate · no class is known"
        assert plane(here)[0].strip() == (
            "No class of these photos is known. t: say where classes are known from"
        )
        assert engine.asked[0].k is None
        assert here.found is not None
        assert here.found.result.accuracy is None


async def test_tabs_that_changed_meanwhile_are_measured_again(library: LibraryPaths) -> None:
    async with evaluating(library) as (app, pilot, engine):
        here = view(app)
        await pilot.press("escape")
        assert isinstance(app.screen, CullScreen)
        with Catalog.open(library) as catalog, catalog.transaction():
            catalog.tabs.assign({4: catalog.tabs.tab_of(1) or 0})
        engine.answer(Tell())
        await pilot.press("V")
        await until(
            pilot, lambda: here.found and here.found.result.accuracy == pytest.approx(6 / 7)
        )
        assert len(engine.asked) == 4


async def test_everything_is_written(library: LibraryPaths, tmp_path: Path) -> None:
    async with evaluating(library) as (app, pilot, _):
        for suffix in ("svg", "png", "json", "odt"):
            await pilot.press("E")
            await until(pilot, lambda: isinstance(app.screen, TextDialog))
            app.screen.query_one(Input).value = str(tmp_path / f"out.{suffix}")
            await pilot.press("enter")
            await until(
                pilot, lambda s=suffix: any(f"out.{s}" in n.message for n in app._notifications)
            )
    assert (tmp_path / "out.svg").read_text().startswith("<svg")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["runs"][0]["matrix"]["counts"] == [[3, 1, 0], [0, 2, 1]]
    assert report["runs"][2]["measures"]["accuracy"] == 1.0
    assert not (tmp_path / "out.odt").exists()
