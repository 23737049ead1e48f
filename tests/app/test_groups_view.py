"""The groups view on the real application: what is asked, shown and said, and what is decided."""

from __future__ import annotations

from typing import Any

from grouped_album import flags, found, group, grouping, plane, shown, view, words
from piloted import until
from textual.widgets import Static

from tui_selector.app.screens.compare import CompareScreen
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.screens.duel import DuelScreen
from tui_selector.app.screens.groups import GroupsScreen
from tui_selector.app.screens.plan_dialog import PlanDialog
from tui_selector.app.widgets.slider import Slider
from tui_selector.engine import protocol
from tui_selector.engine.group_messages import Taste
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.vote_table import Vote
from tui_selector.library.groups import GroupWish
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths


async def test_groups_stand_under_headings_the_best_first(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, _, engine):
        assert [asked.wish for asked in engine.asked] == [GroupWish()]
        assert engine.asked[0].keep
        assert shown(app) == [[6, 7, 8], [5, 4], [3, 1, 2], [9, 10]]
        lines = plane(app)
        assert lines[0].startswith(" Exposure bracket · 3 photos · stays whole · Three exposures.")
        assert "06.jpg" in lines[9]
        assert "best" not in lines[9]
        assert lines[10].startswith(" Burst · 2 photos · 01 Jan 1970 00:08:20, 1.0 s · 95 %")
        assert lines[19].index("best") < lines[19].index("04.jpg")
        assert words(app, "head") == "4 groups: 10 of 11 photos · most certain first"
        assert words(app, "words").split("\n")[1] == "reason of 6"


