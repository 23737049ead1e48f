"""When idle work rests for clients, and that it is told to go on."""

from __future__ import annotations

import asyncio

from tui_selector.engine.calm import Calm


async def test_it_is_calm_until_somebody_asks_and_again_after_a_while() -> None:
    told = asyncio.Event()
    calm = Calm(told.set, seconds=0.05)
    assert calm.holds
    calm.disturb()
    assert not calm.holds
    await asyncio.wait_for(told.wait(), 10)
    assert calm.holds


async def test_each_question_puts_it_off_and_it_is_told_once() -> None:
    times: list[bool] = []
    told = asyncio.Event()

    def on_calm() -> None:
        times.append(calm.holds)
        told.set()

    calm = Calm(on_calm, seconds=0.05)
    for _ in range(20):
        calm.disturb()
        await asyncio.sleep(0.001)
    await asyncio.wait_for(told.wait(), 10)
    assert times == [True]
    told.clear()
    calm.disturb()
    await asyncio.wait_for(told.wait(), 10)
    assert times == [True, True]
