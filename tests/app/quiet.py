"""When an application in a test has done all that was asked of it, and what time it is there.

Textual's pilot takes a process for idle that uses little processor time for 20 ms: that is 40 ms
for each key, and on a machine with other things to do a process may get no processor for so long.
Here nothing is left to do when no callback is ready, no socket can be read, no timer is about to
ring and no executor is at work.

Time passes only while there is nothing to do: a timer that waits until nothing more is typed rings
after the keys that a test presses, however long a slow machine takes for them.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from concurrent.futures import thread
from typing import Any

import pytest
import textual._time
from textual import app as textual_app
from textual import pilot as textual_pilot

#: Seconds within which a timer rings soon enough to be waited for: longer than a frame takes.
SOON = 0.025

#: Seconds after which work that does not end is left alone. A test that holds it up sets less.
PATIENCE = 30.0

#: Seconds between two looks at what other threads do.
_LOOK = 0.001

#: Share of the time that passes while an executor is at work.
_SLOWLY = 0.1

_at_work: weakref.WeakSet[Any] = weakref.WeakSet()


class _Work(thread._WorkItem[Any]):
    """What an executor does, remembered until those who wait for it have been told."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        _at_work.add(self)

    def run(self) -> None:
        try:
            super().run()
        finally:
            _at_work.discard(self)


def _time() -> float:
    """The time of the loop that runs, in seconds since some moment."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()


def _stop_the_clock(loop: Any) -> None:
    """Let time pass on a loop only while it waits, and slowly while an executor is at work."""
    if hasattr(loop, "stopped_clock"):
        return
    loop.stopped_clock = loop.time()
    select = loop._selector.select

    def wait(timeout: float | None = None) -> Any:
        began = time.monotonic()
        found = select(timeout)
        passed = time.monotonic() - began
        if timeout is not None:
            passed = min(passed, max(timeout, 0))
        loop.stopped_clock += passed * _SLOWLY if _at_work else passed
        return found

    loop._selector.select = wait
    loop.time = lambda: loop.stopped_clock


def _next_timer(loop: Any) -> float:
    """Seconds until the next timer rings."""
    times = (handle.when() for handle in loop._scheduled if not handle.cancelled())
    return min(times, default=float("inf")) - loop.time()


async def wait_until_quiet(min_sleep: float = 0) -> None:
    """Wait until the application waits for somebody, and for `PATIENCE` seconds at the most."""
    loop: Any = asyncio.get_running_loop()
    _stop_the_clock(loop)
    end = time.monotonic() + PATIENCE
    while True:
        await asyncio.sleep(0)
        # In this order: what a thread hands over makes the loop's own socket readable first.
        working = len(_at_work) > 0
        if loop._ready or loop._selector.select(0):
            continue
        soon = _next_timer(loop)
        if soon > SOON and not working:
            return
        if time.monotonic() > end:
            return
        if working:
            time.sleep(_LOOK)
        else:
            await asyncio.sleep(max(soon, 0))


async def _wait_for_screen(pilot: Any, timeout: float = 0) -> bool:
    await wait_until_quiet()
    return True


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Textual's pilot wait until the application is quiet, and its timers ask for the time."""
    monkeypatch.setattr(thread, "_WorkItem", _Work)
    monkeypatch.setattr(textual._time, "get_time", _time)
    monkeypatch.setattr(textual_app, "wait_for_idle", wait_until_quiet)
    monkeypatch.setattr(textual_pilot, "wait_for_idle", wait_until_quiet)
    monkeypatch.setattr(textual_pilot.Pilot, "_wait_for_screen", _wait_for_screen)
