"""Asks the terminal what it is and what it can draw, before Textual takes it over.

One write holds every question. The last of them, device attributes, is answered by every terminal,
so its answer ends the wait.

Source of the questions: xterm's ctlseqs (XTVERSION, DA1, window reports) and the kitty graphics
protocol.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import termios
import time
from collections.abc import Mapping
from typing import Literal

import msgspec

Kind = Literal["kitty", "classic", "sixel", "halfcell", "off"]
"""Ways to draw: kitty pictures placed by Unicode placeholders, kitty pictures placed at a cell
("classic"), Sixel, half blocks, nothing."""

Graphics = Literal["auto", "kitty", "classic", "sixel", "halfcell", "off"]
"""What can be asked for; "auto" leaves it to the terminal."""

TIMEOUT = 0.3
"""How long a terminal that has begun to answer may pause, in seconds."""

SILENCE = 2.0
"""How long a terminal may say nothing at all: one that is just starting, or at the far end of ssh,
takes its time, and every terminal answers the last question."""

_QUERY_ID = 31
QUERY = (
    b"\x1b[>0q"  # name and version
    b"\x1b_Gi=%d,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"  # kitty graphics
    b"\x1b[16t"  # size of a cell in pixels
    b"\x1b[14t"  # size of the window in pixels
    b"\x1b[c"  # device attributes
) % _QUERY_ID

_NAME = re.compile(rb"\x1bP>\|([^\x1b\x07]{0,200})(?:\x1b\\|\x07)")
_KITTY = re.compile(rb"\x1b_Gi=%d;OK\x1b\\" % _QUERY_ID)
_CELL = re.compile(rb"\x1b\[6;(\d{1,4});(\d{1,4})t")
_WINDOW = re.compile(rb"\x1b\[4;(\d{1,5});(\d{1,5})t")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")

_DEFAULT_CELL = (10, 20)
_MOST_ANSWER_BYTES = 16384

_TRUECOLOUR_NAMES = ("kitty", "ghostty", "wezterm", "iterm2", "konsole", "foot", "contour")
_TRUECOLOUR_TERMS = ("-direct", "-kitty", "-ghostty", "alacritty", "foot", "wezterm")


class TerminalGraphics(msgspec.Struct, frozen=True):
    """How pictures are drawn in this terminal.

    Attributes:
        kind: The way of drawing.
        cell_width_px: Width of a cell in pixels; 10 where the terminal does not say.
        cell_height_px: Height of a cell in pixels; 20 where the terminal does not say.
        name: Name and version that the terminal gives itself; "" if it does not.
        truecolour: Whether it is known to have 24-bit colours.
        passthrough: Whether tmux stands between and has to hand pictures through.
        late: Whether answers may still be under way.
        reason: Why this way, in one sentence.
    """

    kind: Kind
    cell_width_px: int = _DEFAULT_CELL[0]
    cell_height_px: int = _DEFAULT_CELL[1]
    name: str = ""
    truecolour: bool = False
    passthrough: bool = False
    reason: str = ""
    late: bool = False


class Answers(msgspec.Struct, frozen=True):
    """What the terminal said.

    `cell` is (width, height) in pixels, None if unknown; `answered` is False for a terminal that
    did not say anything that was understood, `terminal` where there was none to ask, `complete`
    where the last question was answered.
    """

    name: str = ""
    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None
    answered: bool = False
    terminal: bool = False
    complete: bool = False


def probe(
    graphics: Graphics = "auto",
    timeout: float = TIMEOUT,
    *,
    device: str = "/dev/tty",
    environment: Mapping[str, str] = os.environ,
) -> TerminalGraphics:
    """Find out how to draw pictures. Call it before Textual starts; it never raises.

    Args:
        graphics: What the user wants; "auto" leaves it to the terminal.
        timeout: Seconds without an answer after which the terminal is taken to have said all; at
            first the terminal may be silent for longer, at the far end of ssh in particular.
        device: The terminal to ask.
        environment: Environment variables.
    """
    if graphics == "off" or environment.get("TERM") == "dumb":
        return decide(graphics, Answers(), environment)
    try:
        answers = ask(device, timeout, max(timeout, SILENCE))
    except (OSError, termios.error):
        answers = Answers()
    return decide(graphics, answers, environment)


def ask(device: str, timeout: float, patience: float) -> Answers:
    """Put all questions to a terminal and read what it answers.

    Args:
        device: Path of the terminal.
        timeout: Seconds to wait for more after something has come.
        patience: Seconds to wait for the first byte.

    Raises:
        OSError: There is no such terminal.
        termios.error: It is not a terminal.
    """
    descriptor = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        before = termios.tcgetattr(descriptor)
        quiet = termios.tcgetattr(descriptor)
        quiet[3] &= ~(termios.ICANON | termios.ECHO)
        quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 0, 0
        termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
        try:
            _write_all(descriptor, QUERY, patience)
            data = _read_answers(descriptor, timeout, patience)
        finally:
            # What is still under way is thrown away, not left to be read as keys.
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
        return parse(data, _window_size(descriptor))
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes, patience: float) -> None:
    """Write, but give up on a terminal that takes nothing (stopped with ctrl+s)."""
    deadline = time.monotonic() + patience
    while data:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([], [descriptor], [], left)[1]:
            return
        data = data[os.write(descriptor, data) :]


def _read_answers(descriptor: int, timeout: float, patience: float) -> bytes:
    data = b""
    start = time.monotonic()
    deadline = start + patience
    while not _ATTRIBUTES.search(data) and len(data) < _MOST_ANSWER_BYTES:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            break
        read = os.read(descriptor, 4096)
        if not read:
            break
        data += read
        # A stream without an end (a pasted file) must not hold the start up for ever.
        deadline = min(time.monotonic() + timeout, start + patience)
    return data


def _window_size(descriptor: int) -> tuple[int, int, int, int]:
    """Rows, columns, width and height in pixels; zeros where the terminal does not know."""
    try:
        packed = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return 0, 0, 0, 0
    rows, columns, width, height = struct.unpack("HHHH", packed)
    return rows, columns, width, height


def parse(data: bytes, window: tuple[int, int, int, int]) -> Answers:
    """Read the answers out of what came from the terminal, keys and noise among it.

    Args:
        data: The bytes.
        window: Rows, columns, width and height in pixels as the kernel knows them, or zeros.
    """
    name = _NAME.search(data)
    attributes = _ATTRIBUTES.search(data)
    text = name[1].decode("ascii", "replace") if name else ""
    kitty = _KITTY.search(data) is not None
    rows, columns, width, height = window
    cell = None
    if found := _CELL.search(data):
        cell = _plausible(int(found[2]), int(found[1]))
    if cell is None and (found := _WINDOW.search(data)) and rows and columns:
        cell = _plausible(int(found[2]) // columns, int(found[1]) // rows)
    if cell is None and rows and columns:
        cell = _plausible(width // columns, height // rows)
    return Answers(
        name="".join(character for character in text if character.isprintable()),
        kitty=kitty,
        sixel=attributes is not None and b"4" in attributes[1].split(b";"),
        cell=cell,
        answered=bool(name or attributes or kitty),
        terminal=True,
        complete=attributes is not None,
    )


def _plausible(width: int, height: int) -> tuple[int, int] | None:
    return (width, height) if 3 <= width <= 200 and 5 <= height <= 400 else None


def decide(
    graphics: Graphics, answers: Answers, environment: Mapping[str, str]
) -> TerminalGraphics:
    """Choose the way of drawing from the answers, the environment and the user's wish."""
    multiplexer = _multiplexer(answers, environment)
    kind, reason = _choose(graphics, answers, environment, multiplexer)
    cell = answers.cell or _DEFAULT_CELL
    return TerminalGraphics(
        kind=kind,
        cell_width_px=cell[0],
        cell_height_px=cell[1],
        name=answers.name,
        truecolour=kind == "kitty" or _has_truecolour(answers, environment),
        passthrough=kind == "kitty" and multiplexer == "tmux",
        reason=reason,
        late=answers.terminal and not answers.complete,
    )


