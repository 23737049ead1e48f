"""How far the engine stands back behind what a person waits for.

Linux weighs whole sessions before it weighs the processes in them (autogroup, sched(7)), and the
engine has a session of its own: its nice value alone counts for nothing there. What the session
weighs can be changed both ways by anybody, unlike a nice value, so the engine stands back while
somebody looks, and takes its full share when nobody does.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

#: As a nice value: about a tenth of the share of one who does not stand back.
_NICENESS = 10

#: Tells an engine that a screen comes up. One that does not listen for it yet never learns of it.
SCREEN_COMES = signal.SIGURG


def stand_back_from_the_start(engine: int) -> None:
    """Let a new engine stand back from its first instruction on.

    Args:
        engine: Its process id; it may have ended.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, engine, _NICENESS)
    _weigh(str(engine), _NICENESS)


def make_way(lock: Path) -> None:
    """Let the engine of a library stand back, if one runs, before anybody can ask it anything.

    A screen that comes up is waited for from its first instruction on: the engine rests from idle
    work, as it does for a request. The first request follows, and the end of all requests gives
    the engine its share back.

    Args:
        lock: The library's lock, in which the engine's process id stands.
    """
    with suppress(OSError, ValueError):
        engine = int(lock.read_text("ascii"))
        # The id may be another process's by now.
        if b"tui_selector.engine" in Path(f"/proc/{engine}/cmdline").read_bytes():
            _weigh(str(engine), _NICENESS)
            os.kill(engine, SCREEN_COMES)


def stand_back(*, back: bool) -> None:
    """Let this engine stand back, or take its full share among the sessions of this machine."""
    _weigh("self", _NICENESS if back else 0)


def _weigh(process: str, niceness: int) -> None:
    # Other systems, and kernels without autogroups, go by the nice value of the process.
    with suppress(OSError):
        Path(f"/proc/{process}/autogroup").write_text(str(niceness), "ascii")