async def test_the_order_goes_round(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("o")
        assert [photos[0] for photos in shown(app)] == [3, 6, 5, 9]
        assert "biggest first" in words(app, "head")
        await pilot.press("o")
        assert [photos[0] for photos in shown(app)] == [5, 3, 9, 6]
        await pilot.press("o")
        assert [photos[0] for photos in shown(app)] == [6, 5, 3, 9]


async def test_moving_goes_from_group_to_group(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        for key, expected in (
            ("right_square_bracket", 5),
            ("l", 4),
            ("j", 1),
            ("k", 4),
            ("right_square_bracket", 3),
            ("n", 9),
            ("N", 3),
            ("left_square_bracket", 5),
            ("G", 10),
            ("g", 6),
            ("h", 6),
        ):
            await pilot.press(key)
            assert view(app).current_id == expected, key
        await pilot.press("G", "right_square_bracket")
        assert view(app).current_id == 10


async def test_the_threshold_is_live_and_tells_the_number_of_groups(
    small_library: LibraryPaths,
) -> None:
    async with grouping(small_library) as (app, pilot, engine):
        assert words(app, "counts") == "4 groups, 10 photos"
        await pilot.press("greater_than_sign")
        dial = view(app).query_one(Slider)
        assert dial.value == 0.66
        await pilot.press("greater_than_sign", "greater_than_sign")
        assert words(app, "counts") == "70 groups, 7 photos"
        await until(pilot, lambda: len(engine.asked) == 2)
        assert engine.asked[1].wish.value == 0.7
        await pilot.press("a")
        await until(pilot, lambda: len(engine.asked) == 3)
        assert engine.asked[2].wish == GroupWish(setting="duplicate")
        assert (dial.minimum, dial.maximum, dial.value) == (0.85, 1.0, 0.9)
        assert app.session.grouping.setting == "duplicate"


async def test_the_best_is_kept_by_a_plan_that_undo_takes_back(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("right_square_bracket", "right_square_bracket", "b")
        assert isinstance(app.screen, PlanDialog)
        assert app.screen.plan.title == "Reject 2 photos of 1 group?"
        assert [(line.verb, line.name, line.why) for line in app.screen.plan.lines] == [
            ("", "Burst · 3 photos", "why a"),
            ("keep", "03.jpg", "reason of 3"),
            ("reject", "01.jpg", "reason of 1"),
            ("reject", "02.jpg", "reason of 2"),
        ]
        await pilot.press("escape")
        assert flags(small_library) == {}
        await pilot.press("b", "enter")
        await until(pilot, lambda: flags(small_library) == {1: Flag.REJECT, 2: Flag.REJECT})
        assert isinstance(app.screen, GroupsScreen)
        await pilot.press("u")
        await until(pilot, lambda: flags(small_library) == {})


async def test_a_set_that_stays_whole_is_never_proposed(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("b")
        assert isinstance(app.screen, GroupsScreen)
        (said,) = [note.message for note in app._notifications]
        assert said == "This bracket stays whole. Three exposures."
        await pilot.press("B")
        dialog = app.screen
        assert isinstance(dialog, PlanDialog)
        assert dialog.plan.reject == [4, 1, 2]
        assert dialog.plan.note == "1 set that must stay whole is left as it is."


async def test_all_groups_above_a_confidence_that_is_chosen(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("B")
        dialog = app.screen
        assert isinstance(dialog, PlanDialog)
        await pilot.press(*"hhhh")
        assert dialog.plan.title == "Reject 4 photos of 3 groups?"
        await pilot.press(*"1.0", "enter")
        assert dialog.plan.title == "There is nothing to reject."
        await pilot.press("enter")
        assert app.screen is dialog
        await pilot.press(*"0.9", "enter", "enter")
        await until(pilot, lambda: flags(small_library) == {4: Flag.REJECT})


async def test_what_the_owner_has_decided_counts_more_than_the_judge(
    small_library: LibraryPaths,
) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("right_square_bracket", "right_square_bracket")
        await pilot.press("l", "p")  # 1 is picked
        await pilot.press("left_square_bracket", "left_square_bracket")
        await pilot.press("right_square_bracket", "x")  # 5, the best of its group, is rejected
        await pilot.press("B")
        dialog = app.screen
        assert isinstance(dialog, PlanDialog)
        assert dialog.plan.reject == [3, 2]
        assert [line.why for line in dialog.plan.lines if line.verb == "keep"] == ["picked"]


async def test_marks_across_groups_are_decided_at_once(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("right_square_bracket", "space", "right_square_bracket", "V", "x")
        await until(
            pilot,
            lambda: flags(small_library) == dict.fromkeys((1, 2, 3, 5), Flag.REJECT),
        )
        assert app.album is not None
        assert not app.album.marks
        await pilot.press("u")
        await until(pilot, lambda: flags(small_library) == {})


async def test_what_is_trashed_leaves_its_group_and_comes_back(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("right_square_bracket", "right_square_bracket", "d")
        await until(pilot, lambda: shown(app)[2] == [1, 2])
        assert view(app).current_id == 1
        await pilot.press("left_square_bracket", "d")
        await until(pilot, lambda: len(shown(app)) == 3)
        assert view(app).current_id == 1
        await pilot.press("u", "u")
        # Photos come back before the cursor goes to the last of them.
        await until(pilot, lambda: view(app).current_id == 3)
        assert shown(app) == [[6, 7, 8], [5, 4], [3, 1, 2], [9, 10]]


async def test_enter_compares_photos_of_the_group(small_library: LibraryPaths) -> None:
    many = [group("a", [1, 2, 3, 4, 5, 6]), group("b", [8, 9])]
    async with grouping(small_library, lambda wish: found(wish, many)) as (app, pilot, _):
        await pilot.press("l", "l", "l", "enter")
        assert isinstance(app.screen, CompareScreen)
        assert app.screen.comparison.photos == [3, 4, 5, 6]
        await pilot.press("N")
        assert app.screen.comparison.photos == [2, 4, 5, 6]
        await pilot.press("x", "escape")
        assert isinstance(app.screen, GroupsScreen)
        await until(pilot, lambda: flags(small_library) == {2: Flag.REJECT})
        await pilot.press("escape")
        assert isinstance(app.screen, CullScreen)


async def test_no_groups_are_said(small_library: LibraryPaths) -> None:
    async with grouping(small_library, lambda wish: found(wish, [])) as (app, pilot, _):
        said = " ".join(" ".join(plane(app)).split())
        assert "No two of 11 photos show the same motif at 0.65. <: less alike" in said
        await pilot.press("b", "B", "x", "space", "V", "enter", "j", "l", "G", "o", "u", "m", "n")
        assert flags(small_library) == {}


async def test_what_is_not_indexed_yet_is_said_and_asked_for_again(
    small_library: LibraryPaths,
) -> None:
    answers = [
        lambda wish: found(wish, [], photos=0, waiting=1234),
        lambda wish: found(wish),
    ]
    async with grouping(small_library, lambda wish: answers[0](wish)) as (app, pilot, engine):
        assert "1,234 photos are still to be indexed" in " ".join(plane(app))
        del answers[0]
        engine.say(protocol.Progress(stage="indexing", model="by hand"))
        engine.say(protocol.Progress(stage="idle", model="by hand"))
        await until(pilot, lambda: len(shown(app)) == 4)


async def test_an_engine_that_refuses_is_quoted(small_library: LibraryPaths) -> None:
    def refuse(wish: GroupWish) -> protocol.AnyAnswer:
        return protocol.Failure(sentence="The model is still being loaded.")

    async with grouping(small_library, refuse) as (app, pilot, engine):
        assert "The model is still being loaded." in " ".join(plane(app))
        engine.answer = found
        await pilot.press("a")
        await until(pilot, lambda: len(shown(app)) == 4)


async def test_without_an_engine_it_is_said(small_library: LibraryPaths, open_app: Any) -> None:
    async with open_app(small_library) as (app, pilot):
        await pilot.press("D")
        await until(pilot, lambda: view(app).trouble)
        await pilot.pause()
        assert "The engine is starting …" in " ".join(plane(app))
        await pilot.press("escape")
        assert isinstance(app.screen, CullScreen)


async def test_ten_thousand_groups_are_drawn_a_screenful_at_a_time(
    small_library: LibraryPaths,
) -> None:
    drawn: list[int] = []
    many = [group(str(n), [1 + n % 11, 1 + (n + 1) % 11]) for n in range(10_000)]
    async with grouping(small_library, lambda wish: found(wish, many)) as (app, pilot, _):
        model = view(app).shown
        assert model is not None
        tile = model.tile
        model.tile = lambda index: (drawn.append(index), tile(index))[1]  # type: ignore[method-assign]
        await pilot.press("G")
        await pilot.pause()
        assert "of 10,000" in words(app, "words")
        assert len(set(drawn)) < 100


async def test_a_duel_ranks_a_group_and_ends_in_a_plan(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("right_square_bracket", "right_square_bracket", "w")
        duel = app.screen
        assert isinstance(duel, DuelScreen)
        assert duel.comparison.photos == [3, 1]
        assert "1 of 3 ranked, 3 choices left at most" in said_in(duel)
        assert not any(pane.caption.words.active for pane in duel.panes if pane.caption.words)
        await pilot.press("l")
        assert duel.comparison.photos == [3, 2]
        await pilot.press("l")
        assert duel.comparison.photos == [1, 2]
        await pilot.press("u")
        assert duel.comparison.photos == [3, 2]
        await pilot.press("right", "left")
        await until(pilot, lambda: isinstance(app.screen, PlanDialog))
        dialog = app.screen
        assert isinstance(dialog, PlanDialog)
        assert shown(app)[2] == [1, 2, 3]
        assert dialog.plan.reject == [2, 3]
        await pilot.press("l", "enter")
        await until(pilot, lambda: flags(small_library) == {3: Flag.REJECT})
        assert words(app, "words").split("\n")[1].startswith("Your choice: 3 of 3.")
    with Catalog.open(small_library) as catalog:
        assert set(catalog.votes.all()) == {Vote(1, 3), Vote(2, 3), Vote(1, 2)}


async def test_a_duel_among_photos_compared_counts_for_their_group(
    small_library: LibraryPaths,
) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("right_square_bracket", "enter", "W")
        duel = app.screen
        assert isinstance(duel, DuelScreen)
        assert duel.comparison.photos == [5, 4]
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        assert isinstance(app.screen, CompareScreen)
        assert app.screen.comparison.photos == [4, 5]
        await pilot.press("escape")
        await until(pilot, lambda: shown(app)[1] == [4, 5])
        assert words(app, "words").split("\n")[1].startswith("Your choice: ")


def said_in(duel: DuelScreen) -> str:
    return str(duel.query_one("#words", Static).content)


async def test_a_duel_that_is_left_goes_on_later(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("right_square_bracket", "right_square_bracket", "w", "l", "escape")
        assert isinstance(app.screen, GroupsScreen)
        await until(pilot, lambda: shown(app)[2] == [1, 3, 2])
        assert "2 of 3 photos are ranked; w goes on." in [
            note.message for note in app._notifications
        ]
        assert flags(small_library) == {}
    async with grouping(small_library) as (app, pilot, _):
        assert shown(app)[2] == [1, 3, 2]
        await pilot.press("right_square_bracket", "right_square_bracket", "w")
        duel = app.screen
        assert isinstance(duel, DuelScreen)
        assert duel.comparison.photos == [3, 2]
        await pilot.press("u")
        assert "There is no choice to take back." in [note.message for note in app._notifications]


async def test_a_ranked_group_can_be_ranked_again(small_library: LibraryPaths) -> None:
    with Catalog.open(small_library) as catalog:
        catalog.votes.add(Vote(4, 5))
    async with grouping(small_library) as (app, pilot, _):
        assert shown(app)[1] == [4, 5]
        await pilot.press("right_square_bracket", "w", "a")
        await until(pilot, lambda: isinstance(app.screen, DuelScreen))
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, PlanDialog))
        assert shown(app)[1] == [5, 4]
        await pilot.press("escape", "w", "k")
        await until(pilot, lambda: isinstance(app.screen, PlanDialog))
        assert app.screen.plan.reject == [4]


async def test_no_key_of_a_duel_decides_about_a_photo(small_library: LibraryPaths) -> None:
    async with grouping(small_library) as (app, pilot, _):
        await pilot.press("w")
        assert isinstance(app.screen, GroupsScreen)
        await pilot.press("right_square_bracket", "right_square_bracket", "w")
        await pilot.press(*"pxd5z+-sHJKLCF", "delete", "space", "shift+left", "backspace")
        assert isinstance(app.screen, DuelScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert flags(small_library) == {}
        assert app.desk is not None
        assert app.desk.titles.undo is None


async def test_a_taste_that_foresees_well_is_told_with_how_well(
    small_library: LibraryPaths,
) -> None:
    async with grouping(small_library) as (app, pilot, engine):
        engine.taste = lambda photos: Taste(
            choices=64, agreement=0.83, scores=[float(-photo) for photo in photos]
        )
        await pilot.press("right_square_bracket", "w", "h")
        await until(pilot, lambda: isinstance(app.screen, PlanDialog))
        await pilot.press("escape")
        told = "by your taste 2 of 2 (foresees 83 % of your 64 choices)"
        await until(pilot, lambda: told in words(app, "words"))
        await pilot.press("right_square_bracket")
        assert "by your taste 3 of 3" in words(app, "words")
        await pilot.press("g")
        assert "taste" not in words(app, "words")  # a set that stays whole
        engine.taste = lambda photos: Taste(choices=65, agreement=0.5)
        await pilot.press("right_square_bracket", "w", "a")
        await until(pilot, lambda: isinstance(app.screen, DuelScreen))
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, PlanDialog))
        await pilot.press("escape")
        await until(pilot, lambda: "taste" not in words(app, "words"))
