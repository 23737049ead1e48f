"""Where in a picture colours and light are."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tui_selector.analysis import places, tags


def test_a_colour_is_where_its_pixels_are() -> None:
    image = Image.new("RGB", (80, 40), "#707070")
    image.paste("#d9261c", (40, 20, 80, 40))
    red = places.where(image, "red", 4, 8)
    assert red is not None
    assert red.shape == (4, 8)
    assert (red[2:, 4:] == 1).all()
    assert red.sum() == 8
    grey = places.where(image, "grey", 4, 8)
    assert grey is not None
    assert np.array_equal(grey, 1 - red)


def test_a_cell_bears_a_colour_in_part() -> None:
    image = Image.new("RGB", (8, 8), "white")
    image.paste("#2f62c4", (0, 0, 2, 8))
    blue = places.where(image, "blue", 1, 1)
    assert blue is not None
    assert blue[0, 0] == pytest.approx(0.25)


@pytest.mark.parametrize(("tag", "half"), [("dark", 0), ("bright", 1)])
def test_light_is_where_it_is(tag: str, half: int) -> None:
    image = Image.new("RGB", (40, 40), "black")
    image.paste("white", (20, 0, 40, 40))
    light = places.where(image, tag, 2, 2)
    assert light is not None
    assert (light[:, half] == 1).all()
    assert (light[:, 1 - half] == 0).all()


@pytest.mark.parametrize("tag", ["landscape", "square", "night", "black and white", "dog", ""])
def test_other_tags_have_no_place(tag: str) -> None:
    assert places.where(Image.new("RGB", (9, 9)), tag, 3, 3) is None


def test_every_colour_of_the_tags_has_a_place() -> None:
    image = Image.new("RGB", (30, 30), "#888888")
    shares = [places.where(image, name, 3, 3) for name in tags.COLOURS]
    assert all(share is not None for share in shares)
    assert sum(float(share.sum()) for share in shares if share is not None) == 9
