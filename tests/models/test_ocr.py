"""Reading text in pictures: without the extra a sentence, with it what is written."""

from __future__ import annotations

import importlib.util
import socket

import pytest
from PIL import Image, ImageDraw, ImageFont

from tui_selector.models.embedder import ModelError
from tui_selector.models.ocr import MISSING, OFF, load_reader, obstacle

IS_THERE = importlib.util.find_spec("rapidocr") is not None
with_extra = pytest.mark.skipif(
    not IS_THERE, reason="the extra 'ocr' is not installed: pip install 'tui-selector[ocr]'"
)


def test_switched_off_is_said() -> None:
    assert obstacle("off") == OFF


@pytest.mark.skipif(IS_THERE, reason="the extra 'ocr' is installed")
def test_without_the_extra_a_sentence_says_what_to_install() -> None:
    assert obstacle("auto") == MISSING
    with pytest.raises(ModelError, match=r"pip install 'tui-selector\[ocr\]'"):
        load_reader(1)


@with_extra
def test_what_is_written_is_read_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network is used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    picture = Image.new("RGB", (900, 600), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((90, 60), "EXIT", fill="darkred", font=ImageFont.load_default(80))
    draw.text((90, 400), "open 24 hours", fill="black", font=ImageFont.load_default(50))
    assert obstacle("auto") == ""
    lines = load_reader(1).read(picture)
    assert [line.text for line in lines] == ["EXIT", "open 24 hours"]
    assert all(line.confidence > 0.9 for line in lines)
    left, top, right, bottom = lines[0].box
    assert left == pytest.approx(0.1, abs=0.03)
    assert 0.08 < top < bottom < 0.35
    assert right < 0.5


@with_extra
def test_nothing_is_read_where_nothing_is_written() -> None:
    assert load_reader(1).read(Image.new("RGB", (300, 200), "gray")) == []
