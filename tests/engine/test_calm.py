"""When idle work rests for clients, and that it is told to go on."""

from __future__ import annotations

import threading

from tui_selector.engine.calm import Calm

PATIENCE = 10.0


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


def test_many_questions_are_told_as_one_disturbance() -> None:
    heard = Heard(0.5)
    for _ in range(50):
        heard.calm.disturb()
    assert heard.told == [False]
    assert not heard.calm.holds
    assert heard.is_calm.wait(PATIENCE)
    assert heard.told == [False, True]
    heard.is_calm.clear()
    heard.calm.disturb()
    assert heard.is_calm.wait(PATIENCE)
    assert heard.told == [False, True] * 2
