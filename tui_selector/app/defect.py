"""What is left of a defect that has ended the application: a traceback in the log, a sentence."""

from __future__ import annotations

import time
import traceback

from tui_selector.paths import LibraryPaths


def record(paths: LibraryPaths) -> str:
    """Write the exception that is being handled to the screen's log; return what to tell of it."""
    where = f"; {paths.screen_log} says more" if _append(paths, traceback.format_exc()) else ""
    return (
        f"tui-selector met a defect and has ended{where}. "
        "No photo was lost: every decision is in the journal."
    )


def _append(paths: LibraryPaths, text: str) -> bool:
    """Write to the screen's log; return whether that worked."""
    try:
        paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with paths.screen_log.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}\n")
    except OSError:
        return False
    return True
