"""The view of criteria: what is asked, what each step shows, how classes are edited."""

from __future__ import annotations

from msgspec.structs import replace
from piloted import until
from rich.table import Table
from sorted_album import photos, rows, sorting, view, words
from textual.widgets import Input, Static, TextArea

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.criteria import CriteriaScreen
from tui_selector.app.screens.cross_table import CrossTableScreen
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.dialogs import ChoiceDialog, TextDialog
from tui_selector.app.screens.prompt_dialog import PromptDialog
from tui_selector.app.searches import SEARCH
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.step_bar import StepBar
from tui_selector.criteria.prompts import DEFAULTS
from tui_selector.criteria.run import Edit, StepInfo, Wish
from tui_selector.engine.criteria_messages import AskCrossTable, RunProgress
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths


def bar(app: SelectorApp, name: str) -> StepBar:
    return view(app).query_one(f"#{name}", StepBar)


async def test_a_criterion_is_typed_and_the_way_named_before_it_is_used(
    small_library: LibraryPaths,
) -> None:
    async with sorting(small_library) as (app, pilot, engine):
        here = view(app)
        assert rows(app) == []
        await pilot.press("n", *"what colour")
        await until(pilot, lambda: here.ways is not None)
        await pilot.pause()
        assert words(app, "how").splitlines() == [
            "▸ by pixels, EXIF and faces: The pixels answer.",
            "  by the words of the criterion: The words answer.",
        ]
        await pilot.press("tab", *"x4", "tab", *"red, blue ,", "enter")
        await until(pilot, lambda: here.result is not None)
        (asked,) = engine.started
        assert asked.wish == Wish(criterion="what colour", k=4, classes=("red", "blue"))
        assert here.list_of_rows.has_focus
        assert bar(app, "runs").items == ["what colour 3"]
        assert words(app, "how") == "by pixels, EXIF and faces · The pixels answer."
        assert rows(app) == [
            "red 3",
            "blue 2",
            "green 1",
            "other 1",
            "+ maroon 1 not in the list",
        ]
        assert photos(app) == [1, 2, 3]
        assert words(app, "note") == "red: 3 photos · 1 wait for a class"


async def test_what_cannot_be_sorted_is_said_and_what_was_typed_stays(
    small_library: LibraryPaths,
) -> None:
    async with sorting(small_library) as (app, pilot, engine):
        engine.refuses = "No way leads there."
        await pilot.press("n", *"mood", "enter")
        await until(pilot, lambda: any("No way" in n.message for n in app._notifications))
        field = view(app).query_one("#by", Input)
        assert (field.value, field.has_focus) == ("mood", True)
        field.value = ""
        await pilot.press("enter")
        await until(pilot, lambda: any("Say by what" in n.message for n in app._notifications))
        assert len(engine.started) == 1


async def test_each_step_shows_what_it_made(small_library: LibraryPaths) -> None:
    async with sorting(small_library, "colour") as (app, pilot, _):
        assert bar(app, "steps").items == [
            "1 describe ✓ 8",
            "2 label ✓ 8",
            "3 name the classes ✓ 8",
            "4 assign ✓ 8",
        ]
        await pilot.press("1")
        assert rows(app) == ["01.jpg a red \\x1b[2J bus", "04.jpg a blue sea"]
        assert photos(app) == [1]
        await pilot.press("2", "j")
        assert rows(app) == ["dark red 3 → red", "dark blue 2 → blue"]
        # The samples at once, and all photos of the label as soon as the engine has named them.
        await until(pilot, lambda: photos(app) == [4, 5])
        assert words(app, "note").startswith("dark blue: 2 photos · ")
        assert "4 different labels" in words(app, "note")
        await pilot.press("3")
        assert rows(app)[0] == "red 3 dark red"
        await pilot.click("#steps", offset=(3, 0))
        assert view(app).shown_step == "describe"


