"""Looks are what the style sheet would have made of them, in every theme."""

from __future__ import annotations

from typing import ClassVar

import pytest
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widget import Widget

from tui_selector.app.themes import OWN
from tui_selector.app.widgets.looks import Look, Looks, style_of

LOOKS = {
    "plain": Look("text-muted"),
    "strong": Look("foreground", "block-cursor-blurred-background", bold=True),
    "cursor": Look("block-cursor-foreground", "block-cursor-background"),
    "half": Look("text-disabled", "primary 50%"),
    "fixed": Look("#ffffff", "#c4314b", bold=True),
}


class Styled(Widget):
    """Has the same looks in its style sheet."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"styled--{name}" for name in LOOKS}
    DEFAULT_CSS = """
    Styled {
        background: $panel;
        & > .styled--plain { color: $text-muted; background: $panel; }
        & > .styled--strong {
            color: $foreground; background: $block-cursor-blurred-background; text-style: bold;
        }
        & > .styled--cursor {
            color: $block-cursor-foreground; background: $block-cursor-background;
        }
        & > .styled--half { color: $text-disabled; background: $primary 50%; }
        & > .styled--fixed { color: #ffffff; background: #c4314b; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.looks = Looks(self, "panel", LOOKS)


class Themes(App[None]):
    def compose(self) -> ComposeResult:
        yield Styled()


async def test_looks_are_what_the_style_sheet_makes_of_them_in_every_theme() -> None:
    app = Themes()
    for theme in OWN:
        app.register_theme(theme)
    async with app.run_test() as pilot:
        widget = app.query_one(Styled)
        for theme in ("textual-dark", "textual-light", "nord", "gruvbox", "album", "album-light"):
            app.theme = theme
            await pilot.pause()
            for name in LOOKS:
                expected = widget.get_component_rich_style(f"styled--{name}")
                found = widget.looks[name]
                assert (found.color, found.bgcolor) == (expected.color, expected.bgcolor), name
                assert bool(found.bold) == bool(expected.bold), name


@pytest.mark.parametrize("words", ["no-such-colour", "auto", "#12345", "rgb(", ""])
def test_what_no_theme_should_say_is_still_readable(words: str) -> None:
    style = style_of(Look(colour=words or "missing"), {"missing": words}, Color(0, 0, 0))
    assert style.color is not None
    assert style.color.triplet is not None
    assert min(style.color.triplet) > 200  # light on black
    assert style_of(Look(), {}, Color(0, 0, 0)) == Style()
