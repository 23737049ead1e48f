"""Answers are laid out whatever they say, and say nothing to the terminal."""

from __future__ import annotations

import random

from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui_selector.app.widgets.chat_markdown import ChatMarkdown, shown

#: Pieces that answers of a hostile model are made of.
PIECES = (
    *("[/]", "[b]", "[@click=app.quit]", "[red on blue]", "photo 1", "Photos 2, 3", "\n", "\n\n"),
    *("# ", "> ", "- ", "1. ", "```", "```py\n", "`", "**", "_", "~~", "|a|b|\n|-|-|\n|", "| "),
    *("<b>", "&#27;", "&lt;", "![x](y)", "[x](http://e)", "\\", "\x1b[31m", "\x9b2J", "\x00"),
    *("\u202e", "\U0010eeee", "\ud800", "日本", "e\u0301", "\t", "    ", "***", "---\n", "é" * 40),
)


class Laid(App[None]):
    def compose(self) -> ComposeResult:
        yield ChatMarkdown("", lambda: (1, 2, 3))


def said(markdown: ChatMarkdown) -> str:
    """Everything that is laid out."""
    contents = [block.content for block in markdown.query(Static)]
    return "\n".join(
        content.plain if isinstance(content, Content) else str(content) for content in contents
    )


async def test_whatever_a_model_writes_can_be_laid_out_piece_by_piece() -> None:
    chance = random.Random(7)
    app = Laid()
    async with app.run_test(size=(60, 20)) as pilot:
        markdown = app.query_one(ChatMarkdown)
        for _ in range(12):
            text = ""
            for _ in range(4):
                text += "".join(chance.choices(PIECES, k=12))
                await markdown.show(text)
            await pilot.pause()
            assert markdown.source == shown(text)
            words = said(markdown)
            assert not {"\x1b", "\x9b", "\x00", "\u202e", "\U0010eeee"} & set(words)
        assert app.is_running


async def test_streaming_lays_out_what_the_whole_text_does() -> None:
    text = "# One\n\n* photo 1\n* **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nEnd."
    app = Laid()
    async with app.run_test(size=(60, 20)) as pilot:
        markdown = app.query_one(ChatMarkdown)
        for end in range(1, len(text) + 1, 3):
            await markdown.show(text[:end])
        await markdown.show(text)
        await pilot.pause()
        streamed = said(markdown)
        await markdown.update(text)
        await pilot.pause()
        assert said(markdown) == streamed
