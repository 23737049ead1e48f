"""What the system says to a program in a terminal: it is gone, stop, go on, end."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver

    from tui_selector.app.app import SelectorApp


class JobControl:
    """Answers signals in the event loop, between two steps of the application.

    Textual stops and restarts its driver inside signal handlers. One that comes in the middle of a
    write would wait for ever for the lock of the driver's queue.

    Attributes:
        gone: Whether the terminal was hung up.
    """

    def __init__(self, app: SelectorApp) -> None:
        """
        Args:
            app: The application.
        """
        self.gone = False
        self._app = app
        self._stopped = False
        self._handlers = {
            signal.SIGHUP: self._hung_up,
            signal.SIGTERM: app.leave,
        }

    def begin(self) -> None:
        """Take the signals over. Call it in the event loop."""
        driver = self._app._driver
        if driver is not None and driver.can_suspend:
            self._handlers |= {
                signal.SIGTSTP: lambda: self._stop(driver),
                signal.SIGCONT: lambda: self._restart(driver),
            }
        loop = asyncio.get_running_loop()
        for number, handler in self._handlers.items():
            loop.add_signal_handler(number, handler)

    def end(self) -> None:
        """Give them back."""
        loop = asyncio.get_running_loop()
        for number in self._handlers:
            loop.remove_signal_handler(number)

    def _hung_up(self) -> None:
        self.gone = True
        self._app.leave()

    def _stop(self, driver: Driver) -> None:
        """Leave the terminal as it was, stop, and come back when the shell says so."""
        self._app.app_suspend_signal.publish(self._app)
        driver.suspend_application_mode()
        self._stopped = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _restart(self, driver: Driver) -> None:
        """Go on in a terminal of which nothing is known: something else may have had it."""
        if not self._stopped:
            driver.suspend_application_mode()
        self._stopped = False
        driver.resume_application_mode()
        self._app.app_resume_signal.publish(self._app)
        self._app.refresh(repaint=True, layout=True)
