"""What the screens look like, as pictures that are compared cell by cell."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_culling(small_library: LibraryPaths, settle: Any, snap_compare: Any, size: Any) -> None:
    app = SelectorApp(small_library, Settings(), TerminalGraphics("off"), start_engine=False)

    async def cull(pilot: Pilot[None]) -> None:
        await settle(app, pilot)
        await pilot.press("x", "p", "3", "7", "space", "space", "h")
        await settle(app, pilot)

    assert snap_compare(app, terminal_size=size, run_before=cull)
    app.close()
