"""Colour labels of other programs: their words, darktable's numbers, digiKam's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.catalog.sidecar_table import Marks
from tui_selector.library.photo import LABELS, Flag
from tui_selector.library.xmp.colours import _WORDS, DARKTABLE, DIGIKAM, LABEL
from tui_selector.library.xmp.packet import EMPTY, Packet
from tui_selector.library.xmp.statement import read, write


def marks(label: str) -> Marks:
    return Marks(Flag.NONE, 0, label, frozenset())


def packet(text: str = "", numbers: tuple[str, ...] = (), digikam: str = "") -> Packet:
    """A sidecar that says a label in some of the ways there are."""
    new = Packet(EMPTY)
    if text:
        new.set_text(LABEL, text)
    if digikam:
        new.set_text(DIGIKAM, digikam)
    new.add_texts(DARKTABLE, numbers)
    return Packet(new.edited())


def said(sidecar: Packet, agreed: str = "") -> str | None:
    return read(sidecar, marks(agreed)).label


def told(sidecar: Packet, label: str) -> tuple[str | None, list[str], str | None]:
    """What a sidecar says, in each way, once it was told a label."""
    write(sidecar, marks(label))
    new = Packet(sidecar.edited())
    return new.text(LABEL), new.texts(DARKTABLE), new.text(DIGIKAM)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Purple", "purple"),
        ("Lila", "purple"),
        ("rot", "red"),
        ("Jaune", "yellow"),
        ("VERDE", "green"),
        ("Синий", "blue"),
        ("紫色", "purple"),
        ("To Do", "purple"),
        ("Review", "blue"),
        ("Delivered", None),
        ("Orange", None),
    ],
)
def test_words_of_other_programs_are_read(text: str, label: str | None) -> None:
    assert said(packet(text)) == label


def test_no_word_means_two_labels() -> None:
    for words in _WORDS:
        assert [said(packet(word)) for word in words] == list(LABELS), words


@pytest.mark.parametrize(
    ("numbers", "digikam", "label"),
    [
        (("0",), "", "red"),
        (("4",), "", "purple"),
        (("3", "1"), "", "yellow"),
        (("9",), "", None),
        ((), "6", "purple"),
        ((), "0", ""),
        ((), "2", None),
        ((), "", ""),
    ],
)
def test_numbers_are_read(numbers: tuple[str, ...], digikam: str, label: str | None) -> None:
    assert said(packet("", numbers, digikam)) == label


def test_of_two_that_differ_the_one_that_changed_counts() -> None:
    assert said(packet("Red", ("3",)), agreed="red") == "blue"
    assert said(packet("Red", ("3",)), agreed="blue") == "red"


def test_a_label_is_written_in_every_way_that_is_there() -> None:
    assert told(packet("Rot", ("0",), "1"), "blue") == ("Blau", ["3"], "5")
    assert told(packet("Violet"), "green") == ("Vert", [], None)
    assert told(packet("", ("1",)), "red") == ("Red", ["0"], None)
    assert told(packet(), "purple") == ("Purple", [], None)
    assert told(packet("Rot", ("0",), "1"), "") == (None, [], "0")


def test_what_says_it_already_or_is_not_known_stays() -> None:
    sidecar = packet("Lila", ("4", "4"), "6")
    write(sidecar, marks("purple"))
    assert sidecar.edited() == packet("Lila", ("4", "4"), "6").edited()
    assert told(packet("Delivered"), "") == ("Delivered", [], None)
    assert told(packet("Delivered"), "red")[0] == "Red"
    # Two colours of darktable's stay where the first of them is the label.
    assert told(packet("", ("0", "3")), "red") == (None, ["0", "3"], None)


@given(
    st.sampled_from(["", "Rot", "Purple", "Delivered"]),
    st.lists(st.sampled_from("0123456"), max_size=2),
    st.sampled_from(["", "0", "1", "2", "6"]),
    st.sampled_from(LABELS),
)
def test_what_is_written_is_read(text: str, numbers: list[str], number: str, label: str) -> None:
    sidecar = packet(text, tuple(numbers), number)
    write(sidecar, marks(label))
    assert said(Packet(sidecar.edited())) == label
