"""What tests do with an application that runs: wait for something, open the loupe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
from tui_selector.app.screens.loupe import LoupeScreen


async def until(pilot: Pilot[None], fulfilled: Callable[[], object]) -> None:
    """Wait until something is true; the test's own time limit ends a wait for nothing."""
    while not fulfilled():
        await asyncio.sleep(0.005)


async def open_loupe(pilot: Pilot[None]) -> LoupeScreen:
    """Wait for the photos, then open the loupe on the first."""
    app = pilot.app
    assert isinstance(app, SelectorApp)
    await until(pilot, lambda: app.album is not None and len(app.album))
    await pilot.press("g", "enter")
    await pilot.pause()
    assert isinstance(app.screen, LoupeScreen)
    return app.screen
