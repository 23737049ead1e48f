"""`python -m tui_selector.engine FOLDER`: be the engine of a library.

Started by `launch`, detached. Nothing heavy is imported before the socket listens, so clients
attach at once.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tui_selector.engine.launch import READY, TAKEN, LockedError, hold, listen
from tui_selector.engine.priority import SCREEN_COMES
from tui_selector.engine.server import Server
from tui_selector.engine.suspects import has_crashed
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from tui_selector.engine.conductor import Conductor

_log = logging.getLogger(__name__)


def main() -> int:
    """Serve until nobody needs the engine; return the exit code."""
    parser = argparse.ArgumentParser(prog="tui_selector.engine")
    parser.add_argument("folder")
    parser.add_argument("--tell", type=int, default=-1, help="descriptor to say 'ready' on")
    parser.add_argument("--lock", type=int, default=-1, help="descriptor that holds the library")
    arguments = parser.parse_args()
    starter = _Starter(arguments.tell)
    library = library_paths(arguments.folder)
    os.chdir("/")
    os.umask(0o077)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
    )
    try:
        settings = load()
        library.make()
        with hold(library, arguments.lock):
            library.lock.write_text(str(os.getpid()), "ascii")
            with _crash_report(library) as crashed:
                return asyncio.run(_serve(library, settings, starter, crashed=crashed))
    except LockedError:
        starter.say(TAKEN)
        return 0
    except (SettingsError, OSError) as error:
        _log.error("%s", error)
        starter.say(str(error).encode("utf-8", "replace"))
        return 1


@contextmanager
def _crash_report(library: LibraryPaths) -> Iterator[bool]:
    """Have a fatal error of a C library told in a file; say whether the last engine left one."""
    report = library.state / "engine.crash"
    crashed = has_crashed(report)
    if crashed:
        _log.error("the engine before this one crashed:\n%s", report.read_text(errors="replace"))
    with report.open("w") as file:
        faulthandler.enable(file)
        faulthandler.register(signal.SIGUSR1, sys.stderr)
        yield crashed
        faulthandler.disable()


class _Starter:
    """The process that waits for this one to listen."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def say(self, word: bytes) -> None:
        """Say one thing, once."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.write(self._descriptor, word)
            os.close(self._descriptor)
            self._descriptor = -1


async def _serve(
    library: LibraryPaths, settings: Settings, starter: _Starter, *, crashed: bool
) -> int:
    listener = listen(library)
    server = Server(listener, idle_seconds=60.0 * settings.idle_minutes)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    # A terminal that hangs up is no reason to stop.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _log.info("engine %d of %r listens", os.getpid(), str(library.root))
    starter.say(READY)

    failed = False

    def on_crash() -> None:
        nonlocal failed
        failed = True
        loop.call_soon_threadsafe(server.leave)

    def prepare() -> Conductor:
        from tui_selector.engine.conductor import Conductor

        conductor = Conductor(
            library, settings, server.publish, on_crash, crashed=crashed, tell=server.tell
        )
        conductor.start()
        loop.call_soon_threadsafe(loop.add_signal_handler, SCREEN_COMES, conductor.make_way)
        return conductor

    await server.run(prepare)
    _log.info("engine %d leaves", os.getpid())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
