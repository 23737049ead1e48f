"""Which words of a query are attributes, and that the tags they ask for are ever given."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tui_selector.analysis.quality.tags import quality_tags
from tui_selector.analysis.tags import file_tags, pixel_tags
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.library.quality import Blur, Quality
from tui_selector.search.attributes import _TAGS, read, tag_names, words_of


@pytest.mark.parametrize(
    ("text", "things", "tags"),
    [
        ("red bus", "bus", ("red",)),
        ("a Red bus", "a bus", ("red",)),
        ("night", "", ("night",)),
        ("a gray cat at night", "a cat", ("grey", "night")),
        ("black and white", "", ("black and white",)),
        ("a black and white dog", "a dog", ("black and white",)),
        ("the red", "", ("red",)),
        ("an orange on a plate", "an orange on a plate", ()),
        ("orange", "", ("orange",)),
        ("spring flowers", "spring flowers", ()),
        ("redwood", "redwood", ()),
        ("the", "the", ()),
        ("", "", ()),
        ("кошка", "кошка", ()),
        ("\u202egnp.exe 🦊", "\u202egnp.exe 🦊", ()),
    ],
)
def test_attributes_are_told_from_things(text: str, things: str, tags: tuple[str, ...]) -> None:
    wording = read(text)
    assert (wording.things, wording.tags) == (things, tags)


def test_numbers_are_named_because_nothing_counts() -> None:
    assert read("Two people").numbers == ("two",)
    assert read("two people").things == "two people"
    assert read("twofold").numbers == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [("the dogs", "dog"), ("a grand piano", "grand piano"), ("butterflies", "butterfly"),
     ("buses", "bus"), ("dog", "dog")],
)  # fmt: skip
def test_a_plural_asks_for_its_tag(text: str, name: str) -> None:
    assert name in tag_names(text)


def test_a_number_of_people_asks_for_the_tag_that_counts_them() -> None:
    for text in ("two people", "Two persons", "2 faces"):
        assert "two people" in tag_names(text)
    assert "person" in tag_names("one person")
    assert tag_names("two dogs") == ("two dogs", "two dog")


def test_words_of_a_path() -> None:
    assert words_of("2024/Rome_trip/the-Colosseum 01.JPG") == (
        *("2024", "rome", "trip", "colosseum", "01", "jpg"),
    )


def test_every_attribute_is_a_tag_that_photos_get() -> None:
    given: set[str] = set()
    palette = {
        *("d9261c", "f58a1f", "f7dc2a", "2f8f3a", "2bb5b0", "2f62c4", "7a3aa8", "f08cb4"),
        *("8a5a32", "ffffff", "9a9a9a", "000000"),
    }
    for value in palette:
        colour = np.array(list(bytes.fromhex(value)), np.uint8)
        picture = np.broadcast_to(colour, (60, 60, 3)).copy()
        picture[np.arange(60) % 10 < 4] = (217, 38, 28)  # so that no background is left out
        given |= {tag.name for tag in pixel_tags(Image.fromarray(picture))}
    for size in ((90, 60), (60, 90), (200, 60)):
        given |= {tag.name for tag in pixel_tags(Image.new("L", size, 120))}
    for month in (1, 4, 7, 10):
        for hour in (2, 6, 12, 15, 20):
            taken = (month - 1) * 30.5 * 86400 + 10 * 86400 + hour * 3600.0 + 60
            given |= {tag.name for tag in file_tags(Metadata(taken=taken))}
    faults = (
        {"blur": Blur.MOTION, "noise": 20.0},
        {"blur": Blur.DEFOCUS, "white_red": 0.5, "light": -0.5},
        {"black_red": 0.5, "light": -6.0},
    )
    for signals in faults:
        quality = Quality(width=1, height=1, side=1, contrast=50, luma_95=200, **signals)  # type: ignore[arg-type]
        given |= {tag.name for tag in quality_tags(quality)}
    assert set(_TAGS.values()) <= given
