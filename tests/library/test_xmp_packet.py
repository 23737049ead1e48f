"""XMP packets: what they say, edits that touch nothing else, and attacks."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.xmp.colours import LABEL
from tui_selector.library.xmp.packet import EMPTY, RDF, Packet, Property
from tui_selector.library.xmp.statement import HIERARCHY, PICK, RATING, SUBJECT
from tui_selector.library.xmp.tree import LARGEST, PacketError

SIDECARS = Path(__file__).with_name("sidecars")

#: As darktable writes them: attributes, a history of its own, private keywords.
DARKTABLE = (SIDECARS / "darktable.xmp").read_bytes()

#: As Lightroom writes them: padding, several descriptions, elements, develop settings.
LIGHTROOM = (SIDECARS / "lightroom.xmp").read_bytes()


def properties(data: bytes) -> dict[str, object]:
    """What another parser finds of the properties of all descriptions."""
    found: dict[str, object] = {}
    for description in ET.fromstring(data).iter(f"{{{RDF}}}Description"):
        found |= description.attrib
        for child in description:
            items = [item.text for item in child.iter(f"{{{RDF}}}li")]
            found[child.tag] = items or child.text
    return found


def key(of: Property) -> str:
    return f"{{{of.space}}}{of.name}"


def test_reading_what_darktable_and_lightroom_write() -> None:
    darktable, lightroom = Packet(DARKTABLE), Packet(LIGHTROOM)
    assert darktable.text(RATING) == "1"
    assert darktable.texts(SUBJECT) == ["Sea", "Tom & Eva"]
    assert darktable.texts(HIERARCHY) == ["darktable|format|cr2", "places|Sea"]
    assert (lightroom.text(RATING), lightroom.text(LABEL)) == ("3", "Purple")
    assert lightroom.texts(SUBJECT) == []
    assert lightroom.text(PICK) is None


@pytest.mark.parametrize("data", [EMPTY, DARKTABLE, LIGHTROOM])
def test_without_edits_every_byte_stays(data: bytes) -> None:
    packet = Packet(data)
    packet.remove_text(PICK)
    packet.add_texts(SUBJECT, [])
    assert packet.edited() == data


def test_a_value_is_changed_where_it_stands() -> None:
    packet = Packet(DARKTABLE)
    packet.set_text(RATING, "-1")
    assert packet.edited() == DARKTABLE.replace(b'xmp:Rating="1"', b'xmp:Rating="-1"')
    packet = Packet(LIGHTROOM)
    packet.set_text(RATING, "5")
    packet.set_text(LABEL, "<Red> & 'co'")
    assert packet.edited() == LIGHTROOM.replace(b">3<", b">5<").replace(
        b">Purple<", b">&lt;Red&gt; &amp; &apos;co&apos;<"
    )


def test_what_is_taken_away_leaves_no_gap() -> None:
    packet = Packet(DARKTABLE)
    packet.remove_text(RATING)
    packet.remove_texts(SUBJECT, lambda text: text == "Sea")
    assert packet.edited() == DARKTABLE.replace(b'\n   xmp:Rating="1"', b"").replace(
        b"\n     <rdf:li>Sea</rdf:li>", b""
    )
    packet = Packet(LIGHTROOM)
    packet.remove_text(LABEL)
    assert packet.edited() == LIGHTROOM.replace(b"\n   <xap:Label>Purple</xap:Label>", b"")


def test_new_things_are_added_and_everything_else_stays() -> None:
    packet = Packet(DARKTABLE)
    packet.set_text(LABEL, "Red")
    packet.set_text(PICK, "3")
    packet.add_texts(SUBJECT, ["dog", "<hostile>"])
    after = packet.edited()
    assert after == DARKTABLE.replace(
        b'history_end="2"',
        b'history_end="2"\n   xmlns:digiKam="http://www.digikam.org/ns/1.0/"\n   xmp:Label="Red"'
        b'\n   digiKam:PickLabel="3"',
    ).replace(
        b"Tom &amp; Eva</rdf:li>",
        b"Tom &amp; Eva</rdf:li>\n     <rdf:li>dog</rdf:li>\n     <rdf:li>&lt;hostile&gt;</rdf:li>",
    )
    assert properties(after) == properties(DARKTABLE) | {
        key(LABEL): "Red",
        key(PICK): "3",
        key(SUBJECT): ["Sea", "Tom & Eva", "dog", "<hostile>"],
    }


@pytest.mark.parametrize(
    "data", [EMPTY, LIGHTROOM, EMPTY.replace(b"\n", b""), b"\xef\xbb\xbf" + EMPTY]
)
def test_lists_are_made_where_there_are_none(data: bytes) -> None:
    packet = Packet(data)
    packet.set_text(RATING, "4")
    packet.add_texts(SUBJECT, ["dog", "cat"])
    packet.add_texts(HIERARCHY, ["dog"])
    after = packet.edited()
    wanted = {key(RATING): "4", key(SUBJECT): ["dog", "cat"], key(HIERARCHY): ["dog"]}
    assert properties(after) == properties(data) | wanted
    again = Packet(after)
    again.add_texts(SUBJECT, ["bird"])
    assert Packet(again.edited()).texts(SUBJECT) == ["dog", "cat", "bird"]


def test_empty_elements_are_filled() -> None:
    data = EMPTY.replace(
        b'<rdf:Description rdf:about=""/>',
        b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        b"<xmp:Rating /><dc:subject><rdf:Bag/></dc:subject></rdf:Description>",
    )
    packet = Packet(data)
    packet.set_text(RATING, "2")
    packet.add_texts(SUBJECT, ["dog"])
    after = Packet(packet.edited())
    assert (after.text(RATING), after.texts(SUBJECT)) == ("2", ["dog"])


def test_a_prefix_that_means_something_else_is_not_used() -> None:
    data = EMPTY.replace(b'about=""', b'about="" xmlns:xmp="urn:other" xmp:Rating="x"')
    packet = Packet(data)
    assert packet.text(RATING) is None
    packet.set_text(RATING, "2")
    after = packet.edited()
    assert properties(after)[key(RATING)] == "2"
    assert properties(after)["{urn:other}Rating"] == "x"


@given(st.lists(st.text(), max_size=4), st.text())
def test_any_text_goes_in_and_comes_out_as_far_as_xml_holds_it(texts: list[str], one: str) -> None:
    packet = Packet(DARKTABLE)
    packet.set_text(LABEL, one)
    packet.add_texts(SUBJECT, texts)
    after = Packet(packet.edited())
    held = [
        "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
        for text in texts
    ]
    # XML makes every line end a line feed.
    unix = [text.replace("\r\n", "\n").replace("\r", "\n") for text in held]
    assert after.texts(SUBJECT) == ["Sea", "Tom & Eva", *unix]
    assert after.text(RATING) == "1"


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "&a;&a;">' % n for n in range(5))
    + b"]><x>&a4;</x>"
)
XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (BOMB, "document type"),
        (XXE, "document type"),
        (b"", "damaged"),
        (DARKTABLE[:-20], "damaged in line"),
        (b"\xff\xfe" + EMPTY, "UTF-8"),
        (EMPTY.decode().encode("utf-16"), "UTF-8"),
        (b'<?xml version="1.0" encoding="latin-1"?>' + EMPTY[60:], "UTF-8"),
        (b"<html/>", "no RDF"),
        (b"<a>" * 500 + b"</a>" * 500, "nested too deep"),
        (b" " * (LARGEST + 1), "larger than"),
        (EMPTY.replace(b"rdf:about", b"nope:about"), "prefix 'nope'"),
        (EMPTY.replace(b"rdf:Description", b"rdf:Other"), "describes nothing"),
    ],
)
def test_what_is_no_packet_is_refused_with_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(PacketError, match=said):
        Packet(data)


def test_forms_that_are_not_known_are_left_alone() -> None:
    data = LIGHTROOM.replace(b">3<", b"><rdf:Bag/><")
    with pytest.raises(PacketError, match="not known here"):
        Packet(data).set_text(RATING, "1")
    plain = EMPTY.replace(
        b'rdf:about=""', b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:subject="dog"'
    )
    with pytest.raises(PacketError, match="is no list"):
        Packet(plain).add_texts(SUBJECT, ["cat"])