async def test_progress_is_live_and_is_stopped_and_gone_on_with(
    small_library: LibraryPaths,
) -> None:
    async with sorting(small_library, "colour") as (app, pilot, engine):
        run = engine.runs[0]
        steps = (
            StepInfo(step="describe", state="running", done=2, total=8, calls=2),
            *(StepInfo(step=step) for step in ("label", "name", "assign")),
        )
        engine.runs = [replace(run, state="running", steps=steps)]
        engine.say(RunProgress(run=engine.runs[0]))
        await until(pilot, lambda: bar(app, "steps").items[0] == "1 describe ▶ 2/8")
        assert bar(app, "runs").items == ["colour 3 ▶ describe 25 %"]
        assert view(app).shown_step == "describe"
        assert "2 answers of the model" in words(app, "note")
        await pilot.press("c")
        await until(pilot, lambda: bar(app, "runs").items == ["colour 3 cancelled"])
        await pilot.press("c")
        await until(pilot, lambda: bar(app, "runs").items == ["colour 3 ▶ describe 25 %"])


async def test_classes_are_edited(small_library: LibraryPaths) -> None:
    async with sorting(small_library, "colour") as (app, pilot, engine):

        async def answer(key: str, text: str) -> None:
            count = len(engine.edits)
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, TextDialog))
            app.screen.query_one(Input).value = text
            await pilot.press("enter")
            await until(pilot, lambda: len(engine.edits) > count)

        await answer("e", "crimson")
        await pilot.press("space", "space")
        assert view(app).marked == {"red", "blue"}
        await answer("m", "warm or cold")
        assert view(app).marked == set()
        await pilot.press("g")
        await answer("S", "maroon = dark red, wine")
        await answer("a", "yellow")
        await pilot.press("d")
        await until(pilot, lambda: len(engine.edits) == 5)
        await pilot.press("G", "a")
        await until(pilot, lambda: len(engine.edits) == 6)
        assert engine.edits == [
            Edit(do="rename", names=("red",), to="crimson"),
            Edit(do="merge", names=("red", "blue"), to="warm or cold"),
            Edit(do="split", names=("red",), to="maroon", labels=("dark red", "wine")),
            Edit(do="add", to="yellow"),
            Edit(do="remove", names=("red",)),
            Edit(do="add", to="maroon"),
        ]
        await pilot.press("k", "d", "e", "1", "d")
        assert len(engine.edits) == 6
        await pilot.press("4", "g", "e")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        app.screen.query_one(Input).value = "BLUE"
        await pilot.press("enter")
        assert isinstance(app.screen, TextDialog)


async def test_photos_that_are_marked_go_to_a_class_and_classes_into_an_order(
    small_library: LibraryPaths,
) -> None:
    async with sorting(small_library, "colour") as (app, pilot, engine):
        await pilot.press("j", "M")
        await until(
            pilot, lambda: any("No photo is marked" in n.message for n in app._notifications)
        )
        assert app.album is not None
        app.album.mark_photos([9, 8])
        await pilot.press("M", "K")
        await until(pilot, lambda: len(engine.edits) == 2)
        assert engine.edits == [
            Edit(do="move", to="blue", photos=(8, 9)),
            Edit(do="order", names=("blue", "red", "green")),
        ]
        await pilot.press("g", "K", "G", "J")
        assert len(engine.edits) == 2


async def test_steps_are_made_again_and_another_way_is_chosen(small_library: LibraryPaths) -> None:
    async with sorting(small_library, "colour") as (app, pilot, engine):
        await pilot.press("3", "r")
        await until(pilot, lambda: engine.started)
        await pilot.press("2", "R")
        await until(pilot, lambda: len(engine.started) == 2)
        first, second = engine.started
        assert (first.run, first.step, first.afresh) == ("r0", "name", False)
        assert (second.run, second.step, second.afresh) == ("r0", "label", True)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        await pilot.press("3")
        await until(pilot, lambda: len(engine.started) == 3)
        assert engine.started[2].wish == Wish(criterion="colour", way="words")
        await pilot.press("X", "y")
        await until(pilot, lambda: len(engine.runs) == 1)


