"""The same frame in fewer bytes: on a slow line text is what a key waits for.

Textual sets every style in full and resets it after each piece of text, also where the next piece
looks the same. A page of placeholders is three quarters such styles. Here only what changes is
written, colours of the foreground not at all for blanks, and runs of one character are counted out
by the terminal (REP, ECMA-48 8.3.103). Blanks of several grounds side by side, of which the empty
tiles of a page are made, are erased (ECH, 8.3.38) in one ground after the other, each of which is
said once then instead of once a tile.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_PLACE = re.compile(r"(\x1b\[[\d;]*H|\r\n)")
_TOKEN = re.compile(r"\x1b\[([\d;]*)m|(\x1b[^\x1b]*)|([^\x1b]+)")
_STEP = re.compile(r"\x1b\[\d*C")
_RUN = re.compile("(\U0010eeee)\U0010eeee{5,}|( ) {7,}")

#: Fewest runs of blanks side by side that are looked at together.
_SEVERAL = 4


class Look(NamedTuple):
    """A graphic rendition: numbers of SGR, "" where the default holds."""

    attributes: str = ""
    foreground: str = ""
    background: str = ""


PLAIN = Look()


@lru_cache(maxsize=8192)
def _after(look: Look, codes: str) -> Look | None:
    """How text looks after these SGR numbers; None where that is beyond this module."""
    attributes, foreground, background = look
    numbers = codes.split(";")
    while numbers:
        code = numbers.pop(0)
        if code in ("", "0"):
            attributes, foreground, background = PLAIN
        elif code in ("38", "48"):
            length = {"2": 4, "5": 2}.get(numbers[0] if numbers else "")
            if length is None or len(numbers) < length:
                return None
            colour = ";".join([code, *numbers[:length]])
            del numbers[:length]
            if code == "38":
                foreground = colour
            else:
                background = colour
        elif code in ("39", "49"):
            foreground, background = ("", background) if code == "39" else (foreground, "")
        elif len(code) == 2 and code[0] in "39" and code[1] <= "7":
            foreground = code
        elif (len(code) == 2 and code[0] == "4" and code[1] <= "7") or code.startswith("10"):
            background = code
        elif len(code) == 1:
            attributes = f"{attributes};{code}" if attributes else code
        else:
            return None
    return Look(attributes, foreground, background)


@lru_cache(maxsize=8192)
def _change(before: Look, after: Look) -> str:
    """The shortest sequence from one look to another."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[0m"
    parts: list[str] = []
    if before.attributes != after.attributes:
        if before.attributes:
            parts.append("0")
            before = PLAIN
        parts.append(after.attributes)
    if before.foreground != after.foreground:
        parts.append(after.foreground or "39")
    if before.background != after.background:
        parts.append(after.background or "49")
    return f"\x1b[{';'.join(part for part in parts if part)}m"


def _counted(run: re.Match[str]) -> str:
    character = run[1] or run[2]
    return f"{character}\x1b[{len(run[0]) - 1}b"


class _Blanks:
    """Blanks side by side that were not written yet: how many, and on which ground."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, str]] = []

    def add(self, count: int, ground: str) -> None:
        if self._runs and self._runs[-1][1] == ground:
            count += self._runs.pop()[0]
        self._runs.append((count, ground))

    def take(self, before: Look, repeats: bool) -> tuple[str, Look]:
        """What draws them after text of this look, and the look that it leaves; none wait then."""
        runs, self._runs = self._runs, []
        written = _written(runs, before, repeats)
        if repeats and len(runs) >= _SEVERAL:
            written = min(written, _erased(runs, before), key=lambda way: len(way[0]))
        return written


def _written(runs: list[tuple[int, str]], look: Look, repeats: bool) -> tuple[str, Look]:
    parts = []
    for count, ground in runs:
        after = look._replace(background=ground)
        blanks = " " * count
        parts += [_change(look, after), _RUN.sub(_counted, blanks) if repeats else blanks]
        look = after
    return "".join(parts), look


def _erased(runs: list[tuple[int, str]], look: Look) -> tuple[str, Look]:
    """All in the ground of most runs, then those of every other ground, from left to right."""
    grounds = [ground for _, ground in runs]
    orders = sorted(dict.fromkeys(grounds), key=grounds.count, reverse=True)
    total = sum(count for count, _ in runs)
    parts = []
    for number, ground in enumerate(orders):
        after = look._replace(background=ground)
        parts.append(_change(look, after))
        look = after
        if number == 0:
            parts.append(f"\x1b[{total}X")
            continue
        # The cursor stands at the beginning, and is there again for the next ground.
        place = column = 0
        for count, each in runs:
            if each == ground:
                if column > place:
                    parts.append(f"\x1b[{column - place}C")
                parts.append(f"\x1b[{count}X")
                place = column
            column += count
        if place and number < len(orders) - 1:
            parts.append(f"\x1b[{place}D")
    if len(orders) == 1:
        place = 0
    parts.append(f"\x1b[{total - place}C")
    return "".join(parts), look


def terse(text: str, *, repeats: bool = False) -> str:
    """Terminal text that draws the same with fewer bytes.

    Args:
        text: Whole escape sequences and characters, beginning in the plain look.
        repeats: Whether the terminal knows REP, and erases in the colour of the ground.
    """
    parts: list[str] = []
    have = want = PLAIN
    for number, part in enumerate(_PLACE.split(text)):
        if number % 2:
            parts.append(part)
            continue
        line = _line(part, have, want, repeats)
        if line is None:
            return text
        drawn, have, want = line
        parts.append(drawn)
    return "".join(parts) + _change(have, want)


# Most lines of a page of tiles are the same as the line above.
@lru_cache(maxsize=512)
def _line(text: str, have: Look, want: Look, repeats: bool) -> tuple[str, Look, Look] | None:
    """What draws the text between two places, and the looks behind it; None where that is unknown.

    Args:
        text: Whole escape sequences and characters.
        have: The look that the terminal has been told.
        want: The look that holds for what comes.
        repeats: As for `terse`.
    """
    parts: list[str] = []
    put = parts.append
    blanks = _Blanks()
    waiting = False
    for found in _TOKEN.finditer(text):
        codes, other, plain = found.groups()
        if codes is not None:
            known = _after(want, codes)
            if known is None:
                return None
            want = known
            continue
        # Nobody sees the ink of a blank, unless something is drawn over or around it.
        bare = not want.attributes and not have.attributes
        if plain is not None and bare and not plain.strip(" "):
            blanks.add(len(plain), want.background)
            waiting = True
            continue
        if waiting:
            drawn, have = blanks.take(have, repeats)
            put(drawn)
            waiting = False
        if other is not None and _STEP.fullmatch(other):
            put(other)
            continue
        # What an erase or a mode does may depend on the look.
        put(_change(have, want))
        have = want
        if other is not None:
            put(other)
        else:
            put(_RUN.sub(_counted, plain) if repeats else plain)
    if waiting:
        drawn, have = blanks.take(have, repeats)
        put(drawn)
    return "".join(parts), have, want
