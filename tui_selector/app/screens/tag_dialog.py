"""Asks which tags photos are given and which are taken away from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from tui_selector.app.screens.dialogs import Dialog
from tui_selector.app.widgets.tag_list import Sign, TagList, TagRow
from tui_selector.library.catalog.tag_table import TagCount, tag_name

_HINT = "enter: add what is typed, else done · ↓ space: on, off · →: complete · esc: leave"


class TagChanges(msgspec.Struct, frozen=True):
    """Tags that every photo is given, and tags that are taken away from every photo."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


class TagDialog(Dialog[TagChanges | None]):
    """Lists the tags of some photos, to be switched on and off; others are typed."""

    DEFAULT_CSS = """
    TagDialog {
        & TagList { height: auto; max-height: 16; min-height: 1; margin-bottom: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "finish", "done", show=False)]

    def __init__(self, title: str, photos: int) -> None:
        """
        Args:
            title: Whose tags; printable.
            photos: How many photos there are.
        """
        super().__init__()
        self._title, self._photos = title, photos
        self._counts: dict[str, TagCount] = {}
        self._added: dict[str, None] = {}
        self._removed: dict[str, None] = {}

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(Text(self._title), classes="dialog--title")
            yield Input(placeholder="a tag, or several with commas")
            yield TagList(empty="reading …", id="tags")
            yield Label(Text(_HINT), classes="dialog--hint", id="hint")

    def on_mount(self) -> None:
        self._show()
        self.query_one(Input).focus()

    def fill(self, tags: Sequence[TagCount], known: Sequence[str]) -> None:
        """Show what the photos have.

        Args:
            tags: Of the photos.
            known: Every tag of the library, to complete what is typed.
        """
        self._counts = {tag.name: tag for tag in tags}
        self.query_one(TagList).empty = "no tags yet"
        self.query_one(Input).suggester = SuggestFromList(known, case_sensitive=False)
        self._show()

    # -- what is chosen ----------------------------------------------------------------------

    def _sign(self, name: str) -> Sign:
        if name in self._added:
            return "with"
        if name in self._removed:
            return "without"
        count = self._counts[name]
        return "with" if count.photos >= self._photos else "some"

    def _note(self, name: str) -> str:
        count = self._counts.get(name)
        if name in self._added:
            return "is given"
        if name in self._removed:
            return "is taken away"
        assert count is not None
        if self._photos > 1:
            return f"{count.photos:,} of {self._photos:,}"
        return "yours" if count.owned else ""

    def _show(self) -> None:
        names = [*(name for name in self._added if name not in self._counts), *self._counts]
        rows = [TagRow(name, self._sign(name), self._note(name)) for name in names]
        self.query_one(TagList).show(rows)

    @on(TagList.Toggled)
    def _toggled(self, event: TagList.Toggled) -> None:
        event.stop()
        name = event.name
        if name in self._added:
            del self._added[name]
            if name in self._counts:
                self._removed[name] = None
        elif name in self._removed:
            del self._removed[name]
        elif self._sign(name) == "with":
            self._removed[name] = None
        else:
            self._added[name] = None
        self._show()

    # -- what is typed -----------------------------------------------------------------------

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            self.action_finish()
            return
        try:
            names = [tag_name(part) for part in event.value.split(",") if part.strip()]
        except ValueError as error:
            self._hint(str(error), fault=True)
            return
        for name in names:
            self._removed.pop(name, None)
            if name not in self._counts or self._counts[name].photos < self._photos:
                self._added[name] = None
        event.input.value = ""
        self._hint(_HINT, fault=False)
        self._show()

    def _hint(self, text: str, *, fault: bool) -> None:
        hint = self.query_one("#hint", Label)
        hint.update(Text(text))
        hint.set_class(fault, "dialog--fault")

    def action_finish(self) -> None:
        """Answer with what was chosen."""
        self.dismiss(TagChanges(tuple(self._added), tuple(self._removed)))

    def on_key(self, event: events.Key) -> None:
        """Go from the field to the list and back."""
        field, tags = self.query_one(Input), self.query_one(TagList)
        if field.has_focus and event.key == "down":
            tags.focus()
        elif tags.has_focus and event.key == "up" and tags.cursor == 0:
            field.focus()
        elif tags.has_focus and event.is_printable and event.character != " ":
            field.focus()
            field.insert_text_at_cursor(event.character or "")
        else:
            return
        event.stop()
        event.prevent_default()
