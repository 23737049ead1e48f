"""Shows a library on this terminal from the first key to the last decision."""

from __future__ import annotations

import sys

from tui_selector.app.album_reader import ReadAhead
from tui_selector.app.app import SelectorApp
from tui_selector.app.graphics.late_answers import PATIENCE, LateAnswers, listen
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


def run(
    paths: LibraryPaths, settings: Settings, graphics: TerminalGraphics, ahead: ReadAhead
) -> int:
    """Show a library on this terminal until the owner leaves.

    Args:
        paths: Of the library.
        settings: What the owner set.
        graphics: What the terminal can draw.
        ahead: A reading of the catalog that is under way.

    Returns:
        The exit code.
    """
    from tui_selector.library.descriptors import quiet_native_output

    late = LateAnswers(graphics.typed, patience=PATIENCE if graphics.late else 0)
    listen(late)
    with quiet_native_output(paths.screen_log):
        app = SelectorApp(paths, settings, graphics, ahead=ahead, late=late)
        app.run()
        waiting = app.desk.waiting if app.desk is not None else 0
        if waiting and sys.__stderr__ is not None:
            print(f"Finishing {waiting} decisions …", file=sys.__stderr__)
        app.close()
    if app.farewell:
        print(app.farewell, file=sys.stderr)  # noqa: T201
    return app.return_code or 0
