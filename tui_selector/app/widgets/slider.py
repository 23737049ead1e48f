"""A slider on one line: a label, a track, a number that can be typed."""

from __future__ import annotations

from math import floor
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

#: Characters of a number that is being typed.
_TYPED = frozenset("0123456789.-")


class Slider(Widget, can_focus=True):
    """Chooses a number by arrows, by typing it, or by the mouse.

    Left and right change it by a step, with shift by ten; home and end go to the limits. A typed
    number counts on enter; a number beyond the limits becomes the limit.
    """

    DEFAULT_CSS = """
    Slider {
        height: 1;
        & > .slider--label { color: $text-muted; }
        & > .slider--track { color: $primary-muted; }
        & > .slider--filled { color: $primary; }
        & > .slider--knob { color: $foreground; text-style: bold; }
        & > .slider--value { color: $foreground; }
        & > .slider--typed { color: $text-warning; text-style: bold; }
        &:focus > .slider--label { color: $foreground; text-style: bold; }
        &:focus > .slider--knob { color: $text-accent; text-style: bold; }
        &:disabled > .slider--filled { color: $border-blurred; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "slider--label",
        "slider--track",
        "slider--filled",
        "slider--knob",
        "slider--value",
        "slider--typed",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "change(-1)", "less", show=False),
        Binding("right,l", "change(1)", "more", show=False),
        Binding("shift+left,H", "change(-10)", "much less", show=False),
        Binding("shift+right,L", "change(10)", "much more", show=False),
        Binding("home", "limit(0)", "least", show=False),
        Binding("end", "limit(1)", "most", show=False),
        Binding("enter", "accept", "take what is typed", show=False),
        Binding("backspace", "erase", "erase", show=False),
    ]

    value: reactive[float] = reactive(0.0)
    typed: reactive[str] = reactive("")
    """What has been typed and not accepted yet."""

    class Changed(Message):
        """The number is another one, by the owner's doing."""

        def __init__(self, slider: Slider, value: float) -> None:
            super().__init__()
            self.slider = slider
            self.value = value

        @property
        def control(self) -> Slider:
            return self.slider

    def __init__(
        self,
        label: str,
        *,
        minimum: float,
        maximum: float,
        step: float = 1.0,
        value: float | None = None,
        decimals: int = 0,
        label_width: int = 14,
        id: str | None = None,  # noqa: A002 (Textual's name)
    ) -> None:
        """
        Args:
            label: What the number is.
            minimum: Least value.
            maximum: Largest value; at least `minimum`.
            step: What an arrow key adds.
            value: Where it stands first; the minimum where None.
            decimals: Digits after the point that are shown.
            label_width: Cells of the label's column.
            id: As for any widget.
        """
        super().__init__(id=id)
        self.label = label
        self.minimum, self.maximum, self.step, self.decimals = minimum, maximum, step, decimals
        self.label_width = label_width
        self.set_reactive(Slider.value, minimum if value is None else value)

    def set_range(self, minimum: float, maximum: float) -> None:
        """Change the limits; a value beyond them becomes the limit, without a message."""
        self.minimum, self.maximum = minimum, max(minimum, maximum)
        self.value = self._clamped(self.value)
        self.refresh()

    def _clamped(self, value: float) -> float:
        return min(max(value, self.minimum), self.maximum)

    def _set(self, value: float) -> None:
        """Take a value by the owner's doing: on a step, within the limits."""
        steps = round((self._clamped(value) - self.minimum) / self.step)
        value = self._clamped(round(self.minimum + steps * self.step, 6))
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self, value))

    # -- keys --------------------------------------------------------------------------------

    def action_change(self, steps: int) -> None:
        self.typed = ""
        self._set(self.value + steps * self.step)

    def action_limit(self, upper: int) -> None:
        self.typed = ""
        self._set(self.maximum if upper else self.minimum)

    def action_erase(self) -> None:
        self.typed = self.typed[:-1]

    def action_accept(self) -> None:
        typed, self.typed = self.typed, ""
        try:
            value = float(typed)
        except ValueError:
            if typed:
                self.app.bell()
            return
        self._set(value)

    def on_key(self, event: events.Key) -> None:
        if event.character in _TYPED:
            self.typed += event.character
        elif event.key == "escape" and self.typed:
            self.typed = ""
        else:
            return
        event.stop()
        event.prevent_default()

    def on_blur(self) -> None:
        self.action_accept()

    # -- mouse -------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.focus()
        self.capture_mouse()
        self._set_at(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._set_at(event.x)

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_change(1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_change(-1)

    def _set_at(self, x: int) -> None:
        first, width = self._track()
        if width > 1:
            share = min(max((x - first) / (width - 1), 0.0), 1.0)
            self.typed = ""
            self._set(self.minimum + share * (self.maximum - self.minimum))

    # -- drawing -----------------------------------------------------------------------------

    def _text(self, value: float) -> str:
        return f"{value:.{self.decimals}f}"

    def _track(self) -> tuple[int, int]:
        """First cell and width of the track."""
        numbers = max(len(self._text(self.minimum)), len(self._text(self.maximum)), 4)
        first = min(self.label_width, self.size.width // 2)
        return first, max(0, self.size.width - first - numbers - 1)

    def render_line(self, y: int) -> Strip:
        first, width = self._track()
        span = self.maximum - self.minimum
        share = (self.value - self.minimum) / span if span else 0.0
        knob = floor(share * (width - 1) + 0.5) if width else 0

        def style(name: str) -> Style:
            return self.get_component_rich_style(f"slider--{name}")

        label = self.label[: max(0, first - 1)].ljust(first)
        segments = [Segment(label, style("label"))]
        if width:
            segments += [
                Segment("━" * knob, style("filled")),
                Segment("●", style("knob")),
                Segment("─" * (width - knob - 1), style("track")),
            ]
        room = self.size.width - first - width
        if self.typed:
            segments.append(Segment(f"{self.typed}▏"[-room:].rjust(room), style("typed")))
        else:
            segments.append(Segment(self._text(self.value).rjust(room), style("value")))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
