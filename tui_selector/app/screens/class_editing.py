"""Editing the list of classes of a run: rename, merge, split, add, remove."""

from __future__ import annotations

from abc import abstractmethod

from textual import work

from tui_selector.app.criteria import OFFER, is_fixed
from tui_selector.app.screens.sorting import Sorting
from tui_selector.app.widgets.bar_list import BarList, BarRow
from tui_selector.criteria.run import Edit, names_trouble
from tui_selector.library.display import printable


class ClassEditing(Sorting):
    """Changes the classes of the run that is looked at.

    Attributes:
        marked: Names of classes that are marked.
    """

    def __init__(self) -> None:
        super().__init__()
        self.marked: set[str] = set()

    @property
    @abstractmethod
    def list_of_rows(self) -> BarList:
        """What the step shows."""

    def _row(self) -> BarRow | None:
        """The class, or the offered one, under the cursor; a bell where there is none."""
        run, row = self.current, self.list_of_rows.current
        if run is None or row is None or self.shown_step not in ("name", "assign"):
            self.selector.say("Classes are changed in the steps 3 and 4.")
            return None
        return row

    def _class(self) -> str | None:
        """The class under the cursor that can be changed."""
        row = self._row()
        if row is None:
            return None
        if row.key.startswith(OFFER) or is_fixed(row.key):
            self.app.bell()
            return None
        return row.key

    def _fault(self, text: str, *besides: str) -> str | None:
        """What is wrong with the name of a class, in a sentence."""
        taken = [each.name for each in self.current.classes] if self.current is not None else []
        return names_trouble((*(name for name in taken if name not in besides), text))

    def action_mark_class(self) -> None:
        """Mark the class under the cursor, or unmark it, and go on."""
        name = self._class()
        if name is not None:
            self.marked.symmetric_difference_update({name})
            self.show_run()
            self.list_of_rows.action_move(1)

    @work(exclusive=True, group="dialog")
    async def action_rename_class(self) -> None:
        """Ask for another name of the class."""
        from tui_selector.app.screens.dialogs import TextDialog

        name = self._class()
        if name is None:
            return
        text = await self.app.push_screen_wait(
            TextDialog(
                f"Rename '{printable(name)}'",
                value=printable(name),
                fault=lambda text: self._fault(text, name),
            )
        )
        if text and text != name:
            self.edit_classes(Edit(do="rename", names=(name,), to=text))

    @work(exclusive=True, group="dialog")
    async def action_merge_classes(self) -> None:
        """Ask for the name of what the marked classes become."""
        from tui_selector.app.screens.dialogs import TextDialog

        run = self.current
        names = [each.name for each in run.classes if each.name in self.marked] if run else []
        if len(names) < 2:
            key = self.selector.keys.first("class-mark")
            self.selector.say(f"Mark two classes or more with {key}, then merge them.")
            return
        text = await self.app.push_screen_wait(
            TextDialog(
                f"Merge {len(names)} classes",
                value=printable(names[0]),
                hint=f"{', '.join(map(printable, names))} · enter: merge · esc: leave",
                fault=lambda text: self._fault(text, *names),
            )
        )
        if text:
            self.marked.clear()
            self.edit_classes(Edit(do="merge", names=tuple(names), to=text))

    @work(exclusive=True, group="dialog")
    async def action_split_class(self) -> None:
        """Ask for the name of what leaves the class, and for the labels that leave with it."""
        from tui_selector.app.screens.dialogs import TextDialog

        name, run = self._class(), self.current
        if name is None or run is None:
            return
        labels = next((each.labels for each in run.classes if each.name == name), ())
        known = ", ".join(map(printable, labels[:12]))
        text = await self.app.push_screen_wait(
            TextDialog(
                f"Split '{printable(name)}': what leaves it is called",
                hint="a name; or a name = label, label: those leave"
                + (f"\nits labels: {known}" if known else "")
                + "\nenter: split · esc: leave",
                fault=lambda text: self._fault(text.partition("=")[0]),
            )
        )
        if text:
            to, _, wanted = text.partition("=")
            some = tuple(filter(None, (label.strip() for label in wanted.split(","))))
            self.edit_classes(Edit(do="split", names=(name,), to=to.strip(), labels=some))

    @work(exclusive=True, group="dialog")
    async def action_add_class(self) -> None:
        """Add the class that is offered under the cursor, or ask for the name of one."""
        from tui_selector.app.screens.dialogs import TextDialog

        row = self._row()
        if row is None:
            return
        if row.key.startswith(OFFER):
            self.edit_classes(Edit(do="add", to=row.key.removeprefix(OFFER)))
            return
        text = await self.app.push_screen_wait(
            TextDialog(
                "Add a class",
                hint="photos that answered so, or whose label is that, go there · esc: leave",
                fault=self._fault,
            )
        )
        if text:
            self.edit_classes(Edit(do="add", to=text))

    def action_remove_class(self) -> None:
        """Remove the class under the cursor; its photos go to other."""
        name = self._class()
        if name is not None:
            self.marked.discard(name)
            self.edit_classes(Edit(do="remove", names=(name,)))

    def action_take_marked(self) -> None:
        """Put the photos that are marked into the class under the cursor, whatever was found."""
        row, album = self._row(), self.album
        if row is None or album is None:
            return
        if not album.marks:
            self.selector.say("No photo is marked; mark some among the tiles, then come back.")
            return
        name = row.key.removeprefix(OFFER)
        self.edit_classes(Edit(do="move", to=name, photos=tuple(sorted(album.marks))))

    def action_order_class(self, by: int) -> None:
        """Let the class under the cursor change places with its neighbour."""
        name, run = self._class(), self.current
        if name is None or run is None:
            return
        names = [each.name for each in run.classes if not is_fixed(each.name)]
        place = names.index(name) + by
        if not 0 <= place < len(names):
            self.app.bell()
            return
        names.remove(name)
        names.insert(place, name)
        self.edit_classes(Edit(do="order", names=tuple(names)))
