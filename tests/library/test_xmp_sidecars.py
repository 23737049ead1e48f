"""Decisions in sidecars: written, read, merged, and never lost on either side."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.catalog.sidecar_table import Agreed, Marks, SaidFlag
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.photo import LABELS, Flag
from tui_selector.library.xmp import files
from tui_selector.library.xmp.merging import Side, agreement, merge
from tui_selector.library.xmp.packet import EMPTY, Packet
from tui_selector.library.xmp.sidecars import (
    Reading,
    Written,
    marks_of,
    read_sidecars,
    sidecars_of,
    take_over,
    write_sidecars,
)
from tui_selector.library.xmp.statement import PICK, RATING, Statement, read, write

SIDECARS = Path(__file__).with_name("sidecars")
NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
}


#: What is written here: properties, prefixes that they need, and lists of keywords.
OURS = re.compile(
    rb'\s+(?:(?:xmp|digiKam):\w+|xmlns:(?:xmp|digiKam|dc|lr))="[^"]*"'
    rb"|\s*<(dc:subject|lr:hierarchicalSubject|xap:Rating)>.*?</\1>",
    re.DOTALL,
)


def decided(album: Any, id_: int) -> Marks:
    return marks_of(album.catalog, album.catalog.photos.one(id_))


def read_all(album: Any, *ids: int, prefer: Side | None = None) -> Reading:
    reading = read_sidecars(album.catalog, sidecars_of(album.catalog, ids), prefer)
    take_over(album.catalog, reading)
    return reading


def put(album: Any, path: str, data: bytes, mtime: int | None = None) -> None:
    """Write a sidecar as another program does: at a later time."""
    place = album.root / path
    place.write_bytes(data)
    if mtime is not None:
        os.utime(place, ns=(mtime, mtime))


def rating(album: Any, path: str) -> str | None:
    """The rating in a sidecar, by another parser."""
    root = ET.fromstring((album.root / path).read_bytes())
    for description in root.iter(f"{{{NAMES['rdf']}}}Description"):
        found = description.get(f"{{{NAMES['xmp']}}}Rating")
        return found or description.findtext("xmp:Rating", None, NAMES)
    return None


# -- writing -------------------------------------------------------------------------------------


def test_what_is_written_reads_back_and_originals_stay(album: Any) -> None:
    id_, plain = album.add("a.jpg"), album.add("b.jpg")
    decisions = Decisions(album.catalog)
    decisions.rate([id_], 4)
    decisions.label([id_], "green")
    decisions.flag([id_], Flag.PICK)
    decisions.tag([id_], ["beach", "tom & eva"])
    before = {name: (album.root / name).read_bytes() for name in ("a.jpg", "b.jpg")}
    written = write_sidecars(album.catalog, [id_, plain])
    assert (written.files, written.refused) == (["a.xmp"], [])
    assert {name: (album.root / name).read_bytes() for name in before} == before
    said = read(Packet((album.root / "a.xmp").read_bytes()), Agreed())
    tags = frozenset({"beach", "tom & eva"})
    assert said == Statement(Flag.PICK, 4, "green", tags, SaidFlag(False, "3", Flag.PICK))
    assert [each.path for each in album.catalog.companions.of(id_)] == ["a.xmp"]
    assert album.catalog.sidecars.changed() == []
    again = write_sidecars(album.catalog, [id_])
    assert (again.files, again.same) == ([], 1)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_what_is_written_and_is_read(album: Any) -> None:
    id_, other = album.add("a.jpg"), album.add("b.jpg")
    decisions = Decisions(album.catalog)
    decisions.flag([id_], Flag.REJECT)
    decisions.label([id_], "red")
    decisions.tag([id_], ["beach", "<hostile>"])
    write_sidecars(album.catalog, [id_], "both")
    for name in ("a.xmp", "a.jpg.xmp"):
        answer = subprocess.run(
            ["exiftool", "-j", "-G1", "-n", str(album.root / name)], capture_output=True, check=True
        )
        (found,) = json.loads(answer.stdout)
        assert found["XMP-xmp:Rating"] == -1
        assert found["XMP-xmp:Label"] == "Red"
        assert found["XMP-dc:Subject"] == ["<hostile>", "beach"]
        assert found["XMP-lr:HierarchicalSubject"] == ["<hostile>", "beach"]
        assert found["XMP-digiKam:PickLabel"] == 1
    subprocess.run(
        ["exiftool", "-q", "-xmp:Rating=5", "-XMP-dc:Subject=sea", "-xmp:Label=Blue",
         str(album.root / "b.xmp")],
        check=True,
    )  # fmt: skip
    with album.catalog.transaction():
        found_file = (album.root / "b.xmp").stat()
        album.catalog.companions.replace(other, files.with_sidecar([], "b.xmp", found_file))
    read_all(album, other)
    assert decided(album, other) == Marks(Flag.NONE, 5, "blue", frozenset({"sea"}))


@pytest.mark.parametrize(
    ("style", "names"),
    [
        ("auto", ["a.xmp"]),
        ("adobe", ["a.xmp"]),
        ("darktable", ["a.jpg.xmp", "a.CR2.xmp"]),
        ("both", ["a.jpg.xmp", "a.CR2.xmp", "a.xmp"]),
    ],
)
def test_styles_of_names(album: Any, style: files.Style, names: list[str]) -> None:
    id_ = album.add("a.jpg", "a.CR2")
    album.catalog.connection.execute("UPDATE companions SET role = 'raw'")
    Decisions(album.catalog).rate([id_], 2)
    assert write_sidecars(album.catalog, [id_], style).files == names


def test_those_that_are_there_are_kept_and_no_two_photos_share_one(album: Any) -> None:
    shutil.copy(SIDECARS / "darktable.xmp", album.root / "a.CR2.xmp")
    first = album.add("a.CR2", "a.CR2.xmp")
    second, third = album.add("b.jpg"), album.add("b.png")
    Decisions(album.catalog).rate([first, second, third], 2)
    assert write_sidecars(album.catalog, [first, second, third]).files == [
        "a.CR2.xmp",
        "b.jpg.xmp",
        "b.png.xmp",
    ]


@pytest.mark.parametrize("name", ["darktable", "lightroom"])
def test_foreign_nodes_stay_byte_for_byte(album: Any, name: str) -> None:
    data = (SIDECARS / f"{name}.xmp").read_bytes()
    put(album, "a.xmp", data)
    id_ = album.add("a.jpg", "a.xmp")
    decisions = Decisions(album.catalog)
    read_all(album, id_)
    assert decided(album, id_).rating == {"darktable": 1, "lightroom": 3}[name]
    decisions.rate([id_], 5)
    decisions.flag([id_], Flag.PICK)
    decisions.tag([id_], ["dog"], ["sea"] if name == "darktable" else [])
    assert write_sidecars(album.catalog, [id_]).files == ["a.xmp"]
    after = (album.root / "a.xmp").read_bytes()
    assert rating(album, "a.xmp") in ("5", None)
    assert OURS.sub(b"", after) == OURS.sub(b"", data)
    assert (
        read(Packet(after), Agreed()).tags
        == {
            "darktable": {"dog", "tom & eva"},
            "lightroom": {"dog"},
        }[name]
    )
    # All taken back: the sidecar says what it said, and holds every foreign byte.
    for _ in range(3):
        decisions.undo()
    write_sidecars(album.catalog, [id_])
    assert (
        read(Packet((album.root / "a.xmp").read_bytes()), Agreed()).rating
        == {
            "darktable": 1,
            "lightroom": 3,
        }[name]
    )


def test_the_first_write_blanks_nothing(album: Any) -> None:
    """What another program has decided and nobody here has looked at stays."""
    data = (SIDECARS / "lightroom.xmp").read_bytes()
    put(album, "a.xmp", data)
    id_ = album.add("a.jpg", "a.xmp")
    Decisions(album.catalog).tag([id_], ["dog"])
    write_sidecars(album.catalog, [id_])
    said = read(Packet((album.root / "a.xmp").read_bytes()), Agreed())
    assert (said.rating, said.tags) == (3, {"dog"})
    assert b">Purple<" in (album.root / "a.xmp").read_bytes()
    read_all(album, id_)
    assert decided(album, id_).rating == 3


# -- reading -------------------------------------------------------------------------------------


def test_what_is_read_is_one_decision_that_undo_takes_back(album: Any) -> None:
    ids = []
    for number in range(3):
        shutil.copy(SIDECARS / "darktable.xmp", album.root / f"{number}.CR2.xmp")
        ids.append(album.add(f"{number}.CR2", f"{number}.CR2.xmp"))
    reading = read_all(album, *ids)
    assert [change.words for change in reading.changes] == ["1 star, +sea, +tom & eva"] * 3
    assert [decided(album, id_).rating for id_ in ids] == [1, 1, 1]
    assert read_all(album, *ids).changes == []
    decisions = Decisions(album.catalog)
    assert decisions.undo_title == "Read sidecars of 3 photos"
    decisions.undo()
    assert [decided(album, id_) for id_ in ids] == [Marks()] * 3
    # What was taken back is not read again by itself.
    assert read_all(album, *ids).changes == []


def test_changes_elsewhere_are_noticed_and_merged(album: Any) -> None:
    id_ = album.add("a.jpg")
    decisions = Decisions(album.catalog)
    decisions.rate([id_], 2)
    decisions.tag([id_], ["dog", "sea"])
    write_sidecars(album.catalog, [id_])
    data = (album.root / "a.xmp").read_bytes()
    changed = data.replace(b'Rating="2"', b'Rating="5"').replace(b">sea<", b">sun<")
    put(album, "a.xmp", changed, 2_000_000_000_000_000_000)
    decisions.label([id_], "red")
    reading = read_all(album, id_)
    assert reading.conflicts == []
    assert decided(album, id_) == Marks(Flag.NONE, 5, "red", frozenset({"dog", "sun"}))
    write_sidecars(album.catalog, [id_])
    said = read(Packet((album.root / "a.xmp").read_bytes()), Agreed())
    tags = frozenset({"dog", "sun"})
    assert said == Statement(None, 5, "red", tags, SaidFlag(False, "", None))


@pytest.mark.parametrize(
    ("prefer", "here", "there"), [(None, 3, "5"), ("catalog", 3, "3"), ("sidecar", 5, "5")]
)
def test_what_both_have_changed_is_not_overwritten_silently(
    album: Any, prefer: Side | None, here: int, there: str
) -> None:
    id_ = album.add("a.jpg")
    decisions = Decisions(album.catalog)
    decisions.rate([id_], 2)
    write_sidecars(album.catalog, [id_])
    data = (album.root / "a.xmp").read_bytes()
    put(album, "a.xmp", data.replace(b'Rating="2"', b'Rating="5"'))
    decisions.rate([id_], 3)
    written = write_sidecars(album.catalog, [id_], prefer=prefer)
    reading = read_all(album, id_, prefer=prefer)
    assert (decided(album, id_).rating, rating(album, "a.xmp")) == (here, there)
    said = [refusal.sentence for refusal in (*written.conflicts, *reading.conflicts)]
    expected = "The rating was changed here (3) and in a.xmp (5); both stay as they are."
    assert said == ([expected] * 2 if prefer is None else [])


def test_of_two_sidecars_the_newest_counts(album: Any) -> None:
    for number, name in enumerate(("a.xmp", "a.jpg.xmp"), 1):
        packet = Packet(EMPTY)
        write(packet, Marks(rating=number))
        put(album, name, packet.edited(), number * 1_000_000_000)
    id_ = album.add("a.jpg", "a.xmp", "a.jpg.xmp")
    read_all(album, id_)
    assert decided(album, id_).rating == 2


def test_a_reject_keeps_the_stars_here_and_is_taken_back_there(album: Any) -> None:
    id_ = album.add("a.jpg")
    decisions = Decisions(album.catalog)
    decisions.rate([id_], 4)
    decisions.flag([id_], Flag.REJECT)
    write_sidecars(album.catalog, [id_])
    data = (album.root / "a.xmp").read_bytes()
    assert b'Rating="-1"' in data
    assert read_all(album, id_).changes == []
    # Another program gives no stars, and knows nothing of what digiKam says.
    put(album, "a.xmp", data.replace(b'Rating="-1"', b'Rating="0"'))
    for _ in range(2):  # Its old label does not bring the reject back.
        read_all(album, id_)
        assert decided(album, id_) == Marks(Flag.NONE, 4)


def packet_saying(stars: str | None, label: str | None) -> Packet:
    """A sidecar with these stars and this label of digiKam's."""
    said = "" if stars is None else f' xmp:Rating="{stars}"'
    said += "" if label is None else f' digiKam:PickLabel="{label}"'
    return Packet(
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{NAMES["rdf"]}"><rdf:Description'
        f' rdf:about="" xmlns:xmp="{NAMES["xmp"]}" xmlns:digiKam="http://www.digikam.org/ns/1.0/"'
        f"{said}/></rdf:RDF></x:xmpmeta>".encode()
    )


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        # digiKam's own labels, beside the stars that it writes: none, rejected, pending, accepted.
        ([("0", "1"), ("0", "1"), ("3", "1"), ("3", "0")], "xxx."),
        ([("0", "0"), ("0", "2"), ("0", "3"), ("0", "1")], "..px"),
        # Rejected by stars elsewhere, beside a label of digiKam's that stays; and taken back.
        ([("0", "3"), ("-1", "3"), ("-1", "3"), ("0", "3")], "pxxp"),
        ([("-1", "0"), ("-1", "0"), ("2", "0")], "xx."),
        ([("-1", "1"), ("0", "1"), ("0", "1"), ("-1", "1")], "x..x"),
        # Taken back in digiKam, which leaves stars that it does not know.
        ([("-1", "1"), ("-1", "0"), ("-1", "0"), ("-1", "3")], "x..p"),
        # Stars alone.
        ([("-1", None), ("0", None), (None, None)], "x. "),
    ],
)
def test_of_two_ways_to_say_a_flag_the_newer_one_counts(
    said: list[tuple[str | None, str | None]], flags: str
) -> None:
    meanings = {"x": Flag.REJECT, "p": Flag.PICK, ".": Flag.NONE, " ": None}
    agreed = Agreed()
    for (stars, label), meaning in zip(said, flags, strict=True):
        found = read(packet_saying(stars, label), agreed)
        assert found.flag is meanings[meaning]
        ours = merge(Marks(agreed.flag, agreed.rating), found, agreed).catalog
        agreed = agreement(ours, found, agreed)


