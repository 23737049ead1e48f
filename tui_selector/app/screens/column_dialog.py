"""Asks which columns the table has, and in which order."""

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
    """Lists all columns, to be switched on and off and moved; answers with the ids of those on."""

    DEFAULT_CSS = """
    ColumnDialog {
        & > Vertical { width: 76; }
        & TagList { height: auto; max-height: 20; min-height: 1; margin: 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "finish", "done", show=False),
        Binding("shift+up,K", "shift(-1)", "earlier", show=False),
        Binding("shift+down,J", "shift(1)", "later", show=False),
    ]

    def __init__(self, shown: Sequence[str]) -> None:
        """
        Args:
            shown: Ids of the columns that are on, in their order.
        """
        super().__init__()
        self._on = set(shown)
        self._order = _among_others(shown)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label("Columns of the table", classes="dialog--title")
            yield TagList(id="columns")
            yield Label(
                Text("space: on, off · K J: up, down · enter: done · esc: leave"),
                classes="dialog--hint",
            )

    def on_mount(self) -> None:
        self._show()
        self.query_one(TagList).focus()

    def _show(self) -> None:
        self.query_one(TagList).show(
            [
                TagRow(id_, "with" if id_ in self._on else "", COLUMNS[id_].meaning)
                for id_ in self._order
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

    def action_shift(self, by: int) -> None:
        """Move the column under the cursor up (-1) or down; the name stays first."""
        order, columns = self._order, self.query_one(TagList)
        place = columns.cursor
        other = place + by
        if min(place, other) < 1 or other >= len(order):
            self.app.bell()
            return
        order[place], order[other] = order[other], order[place]
        self._show()  # the cursor stays on its column

    def action_finish(self) -> None:
        """Answer with what is on, in the order of the list."""
        self.dismiss(tuple(id_ for id_ in self._order if id_ in self._on))


def _among_others(shown: Sequence[str]) -> list[str]:
    """All columns: those that are shown in their order, each other behind its usual neighbour."""
    order = list(shown)
    before = ""
    for id_ in COLUMNS:
        if id_ not in shown:
            order.insert(order.index(before) + 1 if before else 0, id_)
        before = id_
    return order
