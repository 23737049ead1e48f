"""When Python looks for garbage that reference counts do not find: not while somebody types.

Looking through everything takes longer than drawing a frame. Young objects are looked through as
they come; the old ones at rest.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp

#: New objects before the youngest are looked through, and how many times that is done before the
#: next older and, at the last, all are: minutes of holding a key down.
_THRESHOLDS = (2_000, 10, 1_000)

#: Seconds between two times that all are looked through at rest.
_EVERY = 20.0


def begin(app: SelectorApp) -> None:
    """Collect from now on, but leave what is there by now alone: it stays to the end."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()
    app.set_interval(_EVERY, lambda: _collect(app), name="garbage")


def _collect(app: SelectorApp) -> None:
    if app.terminal_link.resting:
        gc.collect()
