"""Which photos a choice of tags lets through, and how it is put into words."""

from __future__ import annotations

from array import array
from functools import reduce
from typing import Literal

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable

Chosen = Literal["with", "without", ""]

#: Tags that are named in a line about the filter, and the longest of them, characters.
_NAMED, _LONGEST = 3, 20


class TagFilter(msgspec.Struct, frozen=True):
    """A choice of tags; without any, all photos pass.

    Attributes:
        include: Tags that photos have.
        exclude: Tags that photos do not have.
        any: Whether one of `include` is enough.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    any: bool = False

    @property
    def is_on(self) -> bool:
        """Whether it keeps anything back."""
        return bool(self.include or self.exclude)

    def choice_of(self, name: str) -> Chosen:
        """What is chosen for a tag."""
        return "with" if name in self.include else "without" if name in self.exclude else ""

    def cycled(self, name: str) -> TagFilter:
        """The same with the next choice for a tag: with it, without it, either."""
        include = tuple(each for each in self.include if each != name)
        exclude = tuple(each for each in self.exclude if each != name)
        match self.choice_of(name):
            case "":
                include += (name,)
            case "with":
                exclude += (name,)
        return TagFilter(include, exclude, self.any)

    def passing(self, catalog: Catalog, ids: array[int]) -> array[int]:
        """Those of some photos that pass, in their order."""
        if not self.is_on:
            return ids
        wanted = [catalog.tags.having(name) for name in self.include]
        excluded = set().union(*map(catalog.tags.having, self.exclude))
        if not wanted:
            return array("q", (id_ for id_ in ids if id_ not in excluded))
        chosen = reduce(set.union if self.any else set.intersection, wanted) - excluded
        return array("q", (id_ for id_ in ids if id_ in chosen))

    def words(self) -> str:
        """The choice as a query has it: "#dog #beach -#indoor"; "" where there is none."""
        named = ["#" + _short(name) for name in self.include]
        named = ["|".join(named)] if self.any and named else named
        named += ["-#" + _short(name) for name in self.exclude]
        more = len(named) - _NAMED
        return " ".join(named[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _short(name: str) -> str:
    shown = printable(name)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
