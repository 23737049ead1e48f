"""A model on several devices: the same vectors, whoever makes them, and whoever ends."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from patience import PATIENCE
from PIL import Image

from tui_selector.models import crew, device
from tui_selector.models.crew import Crew, LostError, ask
from tui_selector.models.crew_member import serve
from tui_selector.models.dual_encoder import load_dual_encoder
from tui_selector.models.embedder import ModelError
from tui_selector.models.machine import this_machine


def sums(batch: Sequence[np.ndarray]) -> np.ndarray:
    """What stands for a model here: width, height and the sum of a picture."""
    return np.array([[*pixels.shape[:2], pixels.sum()] for pixels in batch], np.float32)


@pytest.fixture
def served() -> Iterator[Callable[..., Connection]]:
    """Serves a model on a thread, and gives the end of the line that asks."""
    threads, lines = [], []

    def begin(embed: Callable[[Sequence[np.ndarray]], np.ndarray] = sums) -> Connection:
        ours, theirs = (Connection(each.detach()) for each in socket.socketpair())
        threads.append(threading.Thread(target=serve, args=(theirs, embed)))
        threads[-1].start()
        lines.extend((ours, theirs))
        return ours

    yield begin
    for line in lines[::2]:
        if not line.closed:
            line.close()
    for thread in threads:
        thread.join()
    for line in lines[1::2]:
        line.close()


def pictures(count: int) -> list[np.ndarray]:
    random = np.random.default_rng(count)
    return [
        random.integers(0, 256, (3 + n % 4, 5 + n % 3, 3)).astype(np.uint8) for n in range(count)
    ]


def test_what_comes_back_is_what_the_model_gives(served: Callable[..., Connection]) -> None:
    line = served()
    for count in (1, 7, 40):
        (rows,) = ask(line, pictures(count), "cpu")
        assert np.array_equal(rows, sums(pictures(count)))
        assert rows.dtype == np.float32


def test_what_goes_wrong_there_is_told_here(served: Callable[..., Connection]) -> None:
    def fail(_: object) -> np.ndarray:
        raise ModelError("The numbers overflow.")

    def break_(_: object) -> np.ndarray:
        raise ValueError("pictures must come from prepare()\nand more")

    with pytest.raises(ModelError, match=r"^The numbers overflow\.$"):
        ask(served(fail), pictures(2), "cuda:1")
    line = served(break_)
    for _ in range(2):  # it goes on after that
        with pytest.raises(ModelError, match=r"^ValueError: pictures must come from prepare\(\)$"):
            ask(line, pictures(2), "cuda:1")


def test_who_has_ended_is_not_asked_again(
    served: Callable[..., Connection], caplog: pytest.LogCaptureFixture
) -> None:
    line = served()
    line.close()
    asked: list[str] = []

    def lost(batch: Sequence[np.ndarray]) -> list[np.ndarray]:
        asked.append("lost")
        return ask(line, batch, "cuda:1")

    team = Crew(lambda batch: [sums(batch)], [lost])
    for _ in range(9):
        assert np.array_equal(np.concatenate(team(pictures(3))), sums(pictures(3)))
    assert asked == ["lost"]
    assert "the process of cuda:1 has ended; the others go on" in caplog.text
    assert team([]) == []


def test_batches_go_to_whoever_is_free() -> None:
    together = threading.Barrier(2 * crew.SLOTS, timeout=PATIENCE)
    by: list[str] = []

    def post(name: str) -> crew.Embed:
        def embed(batch: Sequence[np.ndarray]) -> list[np.ndarray]:
            together.wait()  # nobody gets on before all have something to do
            by.append(name)
            return [sums(batch)]

        return embed

    team = Crew(post("own"), [post("other")] * crew.SLOTS)
    with ThreadPoolExecutor(2 * crew.SLOTS) as workers:
        found = list(workers.map(team, [pictures(n + 1) for n in range(4 * crew.SLOTS)]))
    assert sorted(by) == ["other"] * 2 * crew.SLOTS + ["own"] * 2 * crew.SLOTS
    for number, rows in enumerate(found):
        assert np.array_equal(np.concatenate(rows), sums(pictures(number + 1)))


def test_an_error_gives_the_device_back() -> None:
    def fail(_: object) -> list[np.ndarray]:
        raise ModelError("no luck")

    team = Crew(fail, [])
    for _ in range(3 * crew.SLOTS):  # more than would be free otherwise
        with pytest.raises(ModelError):
            team(pictures(1))


def test_several_devices_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    assert device.choose_devices("cpu") == ("cpu",)
    assert device.choose_devices("cuda:2, cuda:0") == ("cuda:2", "cuda:0")
    assert device.choose_devices("cuda:all") == ("cuda:0", "cuda:1", "cuda:2")
    assert device.choose_device("cuda:2,cuda:1") == "cuda:2"
    with pytest.raises(ModelError, match="no cuda:3 device"):
        device.choose_devices("cuda:0,cuda:3")
    with pytest.raises(ModelError, match="'' is no device"):
        device.choose_devices("cpu,")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ModelError, match="no cuda device"):
        device.choose_devices("cuda:all")
    assert this_machine("cpu,cpu").device == "cpu"


def test_two_processes_embed_as_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tiny_models.write(tmp_path / "clip", "clip").folder
    caplog.set_level(logging.WARNING)
    alone = load_dual_encoder(folder, "cpu")
    model = load_dual_encoder(folder, "cpu,cpu")
    assert (model.notice, model.key) == ("", alone.key)
    assert model.name == f"{alone.name} × 2"
    team: Any = model._embed
    post = next(each for each in _posts(team) if each is not model._pictures)
    process = post._member._process
    assert process.poll() is None
    random = np.random.default_rng(1)
    prepared = [
        model.prepare(Image.fromarray(random.integers(0, 256, (40, 50, 3), np.uint8)))
        for _ in range(9)
    ]
    expected = alone.embed_images(prepared)
    assert np.concatenate(post(prepared)) == pytest.approx(expected, abs=2e-5)
    with ThreadPoolExecutor(4) as workers:
        for found in workers.map(model.embed_images, [prepared] * 12):
            assert found == pytest.approx(expected, abs=2e-5)
    assert model.embed_texts(["a dog"]) == pytest.approx(alone.embed_texts(["a dog"]), abs=1e-6)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    for _ in range(2 * crew.SLOTS):
        assert model.embed_images(prepared) == pytest.approx(expected, abs=2e-5)
    assert "the process of cpu has ended" in caplog.text
    with pytest.raises(LostError):
        post(prepared)


def test_a_process_without_the_model_does_not_take_part(tmp_path: Path) -> None:
    folder = tiny_models.write(tmp_path / "clip", "clip").folder
    model = load_dual_encoder(folder, "cpu")
    order = crew.Order(str(tmp_path), "cpu", "clip", "", 0, False, "")
    member = crew.Member(order)
    process = member._process
    model.share([member])
    assert "cpu does not take part: " in model.notice
    assert "holds no model: config.json is missing" in model.notice
    assert process.poll() is not None
    assert model._embed is model._pictures
    forgotten = crew.Member(order)
    process = forgotten._process
    del forgotten
    gc.collect()
    assert process.poll() is not None  # it ends with whoever wanted it


def _posts(team: Any) -> list[Any]:
    """All that a crew may ask, which are all free."""
    free = [team._free.get_nowait() for _ in range(2 * crew.SLOTS)]
    for each in free:
        team._free.put(each)
    return free
