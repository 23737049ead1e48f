"""The conversation on the real application: a scripted backend answers through a socket."""

from __future__ import annotations

import threading

import pytest
from chatted_album import ask, chatting, pane, screen_text, shown
from piloted import until

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.chat_dialogs import (
    ChatPlanDialog,
    ConversationDialog,
    ModelDialog,
)
from tui_selector.app.screens.cull import CullScreen
from tui_selector.app.widgets.chat_markdown import ChatMarkdown
from tui_selector.app.widgets.chat_turns import AnswerView, ProposalsView, QuestionView
from tui_selector.chat.backend import ChatError
from tui_selector.chat.history import History
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths

PROPOSAL = "```proposals\nkeep 2: sharper\nreject 1: blurred\nmark 1, 2\n```"


def flags(library: LibraryPaths) -> dict[int, Flag]:
    with Catalog.open(library) as catalog:
        return {
            photo.id: photo.flag
            for photo in catalog.photos.get(range(1, 12))
            if photo.flag is not Flag.NONE
        }


def screen(app: SelectorApp) -> CullScreen:
    (found,) = [each for each in app.screen_stack if isinstance(each, CullScreen)]
    return found


def chips(app: SelectorApp) -> list[str]:
    """The captions of the chips, with a mark before those that are asked about."""
    grid = pane(app).chips
    return [grid.model.tile(index).caption for index in range(len(grid.model))]


async def test_a_question_about_marked_photos_is_answered_piece_by_piece(
    small_library: LibraryPaths,
) -> None:
    go_on = threading.Event()
    async with chatting(small_library, ["Photo 2 is ", go_on, "**better**."], opened=False) as (
        app,
        pilot,
        backend,
    ):
        await pilot.press("space", "space", "c")
        await until(pilot, lambda: app.chat.answerer.offers is not None)
        assert "scripted · looks at the photos, which stay" in screen_text(app)
        assert chips(app) == ["+ 01", "+ 02"]
        await pilot.press(*"pxd?", "enter")
        await until(pilot, lambda: app.chat.shown)
        await until(pilot, lambda: "Photo 2 is" in screen_text(app))
        assert app.chat.answering
        assert app.album is not None
        assert not app.album.marks
        assert chips(app) == ["1 01", "2 02"]
        go_on.set()
        await until(pilot, lambda: not app.chat.answering)
        await shown(app, pilot)
        text = screen_text(app)
        assert "Photo 2 is better." in text
        assert "pxd?" in text
        assert flags(small_library) == {}
        (asked,) = backend.asked
        assert [(photo.number, photo.id) for photo in asked.photos] == [(1, 1), (2, 2)]
        assert asked.turns[-1].text == "pxd?"
        assert asked.turns[-1].photos == (1, 2)


async def test_one_photo_is_the_one_under_the_cursor_and_others_join_later(
    small_library: LibraryPaths,
) -> None:
    async with chatting(small_library, ["Nice."], ["Both."], ["All of them."]) as (
        app,
        pilot,
        backend,
    ):
        await ask(app, pilot, "How is this photo?")
        await pilot.press("escape", "l", "l", "space", "c")
        assert app.screen.focused is pane(app).input
        assert chips(app) == ["1 01", "+ 03"]
        await ask(app, pilot, "And this one?")
        assert chips(app) == ["1 01", "2 03"]
        await ask(app, pilot, "Why?")
        assert [turn.photos for turn in backend.asked[2].turns if turn.who == "owner"] == [
            (1,),
            (2,),
            (2,),
        ]
        heads = [view.children[0] for view in pane(app).query(QuestionView)]
        assert [str(head.render()).split("  ")[1] for head in heads] == [
            "photo 1",
            "photo 2",
            "photo 2",
        ]


