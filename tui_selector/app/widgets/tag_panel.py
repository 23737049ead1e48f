"""The panel of tags: which photos the grid shows by what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Label

from tui_selector.app.tag_filter import TagFilter
from tui_selector.app.widgets.choice import Choice
from tui_selector.app.widgets.slider import Slider
from tui_selector.app.widgets.tag_list import TagList, TagRow
from tui_selector.library.catalog.tag_table import TagCount
from tui_selector.library.display import printable

#: Seconds without a move of the slider before photos are chosen anew.
_SETTLED = 0.15

#: What + and - add to the confidence that is asked of a tag.
_STEP = 0.05


class TagPanel(Vertical):
    """Lists tags with how many photos have them, and lets the owner choose among them."""

    DEFAULT_CSS = """
    TagPanel {
        width: 40; padding: 0 1; background: $surface;
        & Label { width: 1fr; }
        & .panel--title { text-style: bold; }
        & .panel--words { color: $text-muted; }
        & Input, & Input:focus {
            border: none; background: $panel; height: 1; padding: 0 1; margin: 1 0 0 0;
        }
        & TagList { margin: 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("+", f"confide({_STEP})", "surer", show=False),
        Binding("-", f"confide(-{_STEP})", "less sure", show=False),
        Binding("ctrl+u", "clear", "choose none", show=False),
        Binding("enter", "choose", "change", show=False),
    ]

    class FilterChanged(Message):
        """The owner chooses other tags."""

        def __init__(self, chosen: TagFilter) -> None:
            super().__init__()
            self.chosen = chosen

    class ThresholdChanged(Message):
        """The program's tag is to count from another confidence on, 0 to 1."""

        def __init__(self, name: str, least: float) -> None:
            super().__init__()
            self.name = name
            self.least = least

    def __init__(self, chosen: TagFilter) -> None:
        """
        Args:
            chosen: What is chosen already.
        """
        super().__init__()
        self.chosen = chosen
        self._counts: Sequence[TagCount] | None = None
        self._thresholds: dict[str, float] = {}
        self._pending: Timer | None = None
        self._sliding = ""

    def compose(self) -> ComposeResult:
        yield Label("Tags", classes="panel--title", id="title")
        yield Input(placeholder="type to narrow", id="narrow")
        yield Choice("photos with", [("all", "all of them"), ("any", "any of them")], id="match")
        yield TagList(empty="counting …", id="list")
        yield Slider(
            "confidence", minimum=0, maximum=1, step=_STEP, decimals=2, label_width=11, id="least"
        )
        yield Label("", classes="panel--words", id="words")
        yield Label(
            "↓ space: with, without · + −: confidence · ctrl+u: choose none",
            classes="panel--words",
        )

    def on_mount(self) -> None:
        self.query_one("#match", Choice).answer = "any" if self.chosen.any else "all"
        self.query_one("#narrow", Input).focus()

    # -- what is there -----------------------------------------------------------------------

    def show(
        self, counts: Sequence[TagCount], thresholds: Mapping[str, float], shown: int, photos: int
    ) -> None:
        """Show the tags of a tab.

        Args:
            counts: Tags, most photos first.
            thresholds: The confidence from which tags count, where there is one.
            shown: How many photos pass.
            photos: Of how many.
        """
        self._counts = counts
        # A slider that moves is ahead of what the catalog says.
        self._thresholds = self._thresholds if self._pending else dict(thresholds)
        of = f"{shown:,} of {photos:,} photos" if self.chosen.is_on else f"{photos:,} photos"
        self.query_one("#title", Label).update(Text(f"{len(counts):,} tags · {of}"))
        self._list()

    def use(self, chosen: TagFilter) -> None:
        """Show another choice."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.query_one("#match", Choice).answer = "any" if chosen.any else "all"
            self._list()

    def _list(self, *, stay: bool = True) -> None:
        if self._counts is None:
            return
        typed = " ".join(self.query_one("#narrow", Input).value.casefold().split()).lstrip("#")
        known = {each.name for each in self._counts}
        gone = (*self.chosen.include, *self.chosen.exclude)
        counts = [*self._counts, *(TagCount(name, 0) for name in gone if name not in known)]
        found = [each for each in counts if typed in each.name]
        # Chosen ones first; then those that begin with what is typed, then those that have most.
        found.sort(
            key=lambda each: (
                not self.chosen.choice_of(each.name),
                bool(typed) and not each.name.startswith(typed),
                -each.photos,
                each.name,
            )
        )
        tags = self.query_one("#list", TagList)
        tags.empty = "No tag is like that." if typed else "No photo here has a tag."
        tags.show([self._row(each) for each in found], stay=stay)
        self._tell_about(tags.current)

    def _row(self, count: TagCount) -> TagRow:
        least = self._thresholds.get(count.name, 0.0)
        threshold = f"≥{least:.2f} " if least else ""
        return TagRow(count.name, self.chosen.choice_of(count.name), f"{threshold}{count.photos:,}")

    @on(TagList.Moved)
    def _moved(self, event: TagList.Moved) -> None:
        event.stop()
        self._tell_about(event.name)

    def _tell_about(self, name: str | None) -> None:
        """Show the threshold of the tag under the cursor, and whose tag it is."""
        slider = self.query_one("#least", Slider)
        slider.disabled = name is None
        slider.value = self._thresholds.get(name or "", 0.0)
        count = next((each for each in self._counts or () if each.name == name), None)
        words = ""
        if count is not None:
            yours = f", {count.owned:,} by you" if count.owned else ""
            words = f"{printable(count.name)}: {count.photos:,} photos{yours}"
        self.query_one("#words", Label).update(Text(words))

    # -- what the owner does -----------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Let the field and the list share the keyboard: letters narrow, arrows lead over."""
        field, tags = self.query_one("#narrow", Input), self.query_one("#list", TagList)
        if field.has_focus and event.key == "down":
            tags.focus()
        elif tags.has_focus and event.key == "up" and tags.cursor == 0:
            field.focus()
        elif tags.has_focus and event.key == "backspace":
            field.focus()
            field.action_delete_left()
        elif tags.has_focus and event.is_printable and event.character not in (" ", "+", "-"):
            field.focus()
            field.insert_text_at_cursor(event.character or "")
        else:
            return
        event.stop()
        event.prevent_default()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._list(stay=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        """Choose the tag under the cursor, exclude it, or neither."""
        self.query_one("#list", TagList).action_choose()

    @on(TagList.Toggled)
    def _toggled(self, event: TagList.Toggled) -> None:
        event.stop()
        self._choose(self.chosen.cycled(event.name))

    @on(Choice.Changed)
    def _matched(self, event: Choice.Changed) -> None:
        event.stop()
        self._choose(TagFilter(self.chosen.include, self.chosen.exclude, event.answer == "any"))

    def action_clear(self) -> None:
        """Choose no tag."""
        self._choose(TagFilter(any=self.chosen.any))

    def _choose(self, chosen: TagFilter) -> None:
        if chosen != self.chosen:
            self.chosen = chosen
            self._list()
            self.post_message(self.FilterChanged(chosen))

    def action_confide(self, by: float) -> None:
        """Ask more or less confidence of the tag under the cursor."""
        slider = self.query_one("#least", Slider)
        if not slider.disabled:
            slider.action_change(round(by / _STEP))

    @on(Slider.Changed)
    def _slid(self, event: Slider.Changed) -> None:
        event.stop()
        name = self.query_one("#list", TagList).current
        if name is None:
            return
        if self._pending is not None:
            self._pending.stop()
            if name != self._sliding:
                self._settled()
        self._sliding = name
        self._thresholds[name] = round(event.value, 2)
        self._list()
        self._pending = self.set_timer(_SETTLED, self._settled)

    def _settled(self) -> None:
        self._pending = None
        name = self._sliding
        self.post_message(self.ThresholdChanged(name, self._thresholds.get(name, 0.0)))
