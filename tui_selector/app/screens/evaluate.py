"""The view that tells how good groups are: runs side by side, and the confusion matrix of one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

import msgspec
from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable, Static

from tui_selector.app import actions
from tui_selector.app.evaluation import MEASURES, Measured, short, stepped
from tui_selector.app.screens.measuring import Measuring
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.matrix_view import MatrixView
from tui_selector.library.display import printable
from tui_selector.library.truth import described

#: The name under which the application keeps the view while other screens are shown.
NAME = "evaluate"

#: Lines of the table of runs, at most.
_RUNS = 9


class RunTable(DataTable[Text]):
    """The runs; the letters that move in tiles move here, too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]


class EvaluateScreen(Measuring):
    """Measures tabs, algorithms and criteria, and shows where they are right and where not."""

    contexts: ClassVar[tuple[actions.Context, ...]] = ("evaluate",)
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("evaluate")]
    DEFAULT_CSS = """
    EvaluateScreen {
        background: $background;
        & #head { height: 1; padding: 0 1; background: $surface; color: $foreground; }
        & DataTable {
            height: auto; background: $background; scrollbar-size: 1 1; margin: 0 0 1 0;
            & > .datatable--header { background: $surface; color: $text-muted; }
            & > .datatable--cursor { background: $primary-muted; color: $foreground; }
            &:focus > .datatable--cursor {
                background: $block-cursor-background; color: $block-cursor-foreground;
            }
        }
        & MatrixView { height: 1fr; }
        & #words { height: 2; padding: 0 1; background: $surface; color: $text-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static("Evaluate", id="head", markup=False)
        table = RunTable(id="runs", cursor_type="row")
        table.styles.max_height = _RUNS + 1
        yield table
        yield MatrixView(id="matrix")
        yield Static(id="words", markup=False)
        yield KeyBar(self.selector.keys, self.contexts)

    def on_mount(self) -> None:
        self.selector.status_changed.subscribe(self, lambda _: self.came(), immediate=True)
        for heading in ("run", "groups", *(name for name, _ in MEASURES)):
            self.table.add_column(Text(heading, justify="left" if heading == "run" else "right"))
        self.table.focus()
        self.begin()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Measure tabs that were changed meanwhile."""
        self.look_at_tabs()

    @property
    def table(self) -> RunTable:
        """The runs."""
        return self.query_one("#runs", RunTable)

    @property
    def matrix(self) -> MatrixView:
        """The confusion matrix of a run."""
        return self.query_one("#matrix", MatrixView)

    @property
    def number(self) -> int:
        """The run under the cursor."""
        return self.table.cursor_row

    @property
    def found(self) -> Measured | None:
        """The measures of that run."""
        return self.rows[self.number].found if self.number < len(self.rows) else None

    # -- showing -----------------------------------------------------------------------------

    def show_rows(self) -> None:
        number = self.number
        self.table.clear()
        for row in range(len(self.rows)):
            self.table.add_row(*self._cells(row))
        self.table.move_cursor(row=min(number, len(self.rows) - 1))
        self._show_matrix()

    def show_row(self, number: int) -> None:
        for column, cell in enumerate(self._cells(number)):
            self.table.update_cell_at(Coordinate(number, column), cell, update_width=True)
        self._mark_best()
        if number == self.number:
            self._show_matrix()
        self.tell()

    def _cells(self, number: int) -> list[Text]:
        row = self.rows[number]
        name = Text(printable(row.contender.name))
        if row.found is None:
            return [name, *[Text("…" if not row.trouble else "–", justify="right")] * 7]
        values = (short(read(row.found.result)) for _, read in MEASURES)
        groups = f"{len(row.found.groups):,}"
        return [name, *(Text(each, justify="right") for each in (groups, *values))]

    def _mark_best(self) -> None:
        """Print the best value of each measure bold."""
        for column, (name, read) in enumerate(MEASURES, 2):
            values = [
                (value if name != "DB" else -value, number)
                for number, row in enumerate(self.rows)
                if row.found is not None and (value := read(row.found.result)) is not None
            ]
            most = max(values, default=(0.0, 0))[0]
            for value, number in values:
                style = "bold" if value == most and len(values) > 1 else ""
                text = short(abs(value) if name == "DB" else value)
                cell = Text(text, style, justify="right")
                self.table.update_cell_at(Coordinate(number, column), cell)

    def _show_matrix(self) -> None:
        found = self.found
        if found is not None and found.classes:
            self.matrix.show(found.matrix)
        else:
            self.matrix.show(type(self.matrix.matrix)(), self._empty())
        self.tell()

    def _empty(self) -> str:
        """Why there is no matrix."""
        row = self.rows[self.number] if self.number < len(self.rows) else None
        if self.trouble or (row is not None and row.trouble):
            return self.trouble or (row.trouble if row else "")
        if not self.known and not self.measuring:
            key = self.selector.keys.first("evaluate-truth")
            return f"No class of these photos is known. {key}: say where classes are known from"
        return "Measuring …"

    def tell(self) -> None:
        if not self.is_attached:
            return
        known = described(self.known, len(self.paths), 3) if self.known else "no class is known"
        source = f"classes from {printable(self.source)}: " if self.source else ""
        parts = ["Evaluate", source + known if self.paths else "", self.trouble]
        self.query_one("#head", Static).update(" · ".join(filter(None, parts)))
        found, view = self.found, self.matrix
        view.say(self._empty())
        words = view.matrix.words(view.row, view.column) if view.matrix.rows else ""
        result = found.result if found is not None else None
        model = self.selector.progress.model
        vectors = f"{result.vectors:,} vectors of {printable(model)}" if result else ""
        second = [vectors, result.note if result else ""]
        self.query_one("#words", Static).update(
            "\n".join([words, " · ".join(filter(None, second))])
        )

    # -- what the owner does -----------------------------------------------------------------

    @on(DataTable.RowHighlighted)
    def _highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_matrix()

    @on(DataTable.RowSelected)
    def _selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.matrix.focus()

    @on(MatrixView.Moved)
    def _moved(self, event: MatrixView.Moved) -> None:
        event.stop()
        self.tell()

    @on(MatrixView.Chosen)
    def _chosen(self, event: MatrixView.Chosen) -> None:
        event.stop()
        found = self.found
        if found is None:
            return
        photos = found.photos(event.row, event.column)
        names = [
            *([] if event.row is None else [found.matrix.rows[event.row]]),
            *([] if event.column is None else [f"in {found.matrix.columns[event.column]}"]),
        ]
        if photos:
            self.selector.show_photos(photos, " ".join(names) or "known photos")
        else:
            self.app.bell()

    def action_side(self) -> None:
        """Go to the matrix, or back to the runs."""
        (self.table if self.matrix.has_focus else self.matrix).focus()

    def action_open_cell(self) -> None:
        """Show the photos under the cursor of the matrix."""
        self.matrix.action_choose()

    def action_again(self) -> None:
        """Measure everything again."""
        self.begin(self.source or None)

    def action_step(self, steps: int) -> None:
        """Give the algorithm of this run another parameter, and measure that."""
        row = self.rows[self.number] if self.number < len(self.rows) else None
        contender = stepped(row.contender, row.used, steps) if row is not None else None
        if row is None or contender is None:
            self.selector.say("Only algorithms have a parameter to change.")
            return
        row.contender, row.used = contender, contender.clustering
        row.found, row.trouble = None, ""
        self.show_row(self.number)
        self.measure_one(self.number)

    @work(exclusive=True, group="truth")
    async def action_truth(self) -> None:
        """Ask where classes are known from."""
        from tui_selector.app.screens.dialogs import TextDialog

        offers = " · ".join(self.offers)
        source = await self.app.push_screen_wait(
            TextDialog(
                "Classes are known from",
                value=self.source or next(iter(self.offers), ""),
                hint="folders · a pattern of names like {class}_# (# a number, * anything) · the "
                "path of a CSV, JSON or JSON lines file with file and class"
                + (f"\nthat tell something here: {offers}" if offers else "")
                + "\nenter: measure · esc: leave",
            )
        )
        if source is not None:
            self.begin(source)

    @work(exclusive=True, group="export")
    async def action_export(self) -> None:
        """Ask for a file, and write the matrix or everything there."""
        from tui_selector.app.matrix_picture import PictureError, write_matrix
        from tui_selector.app.screens.dialogs import TextDialog

        found = self.found
        if found is None:
            self.app.bell()
            return
        suggested = Path.home() / f"{self.selector.paths.root.name or 'photos'}-matrix.svg"
        name = await self.app.push_screen_wait(
            TextDialog(
                f"Write the matrix of '{printable(found.contender.name)}'",
                value=str(suggested),
                hint=".svg or .png: the matrix · .json: all runs with every measure · esc: leave",
            )
        )
        if not name:
            return
        file = Path(name).expanduser()
        try:
            if file.suffix.lower() == ".json":
                await asyncio.to_thread(file.write_bytes, self._report())
            else:
                await asyncio.to_thread(write_matrix, found.matrix, self._title(found), file)
        except PictureError as error:
            self.selector.say(str(error), "warning")
        except OSError as error:
            reason = error.strerror or "it is refused"
            self.selector.say(f"{printable(name)} cannot be written: {reason}.", "warning")
        else:
            self.selector.say(f"Written: {printable(str(file))}")

    def _title(self, found: Measured) -> str:
        accuracy = found.result.accuracy
        words = "" if accuracy is None else f" · accuracy {accuracy:.3f}"
        return f"{found.contender.name}{words} · {found.result.photos:,} photos"

    def _report(self) -> bytes:
        found = [row.found.report for row in self.rows if row.found is not None]
        report = {
            "photos": len(self.paths),
            "truth": self.source,
            "known": len(self.known),
            "runs": found,
        }
        return msgspec.json.format(msgspec.json.encode(report))

    def action_back(self) -> None:
        """Back to the grid."""
        self.app.pop_screen()
