from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from tui_selector.library.pictures import exif as values
from tui_selector.library.pictures.metadata import Metadata, embedded_thumbnail, read_metadata

EXIF, GPS = 0x8769, 0x8825


def jpeg(
    main: dict[int, object] | None = None,
    detail: dict[int, object] | None = None,
    gps: dict[int, object] | None = None,
    xmp: bytes = b"",
) -> bytes:
    exif = Image.Exif()
    exif.update(main or {})
    exif.get_ifd(EXIF).update(detail or {})
    exif.get_ifd(GPS).update(gps or {})
    if detail:
        exif[EXIF] = exif.get_ifd(EXIF)
    if gps:
        exif[GPS] = exif.get_ifd(GPS)
    stream = io.BytesIO()
    options = {"xmp": xmp} if xmp else {}
    Image.new("RGB", (40, 30)).save(stream, "JPEG", exif=exif, **options)
    return stream.getvalue()


def read(data: bytes) -> Metadata:
    return read_metadata(Path("a.jpg"), data)


def ratio(top: int, bottom: int) -> TiffImagePlugin.IFDRational:
    return TiffImagePlugin.IFDRational(top, bottom)


REGIONS = """<mwg-rs:RegionList><rdf:Bag>
  <rdf:li><rdf:Description mwg-rs:Type="Face" mwg-rs:Name="Anna O'Hara &amp; co"/></rdf:li>
  <rdf:li rdf:parseType="Resource"><mwg-rs:Name>Bob</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>
  </rdf:li>
  <rdf:li><rdf:Description mwg-rs:Name="Rex" mwg-rs:Type="Pet"/></rdf:li>
  <rdf:li><rdf:Description mwg-rs:Type = 'Face'/></rdf:li>
</rdf:Bag></mwg-rs:RegionList>"""
MICROSOFT = """<MPRI:Regions><rdf:Bag>
  <rdf:li MPReg:PersonDisplayName='Zo&#235;&#27;[1m' MPReg:Rectangle="0.3, 0.2, 0.1, 0.1"/>
</rdf:Bag></MPRI:Regions>"""


@pytest.mark.parametrize(
    ("packet", "names"),
    [
        (REGIONS, ("Anna O'Hara & co", "Bob", "")),
        (MICROSOFT, ("Zoë[1m",)),
        (MICROSOFT + REGIONS, ("Anna O'Hara & co", "Bob", "")),
        ("<mwg-rs:RegionList><rdf:li mwg-rs:Type='Face' mwg-rs:Name='open", ("",)),
        ("<mwg-rs:RegionList>" + "<rdf:li mwg-rs:Type='Face'/>" * 2000, ("",) * 100),
        ("<mwg-rs:RegionList/>", ()),
    ],
)
def test_marked_faces_are_read(packet: str, names: tuple[str, ...]) -> None:
    assert values.faces(packet.encode()) == names


def test_marked_faces_of_a_photo(shared_data: Callable[[str], Path]) -> None:
    facts = read_metadata(shared_data("immich") / "metadata__faces__portrait.jpg")
    assert facts.faces == ("Marie Curie", "Pierre Curie")


def test_a_full_record_is_read() -> None:
    facts = read(
        jpeg(
            {0x010F: "NIKON CORPORATION", 0x0110: "NIKON D750", 0x0131: "Ver 1\0junk", 0x0112: 6},
            {
                0x9003: "2023:09:25 08:33:30",
                0x9291: "88",
                0x9011: "-06:00",
                0x829A: ratio(1, 250),
                0x829D: ratio(28, 10),
                0x8827: 400,
                0x920A: ratio(85, 1),
                0x9204: ratio(-2, 3),
                0xA431: " 12345 ",
                0xA434: "AF-S 85mm",
            },
            {1: "S", 2: (10.0, 30.0, 0.0), 3: "W", 4: (20.0, 0.0, 36.0), 5: b"\1", 6: 12.5},
        )
    )
    assert facts.exposure_bias == pytest.approx(-2 / 3)
    assert facts.longitude == pytest.approx(-20.01)
    assert facts == Metadata(
        taken=1695652410.88,
        taken_offset=-360,
        camera="NIKON D750",
        serial="12345",
        lens="AF-S 85mm",
        exposure_time=1 / 250,
        f_number=2.8,
        iso=400,
        focal_length=85.0,
        exposure_bias=facts.exposure_bias,
        latitude=-10.5,
        longitude=facts.longitude,
        altitude=-12.5,
        orientation=6,
        width=30,
        height=40,
        software="Ver 1",
    )


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("SONY", "ILCE-7M3", "SONY ILCE-7M3"),
        ("EASTMAN KODAK COMPANY", "KODAK Z612", "KODAK Z612"),
        ("", "X", "X"),
        ("Maker", "", "Maker"),
        ("", "", ""),
    ],
)
def test_the_maker_is_said_once(make: str, model: str, camera: str) -> None:
    assert values.camera({0x010F: make, 0x0110: model}) == camera


