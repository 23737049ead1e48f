"""Which frames are chosen for a video: each scene, every few seconds, and never too many."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tui_selector.library.folder.files import DecodeError
from tui_selector.library.pictures.decode import sentences
from tui_selector.library.pictures.scenes import choose_moments
from tui_selector.library.pictures.video import Film

RATE = 10
COLOURS = [(200, 40, 40), (40, 180, 60), (50, 60, 210), (220, 210, 60), (30, 30, 30)]


def picture(scene: int, number: int) -> np.ndarray:
    """A frame of a scene: a colour of its own, and a bar that moves."""
    pixels = np.full((64, 96, 3), COLOURS[scene % len(COLOURS)], np.uint8)
    left = 3 * number % 80
    pixels[20:40, left : left + 8] = 240
    return pixels


def video(
    scenes: Iterable[float],
    *,
    key_every: int = 1000,
    form: str = "mp4",
    codec: str = "mpeg4",
    times: Callable[[int], int] = lambda number: number,
) -> bytes:
    """A video of scenes, each so many seconds long; `times` gives each frame's time in ticks."""
    stream = io.BytesIO()
    with av.open(stream, "w", format=form) as container:
        track = container.add_stream(codec, rate=RATE)
        assert isinstance(track, av.VideoStream)
        track.width, track.height, track.pix_fmt = 96, 64, "yuv420p"
        track.bit_rate = 2_000_000
        track.codec_context.gop_size = key_every
        # Without this the encoder itself would begin a group of pictures at each cut.
        track.codec_context.options = {"sc_threshold": "1000000000"}
        number = 0
        for scene, seconds in enumerate(scenes):
            for _ in range(round(seconds * RATE)):
                frame = av.VideoFrame.from_ndarray(picture(scene, number), format="rgb24")
                frame.pts, frame.time_base = times(number), Fraction(1, RATE)
                container.mux(track.encode(frame))
                number += 1
        container.mux(track.encode())
    return stream.getvalue()


def chosen(data: bytes, **options: object) -> list[float]:
    film = Film(io.BytesIO(data))
    try:
        return choose_moments(film, **options)  # type: ignore[arg-type]
    finally:
        film.close()


@pytest.mark.parametrize("key_every", [1, 5, 12, 1000])
def test_each_scene_has_a_frame_at_its_first_moment(key_every: int) -> None:
    lengths = (1.5, 2.1, 0.9, 3.0, 1.2)
    cuts = np.cumsum((0.0, *lengths[:-1]))
    found = chosen(video(lengths, key_every=key_every))
    assert len(found) == len(cuts)
    # At most a group of pictures late where keys are close to each other, or half a second.
    late = min(max(key_every, 5), 12) / RATE
    assert all(0 <= moment - cut <= late for moment, cut in zip(found, cuts, strict=True))


def test_a_long_scene_has_a_frame_every_few_seconds() -> None:
    assert chosen(video([16.0])) == pytest.approx([0.0, 5.0, 10.0, 15.0], abs=0.11)
    assert len(chosen(video([16.0], key_every=10), every=2.0)) == 8


def test_a_long_video_is_spaced_out() -> None:
    found = chosen(video([120.0], key_every=5), most=8)
    assert len(found) <= 8
    assert min(after - before for before, after in pairwise(found)) >= 120 / 8 - 1


def test_more_scenes_than_frames_keep_the_long_ones() -> None:
    found = chosen(video([2.0, 0.6, 2.0, 2.0, 0.6, 2.0], key_every=1), most=4)
    assert found == pytest.approx([0.0, 2.6, 4.6, 7.2], abs=0.7)
    assert len(found) == 4


def test_each_moment_shows_the_frame_that_was_chosen() -> None:
    film = Film(io.BytesIO(video([1.5, 1.5, 1.5], key_every=7)))
    for scene, moment in enumerate(choose_moments(film)):
        pixels = np.asarray(film.frame(moment, 96))
        assert np.abs(pixels[:15].mean(axis=(0, 1)) - COLOURS[scene]).max() < 25
    film.close()


def test_frames_at_uneven_times_keep_their_times() -> None:
    """One frame a second in the second half, as phones record where it is dark."""
    found = chosen(
        video([2.0, 2.0], times=lambda number: number if number < 20 else 20 + 10 * (number - 20))
    )
    assert found[:2] == pytest.approx([0.0, 2.0])
    assert len(found) == 5
    assert all(4 <= after - before <= 6.1 for before, after in pairwise(found[1:]))


@pytest.mark.parametrize(("form", "codec"), [("matroska", "mpeg4"), ("mpegts", "mpeg2video")])
def test_a_file_cut_short_gives_the_scenes_that_are_left(form: str, codec: str) -> None:
    data = video([2.0, 2.0, 2.0], form=form, codec=codec, key_every=10)
    found = chosen(data[: len(data) // 2])
    assert 1 <= len(found) <= 2
    assert found[0] == pytest.approx(0.0, abs=0.11)


def test_a_stream_that_does_not_say_how_long_it_is() -> None:
    data = video([2.0, 2.0, 7.0], form="flv", codec="flv", key_every=10)
    film = Film(io.BytesIO(data))
    film.duration = 0.0
    found = choose_moments(film)
    film.close()
    assert found == pytest.approx([0.0, 2.0, 4.0, 9.0], abs=0.2)


def test_a_film_without_pictures_is_one_sentence() -> None:
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        track = container.add_stream("aac", rate=48_000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), "fltp", "mono")
        sound.sample_rate = 48_000
        container.mux(track.encode(sound))
        container.mux(track.encode())
    with pytest.raises(DecodeError, match=r"^There is no picture in the video\.$"), sentences():
        Film(io.BytesIO(stream.getvalue()))


def test_choosing_ends_when_it_is_told_to() -> None:
    looked = 0

    def go_on() -> bool:
        nonlocal looked
        looked += 1
        return looked < 4

    found = chosen(video([1.0] * 30, key_every=10), go_on=go_on)
    assert 1 <= len(found) <= 4


def test_real_videos(shared_data: Callable[[str], Path]) -> None:
    for path in sorted(shared_data("video").glob("*.m*")):
        with path.open("rb") as stream:
            film = Film(stream)
            found = choose_moments(film)
            assert found[0] <= 0.1
            assert all(0 <= moment <= film.duration for moment in found)
            film.close()
    with (shared_data("video") / "scene_cuts.mp4").open("rb") as stream:
        film = Film(stream)
        found = choose_moments(film)
        film.close()
    # Every frame of this file was compared with the next one by hand.
    assert [round(moment, 1) for moment in found[:3]] == [0.0, 1.2, 3.0]
