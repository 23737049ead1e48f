from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.library.decisions import plan_file
from tui_selector.library.decisions.moves import is_relative
from tui_selector.library.decisions.plan_file import (
    VERBS,
    PlanFileError,
    Proposal,
    Proposed,
    lines,
    read,
    write,
)

HASH = "00112233445566778899aabbccddeeff"
HEAD = {
    "format": "tui-selector plan",
    "version": 1,
    "id": "0123456789abcdef",
    "library": "/home/ann/Photos",
    "made": 1.5,
}
LINE = {"path": "a.jpg", "hash": HASH, "action": "reject", "reasons": ["Blurry."]}

#: Any path that Linux allows inside a folder, invalid UTF-8 included.
paths = (
    st.binary(min_size=1, max_size=20)
    .map(lambda raw: os.fsdecode(raw.replace(b"\0", b"x")))
    .filter(is_relative)
)
hashes = st.binary(min_size=16, max_size=16)
photos = st.builds(
    Proposed,
    path=paths,
    hash=hashes,
    action=st.sampled_from(VERBS),
    reasons=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    instead=st.none() | hashes,
)
proposals = st.builds(
    Proposal,
    id=st.binary(min_size=4, max_size=16).map(bytes.hex),
    library=paths.map(lambda path: Path("/home") / path),
    made=st.floats(0, 4e9),
    rules=st.text(max_size=30),
    keep=st.none() | st.integers(0, 10**9),
    photos=st.lists(photos, max_size=6, unique_by=lambda each: each.path).map(tuple),
)


@given(proposals)
@settings(deadline=None)
def test_any_proposal_comes_back_from_its_file(
    tmp_path_factory: pytest.TempPathFactory, proposal: Proposal
) -> None:
    place = tmp_path_factory.mktemp("plans") / "a.jsonl"
    write(place, proposal)
    assert read(place) == proposal
    assert [*place.parent.iterdir()] == [place]


@given(proposals, st.data())
@settings(deadline=None)
def test_a_file_cut_short_is_refused_or_says_less(
    tmp_path_factory: pytest.TempPathFactory, proposal: Proposal, data: st.DataObject
) -> None:
    whole = b"".join(lines(proposal))
    place = tmp_path_factory.mktemp("plans") / "a.jsonl"
    place.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    found: Proposal | None = None
    with contextlib.suppress(PlanFileError):
        found = read(place)
    if found is not None:
        assert found.photos == proposal.photos[: len(found.photos)]
        assert found.id == proposal.id


def told(tmp_path: Path, *parts: object) -> Proposal:
    """What a file of these lines (objects or bytes) is read as."""
    place = tmp_path / "plan.jsonl"
    place.write_bytes(
        b"".join(
            part if isinstance(part, bytes) else msgspec.json.encode(part) + b"\n" for part in parts
        )
    )
    return read(place)


def refused(tmp_path: Path, *parts: object) -> str:
    with pytest.raises(PlanFileError) as caught:
        told(tmp_path, *parts)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert len(sentence) < 500
    return sentence


def test_a_plan_may_be_edited_by_hand(tmp_path: Path) -> None:
    found = told(tmp_path, HEAD, b"\n", {**LINE, "note": "mine"}, b"  \n", {**LINE, "path": "b"})
    assert [photo.path for photo in found.photos] == ["a.jpg", "b"]
    assert found.photos[0] == Proposed(
        path="a.jpg", hash=bytes.fromhex(HASH), action="reject", reasons=("Blurry.",)
    )


@pytest.mark.parametrize(
    "line",
    [
        b"{\n",
        b"[]\n",
        b"null\n",
        b"\xff\xfe\n",
        b"{}\n",
        b'{"path":1}\n',
        b"[" * 20_000 + b"\n",
        b'{"a":' * 5_000 + b"\n",
        b'{"path":"\\ud800","hash":"' + HASH.encode() + b'","action":"keep"}\n',
        {**LINE, "reasons": "because"},
        {**LINE, "hash": None},
    ],
    ids=lambda line: repr(line)[:20],
)
def test_a_broken_line_is_named(tmp_path: Path, line: object) -> None:
    assert refused(tmp_path, HEAD, {**LINE, "path": "b"}, line).startswith("Line 3 of ")


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../a", "a/../b", "a//b", "./a", "a/.", "a/", "", "..", "a\0b", "a/../../x"],
)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    sentence = refused(tmp_path, HEAD, {**LINE, "path": path})
    assert "Line 2 of" in sentence
    assert "no path inside" in sentence