async def test_twelve_photos_have_chips_and_keep_their_numbers_when_some_are_gone(
    small_library: LibraryPaths,
) -> None:
    async with chatting(small_library, ["Photo 3 is the best."], ["Photo 3 is gone."]) as (
        app,
        pilot,
        _,
    ):
        await pilot.press("escape", "ctrl+a", "c")
        await ask(app, pilot, "Which is best?")
        count = len(app.album or ())
        assert count >= 11
        assert chips(app)[:3] == ["1 01", "2 02", "3 03"]
        assert not pane(app).chips.shows_cursor
        await pilot.press("alt+3")
        assert pane(app).chips.shows_cursor
        assert app.desk is not None
        await app.desk.trash([3])
        await until(pilot, lambda: app.chat.conversation.photos[2].gone)
        await until(pilot, lambda: pane(app).chips.model.tile(2).note == "gone")
        assert not pane(app).chips.shows_cursor
        assert chips(app)[2:4] == ["3 03", "4 04"]
        await ask(app, pilot, "And now?")
        assert 3 not in app.chat.conversation.turns[2].photos
        # What was said of it leads nowhere any more.
        await pilot.press("alt+3")
        assert app.album is not None
        assert app.album.current_id != 3


async def test_escape_stops_an_answer_and_keeps_what_was_said(small_library: LibraryPaths) -> None:
    never = threading.Event()
    async with chatting(small_library, ["It begins ", never, "and ends."]) as (app, pilot, _):
        pane(app).input.put("How is it?")
        await pilot.press("enter")
        await until(pilot, lambda: app.chat.shown)
        await pilot.press("escape")
        await until(pilot, lambda: not app.chat.answering)
        await shown(app, pilot)
        answer = app.chat.conversation.turns[-1]
        assert (answer.text, answer.stopped) == ("It begins", True)
        assert "Stopped." in screen_text(app)
        assert app.screen.focused is pane(app).input
        await pilot.press("escape")
        assert app.screen.focused is screen(app).grid


async def test_a_question_that_fails_gives_its_text_back_and_can_be_asked_again(
    small_library: LibraryPaths,
) -> None:
    async with chatting(
        small_library, [ChatError("The server is not there; start it.")], ["Fine."], ["Better."]
    ) as (app, pilot, backend):
        await ask(app, pilot, "How is it?")
        await until(pilot, lambda: pane(app).input.text == "How is it?")
        assert "The server is not there; start it." in screen_text(app)
        assert app.chat.conversation.turns == ()
        assert chips(app) == ["1 01"]
        await pilot.press("enter")
        await until(pilot, lambda: len(app.chat.conversation.turns) == 2)
        await shown(app, pilot)
        assert "The server is not there" not in screen_text(app)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: len(backend.asked) == 3 and not app.chat.answering)
        await shown(app, pilot)
        assert [turn.text for turn in app.chat.conversation.turns] == ["How is it?", "Better."]
        assert len(pane(app).query(AnswerView)) == 1
        (kept,) = History(small_library.chats).conversations()
        assert [turn.text for turn in kept.turns] == ["How is it?", "Better."]


async def test_an_answer_that_breaks_off_is_kept_with_the_reason(
    small_library: LibraryPaths,
) -> None:
    async with chatting(
        small_library, ["The first ", "words", ChatError("The memory is full.")]
    ) as (app, pilot, _):
        await ask(app, pilot, "How is it?")
        text = screen_text(app)
        assert "The first words" in text
        assert "The memory is full." in text
        assert pane(app).input.text == ""


async def test_proposals_are_done_by_a_plan_that_undo_takes_back(
    small_library: LibraryPaths,
) -> None:
    async with chatting(small_library, [f"Photo 2.\n\n{PROPOSAL}"]) as (app, pilot, _):
        await pilot.press("escape", "space", "space", "c")
        await ask(app, pilot, "Which?")
        card = pane(app).query_one(ProposalsView)
        assert card.display
        assert "proposals" not in pane(app).query_one(ChatMarkdown).source
        assert flags(small_library) == {}
        await pilot.press("ctrl+y")
        await until(pilot, lambda: isinstance(app.screen, ChatPlanDialog))
        dialog = app.screen
        assert isinstance(dialog, ChatPlanDialog)
        assert [(line.act, line.number, line.why) for line in dialog.plan.lines] == [
            ("keep", 2, "sharper"),
            ("reject", 1, "blurred"),
            ("mark", 1, ""),
            ("mark", 2, ""),
        ]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CullScreen))
        assert flags(small_library) == {}
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChatPlanDialog))
        await pilot.press("y")
        await until(pilot, lambda: flags(small_library) == {1: Flag.REJECT, 2: Flag.PICK})
        assert app.album is not None
        assert app.album.marks == {1, 2}
        await until(pilot, lambda: card.has_class("-done"))
        # In the answers, letters are theirs: they undo, and decide about no photo.
        pane(app).transcript.focus()
        await pilot.press("x", "d", "u")
        await until(pilot, lambda: flags(small_library) == {})
        await until(pilot, lambda: not card.has_class("-done"))


