"""The list of kinds at the side: ticks say which tabs, tags or colour labels are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Label

from tui_selector.app import actions
from tui_selector.app.keymap import Keymap
from tui_selector.app.narrowing import KindCount, Kinds, Legend
from tui_selector.app.widgets.tag_list import Sign, TagList, TagRow
from tui_selector.library.display import printable

_BY: tuple[Kinds, ...] = ("tab", "tag", "label")
_TITLES: Mapping[Kinds, str] = {"tab": "Tabs", "tag": "Tags", "label": "Colour labels"}


class KindList(TagList):
    """Kinds with a tick each."""

    SIGNS: ClassVar[Mapping[Sign, str]] = {"with": "☑", "": "☐", "without": "☐", "some": "☐"}


class LegendPanel(Vertical):
    """Kinds of photos with how many there are of each; those that are ticked are shown."""

    DEFAULT_CSS = """
    LegendPanel {
        padding: 0 1; background: $surface;
        & Label { width: 1fr; }
        & .panel--title { text-style: bold; }
        & .panel--words { color: $text-muted; }
        & KindList { margin: 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("legend")]

    class Changed(Message):
        """Other kinds are to be shown."""

        def __init__(self, legend: Legend) -> None:
            super().__init__()
            self.legend = legend

    class KindMarked(Message):
        """All photos of a kind are to be marked, or unmarked where they are."""

        def __init__(self, by: Kinds, key: str) -> None:
            super().__init__()
            self.by = by
            self.key = key

    class WithinWanted(Message):
        """Only marked photos are to be shown, or those that are not, too."""

    class Left(Message):
        """The owner goes back to the photos."""

    def __init__(self, legend: Legend, keys: Keymap) -> None:
        """
        Args:
            legend: What is ticked.
            keys: Which keys do what.
        """
        super().__init__()
        self.legend = legend
        self._keys = keys
        self._kinds: Sequence[KindCount] | None = None
        self._marked: Mapping[str, int] = {}
        self._colours: Mapping[str, str] = {}
        self._named: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Label("", classes="panel--title", id="title")
        yield KindList(empty="counting …", id="kinds")
        yield Label("", classes="panel--words", id="words")
        yield Label(Text(self._hint()), classes="panel--words")

    def on_mount(self) -> None:
        self._list()

    def _hint(self) -> str:
        first = self._keys.first
        hints = (
            ("legend-tick", "on, off"),
            ("legend-only", "only this"),
            ("legend-all", "all"),
            ("legend-none", "none"),
            ("legend-mark", "mark these"),
            ("legend-within", "only among marked"),
            ("legend-by", "tabs, tags, labels"),
        )
        return " · ".join(f"{first(id_)}: {words}" for id_, words in hints)

    # -- what is there -----------------------------------------------------------------------

    def show(
        self,
        legend: Legend,
        kinds: Sequence[KindCount],
        marked: Mapping[str, int],
        colours: Mapping[str, str] | None = None,
    ) -> None:
        """Show the kinds of a tab.

        Args:
            legend: What is ticked.
            kinds: Each kind and how many photos of it there are.
            marked: How many of these are marked, by kind.
            colours: Those that stand for kinds in what is shown, by the printable name of a kind.
        """
        stay = self._kinds is not None and legend.by == self.legend.by
        self.legend, self._kinds, self._marked = legend, kinds, marked
        self._colours = colours or {}
        self._list(stay=stay)

    def colour(self, colours: Mapping[str, str]) -> None:
        """Show other colours of the same kinds."""
        self._colours = colours
        self._list()

    def _list(self, *, stay: bool = True) -> None:
        within = self.legend.within
        among = "" if within is None else f" · only among {len(within):,} marked"
        self.query_one("#title", Label).update(f"{_TITLES[self.legend.by]} to show{among}")
        if self._kinds is None:
            return
        self._named = {}
        rows: list[TagRow] = []
        for kind in self._kinds:
            name = kind.name
            while name in self._named:
                name += "'"  # two tabs may have one name
            self._named[name] = kind.key
            count, marked = f"{kind.photos:,}", self._marked.get(kind.key, 0)
            note = f"{marked:,} of {count} marked" if marked else count
            sign: Sign = "with" if self.legend.is_ticked(kind.key) else ""
            rows.append(TagRow(name, sign, note, self._colours.get(printable(kind.name), "")))
        kinds = self.query_one(KindList)
        kinds.empty = "There is no photo here."
        kinds.show(rows, stay=stay)
        ticked = [kind.photos for kind in self._kinds if self.legend.is_ticked(kind.key)]
        # A photo has several tags: what they have together says nothing.
        photos = "" if self.legend.by == "tag" else f": {sum(ticked):,} photos"
        self.query_one("#words", Label).update(
            f"{len(ticked):,} of {len(self._kinds):,} ticked{photos}"
        )

    @property
    def _current(self) -> str | None:
        """The key of the kind under the cursor."""
        name = self.query_one(KindList).current
        return None if name is None else self._named.get(name)

    # -- what the owner does -----------------------------------------------------------------

    @on(KindList.Toggled)
    def _toggled(self, event: KindList.Toggled) -> None:
        event.stop()
        self.action_tick()

    def action_tick(self) -> None:
        """Show the kind under the cursor, or hide it."""
        key = self._current
        if key is not None:
            keys = [kind.key for kind in self._kinds or ()]
            self._change(self.legend.toggled(key, keys))

    def action_only(self) -> None:
        """Show only the kind under the cursor."""
        key = self._current
        if key is not None:
            self._change(replace(self.legend, on=frozenset({key})))

    def action_tick_all(self) -> None:
        """Show all kinds."""
        self._change(replace(self.legend, on=None))

    def action_tick_none(self) -> None:
        """Show none of the kinds, to tick some."""
        self._change(replace(self.legend, on=frozenset()))

    def action_next_kinds(self) -> None:
        """Go from tabs to tags, to colour labels; all of them are ticked then."""
        by = _BY[(_BY.index(self.legend.by) + 1) % len(_BY)]
        self._kinds = None
        self._change(replace(self.legend, by=by, on=None))

    def action_within(self) -> None:
        """Show only marked photos of what is ticked, or others, too."""
        self.post_message(self.WithinWanted())

    def action_mark_kind(self) -> None:
        """Mark the photos of the kind under the cursor; unmark them where all are marked."""
        key = self._current
        if key is not None:
            self.post_message(self.KindMarked(self.legend.by, key))

    def action_leave_legend(self) -> None:
        """Go back to the photos."""
        self.post_message(self.Left())

    def _change(self, legend: Legend) -> None:
        if legend != self.legend:
            self.legend = legend
            self._list()
            self.post_message(self.Changed(legend))
