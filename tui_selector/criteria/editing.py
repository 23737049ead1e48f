"""Changes of the class list by the owner, and the photos that follow them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from tui_selector.criteria.rows import Row
from tui_selector.criteria.run import OTHER, Class, Edit, names_trouble

#: Cuts rows in two by what they have in common: 0 or 1 for each.
Divide = Callable[[Sequence[Row]], Sequence[int]]

_BY_OWNER = "You have put it there."


class EditError(Exception):
    """A change cannot be made; the message is a sentence."""


class Editing:
    """The classes and rows of a run while edits are made.

    Attributes:
        classes: As they stand.
        touched: Keys of the rows that have changed.
        added: Classes that photos of `OTHER` could now belong to.
    """

    def __init__(
        self,
        classes: Sequence[Class],
        rows: Sequence[Row],
        keys: Mapping[int, str],
        divide: Divide,
    ) -> None:
        """
        Args:
            classes: Of the run.
            rows: Of the run; they are changed in place.
            keys: The key of each photo by its id.
            divide: Cuts a class in two.
        """
        self.classes = list(classes)
        self.touched: set[str] = set()
        self.added: list[str] = []
        self._rows, self._keys, self._divide = rows, keys, divide

    def apply(self, edit: Edit) -> None:
        """Make a change.

        Raises:
            EditError: It cannot be made.
        """
        match edit.do:
            case "rename":
                self._merge(edit.names[:1], edit.to)
            case "merge":
                self._merge(edit.names, edit.to or (edit.names[0] if edit.names else ""))
            case "split":
                self._split(edit)
            case "add":
                self._add(edit)
            case "remove":
                self._remove(edit)
            case "move":
                self._move(edit)
            case "order":
                self._order(edit)

    # -- the changes -----------------------------------------------------------------------------

    def _merge(self, names: Sequence[str], to: str) -> None:
        """Let classes become one; a single one is only named anew."""
        sources = [self._class(name) for name in names]
        if not sources:
            raise EditError("Say which class is meant.")
        to = self._new_name(to, [each.name for each in sources])
        merged = msgspec.structs.replace(
            sources[0],
            name=to,
            origin="owner",
            labels=tuple(dict.fromkeys(label for each in sources for label in _all(each))),
        )
        place = min(self.classes.index(each) for each in sources)
        self.classes = [each for each in self.classes if each not in sources]
        self.classes.insert(place, merged)
        gone = {each.name for each in sources}
        for row in self._rows:
            if row.class_ in gone:
                self._assign(row, to, "")
            if row.owner in gone:
                row.owner = to
                self.touched.add(row.key)

    def _split(self, edit: Edit) -> None:
        source = self._class(edit.names[0] if edit.names else "")
        members = [row for row in self._rows if row.final == source.name]
        if edit.labels:
            wanted = {label.casefold() for label in edit.labels}
            leaving = [row for row in members if (row.label or "").casefold() in wanted]
        else:
            if len(members) < 2:
                raise EditError(f"“{source.name}” has too few photos to be split.")
            leaving = [
                row for row, part in zip(members, self._divide(members), strict=True) if part
            ]
        if not leaving or len(leaving) == len(members):
            raise EditError(f"All photos of “{source.name}” are alike in that; it is not split.")
        labels = {row.label for row in leaving if row.label}
        staying = {row.label for row in members if row not in leaving}
        to = self._new_name(edit.to or _commonest(leaving) or f"{source.name} (2)", [])
        labels_of_new = tuple(label for label in labels if label not in staying)
        place = self.classes.index(source)
        left = tuple(label for label in source.labels if label not in labels_of_new)
        self.classes[place] = msgspec.structs.replace(source, labels=left)
        self.classes.insert(place + 1, Class(name=to, labels=labels_of_new, origin="owner"))
        for row in leaving:
            row.owner = None
            self._assign(row, to, "")

    def _add(self, edit: Edit) -> None:
        to = self._new_name(edit.to, [])
        wanted = {label.casefold() for label in (*edit.labels, to)}
        new = Class(name=to, labels=edit.labels, origin="owner")
        last = len(self.classes)
        if self.classes and self.classes[-1].origin == "other":
            last -= 1
        self.classes.insert(last, new)
        for row in self._rows:
            said = {(row.answer or "").casefold(), (row.label or "").casefold()}
            if row.final == OTHER and row.owner is None and said & wanted:
                self._assign(row, to, f"It was called “{row.answer or row.label}”.")
        self.added.append(to)

    def _remove(self, edit: Edit) -> None:
        source = self._class(edit.names[0] if edit.names else "")
        if source.origin == "other":
            raise EditError(f"“{OTHER}” takes what fits nowhere else; it stays.")
        self.classes.remove(source)
        if not any(each.origin == "other" for each in self.classes):
            self.classes.append(Class(name=OTHER, origin="other"))
        for row in self._rows:
            if row.owner == source.name:
                row.owner = None
                self.touched.add(row.key)
            if row.class_ == source.name:
                row.answer = row.answer or source.name
                self._assign(row, OTHER, f"Its class “{source.name}” was removed.")

    def _move(self, edit: Edit) -> None:
        target = self._class(edit.to)
        wanted = {self._keys[photo] for photo in edit.photos if photo in self._keys}
        if not wanted:
            raise EditError("None of these photos is in the run.")
        for row in self._rows:
            if row.key in wanted:
                row.owner = target.name
                row.reason = _BY_OWNER
                self.touched.add(row.key)

    def _order(self, edit: Edit) -> None:
        order = [self._class(name) for name in edit.names]
        rest = [each for each in self.classes if each not in order]
        both = [*order, *rest]
        self.classes = [each for each in both if each.origin != "other"]
        self.classes += [each for each in both if each.origin == "other"]

    # -- in common -------------------------------------------------------------------------------

    def _assign(self, row: Row, class_: str, reason: str) -> None:
        row.class_ = class_
        row.reason = reason or row.reason
        self.touched.add(row.key)

    def _class(self, name: str) -> Class:
        """
        Raises:
            EditError: There is no such class.
        """
        wanted = name.strip().casefold()
        for each in self.classes:
            if each.name.casefold() == wanted:
                return each
        raise EditError(f"There is no class “{name}” in this run.")

    def _new_name(self, name: str, instead_of: Sequence[str]) -> str:
        """
        Raises:
            EditError: It is none, or another class has it.
        """
        others = [each.name for each in self.classes if each.name not in instead_of]
        if trouble := names_trouble((*others, name)):
            raise EditError(trouble)
        return name.strip()


def _all(each: Class) -> tuple[str, ...]:
    """The labels that go to a class, its own name among them."""
    return each.labels if each.origin == "other" else (*each.labels, each.name)


def _commonest(rows: Sequence[Row]) -> str:
    """The raw label that most rows have; "" without labels."""
    labels = [row.label for row in rows if row.label]
    return max(sorted(set(labels)), key=labels.count) if labels else ""


def cross(
    rows: Mapping[str, Row], columns: Mapping[str, Row], names: Sequence[Sequence[str]]
) -> list[list[list[str]]]:
    """The keys of the pictures that are in each class of one run and of another.

    Args:
        rows: Of the one run, by key.
        columns: Of the other run.
        names: Classes of the one and of the other.
    """
    across = {name: place for place, name in enumerate(names[1])}
    down = {name: place for place, name in enumerate(names[0])}
    cells: list[list[list[str]]] = [[[] for _ in across] for _ in down]
    for key, row in rows.items():
        other = columns.get(key)
        if other is not None and row.final in down and other.final in across:
            cells[down[row.final]][across[other.final]].append(key)
    return cells