async def test_photos_that_are_named_are_links(small_library: LibraryPaths) -> None:
    async with chatting(small_library, ["Photo 7 and photos 2, 3."]) as (app, pilot, _):
        assert app.album is not None
        await pilot.press("escape", "ctrl+a", "c")
        await ask(app, pilot, "Which?")
        for key, expected in (("ctrl+l", 7), ("ctrl+l", 2), ("ctrl+l", 3), ("alt+5", 5)):
            await pilot.press(key)
            await until(pilot, lambda expected=expected: app.album.current_id == expected)
            assert app.screen.focused is pane(app).input
        assert screen(app).grid.cursor == app.album.index_of(5)
        block = pane(app).query_one(ChatMarkdown).children[0]
        await pilot.click(block, offset=(1, 0))
        await until(pilot, lambda: app.album is not None and app.album.current_id == 7)
        await pilot.click(pane(app).chips, offset=(2, 2))
        await until(pilot, lambda: app.album is not None and app.album.current_id == 1)


@pytest.mark.parametrize(
    "hostile",
    [
        "[bold red]x[/] [@click=app.quit]y[/] [/]",
        "\x1b[2J\x1b]52;c;aGk=\x07 \x9b31m gone",
        "<b onclick=x>html</b> ![i](http://e/x.png) [Photo 1](http://evil)",
        "| [/a] | [@click=app.quit]b[/] |\n|---|---|\n| [c] | `[/d]` |",
        "# [x](javascript:1) \u202e #\n```[/]\n[/]\x1b[31m\n```",
        "&#27;[31m &#x10eeee; \U0010eeee",
    ],
)
async def test_hostile_answers_are_text(small_library: LibraryPaths, hostile: str) -> None:
    async with chatting(small_library, [hostile]) as (app, pilot, _):
        await ask(app, pilot, hostile.replace("\n", " "))
        text = screen_text(app)
        assert "\x1b" not in text
        assert "\x9b" not in text
        assert "\u202e" not in text
        assert "\U0010eeee" not in text
        for visible in ("[bold red]x[/]", "<b onclick=x>", "http://evil", "[@click=app.quit]"):
            if visible in hostile:
                assert visible in text
        for block in pane(app).query("MarkdownBlock, MarkdownTableCellContents"):
            await pilot.click(block, offset=(1, 0))
        assert app.is_running
        assert isinstance(app.screen, CullScreen)


async def test_proposals_about_other_photos_are_left_out(small_library: LibraryPaths) -> None:
    block = '```proposals\nreject 9\ndelete 1\ntrash 1\nkeep 1: [/x] \x1b[31m\nrename "a\x1bb"\n```'
    async with chatting(small_library, [f"Well.\n\n{block}"]) as (app, pilot, _):
        await ask(app, pilot, "Which?")
        text = screen_text(app)
        assert "There is no photo 9 here; it is left out." in text
        assert "\x1b" not in text
        await pilot.press("ctrl+y")
        await until(pilot, lambda: isinstance(app.screen, ChatPlanDialog))
        await pilot.press("y")
        await until(pilot, lambda: flags(small_library) == {1: Flag.PICK})


async def test_a_very_long_answer_stays_at_its_end_unless_scrolled(
    small_library: LibraryPaths,
) -> None:
    go_on = threading.Event()
    lines = [f"Paragraph {number} about photo 1.\n\n" for number in range(60)]
    async with chatting(small_library, ["".join(lines[:40]), go_on, *lines[40:]]) as (
        app,
        pilot,
        _,
    ):
        transcript = pane(app).transcript
        pane(app).input.put("Tell me everything.")
        await pilot.press("enter")
        await until(pilot, lambda: "Paragraph 39" in screen_text(app))
        await pilot.press("pageup", "pageup")
        await pilot.pause()
        place = transcript.scroll_y
        go_on.set()
        await until(pilot, lambda: not app.chat.answering)
        await shown(app, pilot)
        assert transcript.scroll_y == place
        assert "Paragraph 59" not in screen_text(app)
        transcript.focus()
        await pilot.press("G")
        await until(pilot, lambda: "Paragraph 59" in screen_text(app))


