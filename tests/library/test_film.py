"""Frames of a video by their time: the right one, whichever way it is come to."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tui_selector.library.folder.files import DecodeError
from tui_selector.library.pictures.decode import sentences
from tui_selector.library.pictures.video import Film

RATE, FRAMES = 10, 40


def brightness(image: Image.Image) -> float:
    return float(np.asarray(image.convert("L")).mean())


def video(*, key_every: int = 12, rotation: int = 0) -> bytes:
    """A video whose frame n has the brightness 20 + 5 n, its left half darker."""
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        track = container.add_stream("mpeg4", rate=RATE)
        track.width, track.height, track.pix_fmt = 96, 64, "yuv420p"
        track.bit_rate = 4_000_000
        track.codec_context.gop_size = key_every
        for number in range(FRAMES):
            pixels = np.full((64, 96, 3), 20 + 5 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(track.encode(frame))
        container.mux(track.encode())
    return stream.getvalue()


@pytest.fixture
def film() -> Iterator[Film]:
    opened = Film(io.BytesIO(video()))
    yield opened
    opened.close()


def number_of(image: Image.Image) -> int:
    return round((brightness(image) - 20) / 5)


def test_it_says_how_long_it_is(film: Film) -> None:
    assert film.duration == pytest.approx(FRAMES / RATE, abs=0.11)
    assert film.frame_rate == pytest.approx(RATE)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (39, 20, 5, 0), (3, 30, 4, 29, 11, 12, 13, 12)])
def test_each_moment_shows_its_frame_in_any_order(film: Film, order: tuple[int, ...]) -> None:
    for number in order:
        assert number_of(film.frame(number / RATE, 96)) == number
        assert number_of(film.frame((number + 0.9) / RATE, 96)) == number


def test_behind_the_end_stands_the_last_frame(film: Film) -> None:
    assert number_of(film.frame(100.0, 96)) == FRAMES - 1
    assert number_of(film.frame(0.0, 96)) == 0
    assert number_of(film.frame(1e6, 96)) == FRAMES - 1


def test_a_frame_is_no_larger_than_asked(film: Film) -> None:
    assert film.frame(1.0, 48).size == (48, 32)
    assert film.frame(1.0, 500).size == (96, 64)


def test_no_video_is_a_sentence() -> None:
    with pytest.raises(DecodeError, match=r"\.$"), sentences():
        Film(io.BytesIO(b"\0\0\0\x18ftypmp42 nothing else"))


def test_real_videos_show_a_frame_at_every_second(shared_data: object) -> None:
    folder = shared_data("video")  # type: ignore[operator]
    assert isinstance(folder, Path)
    for path in sorted(folder.glob("*.m*")):
        with path.open("rb") as stream:
            film = Film(stream)
            for second in range(int(film.duration) + 2):
                image = film.frame(float(second), 160)
                assert max(image.size) <= 160
            film.close()
