"""The line to the terminal in Textual's driver: bytes counted, answers taken out of the keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from textual import _ansi_sequences as sequences
from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui_selector.app.graphics.link import ANSWER, TerminalLink, is_picture
from tui_selector.app.graphics.terse import terse

if TYPE_CHECKING:
    from textual.driver import Driver

BACKLOG = 6
"""Writes under way at which pictures wait, far below the number at which a write blocks the app."""

_LEAST_FRAME = 32
"""Characters that a frame has at least; what is shorter switches a mode or asks."""


class _Answer(Enum):
    """What Textual's parser makes of the answer: a key that no keyboard has."""

    STATUS = "terminal-status"


def attach(
    link: TerminalLink,
    driver: Driver | None,
    is_gone: Callable[[], bool],
    *,
    repeats: bool = False,
) -> None:
    """Let a link measure the line behind a driver, if there is a terminal; once for each driver.

    Textual's parser is told of the answer, so that it is recognised however the input is cut, and
    what it makes of it never reaches the application.

    Args:
        link: The line.
        driver: Of the running application.
        is_gone: Says whether nobody is there any more to answer.
        repeats: Whether the terminal knows REP and erases in the colour of the ground, which
            shortens frames on a slow line.
    """
    if not isinstance(driver, LinuxDriver):
        return
    cast("dict[str, Any]", sequences.ANSI_SEQUENCES_KEYS)[ANSWER] = (_Answer.STATUS,)
    loop = asyncio.get_running_loop()
    write, hand_on, stop = driver.write, driver.process_message, driver.stop_application_mode
    key: events.Key | None = None

    def count_and_write(data: str) -> None:
        picture = is_picture(data)
        if link.slow and not picture:
            data = terse(data, repeats=repeats)
        link.wrote(data)
        write(data)
        # A frame on its way before the app has seen the key does not answer it.
        seen = key is None or key.is_forwarded
        if seen and not picture and len(data) >= _LEAST_FRAME:
            link.framed()

    def process_message(message: Message) -> None:
        nonlocal key
        if isinstance(message, events.Key) and message.key == _Answer.STATUS.value:
            link.heard()
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(link.answered, time.monotonic())
        else:
            if isinstance(message, events.Key):
                key = message
                link.typed()
            hand_on(message)

    def leave_and_stop() -> None:
        link.leave(dead=is_gone())
        stop()

    driver.write = count_and_write  # type: ignore[method-assign]
    driver.process_message = process_message  # type: ignore[method-assign]
    driver.stop_application_mode = leave_and_stop  # type: ignore[method-assign]
    link.listen(driver.write, lambda: is_full(driver))


def is_full(driver: Driver | None) -> bool:
    """Whether so much is under way that a picture would make the next frame wait."""
    thread = getattr(driver, "_writer_thread", None)
    queue = getattr(thread, "_queue", None)
    return queue is not None and queue.qsize() >= BACKLOG
