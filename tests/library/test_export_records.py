"""Tables and contact sheets: all that is known is in them, and tables read back the same."""

from __future__ import annotations

import base64
import csv
import io
import os
import re
import string
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PdfParser import PdfParser

from tui_selector.library.export import sheet
from tui_selector.library.export.execution import export
from tui_selector.library.export.planning import Form, plan_export
from tui_selector.library.export.records import (
    FileRecord,
    PhotoRecord,
    TagRecord,
    read_csv,
    read_lines,
    read_records,
    write_csv,
    write_lines,
)
from tui_selector.library.photo import Flag, Kind, State, Tag
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.library.quality import Blur, Quality

HOSTILE = "<script>alert(1)</script>&\"'\x1b[2J.jpg"

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    ["=1+1", "+1", "-x", "@a", "'quoted", "''", "\t", "\r\n", 'a"b', "a,b", "null", "1"]
)
floats = st.none() | st.floats(allow_nan=False, allow_infinity=False)
records = st.builds(
    PhotoRecord,
    path=texts.filter(bool),
    folder=texts,
    id=st.integers(1, 1 << 40),
    hash=st.text(string.hexdigits, max_size=32),
    kind=st.sampled_from(Kind),
    state=st.sampled_from(State),
    problem=texts,
    bytes=st.integers(0, 1 << 50),
    mtime_ns=st.integers(-1, 1 << 62),
    width=st.integers(0, 99),
    height=st.integers(0, 99),
    taken=floats,
    flag=st.sampled_from(["pick", "none", "reject"]),
    rating=st.integers(0, 5),
    label=st.sampled_from(["", "red"]),
    tab=texts,
    tags=st.lists(
        st.builds(TagRecord, texts, st.floats(0, 1), st.sampled_from(["owner", "model"])),
        max_size=2,
    ).map(tuple),
    description=texts,
    text=st.lists(texts, max_size=2).map(tuple),
    files=st.lists(
        st.builds(FileRecord, texts, st.sampled_from(["raw", "movie"]), st.integers(0)), max_size=2
    ).map(tuple),
    facts=st.builds(
        Metadata, taken=floats, camera=texts, iso=st.none() | st.integers(0), latitude=floats
    ),
    quality=st.none()
    | st.builds(
        Quality,
        width=st.integers(0, 9),
        height=st.integers(0, 9),
        side=st.integers(0, 9),
        sharpness=floats,
        blur=st.sampled_from(Blur),
        faces=st.none() | st.integers(0, 9),
    ),
)


