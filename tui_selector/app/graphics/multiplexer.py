"""What stands between the app and the terminal: tmux, screen, Zellij, mosh."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

import msgspec

Multiplexer = Literal["", "tmux", "screen", "Zellij", "mosh"]

TRUECOLOUR_TERMS = ("-direct", "-kitty", "-ghostty", "alacritty", "foot", "wezterm")
"""Ends of TERM whose terminfo entries promise 24-bit colours."""

TMUX_TIMEOUT = 1.0
"""Seconds that a tmux server may take to answer; one that hangs must not hold the start up."""

_FORMAT = "|".join(
    (
        "#{version}",
        "#{allow-passthrough}",
        "#{client_termname}",
        "#{client_termfeatures}",
        "#{client_termtype}",
    )
)
_MOST_ANCESTORS = 32


class Tmux(msgspec.Struct, frozen=True):
    """What is known of a tmux between the app and the terminal.

    Attributes:
        version: Its version; "" if it could not be asked.
        passthrough: Whether it is set to hand pictures on; None if unknown.
        term: TERM of the terminal around it; "" if unknown.
        features: What it knows of that terminal, such as "RGB" and "sixel"; None if unknown.
        terminal: Name and version that the terminal around it gives itself; "" if unknown.
        kitty: Whether that terminal took kitty graphics that tmux handed on.
    """

    version: str = ""
    passthrough: bool | None = None
    term: str = ""
    features: frozenset[str] | None = None
    terminal: str = ""
    kitty: bool = False

    @property
    def coarse(self) -> bool:
        """Whether it is known to make 24-bit colours coarser on their way to the terminal."""
        return (
            self.features is not None
            and "RGB" not in self.features
            and not self.term.endswith(TRUECOLOUR_TERMS)
        )


def multiplexer(name: str, environment: Mapping[str, str]) -> Multiplexer:
    """What stands in between; "" for nothing.

    A name says more than the environment: a terminal that was started from within tmux inherits
    its variables.

    Args:
        name: Name and version that the terminal gives itself; "" if it does not.
        environment: Environment variables.
    """
    lowered = name.lower()
    if lowered.startswith("tmux"):
        return "tmux"
    if lowered.startswith("zellij"):
        return "Zellij"
    if lowered.startswith(("screen", "gnu screen")):
        return "screen"
    if name:
        return ""
    return expected(environment) or ("mosh" if _under_mosh() else "")


def expected(environment: Mapping[str, str]) -> Multiplexer:
    """What stands in between by the environment alone; "" for nothing."""
    term = environment.get("TERM", "")
    if "TMUX" in environment or term.startswith("tmux"):
        return "tmux"
    if "ZELLIJ" in environment:
        return "Zellij"
    if "STY" in environment or term.startswith("screen"):
        return "screen"
    return ""


def _under_mosh() -> bool:
    """Whether a mosh server is among the parents of this process, as far as Linux tells."""
    process = os.getppid()
    for _ in range(_MOST_ANCESTORS):
        try:
            with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123
                before, _, after = file.read().rpartition(")")
        except OSError:
            return False
        if before.endswith("(mosh-server"):
            return True
        process = int(after.split()[1])
        if process <= 1:
            return False
    return False


def ask_tmux(environment: Mapping[str, str], timeout: float = TMUX_TIMEOUT) -> Tmux:
    """Ask the tmux server that the environment names; one at the other end of ssh has no name.

    Args:
        environment: Environment variables.
        timeout: Seconds to wait.
    """
    if "TMUX" not in environment:
        return Tmux()
    import subprocess

    command = ["tmux", "display-message", "-p"]
    if "TMUX_PANE" in environment:
        command += ["-t", environment["TMUX_PANE"]]
    try:
        answer = subprocess.run(
            [*command, _FORMAT],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return Tmux()
    return parse_tmux(answer.stdout.decode("utf-8", "replace"))


def parse_tmux(answer: str) -> Tmux:
    """Read what tmux says of itself and of the terminal around it."""
    fields = answer.strip().split("|", 4)
    if len(fields) != 5:
        return Tmux()
    version, passthrough, term, features, terminal = (
        "".join(character for character in field if character.isprintable()) for field in fields
    )
    # Before 3.3 there is no such option, and everything is handed on.
    return Tmux(
        version=version,
        passthrough=passthrough in {"on", "all", "1"} if passthrough else None,
        term=term,
        features=frozenset(filter(None, features.split(","))),
        terminal=terminal,
    )


def through_tmux(data: bytes) -> bytes:
    """Wrap escape sequences so that tmux hands them on to the terminal around it."""
    return b"\x1bPtmux;" + data.replace(b"\x1b", b"\x1b\x1b") + b"\x1b\\"
