"""When idle work rests for clients, and that it is told to go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from unittest.mock import Mock

import pytest
from patience import PATIENCE

from tui_selector.engine import calm as module
from tui_selector.engine.calm import Calm


class Heard:
    """Hears of calm."""

    def __init__(self, seconds: float) -> None:
        self.told: list[bool] = []
        self.is_calm = threading.Event()
        self.calm = Calm(self.hear, seconds)

    def hear(self, calm: bool) -> None:
        self.told.append(calm)
        if calm:
            self.is_calm.set()


def test_it_is_calm_until_somebody_asks_and_again_after_a_while() -> None:
    heard = Heard(0.05)
    assert heard.calm.holds
    heard.calm.disturb()
    assert heard.told[:1] == [False]
    assert heard.is_calm.wait(PATIENCE)
    assert heard.calm.holds
    assert heard.told == [False, True]


class Clock:
    """Time that goes on as the test says, with its timers."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self.now

    def timer(self, seconds: float, look: Callable[[], None]) -> Mock:
        return Mock(start=lambda: self.timers.append((self.now + seconds, look)))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        due = [look for at, look in self.timers if at <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for look in due:
            look()


def test_many_questions_are_told_as_one_disturbance(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "threading", Mock(Lock=threading.Lock, Timer=clock.timer))
    heard = Heard(3.0)
    for _ in range(50):
        heard.calm.disturb()
        clock.wait(1.0)
    assert heard.told == [False]
    assert not heard.calm.holds
    clock.wait(2.5)
    assert heard.told == [False, True]
    assert heard.calm.holds
    heard.calm.disturb()
    clock.wait(3.0)
    assert heard.told == [False, True] * 2
    assert clock.timers == []
