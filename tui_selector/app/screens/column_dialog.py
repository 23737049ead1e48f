"""Asks which columns the table has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label

from tui_selector.app.screens.dialogs import Dialog
from tui_selector.app.table_columns import COLUMNS
from tui_selector.app.widgets.tag_list import TagList, TagRow


class ColumnDialog(Dialog[tuple[str, ...] | None]):
    """Lists all columns, to be switched on and off; answers with the ids of those that are on."""

    DEFAULT_CSS = """
    ColumnDialog {
        & > Vertical { width: 76; }
        & TagList { height: auto; max-height: 20; min-height: 1; margin: 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "finish", "done", show=False)]

    def __init__(self, shown: Sequence[str]) -> None:
        """
        Args:
            shown: Ids of the columns that are on.
        """
        super().__init__()
        self._on = set(shown)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label("Columns of the table", classes="dialog--title")
            yield TagList(id="columns")
            yield Label(Text("space: on, off · enter: done · esc: leave"), classes="dialog--hint")

    def on_mount(self) -> None:
        self._show()
        self.query_one(TagList).focus()

    def _show(self) -> None:
        self.query_one(TagList).show(
            [
                TagRow(column.id, "with" if column.id in self._on else "", column.meaning)
                for column in COLUMNS.values()
            ]
        )

    @on(TagList.Toggled)
    def _toggled(self, event: TagList.Toggled) -> None:
        event.stop()
        if event.name == "name":
            self.app.bell()  # every row needs its name
            return
        self._on ^= {event.name}
        self._show()

    def action_finish(self) -> None:
        """Answer with what is on, in the order of the list."""
        self.dismiss(tuple(id_ for id_ in COLUMNS if id_ in self._on))