async def test_what_a_model_is_told_is_edited(small_library: LibraryPaths) -> None:
    async with sorting(small_library, "colour") as (app, pilot, engine):
        await pilot.press("2", "p")
        await until(pilot, lambda: isinstance(app.screen, PromptDialog))
        field = app.screen.query_one(TextArea)
        assert field.text == DEFAULTS["label"]
        field.text = "Say {criterion}."
        await pilot.press("ctrl+s")
        await until(pilot, lambda: engine.started)
        assert engine.started[0].wish.prompts == {"label": "Say {criterion}."}
        assert (engine.started[0].run, engine.started[0].step) == ("r0", "label")
        await pilot.press("2", "p")
        await until(pilot, lambda: isinstance(app.screen, PromptDialog))
        await pilot.press("ctrl+r", "ctrl+s")
        await until(pilot, lambda: len(engine.started) == 2)
        assert engine.started[1].wish.prompts == {}


async def test_two_criteria_make_a_table_whose_cells_open_their_photos(
    small_library: LibraryPaths,
) -> None:
    async with sorting(small_library, "colour", "kind") as (app, pilot, engine):
        assert bar(app, "runs").items == ["colour 3", "kind 3"]
        await pilot.press("right_square_bracket")
        assert view(app).chosen == "r1"
        await pilot.press("left_square_bracket", "t")
        await until(pilot, lambda: isinstance(app.screen, CrossTableScreen))
        table = app.screen
        assert isinstance(table, CrossTableScreen)
        await until(pilot, lambda: table.view.matrix.rows)
        assert table.view.matrix.counts == ((2, 0), (1, 1))
        assert isinstance(table.query_one(KeyBar), KeyBar)
        await pilot.press("x")
        await until(pilot, lambda: table.view.matrix.row_word == "kind")
        last = engine.asked[-1]
        assert isinstance(last, AskCrossTable)
        assert (last.rows, last.columns) == ("r1", "r0")
        await pilot.press("enter")
        await until(pilot, lambda: app.album and app.album.query.tab == SEARCH)
        assert isinstance(app.screen, CullScreen)
        assert app.album is not None
        assert list(app.album.ids) == [1, 2]
        assert app.album.tab.name == "red, bus"
        await pilot.press("C", "j", "enter")
        await until(pilot, lambda: app.album and list(app.album.ids) == [4, 5])
        assert app.album.tab.name == "colour: blue"


async def test_classes_become_tabs_after_a_question(small_library: LibraryPaths) -> None:
    def tabs() -> set[str]:
        with Catalog.open(small_library) as catalog:
            return {tab.name for tab in catalog.tabs.all()} & {"red", "blue"}

    async with sorting(small_library, "colour") as (app, pilot, _):
        for answer in "ny":
            assert tabs() == set()
            await pilot.press("T")
            await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
            await pilot.press(answer)
            await until(pilot, lambda: isinstance(app.screen, CriteriaScreen))
        await until(pilot, lambda: tabs() == {"red", "blue"})
        await until(pilot, lambda: any("tabs by 'colour'" in n.message for n in app._notifications))
        await pilot.press("escape", "u")
        await until(pilot, lambda: any("Undone" in n.message for n in app._notifications))


async def test_the_info_panel_says_what_criteria_say_and_why(small_library: LibraryPaths) -> None:
    async with sorting(small_library, "colour") as (app, pilot, _):
        await pilot.press("escape", "i")
        await until(pilot, lambda: app.screen.query("#answers"))
        place = app.screen.query_one("#answers", Static)
        await until(pilot, lambda: place.display)
        table = place.content
        assert isinstance(table, Table)
        cells = [[str(cell) for cell in column.cells] for column in table.columns]
        assert cells == [["colour"], ["red (90 %) · Its pixels are red. · label: dark red"]]


async def test_one_criterion_makes_no_table_and_escape_leaves(small_library: LibraryPaths) -> None:
    async with sorting(small_library, "colour") as (app, pilot, _):
        await pilot.press("t")
        await until(pilot, lambda: any("two criteria" in n.message for n in app._notifications))
        await pilot.press("n", "escape")
        assert isinstance(app.screen, CriteriaScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, CullScreen)