@pytest.mark.parametrize(
    ("date", "offset", "taken"),
    [
        ("2000:01:01 00:00:00", "", (946684800.0, None)),
        ("2000-01-01T00:00:00Z", "", (946684800.0, 0)),
        ("2000:01:01 02:00:00", "+02:00", (946684800.0, 120)),
        ("2000:01:01 00:00", "", (946684800.0, None)),
        ("2000-01-01T00:00:00.25+0000", "", (946684800.25, 0)),
        ("2000:01:01 00:00:00", "+99:99", (946684800.0, None)),
        ("1960:01:01 00:00:00", "", (-315619200.0, None)),
        ("0000:00:00 00:00:00", "", None),
        ("2023:02:30 10:00:00", "", None),
        ("    :  :     :  :  ", "", None),
        ("٢٠٢٣:01:01 00:00:00", "", None),
    ],
)
def test_dates(date: str, offset: str, taken: tuple[float, int | None] | None) -> None:
    assert values.moment(date, offset) == taken


def test_dates_are_taken_from_the_most_trusted_place() -> None:
    clock = (ratio(10, 1), ratio(20, 1), ratio(30, 1))
    detail: dict[int, object] = {0x9003: "2001:01:01 00:00:00", 0x9004: "2002:01:01 00:00:00"}
    xmp = b'<x photoshop:DateCreated="2003-01-01T00:00:00"/>'
    gps: dict[int, object] = {29: "2004:01:01", 7: clock}
    main: dict[int, object] = {0x0132: "2005:01:01 00:00:00"}
    years = []
    for _ in range(5):
        found = values.taken(main, detail, gps, xmp)
        assert found is not None
        years.append(round(1970 + found[0] / 31556952))
        if detail:
            del detail[min(detail)]
        elif xmp:
            xmp = b""
        else:
            gps = {}
    assert years == [2001, 2002, 2003, 2004, 2005]
    assert values.taken({}, {}, {29: "2004:01:01", 7: clock}, b"") == (1072952430.0, 0)


@pytest.mark.parametrize(
    ("main", "xmp", "rating"),
    [
        ({}, b'<rdf xmp:Rating="4"/>', 4),
        ({}, b"<xmp:Rating>-1</xmp:Rating>", -1),
        ({0x4746: 5}, b'xmp:Rating="2"', 2),
        ({0x4746: 5}, b"", 5),
        ({0x4746: 99}, b"", None),
        ({}, b'xmp:Rating="lots"', None),
        ({}, b'xmp:Rating="9"', None),
        ({}, b"", None),
    ],
)
def test_ratings(main: dict[int, object], xmp: bytes, rating: int | None) -> None:
    assert read(jpeg(main, xmp=xmp)).rating == rating


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (1.0, 0.0, 0.0)},
        {1: "N", 2: (float("nan"),) * 3, 3: "E", 4: (1.0, 0.0, 0.0)},
        {1: "N", 2: (), 3: "E", 4: (1.0,)},
        {2: 5, 4: 6},
        {},
    ],
)
def test_no_position_is_better_than_a_wrong_one(gps: dict[int, object]) -> None:
    assert values.position(gps) == {"latitude": None, "longitude": None, "altitude": None}


def test_apex_values_and_the_long_iso_stand_in() -> None:
    exposure = values.exposure({0x9201: ratio(6, 1), 0x9202: ratio(4, 1), 0x829A: ratio(0, 0)})
    assert exposure["exposure_time"] == 1 / 64
    assert exposure["f_number"] == 4.0
    assert values.iso({0x8827: 65535, 0x8832: 102400}) == 102400
    assert values.iso({0x8827: (0, 0)}) is None


TAG = st.one_of(
    st.integers(0, 2**32 - 1),
    st.text(max_size=200),
    st.binary(max_size=200),
    st.floats(),
    st.lists(st.one_of(st.integers(), st.floats(), st.text(max_size=3)), max_size=4).map(tuple),
    st.builds(ratio, st.integers(), st.integers(-2, 2)),
    st.none(),
)
NUMBERS = st.one_of(
    st.sampled_from([1, 2, 3, 4, 5, 6, 7, 29, 0x10F, 0x110, 0x112, 0x131, 0x132, 0x4746]),
    st.sampled_from([0x829A, 0x829D, 0x8827, 0x9003, 0x9004, 0x9011, 0x9201, 0x9202, 0x9204]),
    st.sampled_from([0x920A, 0x9291, 0xA431, 0xA434]),
)
TAGS = st.dictionaries(NUMBERS, TAG)


