"""An album whose engine answers questions for groups by hand, and the application on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from engine_by_hand import EngineByHand, attached
from piloted import until
from textual.pilot import Pilot
from textual.widgets import Static

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.screens.groups import GroupsScreen
from tui_selector.engine import protocol
from tui_selector.engine.group_messages import (
    AskJudgement,
    AskTaste,
    FindGroups,
    FoundGroups,
    Judged,
    SimilarGroup,
    Taste,
    ThresholdCount,
)
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.groups import GroupWish, slider
from tui_selector.library.photo import Flag
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

Answer = Callable[[GroupWish], protocol.AnyAnswer]


def group(key: str, photos: list[int], **facts: Any) -> SimilarGroup:
    """A burst, of which the reasons say who is meant."""
    given = {"kind": "burst", "protected": False, "why": f"why {key}", "confidence": 0.9, **facts}
    return SimilarGroup(
        key=key, photos=photos, reasons=[f"reason of {photo}" for photo in photos], **given
    )


GROUPS = [
    group("a", [3, 1, 2], confidence=0.85, start=1000.0, end=1002.5),
    group("b", [5, 4], confidence=0.95, start=500.0, end=501.0),
    group("c", [6, 7, 8], kind="bracket", protected=True, confidence=0.99, why="Three exposures."),
    group("d", [9, 10], confidence=0.6, start=2000.0, end=2000.0),
]


def found(wish: GroupWish, groups: list[SimilarGroup] = GROUPS, **facts: Any) -> FoundGroups:
    """An answer of the engine; each threshold gives so many groups as it has hundredths."""
    wish = msgspec.structs.replace(wish, threshold=wish.value)
    counts = [ThresholdCount(each, round(100 * each), 7) for each in slider(wish.setting)]
    given = {"photos": 11, "waiting": 0, "note": "", "milliseconds": 1.0, **facts}
    return FoundGroups(wish=wish, groups=groups, counts=counts, **given)


class Engine(EngineByHand):
    """The engine's side of the socket: answers `FindGroups` with what `answer` makes of the wish.

    Attributes:
        asked: Every question.
        taste: Answers what the owner would prefer.
        judge: Answers which of some photos is the best.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[FindGroups] = []
        self.taste: Callable[[list[int]], Taste] = lambda photos: Taste()
        self.judge: Callable[[list[int]], Judged] = lambda photos: Judged(
            order=photos, reasons=[""] * len(photos), confidence=0.5
        )

    async def reply(self, request: protocol.AnyRequest) -> protocol.AnyAnswer:
        match request:
            case FindGroups():
                self.asked.append(request)
                return self.answer(request.wish)
            case AskTaste():
                return self.taste(request.photos)
            case AskJudgement():
                return self.judge(request.photos)
        return protocol.Done()


@asynccontextmanager
async def grouping(
    library: LibraryPaths,
    answer: Answer = found,
    *,
    size: tuple[int, int] = (100, 34),
    graphics: TerminalGraphics | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[tuple[SelectorApp, Pilot[None], Engine]]:
    """The application on a library with its engine, the groups view open and answered."""
    engine = Engine(answer)
    async with attached(library, engine, size, graphics=graphics, settings=settings) as (
        app,
        pilot,
    ):
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, GroupsScreen))
        view = app.screen
        assert isinstance(view, GroupsScreen)
        await until(pilot, lambda: view.found is not None or view.trouble)
        await pilot.pause()
        yield app, pilot, engine


def view(app: SelectorApp) -> GroupsScreen:
    """The groups view, whatever stands over it."""
    (screen,) = [each for each in app.screen_stack if isinstance(each, GroupsScreen)]
    return screen


def shown(app: SelectorApp) -> list[list[int]]:
    """The photos of each group that is shown, in order."""
    groups = view(app).shown
    return [each.photos for each in groups.groups] if groups is not None else []


def words(app: SelectorApp, name: str) -> str:
    """What a line of the view says: "head", "counts" or "words"."""
    return str(view(app).query_one(f"#{name}", Static).content)


def plane(app: SelectorApp) -> list[str]:
    """The lines of the grid as they stand on the screen."""
    grid = view(app).grid
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


def flags(library: LibraryPaths) -> dict[int, Flag]:
    """Photos that are flagged."""
    with Catalog.open(library) as catalog:
        return {photo.id: photo.flag for photo in catalog.photos.all() if photo.flag}