@pytest.mark.parametrize("coded", ["L2V0Yy9wYXNzd2Q=", "Li4v", "YQBi"])
def test_a_hidden_path_that_leaves_the_folder_is_refused(tmp_path: Path, coded: str) -> None:
    assert "no path inside" in refused(tmp_path, HEAD, {**LINE, "path_base64": coded})


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"action": "burn\x1b[2J"}, "there are keep, pick, reject, trash"),
        ({"action": ""}, "there are keep"),
        ({"hash": "00"}, "no content hash|content hash"),
        ({"hash": ""}, "content hash"),
        ({"hash": HASH.upper()}, "content hash"),
        ({"instead": "x"}, "content hash"),
        ({"path_base64": "%%%"}, "Base64"),
        ({"path_base64": "é"}, "Base64"),
    ],
)
def test_what_a_line_says_is_checked(
    tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    said = refused(tmp_path, HEAD, {**LINE, **changed})
    assert said.startswith("Line 2 of ")
    assert sentence.split("|")[-1] in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"version": 2}, "newer tui-selector (plan version 2, this program knows 1)"),
        ({"version": 2, "made": "tomorrow"}, "newer tui-selector"),
        ({"version": 0}, "no version or id"),
        ({"format": "something else"}, "does not begin a plan"),
        ({"library": "Photos"}, "no absolute path"),
        ({"library": "/a/../b"}, "no absolute path"),
        ({"library": "/a\0b"}, "no absolute path"),
        ({"id": "../../x"}, "no version or id"),
        ({"made": -1}, "cannot be"),
        ({"made": 1e300}, "cannot be"),
        ({"keep": -3}, "cannot be"),
        ({"rules": 7}, "does not begin a plan as it should"),
    ],
)
def test_the_first_line_is_checked(
    tmp_path: Path, changed: dict[str, object], sentence: str
) -> None:
    said = refused(tmp_path, {**HEAD, **changed}, LINE)
    assert said.startswith("Line 1 of ")
    assert sentence in said


def test_a_photo_stands_in_a_plan_once(tmp_path: Path) -> None:
    said = refused(tmp_path, HEAD, LINE, {**LINE, "path": "b"}, {**LINE, "action": "trash"})
    assert said.startswith("Line 4 of ")
    assert "as line 2 does" in said


def test_endless_lines_and_files_are_not_read_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Line 2" in refused(tmp_path, HEAD, b"x" * (plan_file.LONGEST_LINE + 1))
    monkeypatch.setattr(plan_file, "LARGEST_FILE", 400)
    said = refused(tmp_path, HEAD, *({**LINE, "path": str(n)} for n in range(9)))
    assert said.startswith("Line 5 of ")


def test_a_million_photos_are_refused_at_the_first_that_is_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_file, "MOST_PHOTOS", 20_000)
    place = tmp_path / "plan.jsonl"
    with place.open("wb") as file:
        file.write(msgspec.json.encode(HEAD) + b"\n")
        row = msgspec.json.encode({**LINE, "path": "#"}) + b"\n"
        before, after = row.split(b"#")
        file.writelines(b"%b%d%b" % (before, number, after) for number in range(1_000_000))
    with pytest.raises(PlanFileError, match=r"^Line 20,002 of .*at most 20,000 photos\.$"):
        read(place)


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "empty", "name"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "plan.jsonl"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "empty":
        place.touch()
    elif kind == "name":
        place = tmp_path / "a\0b"
    with pytest.raises(PlanFileError) as caught:
        read(place)
    assert str(caught.value).isprintable()


def test_no_file_is_written_over(tmp_path: Path) -> None:
    place = tmp_path / "photo.jpg"
    place.write_bytes(b"picture")
    proposal = Proposal(id="01234567", library=Path("/a"), made=0)
    with pytest.raises(PlanFileError, match="already"):
        write(place, proposal)
    assert place.read_bytes() == b"picture"
    with pytest.raises(PlanFileError, match="cannot be written"):
        write(tmp_path / "none" / "plan.jsonl", proposal)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PlanFileError, match="no space left on device"):
        write(tmp_path / "plan.jsonl", Proposal(id="01234567", library=Path("/a"), made=0))
    assert not any(tmp_path.iterdir())


def test_paths_that_are_text_are_written_as_text(tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.jpg")
    made: Any = [
        Proposed(path=path, hash=bytes.fromhex(HASH), action="keep") for path in ("café.jpg", odd)
    ]
    proposal = Proposal(id="01234567", library=Path("/a"), made=0, photos=tuple(made))
    _, first, second = map(msgspec.json.decode, lines(proposal))
    assert first == {"path": "café.jpg", "hash": HASH, "action": "keep"}
    assert (second["path"], second["path_base64"]) == ("caf\\xe9.jpg", "Y2Fm6S5qcGc=")
