"""Asking the engine how good groups are, one after the other, and remembering what it said."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import msgspec
from textual import work
from textual.screen import Screen

from tui_selector.app.evaluation import (
    TABS,
    Contender,
    Measured,
    algorithms,
    groups_in,
    measured,
    named,
    of_runs,
    tab_groups,
)
from tui_selector.engine.criteria_messages import ListRuns, RunList
from tui_selector.engine.evaluation_messages import Evaluate, Evaluated, NamedPhotos
from tui_selector.engine.launch import EngineError
from tui_selector.engine.protocol import Groups
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.library.truth import TruthError, known_classes, sources

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp


class Row(msgspec.Struct):
    """A line of the table of runs.

    Attributes:
        contender: What is measured.
        found: The measures; None while there are none.
        used: The parameters of an algorithm with what was suggested; None for others.
        trouble: Why there are no measures, in a sentence; "" otherwise.
    """

    contender: Contender
    found: Measured | None = None
    used: Clustering | None = None
    trouble: str = ""


class Measuring(Screen[None]):
    """Holds the runs that are compared and what is known of the photos.

    Attributes:
        rows: The runs.
        paths: Of the indexed photos, by id.
        source: Where classes are known from; "" where none are.
        known: The class of each photo that is known.
        offers: Sources that tell something, without a file.
        trouble: Why nothing is measured, in a sentence; "" otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.paths: dict[int, str] = {}
        self.source = ""
        self.known: dict[int, str] = {}
        self.offers: list[str] = []
        self.trouble = ""
        self.measuring = False

    @property
    def selector(self) -> SelectorApp:
        """The application, as what it is."""
        from tui_selector.app.app import SelectorApp

        assert isinstance(self.app, SelectorApp)
        return self.app

    @abstractmethod
    def show_rows(self) -> None:
        """Show the runs as they are: others are there now."""

    @abstractmethod
    def show_row(self, number: int) -> None:
        """Show a run as it is: it was measured."""

    @abstractmethod
    def tell(self) -> None:
        """Say in words what is shown."""

    # -- what is known -----------------------------------------------------------------------

    @work(exclusive=True, group="measure")
    async def begin(self, source: str | None = None) -> None:
        """Look what is known of the photos, and measure everything.

        Args:
            source: Where classes are known from; None for what tells most of these photos.
        """
        self.measuring, self.trouble = True, ""
        self.tell()
        try:
            if await self._know(source):
                await self._measure_all()
        finally:
            self.measuring = False
            self.tell()

    async def _know(self, source: str | None) -> bool:
        """Learn what the photos show; False where the source tells nothing."""

        def look(catalog: Catalog) -> tuple[dict[int, str], list[str], str, dict[int, str]]:
            paths = {id_: path for id_, _, path, _ in catalog.photos.indexed()}
            offers = sources(paths)
            chosen = next(iter(offers), "") if source is None else source
            return paths, offers, chosen, known_classes(chosen, paths) if chosen else {}

        try:
            answer = await self.selector.reader.ask(look)
        except TruthError as error:
            self.selector.say(str(error), "warning")
            return False
        if answer is None:
            self.trouble = "The catalog cannot be read."
            return False
        self.paths, self.offers, self.source, self.known = answer
        return True

    @property
    def truth(self) -> list[NamedPhotos]:
        """The known classes."""
        return named(self.known)

    # -- measuring ---------------------------------------------------------------------------

    async def _measure_all(self) -> None:
        contenders = [TABS, *algorithms(len(set(self.known.values())))]
        try:
            runs = await self.selector.link.request(ListRuns())
        except EngineError as error:
            self.trouble = str(error)
            return
        if isinstance(runs, RunList):
            contenders += of_runs(runs.runs)
        self.rows = [Row(contender) for contender in contenders]
        self.show_rows()
        for number in range(len(self.rows)):
            await self._measure(number)

    @work(exclusive=True, group="measure-one")
    async def measure_one(self, number: int) -> None:
        """Measure one run again."""
        await self._measure(number)

    async def _measure(self, number: int) -> None:
        row, classes = self.rows[number], self.truth
        contender = row.contender
        try:
            groups, used = await self._groups(contender)
            answer = await self.selector.link.request(Evaluate(groups=groups, classes=classes))
        except EngineError as error:
            if self.rows[number : number + 1] == [row]:
                row.trouble, row.found = str(error), None
                self.show_row(number)
            return
        assert isinstance(answer, Evaluated)
        # Another parameter may have been asked for meanwhile.
        if row.contender == contender and self.rows[number : number + 1] == [row]:
            row.found, row.used = measured(contender, groups, classes, answer), used
            row.trouble = ""
            self.show_row(number)

    async def _groups(self, contender: Contender) -> tuple[list[NamedPhotos], Clustering | None]:
        """
        Raises:
            EngineError: It cannot tell.
        """
        if contender.request is None:
            return await self.selector.reader.ask(tab_groups) or [], None
        answer = await self.selector.link.request(contender.request)
        return groups_in(answer), answer.clustering if isinstance(answer, Groups) else None

    @work(exclusive=True, group="tabs")
    async def look_at_tabs(self) -> None:
        """Measure the tabs again where they are not what they were."""
        if not self.rows or self.rows[0].found is None:
            return
        groups = await self.selector.reader.ask(tab_groups)
        if groups is not None and groups != self.rows[0].found.groups:
            await self._measure(0)

    def came(self) -> None:
        """Measure what could not be measured while there was no engine."""
        if self.trouble and not self.measuring and self.selector.link.connected:
            self.begin(self.source or None)