async def test_the_whole_window_and_back(small_library: LibraryPaths) -> None:
    async with chatting(small_library, opened=False) as (app, pilot, _):
        await pilot.press("c")
        grid = screen(app).grid
        await pilot.pause()
        assert grid.display
        assert app.screen.focused is pane(app).input
        await pilot.press("ctrl+f")
        await pilot.pause()
        assert not grid.size
        assert pane(app).size.width == app.size.width
        await pilot.press("escape")
        await pilot.pause()
        assert grid.size.width
        assert app.screen.focused is grid
        await pilot.press("escape")
        await until(pilot, lambda: not screen(app).panel)


async def test_a_narrow_window_is_the_conversations_at_once(small_library: LibraryPaths) -> None:
    async with chatting(small_library, ["Fine."], size=(80, 24)) as (app, pilot, _):
        assert pane(app).size.width == 80
        await ask(app, pilot, "How is it?")
        await pilot.press("escape")
        await until(pilot, lambda: not screen(app).panel)
        await pilot.press("c")
        await shown(app, pilot)
        assert "Fine." in screen_text(app)


async def test_conversations_are_kept_and_can_be_gone_on_with(small_library: LibraryPaths) -> None:
    async with chatting(small_library, ["One."], ["Two."], ["Three."]) as (app, pilot, backend):
        await ask(app, pilot, "First question")
        first = app.chat.conversation
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.chat.conversation.id != first.id)
        await shown(app, pilot)
        await ask(app, pilot, "Second question")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, ConversationDialog))
        assert "First question" in screen_text(app)
        await pilot.press("j", "enter")
        await until(pilot, lambda: app.chat.conversation.id == first.id)
        await shown(app, pilot)
        await ask(app, pilot, "Third question")
        assert [turn.text for turn in backend.asked[2].turns] == [
            "First question",
            "One.",
            "Third question",
        ]
        # What was asked before comes back into the field.
        await pilot.press("up")
        assert pane(app).input.text == "Third question"
        await pilot.press("up", "up")
        assert pane(app).input.text == "First question"
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, ConversationDialog))
        await pilot.press("d", "escape")
        kept = History(small_library.chats)
        await until(pilot, lambda: len(kept.conversations()) == 1)


async def test_an_answer_is_copied_and_marks_go_and_models_are_listed(
    small_library: LibraryPaths,
) -> None:
    async with chatting(small_library, ["Copy **me**."]) as (app, pilot, _):
        assert app.album is not None
        await ask(app, pilot, "Say it")
        await pilot.press("ctrl+c")
        assert app.clipboard == "Copy **me**."
        await pilot.press("escape", "space", "c", "ctrl+u")
        await until(pilot, lambda: app.album is not None and not app.album.marks)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, ModelDialog))
        assert "scripted" in screen_text(app)


async def test_a_question_is_shown_at_once_and_waits_for_the_engine(
    small_library: LibraryPaths, open_app: object
) -> None:
    async with open_app(small_library, size=(120, 36)) as (app, pilot):  # type: ignore[operator]
        await pilot.press("space", "space", "c")
        await pilot.press(*"why", "enter")
        await until(pilot, lambda: "Waiting for the engine" in screen_text(app))
        assert pane(app).input.text == ""
        assert str(pane(app).query_one(QuestionView).children[0].render()).endswith("photos 1, 2")
        await until(pilot, lambda: chips(app) == ["1 01", "2 02"])
        await pilot.press("escape")
        await until(pilot, lambda: pane(app).input.text == "why")
        assert app.chat.conversation.turns == ()
        assert app.chat.fault == "Stopped before an answer came."


async def test_the_loupe_asks_about_its_photo(small_library: LibraryPaths) -> None:
    async with chatting(small_library, ["Fine."], opened=False) as (app, pilot, backend):
        await pilot.press("l", "enter", "c")
        await until(pilot, lambda: isinstance(app.screen, CullScreen))
        await until(pilot, lambda: app.screen.focused is pane(app).input)
        await ask(app, pilot, "How is it?")
        assert [photo.id for photo in backend.asked[0].photos] == [2]