@pytest.mark.parametrize("stars", [None, "0", "3"])
def test_a_reject_of_digikam_alone_stays_one(stars: str | None) -> None:
    agreed = Agreed()
    for _ in range(2):
        packet = packet_saying(stars, "1")
        found = read(packet, agreed)
        assert found.flag is Flag.REJECT
        agreed = agreement(Marks(Flag.REJECT, found.rating or 0), found, agreed)
    write(packet, Marks(Flag.REJECT, found.rating or 0))
    made = Packet(packet.edited())
    assert (made.text(PICK), made.text(RATING)) == ("1", "-1")


def test_a_tag_that_was_taken_away_here_does_not_come_back(album: Any) -> None:
    shutil.copy(SIDECARS / "darktable.xmp", album.root / "a.xmp")
    id_ = album.add("a.jpg", "a.xmp")
    catalog = album.catalog
    with catalog.transaction():
        catalog.tags.set_verdict(id_, "sea", False)
    read_all(album, id_)
    assert decided(album, id_).tags == {"tom & eva"}


# -- what goes wrong -----------------------------------------------------------------------------


def test_attacks_and_damage_are_refused_and_left_alone(album: Any, tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    put(album, "a.xmp", bomb)
    put(album, "b.xmp", b"<x:xmpmeta")
    secret = tmp_path / "secret.xmp"
    secret.write_bytes(EMPTY)
    (album.root / "c.xmp").symlink_to(secret)
    os.mkfifo(album.root / "d.xmp")
    ids = [album.add(f"{name}.jpg", f"{name}.xmp") for name in "abc"]
    ids.append(album.add("d.jpg"))
    Decisions(album.catalog).rate(ids, 3)
    reading = read_all(album, *ids)
    assert [refusal.path for refusal in reading.refused] == ["a.xmp", "b.xmp", "c.xmp"]
    written = write_sidecars(album.catalog, ids)
    said = {refusal.path: refusal.sentence for refusal in written.refused}
    assert "document type" in said["a.xmp"]
    assert "damaged" in said["b.xmp"]
    assert "it is a link" in said["c.xmp"]
    assert "is no file" in said["d.xmp"]
    assert (album.root / "a.xmp").read_bytes() == bomb
    assert secret.read_bytes() == EMPTY


def test_a_full_disk_leaves_the_old_sidecar_whole(
    album: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (SIDECARS / "lightroom.xmp").read_bytes()
    put(album, "a.xmp", data)
    ids = [album.add("a.jpg", "a.xmp"), album.add("b.jpg")]
    Decisions(album.catalog).flag(ids, Flag.PICK)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        written = write_sidecars(album.catalog, ids)
    assert written.files == []
    assert [refusal.path for refusal in written.refused] == ["a.xmp", "b.xmp"]
    assert (album.root / "a.xmp").read_bytes() == data
    assert sorted(place.name for place in album.root.iterdir()) == ["a.jpg", "a.xmp", "b.jpg"]


def test_a_sidecar_that_is_written_elsewhere_meanwhile_is_not_overwritten(album: Any) -> None:
    put(album, "a.xmp", EMPTY)
    before = files.read_file(album.root, "a.xmp")
    put(album, "a.xmp", EMPTY + b"\n")
    with pytest.raises(files.RefusedError, match="just been changed elsewhere"):
        files.write_file(album.root, "a.xmp", b"mine", before)
    assert (album.root / "a.xmp").read_bytes() == EMPTY + b"\n"


def test_a_dry_run_writes_nothing(album: Any) -> None:
    id_ = album.add("a.jpg")
    Decisions(album.catalog).rate([id_], 2)
    written: Written = write_sidecars(album.catalog, [id_], dry_run=True)
    assert written.files == ["a.xmp"]
    assert not (album.root / "a.xmp").exists()


# -- merging by its properties -------------------------------------------------------------------

marks = st.builds(
    Marks,
    st.sampled_from(Flag),
    st.integers(0, 5),
    st.sampled_from(["", *LABELS]),
    st.frozensets(st.sampled_from("abc"), max_size=3),
)


@given(marks, marks, marks)
def test_merging(ours: Marks, theirs: Marks, agreed: Marks) -> None:
    said = Statement(theirs.flag, theirs.rating, theirs.label, theirs.tags)
    # Where only one side has changed, both get that.
    assert merge(ours, said, theirs).catalog == ours
    assert merge(ours, said, ours)[:2] == (theirs, theirs)
    merged = merge(ours, said, agreed)
    for word in ("flag", "rating", "label"):
        here, there = getattr(merged.catalog, word), getattr(merged.sidecar, word)
        assert (here != there) == (word in merged.conflicts)
        assert here in (getattr(ours, word), getattr(theirs, word))
    assert merged.catalog.tags <= ours.tags | theirs.tags
    assert merged.catalog.tags >= ours.tags & theirs.tags
    # Once both say the same, nothing is left to merge.
    done = merge(ours, said, agreed, "catalog")
    same = Statement(*(getattr(done.sidecar, word) for word in ("flag", "rating", "label", "tags")))
    settled = agreement(done.catalog, same, agreed)
    assert merge(done.catalog, same, settled).catalog == done.catalog


@given(marks)
def test_a_packet_says_what_it_was_told(meant: Marks) -> None:
    packet = Packet(EMPTY)
    write(packet, meant)
    said = read(Packet(packet.edited()), Agreed())
    assert said.flag in (meant.flag, None)
    assert said.rating == (None if meant.flag is Flag.REJECT else meant.rating)
    assert (said.label, said.tags) == (meant.label, meant.tags)
