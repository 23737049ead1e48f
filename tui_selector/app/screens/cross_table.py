"""Two criteria held against each other: how many photos are in a class of each, cell by cell."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from tui_selector.app import actions
from tui_selector.app.app import SelectorApp
from tui_selector.app.matrix import Matrix
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.matrix_view import MatrixView
from tui_selector.criteria.run import Run
from tui_selector.engine.criteria_messages import AskCrossTable, CrossTable
from tui_selector.engine.launch import EngineError
from tui_selector.library.display import printable


class CrossTableScreen(Screen[None]):
    """Shows the table; a cell opens its photos in the grid."""

    DEFAULT_CSS = """
    CrossTableScreen {
        background: $background;
        & #head { height: 1; padding: 0 1; background: $surface; }
        & MatrixView { height: 1fr; }
        & #words { height: 1; padding: 0 1; color: $foreground; background: $surface; }
    }
    """
    contexts: ClassVar[tuple[actions.Context, ...]] = ("cross-table",)
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("cross-table")]

    def __init__(self, rows: Run, columns: Run) -> None:
        """
        Args:
            rows: The run whose classes are rows.
            columns: The other one.
        """
        super().__init__()
        self._rows, self._columns = rows, columns
        self._table: CrossTable | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield MatrixView(empty="…")
        yield Static(id="words", markup=False)
        yield KeyBar(self.selector.keys, self.contexts)

    def on_mount(self) -> None:
        self._ask()

    @property
    def selector(self) -> SelectorApp:
        """The application, as what it is."""
        assert isinstance(self.app, SelectorApp)
        return self.app

    @property
    def view(self) -> MatrixView:
        """The table."""
        return self.query_one(MatrixView)

    @work(exclusive=True)
    async def _ask(self) -> None:
        names = [printable(run.wish.criterion) for run in (self._rows, self._columns)]
        self.query_one("#head", Static).update(" × ".join(names))
        request = AskCrossTable(rows=self._rows.id, columns=self._columns.id)
        try:
            answer = await self.selector.link.request(request)
        except EngineError as error:
            self.view.show(Matrix(), str(error))
            return
        assert isinstance(answer, CrossTable)
        self._table = answer
        self.view.show(
            Matrix(
                rows=tuple(answer.rows),
                columns=tuple(answer.columns),
                counts=tuple(tuple(map(len, row)) for row in answer.cells),
                row_word=self._rows.wish.criterion,
                column_word=self._columns.wish.criterion,
            ),
            "No photo is in a class of both.",
        )

    @on(MatrixView.Moved)
    def _moved(self, event: MatrixView.Moved) -> None:
        event.stop()
        view = self.view
        self.query_one("#words", Static).update(view.matrix.words(view.row, view.column))

    @on(MatrixView.Chosen)
    def _chosen(self, event: MatrixView.Chosen) -> None:
        event.stop()
        table = self._table
        if table is None:
            return
        rows = table.cells if event.row is None else [table.cells[event.row]]
        cells = (
            cell for row in rows for cell in (row if event.column is None else [row[event.column]])
        )
        photos = list(dict.fromkeys(photo for cell in cells for photo in cell))
        names = [
            *([] if event.row is None else [table.rows[event.row]]),
            *([] if event.column is None else [table.columns[event.column]]),
        ]
        if photos:
            self.selector.show_photos(photos, ", ".join(names) or "all of the table")
        else:
            self.app.bell()

    def action_open_cell(self) -> None:
        """Show the photos under the cursor in a tab of their own."""
        self.view.action_choose()

    def action_turn(self) -> None:
        """Let rows and columns change places."""
        self._rows, self._columns = self._columns, self._rows
        self._ask()

    def action_leave(self) -> None:
        """Back to the criteria."""
        self.app.pop_screen()
