"""The question before a plan: what stays, what goes and why, line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec
from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Label

from tui_selector.app.keeping import KeepLine, KeepPlan
from tui_selector.app.screens.dialogs import Dialog
from tui_selector.app.widgets.slider import Slider
from tui_selector.app.widgets.tile_caption import one_line, shorten

#: Cells of the column of what is done, and the least and the most of the names.
_VERB, _NAME, _LONGEST_NAME = 10, 12, 34


class Dial(msgspec.Struct, frozen=True):
    """A number that a plan depends on: its name, its limits, its step, where it stands first."""

    label: str
    minimum: float
    maximum: float
    step: float
    value: float
    decimals: int = 0


class PlanLines(ScrollView, can_focus=False):
    """The lines of a plan; only those in sight are drawn."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "plan-lines--group",
        "plan-lines--keep",
        "plan-lines--reject",
        "plan-lines--mark",
        "plan-lines--rate",
        "plan-lines--search",
        "plan-lines--rename",
        "plan-lines--leave",
        "plan-lines--why",
    }
    DEFAULT_CSS = """
    PlanLines {
        height: auto; max-height: 20; background: $panel; overflow-x: hidden; overflow-y: auto;
        scrollbar-size-vertical: 1; margin: 1 0 0 0;
        & > .plan-lines--group { color: $foreground; text-style: bold; }
        & > .plan-lines--keep { color: $text-success; }
        & > .plan-lines--reject { color: $text-error; }
        & > .plan-lines--mark, & > .plan-lines--rate { color: $text-warning; }
        & > .plan-lines--search, & > .plan-lines--rename { color: $text-accent; }
        & > .plan-lines--leave { color: $text-disabled; }
        & > .plan-lines--why { color: $text-muted; }
    }
    """

    _lines: Sequence[KeepLine] = ()

    def show(self, lines: Sequence[KeepLine]) -> None:
        """Show these lines from the first."""
        self._lines = lines
        self.virtual_size = Size(0, len(lines))
        self.styles.height = max(1, len(lines))
        self.scroll_to(y=0, animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, number = self.size.width, y + self.scroll_offset.y
        if number >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        return self._strip(self._lines[number], width).apply_style(self.rich_style)

    def _strip(self, line: KeepLine, width: int) -> Strip:
        if not line.verb:
            text = f"{line.name}  {line.why}"
            return Strip([Segment(one_line(text, width), self._style("group"))], width)
        name = max(_NAME, min(_LONGEST_NAME, (width - _VERB) // 2))
        segments = [
            Segment(set_cell_size(f"  {line.verb}", _VERB), self._style(line.verb)),
            Segment(set_cell_size(shorten(line.name, name), name)),
            Segment(one_line(f"  {line.why}", max(0, width - _VERB - name)), self._style("why")),
        ]
        return Strip(segments).adjust_cell_length(width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"plan-lines--{name}")


class PlanDialog(Dialog[list[int] | None]):
    """Shows a plan; the answer is the photos to reject, or None where it is not to be."""

    DEFAULT_CSS = """
    PlanDialog {
        & > Vertical { width: 100; max-width: 95%; }
        & Slider { margin: 1 0 0 0; }
        & #note { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", show=False, priority=True),
        Binding("y", "accept", show=False),
        Binding("n", "dismiss(None)", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, make: Callable[[float], KeepPlan], dial: Dial | None = None) -> None:
        """
        Args:
            make: Makes the plan of the dial's number; of 0 where there is no dial.
            dial: The number that it depends on.
        """
        super().__init__()
        self._make, self._dial = make, dial
        self.plan = make(0.0 if dial is None else dial.value)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label("", classes="dialog--title", id="title")
            if self._dial is not None:
                dial = self._dial
                yield Slider(
                    dial.label,
                    minimum=dial.minimum,
                    maximum=dial.maximum,
                    step=dial.step,
                    value=dial.value,
                    decimals=dial.decimals,
                    label_width=16,
                )
            yield PlanLines()
            yield Label("", classes="dialog--hint", id="note")
            more = "h l: change the number · " if self._dial is not None else ""
            yield Label(
                f"enter: do it, undo takes it back · {more}j k: scroll · esc: leave",
                classes="dialog--hint",
            )

    def on_mount(self) -> None:
        self._show()
        if self._dial is not None:
            self.query_one(Slider).focus()

    @on(Slider.Changed)
    def _turned(self, event: Slider.Changed) -> None:
        event.stop()
        self.plan = self._make(event.value)
        self._show()

    def _show(self) -> None:
        plan = self.plan
        self.query_one("#title", Label).update(Text(plan.title))
        self.query_one(PlanLines).show(plan.lines)
        note = self.query_one("#note", Label)
        note.update(Text(plan.note))
        note.display = bool(plan.note)

    def action_scroll(self, lines: int) -> None:
        self.query_one(PlanLines).scroll_relative(y=lines, animate=False)

    def action_accept(self) -> None:
        """Take a number that is being typed; else the plan as it is shown."""
        for slider in self.query(Slider):
            if slider.typed:
                slider.action_accept()
                return
        if self.plan.reject:
            self.dismiss(self.plan.reject)
        else:
            self.app.bell()