@given(TAGS, TAGS, TAGS, st.binary(max_size=80))
@settings(max_examples=150, deadline=None)
def test_hostile_values_are_believed_or_dropped(
    main: dict[int, object], detail: dict[int, object], gps: dict[int, object], xmp: bytes
) -> None:
    found = values.taken(main, detail, gps, xmp)
    assert found is None or isinstance(found[0], float)
    assert len(values.camera(main)) <= 120
    for number in (*values.exposure(detail).values(), *values.position(gps).values()):
        assert number is None or abs(number) < 1e9
    assert values.rating(main, xmp) in {None, -1, 0, 1, 2, 3, 4, 5}
    assert (values.iso(detail) or 1) >= 1


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_files_never_raise(data: st.DataObject) -> None:
    whole = bytearray(jpeg({0x010F: "Maker"}, {0x9003: "2023:09:25 08:33:30"}, {1: "N"}))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, 200))] = data.draw(st.integers(0, 255))
    msgspec.json.encode(read(bytes(whole)))


def test_texts_are_short_and_hold_no_nul() -> None:
    facts = read(jpeg({0x0110: "A" * 500, 0x0131: "a\0b"}))
    assert len(facts.camera) == 120
    assert facts.software == "a"


def test_what_is_not_there_has_no_metadata(tmp_path: Path) -> None:
    assert read_metadata(tmp_path / "gone.jpg") == Metadata()
    assert read_metadata(tmp_path) == Metadata()
    assert read_metadata(Path("a.jpg"), b"nothing") == Metadata()


@pytest.mark.parametrize("folder", ["broken", "formats", "exif", "video", "immich", "neardup"])
def test_real_files_are_read_in_silence(
    folder: str, shared_data: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(shared_data(folder).iterdir()):
        msgspec.json.encode(read_metadata(path))
        embedded_thumbnail(path)
    assert capfd.readouterr() == ("", "")


def test_real_facts(shared_data: Callable[[str], Path]) -> None:
    walk = read_metadata(shared_data("exif") / "jpg__gps__DSCN0010.jpg")
    assert (walk.camera, walk.iso, walk.focal_length) == ("NIKON COOLPIX P6000", 64, 24.0)
    assert walk.latitude == pytest.approx(43.467448)
    phone = read_metadata(shared_data("exif") / "heic__IMG_5195.HEIC")
    assert phone.taken_offset == -300
    assert phone.taken == pytest.approx(1618174073.054)
    assert read_metadata(shared_data("immich") / "metadata__rating__mongolels.jpg").rating == 3


def thumbnailed(thumbnail: Image.Image, orientation: int, shape: tuple[int, int]) -> bytes:
    """A JPEG whose EXIF holds `thumbnail`, with the photo's own shape in pixels."""
    inner = io.BytesIO()
    thumbnail.save(inner, "JPEG", quality=95)
    blob = inner.getvalue()

    def directory(entries: list[tuple[int, int, int]], following: int) -> bytes:
        rows = b"".join(
            tag.to_bytes(2, "little")
            + kind.to_bytes(2, "little")
            + (1).to_bytes(4, "little")
            + value.to_bytes(4, "little")
            for tag, kind, value in entries
        )
        return len(entries).to_bytes(2, "little") + rows + following.to_bytes(4, "little")

    main_at, detail_at, thumb_at, blob_at = 8, 38, 68, 98
    block = b"II*\0" + main_at.to_bytes(4, "little")
    block += directory([(0x0112, 3, orientation), (EXIF, 4, detail_at)], thumb_at)
    block += directory([(0xA002, 4, shape[0]), (0xA003, 4, shape[1])], 0)
    block += directory([(0x0201, 4, blob_at), (0x0202, 4, len(blob))], 0)
    stream = io.BytesIO()
    Image.new("RGB", (64, 48)).save(stream, "JPEG", exif=b"Exif\0\0" + block + blob)
    return stream.getvalue()


def test_the_embedded_thumbnail_is_upright_and_without_bars(tmp_path: Path) -> None:
    thumbnail = Image.new("RGB", (160, 120))
    thumbnail.paste((200, 0, 0), (0, 8, 80, 112))
    thumbnail.paste((0, 0, 200), (80, 8, 160, 112))
    path = tmp_path / "a.jpg"
    path.write_bytes(thumbnailed(thumbnail, 6, (6000, 3900)))
    image = embedded_thumbnail(path)
    assert image is not None
    assert image.mode == "RGB"
    assert image.size == (104, 160)
    for y, channel in ((10, 0), (150, 2)):
        pixel = image.getpixel((52, y))
        assert isinstance(pixel, tuple)
        assert pixel[channel] > 150
    assert np.asarray(image.convert("L")).min() > 5


def test_no_thumbnail_is_an_ordinary_answer(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    assert embedded_thumbnail(path) is None
    path.write_bytes(jpeg({0x0112: 6}))
    assert embedded_thumbnail(path) is None
