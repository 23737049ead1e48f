"""What was measured, told on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from catalog_rows import indexed_row
from PIL import Image

from tui_selector.cli.root import run
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.quality import Blur, Quality
from tui_selector.paths import library_paths

Answer = tuple[int, str, str]
Call = Callable[..., Answer]

SHARP = Quality(
    width=4000,
    height=3000,
    side=480,
    sharpness=0.9,
    blur=Blur.NONE,
    light=-2.0,
    contrast=50,
    luma_95=200,
    white_red=0.014,
    faces=2,
)
BLURRED = Quality(
    width=4000,
    height=3000,
    side=480,
    sharpness=0.4,
    blur=Blur.MOTION,
    light=-2.0,
    contrast=50,
    luma_95=200,
)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> Answer:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def album(tmp_path: Path, call: Call) -> Path:
    """Three photos, of which two are measured."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (60, 40)).save(folder / name)
    assert call("list", folder)[0] == 0
    with Catalog.open(library_paths(folder)) as catalog, catalog.transaction():
        for name, quality in (("a.png", BLURRED), ("b.png", SHARP)):
            photo = catalog.photos.at(name)
            assert photo is not None
            indexed = indexed_row(
                photo.id,
                name.encode(),
                size=photo.size,
                mtime_ns=photo.mtime_ns,
                width=60,
                height=40,
            )
            catalog.photos.store_indexed([indexed])
            catalog.qualities.store(name.encode(), "1", quality, b"")
    return folder


def test_every_photo_has_its_signals_in_json(call: Call, album: Path) -> None:
    code, out, _ = call("quality", album, "--json")
    assert code == 0
    blurred, sharp, unmeasured = json.loads(out)
    assert (sharp["path"], sharp["sharpness"], sharp["blur"]) == ("b.png", 0.9, "none")
    assert (sharp["tags"], sharp["white_red"], sharp["noise"]) == (["faces"], 0.014, None)
    assert blurred["tags"] == ["blurry", "motion blur"]
    assert (unmeasured["path"], unmeasured["measured"]) == ("c.png", False)


def test_people_read_a_line_for_each_photo(call: Call, album: Path) -> None:
    code, out, _ = call("quality", album)
    assert code == 0
    _, blurred, sharp, unmeasured = out.splitlines()
    assert blurred.endswith("a.png  (blurry, motion blur)")
    assert sharp.split() == ["0.90", "—", "-2.0", "EV", "1.4", "%", "2", "b.png"]
    assert unmeasured.split() == ["not", "measured", "c.png"]


def test_the_best_of_some_comes_first_with_reasons(call: Call, album: Path) -> None:
    code, out, _ = call("quality", album, "--compare", "a.png", "b.png", "--json")
    assert code == 0
    answer = json.loads(out)
    assert [each["path"] for each in answer["order"]] == ["b.png", "a.png"]
    assert answer["order"][0]["reasons"] == ["sharper, +125 %", "1.4 % clipped white"]
    assert answer["confidence"] > 0.9
    text = call("quality", album, "--compare", "a.png", "b.png")[1]
    assert "1. b.png" in text
    assert "blurred by motion" in text


@pytest.mark.parametrize(
    ("photos", "code", "words"),
    [
        (["a.png"], 2, "Name two photos or more"),
        (["a.png", "c.png"], 1, "c.png is not measured"),
        (["a.png", "z.png"], 2, "z.png is no photo"),
    ],
)
def test_what_cannot_be_compared_is_said(
    call: Call, album: Path, photos: list[str], code: int, words: str
) -> None:
    answer = call("quality", album, "--compare", *photos)
    assert answer[0] == code
    assert words in answer[2]
