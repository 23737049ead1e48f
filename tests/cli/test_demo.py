"""The demo album: real photographs, EXIF, bursts, and something broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from tui_selector.cli.root import run


@pytest.fixture
def album(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "demo"
    assert run(["demo", str(folder), "--make-only", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["files"] == sum(not path.name.startswith(".") for path in folder.iterdir())
    return folder


def test_the_album_has_bursts_with_times_and_places(album: Path) -> None:
    frames = sorted(album.glob("portrait_*.jpg"))
    assert len(frames) == 6
    times = []
    for frame in frames:
        with Image.open(frame) as image:
            detail = image.getexif().get_ifd(ExifTags.IFD.Exif)
            place = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        times.append(
            detail[ExifTags.Base.DateTimeOriginal] + detail[ExifTags.Base.SubsecTimeOriginal]
        )
        assert place[ExifTags.GPS.GPSLatitudeRef] == "N"
    assert times == sorted(times)
    assert len(set(times)) == len(times)


def test_it_is_made_once_and_never_over_other_files(album: Path) -> None:
    (album / "portrait_01.jpg").unlink()
    assert run(["demo", str(album), "--make-only"]) == 0
    assert not (album / "portrait_01.jpg").exists()
    other = album.parent / "mine"
    other.mkdir()
    (other / "holiday.jpg").touch()
    assert run(["demo", str(other), "--make-only"]) == 2
    assert [path.name for path in other.iterdir()] == ["holiday.jpg"]
