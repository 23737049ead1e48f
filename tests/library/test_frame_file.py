"""Frames written as photos: named by their time, dated, and never over another file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from tui_selector.library.decisions.frame_file import write_frame
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.pictures.metadata import Metadata, read_metadata

IMAGE = Image.new("RGB", (64, 48), (200, 40, 40))


def test_the_name_says_where_in_which_video(tmp_path: Path) -> None:
    place = write_frame(tmp_path, Path("/else/film.of.us.mp4"), 3723.3456, IMAGE, Metadata())
    assert place == tmp_path / "film.of.us_01-02-03.346.jpg"
    with Image.open(place) as written:
        assert (written.format, written.size) == ("JPEG", (64, 48))
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_no_file_is_written_over(tmp_path: Path) -> None:
    places = [write_frame(tmp_path, Path("a.mp4"), 1.0, IMAGE, Metadata()) for _ in range(3)]
    names = ["a_00-00-01.000.jpg", "a_00-00-01.000 (2).jpg", "a_00-00-01.000 (3).jpg"]
    assert [place.name for place in places] == names
    (tmp_path / "b_00-00-02.000.jpg").symlink_to(tmp_path / "nowhere")
    assert write_frame(tmp_path, Path("b.mp4"), 2.0, IMAGE, Metadata()).name.endswith("(2).jpg")
    assert not (tmp_path / "nowhere").exists()


def test_a_frame_was_taken_so_much_later_than_the_video(tmp_path: Path) -> None:
    facts = Metadata(taken=1_563_956_740.0, taken_offset=-210)
    place = write_frame(tmp_path, Path("a.mp4"), 61.5, IMAGE, facts)
    read = read_metadata(place)
    assert read.taken == pytest.approx(1_563_956_801.5, abs=0.6)
    assert read.taken_offset == -210
    undated = write_frame(tmp_path, Path("b.mp4"), 61.5, IMAGE, Metadata())
    assert read_metadata(undated).taken is None


def test_names_may_be_long_and_of_any_bytes(tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9\n[b]" + b"x" * 240)
    place = write_frame(tmp_path, Path(odd + ".mp4"), 0.0, IMAGE, Metadata())
    assert place.exists()
    assert len(os.fsencode(place.name)) <= 255


def test_what_cannot_be_written_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"^The frame of a\.mp4 cannot be written .*\.$"):
        write_frame(tmp_path / "gone", Path("a.mp4"), 0.0, IMAGE, Metadata())
    assert list(tmp_path.iterdir()) == []
