"""Dialogs answer with what was chosen, or with nothing."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.widgets import Input

from tui_selector.app.keymap import keymap
from tui_selector.app.screens.dialogs import TabDialog, TextDialog, bring_dialog
from tui_selector.app.screens.help import HelpScreen

TABS = [(4, "dog", 12), (7, "dogma", 3), (9, "beach", 40)]
NOTHING = object()


class Host(App[None]):
    answer: Any = NOTHING

    def ask(self, dialog: Any) -> None:
        self.push_screen(dialog, lambda answer: setattr(self, "answer", answer))


async def ask(dialog: Any, *keys: str) -> Any:
    app = Host()
    async with app.run_test() as pilot:
        app.ask(dialog)
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        return app.answer


async def test_text_is_stripped_and_checked() -> None:
    def fault(text: str) -> str | None:
        return None if text else "A tab needs a name."

    assert (
        await ask(TextDialog("Name?", value="a", fault=fault), "space", "b", "space", "enter")
        == "b"
    )
    assert await ask(TextDialog("Name?", fault=fault), "enter") is NOTHING
    assert await ask(TextDialog("Name?", fault=fault), "x", "escape") is None


async def test_a_tab_is_found_by_typing() -> None:
    assert await ask(TabDialog("Where?", TABS), *"dog", "enter") == 4
    assert await ask(TabDialog("Where?", TABS), *"dog", "down", "enter") == 7
    assert await ask(TabDialog("Where?", TABS), *"sea", "enter") is NOTHING
    assert await ask(TabDialog("Where?", TABS), "escape") is None


async def test_a_new_name_makes_a_new_tab_only_where_that_is_offered() -> None:
    assert await ask(TabDialog("Where?", TABS, new=True), *"sea", "enter") == "sea"
    assert await ask(TabDialog("Where?", TABS, new=True), *"beach", "enter") == 9


async def test_dropped_files_are_copied_or_moved_by_key_or_by_choice() -> None:
    assert await ask(bring_dialog(["a.jpg"]), "m") == "move"
    assert await ask(bring_dialog(["a.jpg"]), "enter") == "copy"
    assert await ask(bring_dialog(["a.jpg"] * 5), "escape") is None


async def test_markup_in_names_is_text() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.ask(TabDialog("[bold]Where?[/bold]", [(1, "[red]x[/red]", 2)]))
        await pilot.pause()
        assert app.screen.query_one(Input).has_focus
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == 1


async def test_help_lists_every_key_and_closes() -> None:
    app = Host()
    async with app.run_test(size=(140, 200)) as pilot:
        app.ask(HelpScreen(keymap({"pick": "y"})))
        await pilot.pause()
        shown = "\n".join(
            "".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()
        )
        assert "Move to the trash" in shown
        assert "y " in shown
        await pilot.press("escape")
        await pilot.pause()
        assert app.answer is None
