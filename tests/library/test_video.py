"""Poster frames: turned upright, not black, and no other file is ever opened."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tui_selector.library.pictures.decode import DecodeError, decode
from tui_selector.library.pictures.metadata import read_metadata


def video(
    colours: Sequence[tuple[int, int, int]],
    *,
    size: tuple[int, int] = (128, 64),
    aspect: Fraction | None = None,
    tags: dict[str, str] | None = None,
) -> bytes:
    """Encode one key frame for each colour."""
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata.update(tags or {})
        track = out.add_stream("mpeg4", rate=5)
        track.width, track.height, track.pix_fmt = *size, "yuv420p"
        track.codec_context.gop_size = 1
        if aspect:
            track.codec_context.sample_aspect_ratio = aspect
        for colour in colours:
            image = Image.new("RGB", size, colour)
            frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return stream.getvalue()


def test_the_first_frame_that_is_not_black_is_the_poster() -> None:
    data = video([(0, 0, 0), (0, 0, 0), (200, 30, 30), (30, 30, 200)])
    picture = decode(Path("clip.mp4"), longest=64, data=data)
    assert (picture.width, picture.height) == (128, 64)
    assert picture.image.size == (64, 32)
    red, _, blue = np.asarray(picture.image).reshape(-1, 3).mean(axis=0)
    assert red > 150 > blue


def test_a_dark_video_still_has_a_poster() -> None:
    picture = decode(Path("clip.mp4"), longest=64, data=video([(0, 0, 0), (12, 12, 12)]))
    assert np.asarray(picture.image).max() > 4


def test_pixels_that_are_not_square_are_stretched() -> None:
    data = video([(90, 90, 90)], size=(96, 96), aspect=Fraction(4, 3))
    picture = decode(Path("clip.mp4"), longest=256, data=data)
    assert picture.image.size == (picture.width, picture.height) == (128, 96)


def test_phone_rotation_is_honoured(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("video") / "mov__with-gps.mov"
    picture = decode(path, longest=1024)
    assert picture.image.size == (picture.width, picture.height) == (320, 568)
    facts = read_metadata(path)
    assert (facts.width, facts.height) == (320, 568)
    assert facts.taken == 1563956740.0
    assert facts.taken_offset == 180
    assert facts.camera == "Apple iPhone 6"
    assert facts.latitude == pytest.approx(32.0929)
    assert facts.longitude == pytest.approx(34.862)
    assert facts.altitude == pytest.approx(28.516)


def test_container_dates_are_utc_and_unset_clocks_are_no_date() -> None:
    grey = [(90, 90, 90)]
    dated = video(grey, tags={"creation_time": "2020-01-05T11:19:45.000000Z"})
    facts = read_metadata(Path("clip.mp4"), dated)
    assert (facts.taken, facts.taken_offset) == (1578223185.0, 0)
    unset = video(grey, tags={"creation_time": "1970-01-01T00:00:00.000000Z"})
    assert read_metadata(Path("clip.mp4"), unset).taken is None


def test_a_video_cut_to_pieces_gives_one_sentence() -> None:
    data = video([(90, 90, 90)] * 5)
    for length in range(32, len(data), max(1, len(data) // 9)):
        with pytest.raises(DecodeError, match=r"^[A-Z][^\n]*\.$"):
            decode(Path("clip.mp4"), longest=64, data=data[:length])


def test_a_playlist_opens_nothing(tmp_path: Path) -> None:
    target = tmp_path / "secret.mp4"
    target.write_bytes(video([(90, 90, 90)]))
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"
    concat = f"ffconcat version 1.0\nfile {target}\n"
    from tui_selector.library.pictures.video import open_video

    for text in (playlist, concat):
        with pytest.raises((av.error.FFmpegError, ValueError)):
            open_video(io.BytesIO(text.encode()))
