"""What the info panel says of a photo."""

from __future__ import annotations

import os

import pytest

from tui_selector.app.details import Details, exposure, facts, place, when
from tui_selector.library.photo import Companion, Flag, Kind, Photo, State
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.library.quality import Blur, Quality


def photo(**changes: object) -> Photo:
    fields: dict[str, object] = {
        "id": 1,
        "path": "2025/IMG_1.jpg",
        "size": 3_400_000,
        "mtime_ns": 0,
        "hash": b"x" * 16,
        "kind": Kind.IMAGE,
        "state": State.INDEXED,
        "problem": "",
        "width": 4000,
        "height": 3000,
        "taken": 1_752_900_000.5,
        "flag": Flag.PICK,
        "rating": 4,
        "label": "green",
    }
    return Photo(**(fields | changes))  # type: ignore[arg-type]


def test_everything_that_is_known_is_said_and_nothing_else() -> None:
    details = Details(
        photo=photo(),
        tab="dog",
        metadata=Metadata(camera="X100", taken_offset=120),
        tags=(),
        companions=(Companion(path="2025/IMG_1.raf", role="raw", size=1, mtime_ns=0),),
    )
    said = dict(facts(details))
    assert said["name"] == "IMG_1.jpg"
    assert said["folder"] == "2025"
    assert said["flag"] == "picked"
    assert said["rating"] == "★★★★"
    assert said["size"] == "4000 × 3000 · 12.0 MP · 3.4 MB"
    assert said["taken"] == "Sat 19 Jul 2025 06:40:00 +0200"
    assert said["with it"] == "IMG_1.raf"
    assert "lens" not in said
    assert "place" not in said


def measured(**signals: object) -> dict[str, str]:
    """What is said of a photo with these signals."""
    fields: dict[str, object] = {"width": 4000, "height": 3000, "side": 480}
    quality = Quality(**(fields | signals))  # type: ignore[arg-type]
    return dict(facts(Details(photo(), "", Metadata(), (), (), (), quality)))


def test_what_was_measured_is_told_in_words() -> None:
    said = measured(
        sharpness=0.9,
        sharpest_x=0.1,
        sharpest_y=0.5,
        blur=Blur.NONE,
        light=-2.04,
        contrast=51.2,
        colourfulness=33,
        white_red=0.014,
        noise=1.26,
    )
    assert said["detail"] == "sharp · 0.90 · most left · noise 1.3 of 255"
    assert said["light"] == "2.0 EV under white · contrast 51 · colour 33 · 1.4 % white"
    assert "faces" not in said  # nobody has looked yet


def test_what_cannot_be_told_is_not_told() -> None:
    assert measured()["detail"] == "can't tell: too little detail"
    assert measured(blur=Blur.MOTION, sharpness=0.41)["detail"] == "blurred by motion · 0.41"
    assert measured(faces=0, prominent=0)["faces"].startswith("none found")
    assert measured(faces=2, prominent=1)["faces"] == "2 found · eyes: can't tell"
    assert measured(faces=3, prominent=3, eyes=2, eye_sharpness=0.5)["faces"] == (
        "3 found · eyes found in 2 of 3 · sharpness at the eyes 0.50"
    )
    assert not measured(width=0, height=0, side=0).keys() & {"detail", "light", "faces"}


def test_what_a_model_says_of_the_photo_is_told() -> None:
    said = Details(photo(), "", Metadata(), (), (), caption="A dog\x1b[2J\n\non grass.")
    assert dict(facts(said))["shows"] == "A dog\\x1b[2J on grass."
    assert "shows" not in dict(facts(Details(photo(), "", Metadata(), (), ())))


def test_what_is_written_in_the_photo_is_told() -> None:
    def text(*written: str) -> str:
        return dict(facts(Details(photo(), "", Metadata(), (), (), written))).get("text", "")

    assert text("EXIT", "24 h") == "EXIT / 24 h"
    assert text() == ""
    assert text("[b]x[/b]\x1b[2J").isprintable()
    assert len(text("x" * 5000)) == 400


def test_hostile_text_is_made_visible() -> None:
    name = os.fsdecode(b"a\x1b[2Jb\xff\n.jpg")
    details = Details(photo(path=name), "x\x07", Metadata(camera="\x1b]0;pwned\x07"), (), ())
    for _, text in facts(details):
        assert text.isprintable(), text


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        (Metadata(), ""),
        (Metadata(exposure_time=1 / 250, f_number=2.8, iso=400), "1/250 s · f/2.8 · ISO 400"),
        (Metadata(exposure_time=2.5, focal_length=50.0), "2.5 s · 50 mm"),
        (Metadata(exposure_time=0.0, exposure_bias=-1.0), "-1.0 EV"),
    ],
)
def test_exposure_reads_like_a_photographer_writes_it(metadata: Metadata, text: str) -> None:
    assert exposure(metadata) == text


def test_places_and_times_that_cannot_be() -> None:
    assert place(Metadata(latitude=1.0)) == ""
    assert place(Metadata(latitude=-33.5, longitude=151.25)) == "33.50000° S, 151.25000° E"
    assert when(Metadata(), None) == ""
    assert when(Metadata(), 1e30) == ""
