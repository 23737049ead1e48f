"""Chooses the way to draw from what the terminal said, and explains every other way."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tui_selector.app.graphics.answers import Answers, CellSource
from tui_selector.app.graphics.multiplexer import (
    TRUECOLOUR_TERMS,
    Multiplexer,
    Tmux,
    multiplexer,
)
from tui_selector.app.graphics.terminals import UNKNOWN_WAYS, Graphics, Kind, look_up

_DEFAULT_CELL = (10, 20)

_ASKED_FOR: dict[Graphics, tuple[Kind, str]] = {
    "kitty": ("kitty", "Kitty pictures placed as text were asked for (--graphics kitty)."),
    "classic": ("classic", "Kitty pictures placed at a cell were asked for (--graphics classic)."),
    "sixel": ("sixel", "Sixel pictures were asked for (--graphics sixel)."),
    "halfcell": ("halfcell", "Half blocks were asked for (--graphics halfcell)."),
    "off": ("off", "Pictures are switched off (--graphics off)."),
}


class TerminalGraphics(msgspec.Struct, frozen=True):
    """How pictures are drawn in this terminal.

    Attributes:
        kind: The way of drawing.
        cell_width_px: Width of a cell in pixels; 10 where nobody says.
        cell_height_px: Height of a cell in pixels; 20 where nobody says.
        cell_source: Where the size of a cell comes from.
        colours: Colour registers for Sixel; 0 if the terminal does not say.
        largest_width_px: Width of the largest Sixel picture; 0 if the terminal does not say.
        largest_height_px: Height of the largest Sixel picture; 0 if the terminal does not say.
        name: Name and version that the terminal gives itself; "" if it does not.
        truecolour: Whether it is known to have 24-bit colours.
        passthrough: Whether tmux stands between and has to hand pictures through.
        reason: Why this way, in one sentence or two.
        late: Whether answers may still be under way.
        round_trip: Seconds from the questions to the first answer; 0 where there was none.
        typed: What was typed while the terminal was asked; may end in the beginning of an answer.
        between: What stands between the app and the terminal, in words; "" for nothing.
        others: Every way that is not drawn, and what it would need, in a sentence; "" for nothing.
    """

    kind: Kind
    cell_width_px: int = _DEFAULT_CELL[0]
    cell_height_px: int = _DEFAULT_CELL[1]
    cell_source: CellSource = "guess"
    colours: int = 0
    largest_width_px: int = 0
    largest_height_px: int = 0
    name: str = ""
    truecolour: bool = False
    passthrough: bool = False
    reason: str = ""
    late: bool = False
    round_trip: float = 0.0
    typed: bytes = b""
    between: str = ""
    others: tuple[tuple[Kind, str], ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether the terminal knows REP, and nothing stands between that might not."""
        known = None if self.between else look_up(self.name)
        return known is not None and known.repeats


def decide(
    graphics: Graphics, answers: Answers, environment: Mapping[str, str], tmux: Tmux | None = None
) -> TerminalGraphics:
    """Choose the way of drawing.

    Args:
        graphics: What the user wants; "auto" leaves it to the terminal.
        answers: What the terminal said.
        environment: Environment variables.
        tmux: What is known of the tmux in between, if one is.
    """
    between = multiplexer(answers.name, environment) if answers.terminal else ""
    tmux = tmux or Tmux()
    obstacles = _obstacles(answers, between, tmux)
    kind, reason = _choose(graphics, answers, environment, tmux, between, obstacles)
    cell = answers.cell or _DEFAULT_CELL
    return TerminalGraphics(
        kind=kind,
        cell_width_px=cell[0],
        cell_height_px=cell[1],
        cell_source=answers.cell_source,
        colours=answers.colours,
        largest_width_px=answers.largest[0],
        largest_height_px=answers.largest[1],
        name=answers.name,
        truecolour=kind == "kitty" or _has_truecolour(answers, environment, tmux),
        passthrough=kind in {"kitty", "classic"} and between == "tmux",
        reason=reason,
        late=answers.terminal and not answers.complete,
        round_trip=answers.round_trip,
        typed=answers.typed,
        between=_describe(between, tmux),
        others=tuple((way, need) for way, need in obstacles.items() if way != kind),
    )


def _choose(
    graphics: Graphics,
    answers: Answers,
    environment: Mapping[str, str],
    tmux: Tmux,
    between: Multiplexer,
    obstacles: Mapping[Kind, str],
) -> tuple[Kind, str]:
    if environment.get("TERM") == "dumb" and graphics != "off":
        return "off", "The terminal can only print lines (TERM=dumb), so no pictures are drawn."
    if graphics != "auto":
        return _ASKED_FOR[graphics]
    if not answers.terminal:
        return "halfcell", "There is no terminal to ask, so half blocks are drawn."
    if not answers.answered:
        return "halfcell", "The terminal did not answer, so half blocks are drawn."
    name = tmux.terminal if between == "tmux" else answers.name
    row = look_up(name)
    ways = row.ways if row is not None else UNKNOWN_WAYS
    for kind in ways:
        if not obstacles[kind]:
            return kind, f"{_DRAWS[kind].format(name or 'The terminal')} {row.why if row else ''}"
    if between == "tmux":
        best: Kind = "sixel" if row is not None and ways[0] == "sixel" else "kitty"
        return "halfcell", f"{obstacles[best]} Until then half blocks are drawn."
    if between:
        return "halfcell", f"{between} hands no pictures through, so half blocks are drawn."
    return "halfcell", f"{name or 'The terminal'} offers no pictures, so half blocks are drawn."


