"""Tags from pixels and from the camera's clock."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tui_selector.analysis.tags import file_tags, lab, pixel_tags
from tui_selector.library.pictures.metadata import Metadata


def names(image: Image.Image) -> list[str]:
    return [tag.name for tag in pixel_tags(image)]


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (120, 80)) -> Image.Image:
    return Image.new("RGB", size, colour)


def test_lab_of_known_colours() -> None:
    # Reference values of sRGB primaries under D65 (CIE 15, as tabulated by Lindbloom).
    found = lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8))
    expected = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]]
    assert np.allclose(found, expected, atol=0.15)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((200, 30, 30), "red"),
        ((245, 140, 30), "orange"),
        ((245, 220, 50), "yellow"),
        ((40, 140, 60), "green"),
        ((40, 180, 175), "turquoise"),
        ((40, 90, 200), "blue"),
        ((81, 98, 125), "blue"),
        ((120, 60, 170), "purple"),
        ((240, 140, 180), "pink"),
        ((110, 70, 40), "brown"),
    ],
)
def test_a_plain_colour_has_its_name(colour: tuple[int, int, int], name: str) -> None:
    assert [tag.name for tag in pixel_tags(plain(colour)) if tag.name == name]


def test_the_subject_counts_and_not_a_colourless_background() -> None:
    image = plain((250, 250, 250), (200, 200))
    image.paste((190, 20, 20), (70, 70, 130, 130))
    found = pixel_tags(image)
    assert [tag.name for tag in found] == ["square", "bright", "red"]
    assert found[-1].score == 1.0


def test_a_coloured_background_counts() -> None:
    image = plain((60, 130, 210), (200, 200))
    image.paste((190, 20, 20), (50, 50, 150, 150))
    assert names(image) == ["square", "blue", "red"]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((300, 200), ["landscape"]),
        ((200, 300), ["portrait"]),
        ((200, 205), ["square"]),
        ((900, 300), ["landscape", "panorama"]),
        ((300, 900), ["portrait", "panorama"]),
        ((1, 1), ["square"]),
    ],
)
def test_shape(size: tuple[int, int], expected: list[str]) -> None:
    assert names(plain((90, 120, 160), size))[: len(expected)] == expected


def test_light() -> None:
    assert "dark" in names(plain((20, 20, 24)))
    assert "bright" in names(plain((245, 245, 240)))
    middle = names(plain((120, 120, 120)))
    assert "dark" not in middle
    assert "bright" not in middle


def test_black_and_white_and_colour_photographs() -> None:
    assert "black and white" in names(Image.fromarray(skimage.data.camera()))
    astronaut = names(Image.fromarray(skimage.data.astronaut()))
    assert "black and white" not in astronaut
    assert "brown" in names(Image.fromarray(skimage.data.chelsea()))
    assert "blue" in names(Image.fromarray(skimage.data.rocket()))


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "P", "1", "I;16"])
def test_any_mode(mode: str) -> None:
    assert "landscape" in names(Image.new(mode, (60, 40)))


@given(st.integers(1, 300), st.integers(1, 300), st.tuples(*[st.integers(0, 255)] * 3))
def test_scores_are_worth_showing(width: int, height: int, colour: tuple[int, int, int]) -> None:
    tags = pixel_tags(plain(colour, (width, height)))
    assert tags
    assert all(0.5 <= tag.score <= 1.0 and tag.source == "pixels" for tag in tags)
    assert len({tag.name for tag in tags}) == len(tags)


def clock(
    text: str, offset: int | None = None, latitude: float | None = 48.0
) -> list[tuple[str, float]]:
    """Tags of a photo taken when the clock on the wall said `text`."""
    wall = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    taken = wall - 60 * (offset or 0)
    found = file_tags(Metadata(taken=taken, taken_offset=offset, latitude=latitude))
    return [(tag.name, tag.score) for tag in found]


@pytest.mark.parametrize(
    ("text", "season", "part"),
    [
        ("2024-01-15T09:30:00", "winter", "morning"),
        ("2024-03-01T12:15:00", "spring", "noon"),
        ("2024-08-31T15:00:00", "summer", "afternoon"),
        ("2024-11-02T19:00:00", "autumn", "evening"),
        ("2024-12-24T23:30:00", "winter", "night"),
        ("2024-06-21T04:59:59", "summer", "night"),
    ],
)
def test_season_and_time_of_day(text: str, season: str, part: str) -> None:
    assert clock(text) == [(season, 1.0), (part, 1.0)]


def test_the_southern_half_has_the_other_season_and_the_tropics_none() -> None:
    assert clock("2024-01-15T09:30:00", latitude=-33.9)[0] == ("summer", 1.0)
    assert clock("2024-01-15T09:30:00", latitude=1.3) == [("morning", 1.0)]
    assert clock("2024-01-15T09:30:00", latitude=None)[0] == ("winter", 0.7)


def test_the_local_clock_decides() -> None:
    # 23:30 in Tokyo is 14:30 UTC; the last of May there is still spring.
    assert clock("2024-05-31T23:30:00", offset=540) == [("spring", 1.0), ("night", 1.0)]


def test_a_clock_that_was_never_set_and_a_date_without_a_time() -> None:
    assert clock("1980-01-01T00:00:00") == []
    assert clock("2024-07-04T00:00:00") == [("summer", 1.0)]


@pytest.mark.parametrize("taken", [None, 1e300, -1e300, float("inf"), float("nan")])
def test_nonsense_dates_say_nothing(taken: float | None) -> None:
    assert file_tags(Metadata(taken=taken)) == []


@pytest.mark.parametrize(
    ("faces", "names"),
    [
        (("Marie Curie", "Pierre Curie"), ["people", "two people", "marie curie", "pierre curie"]),
        (("", "", ""), ["people", "three people"]),
        (("",), ["person"]),
        (("Bob", "Bob"), ["people", "two people", "bob"]),
        (("",) * 11, ["people"]),
        ((), []),
    ],
)
def test_marked_faces_count_and_name_people(faces: tuple[str, ...], names: list[str]) -> None:
    assert [tag.name for tag in file_tags(Metadata(faces=faces))] == names


def test_needs_no_model_and_no_terminal() -> None:
    script = (
        "import sys, tui_selector.analysis.tags as t\n"
        "assert not {'torch', 'transformers', 'onnxruntime', 'textual'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
