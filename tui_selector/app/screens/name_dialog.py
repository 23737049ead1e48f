"""Asks for one name that photos are given: a tab or a tag, one that there is or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from tui_selector.app.screens.dialogs import Dialog
from tui_selector.library.catalog.tag_table import tag_name
from tui_selector.library.display import printable

#: Tags that are offered at once.
_MOST_TAGS = 8


class Name(NamedTuple):
    """A name for photos.

    Attributes:
        kind: Whether it is a tab or a tag.
        name: The tab's id; or the name of a new tab, or of a tag.
    """

    kind: Literal["tab", "tag"]
    name: int | str


class NameDialog(Dialog[Name | None]):
    """Offers tabs and tags while a name is typed; those that are likely stand first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", show=False, priority=True),
        Binding("up", "choose(-1)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        tabs: Sequence[tuple[int, str, int]],
        likely: Sequence[int] = (),
    ) -> None:
        """
        Args:
            title: Whose name; printable.
            tabs: Id, name (printable) and number of photos of each tab.
            likely: Ids of tabs that stand first.
        """
        super().__init__()
        places = {tab: place for place, tab in enumerate(likely)}
        self._title = title
        self._tabs = sorted(tabs, key=lambda tab: places.get(tab[0], len(places)))
        self._likely = frozenset(likely)
        self._tags: Sequence[str] = ()
        self._offered: list[Name] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(Text(self._title), classes="dialog--title")
            yield Input(placeholder="a tab or a tag that there is, or a new one (#: tags)")
            yield OptionList()
            yield Label(
                "enter: give it · ↑ ↓: choose · esc: leave", classes="dialog--hint", id="hint"
            )

    def on_mount(self) -> None:
        self._offer("")
        self.query_one(Input).focus()

    def fill(self, tags: Sequence[str]) -> None:
        """Offer these tags, too: those that the owner has given before stand first."""
        self._tags = tags
        self._offer(self.query_one(Input).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer(event.value)

    def _offer(self, text: str) -> None:
        typed = text.strip()
        offers: list[tuple[Name, str]] = []
        wanted = typed.casefold()
        if not typed.startswith("#"):
            found = [tab for tab in self._tabs if wanted in tab[1].casefold()]
            for id_, name, count in found:
                likely = " · likely" if id_ in self._likely else ""
                offers.append((Name("tab", id_), f"tab {name}  ({count:,}){likely}"))
            if typed and all(name.casefold() != wanted for _, name, _ in found):
                offers.append((Name("tab", typed), f"new tab: {printable(typed)}"))
        if wanted:
            offers += self._tag_offers(typed)
        self._offered = [name for name, _ in offers]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(Text(words)) for _, words in offers)
        options.highlighted = 0 if offers else None

    def _tag_offers(self, typed: str) -> list[tuple[Name, str]]:
        """Tags that hold what is typed, and it as a new one where no tag is just that."""
        try:
            wanted = tag_name(typed)
        except ValueError:
            return []
        near = [tag for tag in self._tags if wanted in tag]
        near.sort(key=lambda tag: (tag != wanted, not tag.startswith(wanted)))
        offers = [(Name("tag", tag), f"tag #{printable(tag)}") for tag in near[:_MOST_TAGS]]
        if wanted not in near:
            offers.append((Name("tag", wanted), f"new tag: #{printable(wanted)}"))
        return offers

    def action_choose(self, by: int) -> None:
        """Choose another of the names that are offered."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if by > 0 else options.action_cursor_up)()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is None:
            self.app.bell()
        else:
            self.dismiss(self._offered[highlighted])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._offered[event.option_index])