def _choose(
    graphics: Graphics, answers: Answers, environment: Mapping[str, str], multiplexer: str
) -> tuple[Kind, str]:
    name = answers.name or "The terminal"
    if graphics == "off":
        return "off", "Pictures are switched off (--graphics off)."
    if environment.get("TERM") == "dumb":
        return "off", "The terminal can only print lines (TERM=dumb), so no pictures are drawn."
    if graphics == "kitty":
        return "kitty", "Kitty pictures were asked for (--graphics kitty)."
    if graphics == "halfcell":
        return "halfcell", "Half blocks were asked for (--graphics halfcell)."
    if graphics == "classic":
        return "classic", "Kitty pictures placed at a cell were asked for (--graphics classic)."
    if graphics == "sixel":
        return "sixel", "Sixel pictures were asked for (--graphics sixel)."
    if multiplexer:
        return "halfcell", (
            f"{multiplexer} stands between the app and the terminal, so half blocks are drawn; "
            "try --graphics kitty if the terminal is kitty or Ghostty."
        )
    if not answers.terminal:
        return "halfcell", "There is no terminal to ask, so half blocks are drawn."
    if not answers.answered:
        return "halfcell", "The terminal did not answer, so half blocks are drawn."
    if answers.kitty and _has_placeholders(answers.name):
        return "kitty", f"{answers.name} shows kitty pictures placed as text."
    if answers.kitty:
        return "halfcell", (
            f"{name} knows kitty pictures, but not placed as text, so half blocks are drawn."
        )
    return "halfcell", f"{name} shows no kitty pictures, so half blocks are drawn."


def _has_placeholders(name: str) -> bool:
    """Whether a terminal of this name and version draws Unicode placeholders."""
    lowered = name.lower()
    if lowered.startswith("ghostty"):
        return True
    version = re.match(r"kitty\((\d+)\.(\d+)", lowered)
    return version is not None and (int(version[1]), int(version[2])) >= (0, 28)


def _multiplexer(answers: Answers, environment: Mapping[str, str]) -> str:
    """Name of the multiplexer between the app and the terminal, "" without one."""
    term = environment.get("TERM", "")
    name = answers.name.lower()
    if "TMUX" in environment or term.startswith("tmux") or name.startswith("tmux"):
        return "tmux"
    if "STY" in environment or term.startswith("screen") or name.startswith("screen"):
        return "screen"
    return ""


def _has_truecolour(answers: Answers, environment: Mapping[str, str]) -> bool:
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return True
    if environment.get("TERM", "").endswith(_TRUECOLOUR_TERMS):
        return True
    return answers.name.lower().startswith(_TRUECOLOUR_NAMES)
