"""The view that groups photos by a criterion in words: four steps, their answers, the photos."""

from __future__ import annotations

from typing import ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from tui_selector.app import actions
from tui_selector.app.criteria import (
    PhotoList,
    rows_of,
    runs_words,
    step_note,
    step_words,
    way_words,
)
from tui_selector.app.matrix import photos as photo_count
from tui_selector.app.screens.criteria_dialogs import CriteriaDialogs
from tui_selector.app.widgets.bar_list import BarList
from tui_selector.app.widgets.key_bar import KeyBar
from tui_selector.app.widgets.step_bar import StepBar
from tui_selector.app.widgets.tile_grid import TileGrid
from tui_selector.criteria.run import STEPS, WAY_NAMES, Step, Way, Wish
from tui_selector.library.display import printable

#: The name under which the application keeps the view while other screens are shown.
NAME = "criteria"

#: Seconds without a key before it is asked how a wish could be sorted.
_STILL = 0.3


class CriteriaScreen(CriteriaDialogs):
    """Groups photos by anything said in words, step by step."""

    contexts: ClassVar[tuple[actions.Context, ...]] = ("criteria",)
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("criteria")]
    AUTO_FOCUS = "#rows"
    DEFAULT_CSS = """
    CriteriaScreen {
        background: $background;
        & #form { height: 1; background: $panel; }
        & #form Label { color: $text-muted; padding: 0 1; }
        & #form Input, & #form Input:focus {
            border: none; height: 1; padding: 0 1; background: $surface; width: 1fr;
        }
        & #form #k, & #form #k:focus { width: 9; }
        & #form Input:focus { background: $primary-muted; }
        & #how {
            height: auto; max-height: 3; padding: 0 1; color: $text-muted; background: $panel;
        }
        & #runs { background: $surface; }
        & #middle { height: 1fr; }
        & BarList { width: 46%; height: 1fr; }
        & TileGrid { width: 1fr; height: 1fr; }
        & #note { height: 1; padding: 0 1; color: $text-muted; background: $surface; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._typing: Timer | None = None
        self._shown: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        selector = self.selector
        with Horizontal(id="form"):
            yield Label("group by")
            yield Input(placeholder="what colour, which instrument, how many people …", id="by")
            yield Label("K")
            yield Input(placeholder="auto", id="k", restrict="[0-9]*", max_length=3)
            yield Label("classes")
            yield Input(placeholder="found by itself; or a, b, c", id="names")
        yield Static(id="how", markup=False)
        yield StepBar(id="runs")
        yield StepBar(id="steps")
        with Horizontal(id="middle"):
            yield BarList(id="rows")
            size = selector.session.tile or selector.settings.tile
            grid = TileGrid(
                selector.pictures, selector.painter, step=size - 1, empty="", id="photos"
            )
            grid.can_focus = False  # keys are for the list; pages are turned from there
            yield grid
        yield Static(id="note", markup=False)
        yield KeyBar(selector.keys, self.contexts)

    def on_mount(self) -> None:
        selector = self.selector
        selector.run_told.subscribe(self, self.hear)
        selector.status_changed.subscribe(self, lambda _: self.came(), immediate=True)
        self.show_run()
        self.look()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Draw the photos again that another screen's pictures have taken the place of."""
        self._shown = ()
        self.show_photos()

    @property
    def list_of_rows(self) -> BarList:
        """What the step shows."""
        return self.query_one("#rows", BarList)

    @property
    def grid(self) -> TileGrid:
        """The photos of the row under the cursor."""
        return self.query_one("#photos", TileGrid)

    # -- showing -----------------------------------------------------------------------------

    def show_run(self) -> None:
        if not self.is_attached:
            return
        run, step = self.current, self.shown_step
        ids = [each.id for each in self.runs]
        self.query_one("#runs", StepBar).show(
            runs_words(self.runs),
            ids.index(self.chosen) if self.chosen in ids else 0,
        )
        self.query_one("#steps", StepBar).show(step_words(run), STEPS.index(step))
        rows = rows_of(run, step, self.marked, self._name_of) if run is not None else []
        self.list_of_rows.show(rows, self._empty())
        self.show_ways()
        self.show_photos()

    def _empty(self) -> str:
        if self.trouble:
            return self.trouble
        run = self.current
        if run is None:
            return f"{self.selector.keys.first('criterion')}: say by what to group the photos"
        return "Nothing yet." if run.state in ("waiting", "running") else "Nothing here."

    def _name_of(self, photo: int) -> str:
        row = self.album.photo_of(photo) if self.album is not None else None
        return printable(row.name) if row is not None else "gone"

    def show_photos(self) -> None:
        """Show the photos of the row under the cursor, and what is to be said of the step."""
        album, row, run = self.album, self.list_of_rows.current, self.current
        photos = self.photos_of(row.key, self.shown_step) if row is not None else []
        if album is not None and self._shown != tuple(photos):
            self._shown = tuple(photos)
            self.grid.set_model(PhotoList(album, photos), empty="")
        count = f"{row.text}: {photo_count(len(photos))}" if row is not None else ""
        if row is not None and self.shown_step == "label":
            self.ask_label(row.key)
        waiting = f"{run.waiting:,} wait for a class" if run is not None and run.waiting else ""
        note = step_note(run, self.shown_step) if run is not None else ""
        self.query_one("#note", Static).update(" · ".join(filter(None, [count, waiting, note])))

    def show_ways(self) -> None:
        how = self.query_one("#how", Static)
        if self.is_typing and self.ways is not None:
            how.update("\n".join(self._offered(self.way)[:3]))
        else:
            run = self.current
            how.update(way_words(run) if run is not None else "")

    def _offered(self, wanted: Way | None) -> list[str]:
        """The ways that are ready, the one that would be taken first; why not where none is."""
        ways = self.ways.ways if self.ways is not None else []
        ready = [offer for offer in ways if offer.ready]
        ready.sort(key=lambda offer: offer.way != wanted)
        return [
            f"{'▸' if number == 0 and ready else ' '} {WAY_NAMES[offer.way]}: "
            f"{printable(offer.sentence)}"
            for number, offer in enumerate(ready or ways)
        ]

    # -- the form ----------------------------------------------------------------------------

    @property
    def is_typing(self) -> bool:
        """Whether keys go into the form."""
        return isinstance(self.focused, Input)

    @property
    def wish(self) -> Wish:
        """What the form says."""
        k = self.query_one("#k", Input).value
        names = self.query_one("#names", Input).value
        return Wish(
            criterion=self.query_one("#by", Input).value.strip(),
            k=int(k) if k else None,
            classes=tuple(filter(None, (name.strip() for name in names.split(",")))),
            way=self.way,
        )

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_STILL, self._ask_ways)

    def _ask_ways(self) -> None:
        wish = self.wish
        if self.is_typing and wish.criterion and not wish.validate():
            self.ask_ways(wish)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.start(self.wish)

    def started(self) -> None:
        self.way = None
        self.marked.clear()
        self.set_focus(self.list_of_rows)

    def action_criterion(self) -> None:
        """Type another criterion."""
        for field in self.query("#form Input").results(Input):
            field.value = ""
        self.way, self.ways = None, None
        self.query_one("#by", Input).focus()

    # -- what the owner does -----------------------------------------------------------------

    @on(BarList.Moved)
    def _moved(self, event: BarList.Moved) -> None:
        event.stop()
        self.show_photos()

    @on(BarList.Activated)
    @on(TileGrid.Activated)
    def _activated(self, event: BarList.Activated | TileGrid.Activated) -> None:
        event.stop()
        self.action_open_photos()

    @on(StepBar.Chosen, "#runs")
    def _run_chosen(self, event: StepBar.Chosen) -> None:
        event.stop()
        self._choose(event.index)

    @on(StepBar.Chosen, "#steps")
    def _step_chosen(self, event: StepBar.Chosen) -> None:
        event.stop()
        self.action_show_step(STEPS[event.index])

    def action_show_step(self, step: str) -> None:
        """Look at a step."""
        self.step = cast(Step, step)
        self.show_run()

    def action_run(self, by: int) -> None:
        """Look at the next criterion, or the one before."""
        ids = [run.id for run in self.runs]
        if len(ids) > 1 and self.chosen in ids:
            self._choose((ids.index(self.chosen) + by) % len(ids))
        else:
            self.app.bell()

    def _choose(self, index: int) -> None:
        self.chosen, self.step, self.result = self.runs[index].id, None, None
        self.marked.clear()
        self.show_run()
        self.look_into()

    def action_open_photos(self) -> None:
        """Show the photos of this row in the grid."""
        row, run = self.list_of_rows.current, self.current
        photos = self.photos_of(row.key, self.shown_step) if row is not None else []
        if row is None or run is None or not photos:
            self.app.bell()
            return
        self.selector.show_photos(photos, f"{run.wish.criterion}: {row.key}")

    def action_page(self, way: int) -> None:
        """Scroll through the photos."""
        self.grid.page(way)

    def action_again(self, afresh: bool) -> None:
        """Do the step that is looked at, and those after it, again."""
        run = self.current
        if run is None:
            self.app.bell()
        else:
            self.start(run.wish, run=run.id, step=self.shown_step, afresh=afresh)

    def action_stop(self) -> None:
        """Stop the run, or go on with it."""
        self.stop_or_go_on()

    def action_back(self) -> None:
        """From the form to the list; else back to the grid."""
        if not self.list_of_rows.has_focus:
            self.list_of_rows.focus()
            self.show_ways()
        else:
            self.app.pop_screen()
