"""Old objects are looked through at rest, and not while keys come in."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from tui_selector.app import collector


class Ring:
    """Refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.ring = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds, enabled = gc.get_threshold(), gc.isenabled()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    if not enabled:
        gc.disable()


def test_everything_is_looked_through_at_rest_only() -> None:
    timers: list[Callable[[], None]] = []
    link = SimpleNamespace(resting=False)
    app = SimpleNamespace(
        terminal_link=link, set_interval=lambda _, tick, **__: timers.append(tick)
    )
    gc.disable()
    collector.begin(app)  # type: ignore[arg-type]
    assert gc.isenabled()
    gone = weakref.ref(Ring())
    gc.collect(1)
    # What has survived the younger generations waits for a look at all of them.
    kept = Ring()
    old = weakref.ref(kept)
    gc.collect(1)
    gc.collect(1)
    del kept
    (tick,) = timers
    tick()
    assert gone() is None
    assert old() is not None
    link.resting = True
    tick()
    assert old() is None
