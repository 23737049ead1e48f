"""A frame in fewer bytes draws the same frame."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tui_selector.app.graphics.terse import terse

PLACEHOLDER = "\U0010eeee"
Cell = tuple[str, str, str, str]

_TOKEN = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])|\x1b_[^\x1b]*\x1b\\|\r\n|(.)", re.DOTALL)


def drawn(text: str) -> tuple[list[Cell], tuple[str, str, str]]:
    """Every character with what is seen of its look, and the look that is left behind."""
    cells: list[Cell] = []
    place = 0
    look = ("", "", "")

    def write(*new: Cell, at: int) -> None:
        cells[at : at + len(new)] = new

    for found in _TOKEN.finditer(text):
        codes, final, character = found.groups()
        if final == "m":
            look = styled(look, codes.split(";"))
        elif final == "b":
            write(*[cells[place - 1]] * int(codes), at=place)
            place += int(codes)
        elif final == "X":
            write(*[(" ", "", "", look[2])] * int(codes), at=place)
        elif final in ("C", "D"):
            place += int(codes) if final == "C" else -int(codes)
            assert 0 <= place <= len(cells)
        elif character is not None:
            attributes, foreground, background = look
            blank = character.isspace() and not attributes
            cell = (character, attributes, "" if blank else foreground, background)
            write(cell, at=place)
            place += 1
        else:
            assert place == len(cells)
            write((found[0], "", "", ""), at=place)
            place += 1
    assert place == len(cells)
    return cells, look


def styled(look: tuple[str, str, str], numbers: list[str]) -> tuple[str, str, str]:
    attributes, foreground, background = look
    position = 0
    while position < len(numbers):
        code = numbers[position] or "0"
        length = {"2": 5, "5": 3}[numbers[position + 1]] if code in ("38", "48") else 1
        value = ";".join(numbers[position : position + length])
        position += length
        if code == "0":
            attributes = foreground = background = ""
        elif code in ("38", "39"):
            foreground = "" if code == "39" else value
        elif code in ("48", "49"):
            background = "" if code == "49" else value
        elif len(code) == 1:
            attributes = "".join(sorted({*attributes, code}))
        elif code[0] in "39":
            foreground = value
        else:
            background = value
    return attributes, foreground, background


LOOKS = """
    0 1 7 1;4 31 97 42 104 38;5;7 48;5;200 39 49 38;2;1;2;3 48;2;1;2;3
    38;2;1;2;4;48;2;1;2;3 0;1;38;2;9;9;9 4;48;5;1
"""
STYLES = st.sampled_from(["", *LOOKS.split()])
PIECES = st.one_of(
    STYLES.map(lambda codes: f"\x1b[{codes}m"),
    st.sampled_from(["\x1b[3;4H", "\r\n", "\x1b[2J", "\x1b[?2026h", "\x1b_Ga=d\x1b\\", "\x1b[0m"]),
    st.sampled_from(["a", " ", "   ", "bc d", "é", PLACEHOLDER, PLACEHOLDER + "\u0305"]),
    st.integers(1, 40).map(lambda count: PLACEHOLDER * count),
    st.integers(1, 40).map(lambda count: " " * count),
    # Tiles without pictures, side by side.
    st.lists(
        st.tuples(st.sampled_from(["41", "42", "48;5;7"]), st.integers(1, 20)), min_size=2
    ).map(lambda runs: "".join(f"\x1b[{code}m{' ' * count}\x1b[0m" for code, count in runs)),
)


@given(st.lists(PIECES), st.booleans())
def test_the_same_is_drawn_and_the_same_look_is_left(pieces: list[str], repeats: bool) -> None:
    text = "".join(pieces)
    assert drawn(terse(text, repeats=repeats)) == drawn(text)


@given(st.lists(PIECES))
def test_it_is_never_longer(pieces: list[str]) -> None:
    # As Textual writes: every piece of text in a style of its own, reset behind it.
    text = "".join(f"\x1b[48;2;1;1;1m{piece}\x1b[0m" for piece in pieces)
    assert len(terse(text, repeats=True)) <= len(text)


def test_a_line_of_pictures_takes_less_than_half() -> None:
    parts = []
    for tile in range(8):
        parts.append(f"\x1b[38;2;1;2;{tile};48;2;36;36;36m{PLACEHOLDER}\u0305{PLACEHOLDER * 15}")
        parts.append("\x1b[0m\x1b[48;2;36;36;36m  \x1b[0m\x1b[48;2;27;27;27m \x1b[0m")
    text = "".join(parts)
    assert 2 * len(terse(text, repeats=True).encode()) < len(text.encode())


def test_a_line_of_empty_tiles_says_each_ground_once() -> None:
    card, ground = "\x1b[48;2;36;36;36m", "\x1b[48;2;27;27;27m"
    text = f"{ground} \x1b[0m" + f"{card}{' ' * 20}\x1b[0m{ground}  \x1b[0m" * 8
    short = terse(text, repeats=True)
    assert short.count(card) == short.count(ground) == 1
    assert len(short) < 140
    assert drawn(short) == drawn(text)


def test_a_step_to_the_right_keeps_the_look() -> None:
    word = "\x1b[38;2;212;212;212;48;2;27;27;27m0353.jpg\x1b[0m"
    assert terse(f"{word}\x1b[14C{word}") == f"{word[:-4]}\x1b[14C0353.jpg\x1b[0m"


def test_what_is_not_understood_is_left_alone() -> None:
    for text in ("\x1b[38;9mx\x1b[0m", "\x1b[123mx", "\x1b[48;2;1mx"):
        assert terse(text) == text