_DRAWS: dict[Kind, str] = {
    "kitty": "{} shows kitty pictures placed as text.",
    "classic": "{} shows kitty pictures placed at a cell.",
    "sixel": "{} draws Sixel pictures.",
}


def _describe(between: Multiplexer, tmux: Tmux) -> str:
    if between != "tmux":
        return between
    around = f"around it {tmux.terminal or tmux.term or 'an unknown terminal'}"
    if tmux.kitty:
        state = "hands pictures on"
    elif tmux.passthrough is False:
        state = "keeps pictures (allow-passthrough is off)"
    else:
        state = "nothing came through it"
    return f"{f'tmux {tmux.version}'.strip()}, {state}, {around}"


def _obstacles(answers: Answers, between: Multiplexer, tmux: Tmux) -> dict[Kind, str]:
    """What keeps each way from working, in a sentence; "" for nothing."""
    if not answers.answered:
        nothing = "It needs a terminal that answers."
        return dict.fromkeys(("kitty", "classic", "sixel"), nothing)
    if between == "tmux":
        return _obstacles_in_tmux(answers, tmux)
    if between:
        closed = f"It needs a terminal without {between} in between, which hands no pictures on."
        return dict.fromkeys(("kitty", "classic", "sixel"), closed)
    name = answers.name or "the terminal"
    protocol = f"It needs kitty graphics, and {name} did not agree to them."
    row = look_up(answers.name)
    kitty = classic = "" if answers.kitty else protocol
    if not kitty and (row is None or "kitty" not in row.ways):
        known = f"{name} draws none" if row else f"{name} is not known to draw them"
        kitty = f"It needs Unicode placeholders (kitty 0.28 or newer, Ghostty), and {known}."
    sixel = "" if answers.sixel else _sixel_is_missing(name)
    return {"kitty": kitty, "classic": classic, "sixel": sixel}


def _sixel_is_missing(name: str) -> str:
    hint = "; start it with `xterm -ti vt340`" if name.lower().startswith("xterm(") else ""
    return f"It needs Sixel, which {name} does not name among its attributes{hint}."


def _obstacles_in_tmux(answers: Answers, tmux: Tmux) -> dict[Kind, str]:
    outer = tmux.terminal or "the terminal around tmux"
    row = look_up(tmux.terminal)
    kitty = ""
    if tmux.terminal and (row is None or "kitty" not in row.ways):
        kitty = f"In tmux it needs Unicode placeholders, and {outer} is not known to draw them."
    elif tmux.passthrough is False:
        kitty = (
            f"tmux keeps pictures from {outer}: run `tmux set -g allow-passthrough on` and start "
            "again."
        )
    elif not tmux.kitty and tmux.passthrough:
        kitty = f"In tmux it needs kitty graphics, and {outer} took no kitty pictures."
    elif not tmux.kitty:
        kitty = (
            "No answer came through tmux: if the terminal around it is kitty or Ghostty, run "
            "`tmux set -g allow-passthrough on` there and start again."
        )
    elif tmux.coarse:
        kitty = (
            "tmux makes 24-bit colours coarser, and pictures travel as colours: run "
            f"`tmux set -as terminal-features ',{tmux.term}:RGB'`, attach anew and start again."
        )
    sixel = ""
    if not answers.sixel:
        sixel = "In tmux it needs a tmux that was built with Sixel."
    elif tmux.features is not None and "sixel" not in tmux.features:
        sixel = (
            "tmux speaks Sixel but does not know that the terminal around it does: if it does, run "
            f"`tmux set -as terminal-features ',{tmux.term}:sixel'`, attach anew and start again."
        )
    elif tmux.features is None:
        sixel = f"tmux speaks Sixel itself, but {outer} is not known to."
    classic = "tmux moves no placements with its panes, so it needs a terminal without tmux."
    return {"kitty": kitty, "classic": classic, "sixel": sixel}


def _has_truecolour(answers: Answers, environment: Mapping[str, str], tmux: Tmux) -> bool:
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return True
    if environment.get("TERM", "").endswith(TRUECOLOUR_TERMS):
        return True
    if multiplexer(answers.name, environment) == "tmux":
        return tmux.features is not None and not tmux.coarse
    row = look_up(answers.name)
    return row is not None and row.truecolour
