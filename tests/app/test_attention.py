"""What the engine is told of the photos on screen, and what the status line says of two models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tui_selector.app import attention
from tui_selector.app.attention import Attention
from tui_selector.app.palette import _model_help
from tui_selector.app.status import model_text
from tui_selector.app.widgets.status_bar import progress_text
from tui_selector.engine.launch import EngineError
from tui_selector.engine.model_messages import ModelList, ModelOffer
from tui_selector.engine.protocol import AnyRequest, Look, Progress


class Screen:
    """An application that has a link, timers that the test lets go off, and workers."""

    def __init__(self) -> None:
        self.link = self
        self.connected = True
        self.refuses = False
        self.timers: list[Callable[[], None]] = []
        self.asked: list[AnyRequest] = []
        self.attention = Attention(self)  # type: ignore[arg-type]

    def set_timer(self, seconds: float, action: Callable[[], None]) -> None:
        self.timers.append(action)

    def run_worker(self, work: Coroutine[Any, Any, None], **how: object) -> None:
        asyncio.run(work)

    async def request(self, request: AnyRequest) -> None:
        if self.refuses:
            raise EngineError("It has ended.")
        self.asked.append(request)

    def wait(self) -> None:
        timers, self.timers = self.timers, []
        for timer in timers:
            timer()


def test_what_stays_on_screen_is_told_once() -> None:
    screen = Screen()
    screen.attention.see([1, 2])
    screen.attention.see([3, 4])  # scrolled on before the time was over
    screen.wait()
    screen.attention.see([3, 4])
    screen.wait()
    assert screen.asked == [Look(photos=[3, 4])]
    screen.attention.see([5])
    screen.wait()
    assert screen.asked[1:] == [Look(photos=[5])]


def test_a_new_engine_and_one_that_failed_are_told_again() -> None:
    screen = Screen()
    screen.attention.see([1])
    screen.wait()
    screen.connected = False
    screen.attention.see([1])
    screen.connected = True
    screen.attention.see([1])
    screen.wait()
    assert screen.asked == [Look(photos=[1])] * 2
    screen.refuses = True
    screen.attention.see([2])
    screen.wait()
    screen.refuses = False
    screen.attention.see([2])
    screen.wait()
    assert screen.asked[2:] == [Look(photos=[2])]


def test_moving_among_the_same_photos_is_told_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(attention.time, "monotonic", lambda: now)
    screen = Screen()
    for moment in (100.0, 100.5, 101.4, 101.6, 102.0):
        now = moment
        screen.attention.see([1])
        screen.wait()
    assert screen.asked == [Look(photos=[1])] * 2


def test_both_models_are_named_while_one_takes_over() -> None:
    progress = Progress(
        stage="swapping",
        done=120,
        total=400,
        rate=12.0,
        remaining=23.0,
        model="EfficientNet-Lite2 · CPU (ONNX Runtime)",
        coming="siglip2 · CPU (PyTorch, fp32)",
    )
    assert model_text(progress) == "EfficientNet-Lite2 → siglip2"
    assert progress_text(progress) == "changing the model ▰▰▰▱▱▱▱▱▱▱ 120/400 12/s 0:23"
    assert model_text(Progress(stage="idle", model="siglip2 · CPU")) == "siglip2 · CPU"


def test_the_palette_says_what_choosing_a_model_comes_to() -> None:
    models = [ModelOffer(name="builtin"), ModelOffer(name="siglip2", photos=9)]
    at_rest = ModelList(models=models, serving="builtin")
    builtin, siglip = models
    assert _model_help(siglip, at_rest) == (
        "embeds 9 photos in the background; builtin serves until then"
    )
    slow = ModelOffer(name="siglip2", misfit="is slow without a GPU", photos=9)
    assert _model_help(slow, at_rest) == "is slow without a GPU"
    seen = ModelOffer(name="siglip2")
    assert _model_help(seen, at_rest) == "all photos are embedded with it already"
    under_way = ModelList(models=models, serving="builtin", coming="siglip2")
    assert _model_help(builtin, under_way) == "takes the change to siglip2 back"
    assert _model_help(siglip, under_way) == "is being done"
