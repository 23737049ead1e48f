"""Answers as Markdown: what a model writes is laid out, and leads nowhere but to photos."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Markdown
from textual.widgets._markdown import (
    MarkdownTable,
    MarkdownTableCellContents,
    MarkdownTableContent,
)
from textual.widgets.markdown import MarkdownBlock

from tui_selector.chat.hostile import harmless
from tui_selector.chat.markdown import linked_number, photo_markdown

#: Pictures are placed with it in terminals; text must not hold it.
_PLACEHOLDER = str.maketrans("\U0010eeee", "\ufffd")


def shown(text: str) -> str:
    """Text of whatever author as it can be shown over several lines."""
    return harmless(text).translate(_PLACEHOLDER)


class _Cells(MarkdownTableContent):
    """The cells of a table, without Textual's tooltips, which are read as markup."""

    def compose(self) -> ComposeResult:
        for header in self.headers:
            yield MarkdownTableCellContents(header, classes="header")
        for number, row in enumerate(self.rows, 1):
            for cell in row:
                yield MarkdownTableCellContents(cell, classes=f"row{number} cell")
            self.last_row = number

    async def _update_rows(self, updated_rows: list[list[Content]]) -> None:
        self.styles.grid_size_columns = len(self.headers)
        await self.query_children(f".cell.row{self.last_row}").remove()
        for number, row in enumerate(updated_rows, self.last_row):
            self.last_row = number
            await self.mount_all(
                MarkdownTableCellContents(cell, classes=f"row{number} cell") for cell in row
            )


class _Table(MarkdownTable):
    DEFAULT_CSS = """
    _Table { width: 1fr; height: auto; margin-bottom: 1; }
    """

    def compose(self) -> ComposeResult:
        self._headers, self._rows = self._get_headers_and_rows()
        yield _Cells(self._headers, self._rows)


@cache
def _blocks() -> dict[str, type[MarkdownBlock]]:
    return {**Markdown.BLOCKS, "table_open": _Table}


class ChatMarkdown(Markdown):
    """An answer, laid out; it posts `PhotoChosen` where the name of a photo is clicked."""

    BULLETS: ClassVar[list[str]] = ["• ", "◦ ", "▪ "]  # type: ignore[misc]
    DEFAULT_CSS = """
    ChatMarkdown {
        padding: 0; margin: 0;
        & MarkdownH1, & MarkdownH2, & MarkdownH3, & MarkdownH4, & MarkdownH5, & MarkdownH6 {
            margin: 0 0 1 0; content-align: left middle; background: transparent; width: 1fr;
            color: $text-accent; text-style: bold;
        }
        & MarkdownFence { margin: 0 0 1 0; & > Label { padding: 0 1; } }
        & MarkdownBlockQuote { margin: 0 0 1 0; }
        & MarkdownHorizontalRule { margin-bottom: 1; padding-top: 0; }
        & MarkdownTableContent {
            keyline: none; grid-gutter: 0 1;
            & > .header { text-style: bold; color: $text-muted; padding: 0; }
            & > .cell { padding: 0; }
        }
        & MarkdownBlock, & MarkdownTableCellContents {
            link-color: $text-accent; link-style: underline; link-background: transparent;
        }
    }
    """

    class PhotoChosen(Message):
        """The name of a photo was clicked.

        Attributes:
            number: Of the photo in the conversation.
        """

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, text: str, numbers: Callable[[], Collection[int]]) -> None:
        """
        Args:
            text: What there is of the answer.
            numbers: The photos that their names lead to.
        """
        super().__init__(
            shown(text), parser_factory=lambda: photo_markdown(numbers()), open_links=False
        )

    def get_block_class(self, block_name: str) -> type[MarkdownBlock]:
        return _blocks()[block_name]

    async def show(self, text: str) -> None:
        """Show this text, which goes on where the one before ended as a rule."""
        text = shown(text)
        if text.startswith(self.source):
            if len(text) > len(self.source):
                await self.append(text[len(self.source) :])
        else:
            await self.update(text)

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        event.stop()
        number = linked_number(event.href)
        if number is not None:
            self.post_message(self.PhotoChosen(number))