@given(st.lists(records, max_size=3))
@settings(deadline=None, max_examples=60)
def test_any_record_reads_back_the_same(some: list[PhotoRecord]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, write, read in (
            ("a.csv", write_csv, read_csv),
            ("a.jsonl", write_lines, read_lines),
        ):
            place = Path(folder) / name
            with place.open("wb") as stream:
                for _ in write(stream, some):
                    pass
            assert list(read(place)) == some


@pytest.fixture
def known(album: Any) -> list[int]:
    """Photos of which everything is known, one of them with a name that is not UTF-8."""
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(picture, "JPEG")
    odd = os.fsdecode(b"caf\xe9.jpg")
    for name in ("trip/a.jpg", odd, HOSTILE.replace("/", "\u2215")):
        album.write(name, picture.getvalue() + name.encode("utf-8", "surrogateescape"))
    ids = [album.add("trip/a.jpg", "trip/a.CR2"), album.add(odd)]
    ids.append(album.add(HOSTILE.replace("/", "\u2215")))
    catalog = album.catalog
    hash_ = catalog.photos.one(ids[0]).hash
    with catalog.transaction():
        catalog.photos.set_flag(ids[0], Flag.PICK)
        catalog.photos.set_rating(ids[0], 4)
        catalog.photos.set_label(ids[0], "red")
        catalog.tags.set_program(ids[0], [Tag("dog", 0.7, "model")])
        catalog.tags.set_verdict(ids[0], "<i>beach", True)
        catalog.captions.store(hash_, "A dog, running.", "somebody")
        catalog.qualities.store(
            hash_, "1", Quality(width=60, height=40, side=60, sharpness=0.5), b""
        )
        catalog.connection.execute(
            "INSERT OR REPLACE INTO metadata(photo, facts) VALUES(?, ?)",
            (ids[0], msgspec.json.encode(Metadata(camera="X100", iso=200)).decode()),
        )
    return ids


@pytest.mark.parametrize(("form", "read"), [("csv", read_csv), ("jsonl", read_lines)])
def test_every_known_field_is_in_the_table(
    album: Any, known: list[int], tmp_path: Path, form: Form, read: Any
) -> None:
    plan = plan_export(album.catalog, known, tmp_path / "out", form)
    assert export(album.catalog, plan).photos == 3
    found = list(read(tmp_path / "out"))
    assert found == list(read_records(album.catalog, plan.photos))
    first, odd, _ = found
    assert (first.flag, first.rating, first.label) == ("pick", 4, "red")
    assert {tag.name: tag.source for tag in first.tags} == {"<i>beach": "owner", "dog": "model"}
    assert (first.description, first.facts.camera, first.facts.iso) == (
        "A dog, running.",
        "X100",
        200,
    )
    assert first.quality is not None
    assert first.quality.sharpness == 0.5
    assert [file.path for file in first.files] == ["trip/a.CR2"]
    assert odd.file == os.fsdecode(b"caf\xe9.jpg")
    assert odd.path == r"caf\xe9.jpg"


def test_no_cell_is_a_formula(album: Any, tmp_path: Path) -> None:
    ids = [album.add(name) for name in ("=cmd|' ' !A0.jpg", "-1.jpg", "@x.jpg")]
    export(album.catalog, plan_export(album.catalog, ids, tmp_path / "a.csv", "csv"))
    with (tmp_path / "a.csv").open(newline="") as stream:
        paths = [row["path"] for row in csv.DictReader(stream)]
    assert sorted(paths) == ["'-1.jpg", "'=cmd|' ' !A0.jpg", "'@x.jpg"]


class Page(HTMLParser):
    """What browsers make of a page: its elements, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_needs_nothing_else_and_runs_nothing(
    album: Any, known: list[int], tmp_path: Path
) -> None:
    done = export(album.catalog, plan_export(album.catalog, known, tmp_path / "a.html", "html"))
    text = (tmp_path / "a.html").read_text("utf-8")
    page = Page(text)
    assert {name for name, _ in page.elements}.isdisjoint({"script", "link", "iframe", "object"})
    assert "<script>alert(1)<" in page.words
    assert "<i>beach" in page.words
    assert "\x1b" not in text
    assert "★★★★" in page.words
    pictures = [found for name, found in page.elements if name == "img"]
    assert len(pictures) == 3
    for found in pictures:
        kind, _, data = (found["src"] or "").partition(",")
        assert kind == "data:image/jpeg;base64"
        assert Image.open(io.BytesIO(base64.b64decode(data))).size == (60, 40)
    addresses = re.findall(r'(?:src|href)="(?!data:)|url\(|https?:', text)
    assert addresses == []
    policies = [f["content"] for n, f in page.elements if n == "meta" and "content" in f]
    assert any((policy or "").startswith("default-src 'none'") for policy in policies)
    assert done.bytes == (tmp_path / "a.html").stat().st_size


def test_sheets_have_as_many_pages_as_they_need(
    album: Any, known: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "PER_PAGE", 2)
    for form in ("pdf", "jpeg"):
        target = tmp_path / f"sheet.{form}"
        done = export(album.catalog, plan_export(album.catalog, known, target, form))
        assert done.photos == 3
        assert done.bytes == sum(place.stat().st_size for place in done.places)
    with PdfParser(str(tmp_path / "sheet.pdf")) as pdf:
        assert len(pdf.pages) == 2
    assert [place.name for place in done.places] == ["sheet-1.jpeg", "sheet-2.jpeg"]
    with Image.open(done.places[0]) as page:
        assert page.size == (1240, 1754)
        # The first photo is red, in the middle of the first place.
        red, green, blue = page.convert("RGB").getpixel((60 + 133, 90 + 130))  # type: ignore[misc]
        assert red > 200 > 100 > green + blue
    assert {place.name for place in tmp_path.iterdir() if place.is_file()} == {
        "sheet.pdf",
        "sheet-1.jpeg",
        "sheet-2.jpeg",
    }


def test_a_photo_that_cannot_be_read_has_its_place_on_a_sheet(album: Any, tmp_path: Path) -> None:
    id_ = album.add("broken.jpg")
    for form in ("html", "jpeg", "pdf"):
        done = export(
            album.catalog, plan_export(album.catalog, [id_], tmp_path / f"a.{form}", form)
        )
        assert done.photos == 1
    assert "no picture" in (tmp_path / "a.html").read_text("utf-8")
