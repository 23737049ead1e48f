"""Which way to draw is chosen from the table, the answers, and what stands in between."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_selector.app.graphics.answers import Answers
from tui_selector.app.graphics.choice import TerminalGraphics, decide
from tui_selector.app.graphics.multiplexer import Tmux, ask_tmux, multiplexer, parse_tmux
from tui_selector.app.graphics.terminals import TERMINALS, Graphics, look_up


def said(name: str, *, kitty: bool = False, sixel: bool = False) -> Answers:
    return Answers(name=name, kitty=kitty, sixel=sixel, answered=True, terminal=True, complete=True)


def needs(chosen: TerminalGraphics) -> dict[str, str]:
    return {str(kind): need for kind, need in chosen.others}


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("kitty(0.27.1)", "kitty before 0.28"),
        ("kitty(0.28.0)", "kitty"),
        ("kitty(1.0.0)", "kitty"),
        ("kitty", ""),
        ("kitty-like 3.0", ""),
        ("ghostty 1.0.1", "Ghostty"),
        ("Konsole 24.08.1", "Konsole"),
        ("WezTerm 20240203-110809-5046fc22", "WezTerm"),
        ("iTerm2 3.5.0", "iTerm2"),
        ("foot(1.16.2)", "foot"),
        ("XTerm(379)", "xterm"),
        ("xterm.js(5.6.0)", "xterm.js (VS Code and others)"),
        ("VTE(7402)", "VTE (GNOME Terminal and others)"),
        ("mlterm(3.9.3)", "mlterm"),
        ("", ""),
    ],
)
def test_terminals_are_known_by_the_name_they_give_themselves(name: str, row: str) -> None:
    found = look_up(name)
    assert (found.name if found else "") == row


def test_every_row_of_the_table_says_why() -> None:
    for row in TERMINALS:
        assert row.why.endswith("."), row.name
        assert row.ways, row.name


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (said("kitty(0.41.1)", kitty=True), "kitty"),
        (said("ghostty 1.0.1", kitty=True), "kitty"),
        (said("kitty(0.26.5)", kitty=True), "classic"),
        (said("Konsole 24.08.1", kitty=True, sixel=True), "classic"),
        (said("Konsole 22.08.1", sixel=True), "sixel"),
        (said("WezTerm 20240203", kitty=True, sixel=True), "sixel"),
        (said("WezTerm 20210203", kitty=True), "classic"),
        (said("iTerm2 3.5.0", kitty=True, sixel=True), "sixel"),
        (said("foot(1.16)", sixel=True), "sixel"),
        (said("XTerm(379)", sixel=True), "sixel"),
        (said("XTerm(379)"), "halfcell"),
        (said("VTE(7402)"), "halfcell"),
        (said("", sixel=True), "sixel"),  # Windows Terminal
        (said("", kitty=True), "classic"),
        (said("Newcomer 1.0", kitty=True, sixel=True), "sixel"),
        (said("", kitty=False), "halfcell"),
        # A terminal that could, but has it switched off.
        (said("kitty(0.41.1)"), "halfcell"),
        (said("foot(1.16)"), "halfcell"),
    ],
)
def test_the_answers_confirm_what_the_table_says(answers: Answers, kind: str) -> None:
    chosen = decide("auto", answers, {})
    assert chosen.kind == kind
    assert chosen.reason.strip().endswith(".")
    assert kind not in needs(chosen)


def test_what_other_ways_need_is_said() -> None:
    needed = needs(decide("auto", said("XTerm(379)"), {}))
    assert "xterm -ti vt340" in needed["sixel"]
    assert "kitty graphics" in needed["classic"]
    needed = needs(decide("auto", said("Konsole 24.08.1", kitty=True), {}))
    assert "placeholders" in needed["kitty"]
    # What would work as well needs nothing.
    assert needs(decide("auto", said("kitty(0.41.1)", kitty=True), {}))["classic"] == ""


@pytest.mark.parametrize("wish", ["kitty", "classic", "sixel", "halfcell", "off"])
def test_the_owners_wish_is_fulfilled(wish: Graphics) -> None:
    chosen = decide(wish, said("VTE(7402)"), {})
    assert chosen.kind == wish
    assert f"--graphics {wish}" in chosen.reason


def test_no_pictures_for_a_terminal_that_prints_lines() -> None:
    assert decide("auto", Answers(), {"TERM": "dumb"}).kind == "off"
    assert decide("kitty", Answers(), {"TERM": "dumb"}).kind == "off"


@pytest.mark.parametrize(
    ("name", "environment", "found"),
    [
        ("tmux 3.3a", {}, "tmux"),
        ("", {"TMUX": "/tmp/tmux"}, "tmux"),
        ("", {"TERM": "tmux-256color"}, "tmux"),
        ("", {"STY": "1"}, "screen"),
        ("", {"TERM": "screen-256color"}, "screen"),
        ("", {"TERM": "screen-256color", "TMUX": "/t"}, "tmux"),
        ("Zellij(4200)", {}, "Zellij"),
        ("", {"ZELLIJ": "0"}, "Zellij"),
        # A terminal that was started from within tmux: its name proves that nothing is in between.
        ("kitty(0.41.1)", {"TMUX": "/tmp/tmux"}, ""),
        ("", {"TERM": "xterm-256color"}, ""),
    ],
)
def test_what_stands_in_between(name: str, environment: dict[str, str], found: str) -> None:
    assert multiplexer(name, environment) == found


def test_mosh_is_found_among_the_parents(tmp_path: Path) -> None:
    import sys

    server = tmp_path / "mosh-server"
    server.symlink_to(sys.executable)
    asked = (
        "import subprocess, sys;"
        "print(subprocess.run([sys.argv[1], '-c', 'from tui_selector.app.graphics.multiplexer"
        ' import multiplexer; print(multiplexer("", {}))\'],'
        " capture_output=True, text=True).stdout)"
    )
    for program, found in ((server, "mosh"), (Path(sys.executable), "")):
        answer = subprocess.run(
            [program, "-c", asked, sys.executable],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert answer.stdout.strip() == found


@pytest.mark.parametrize("environment", [{"STY": "1"}, {"ZELLIJ": "0"}])
def test_what_hands_nothing_on_gets_half_blocks(environment: dict[str, str]) -> None:
    chosen = decide("auto", said("", sixel=True), environment)
    assert chosen.kind == "halfcell"
    assert "hands no pictures through" in chosen.reason


KITTY_AROUND = Tmux("3.4", True, "xterm-kitty", frozenset({"title"}), "kitty(0.41.1)", kitty=True)


@pytest.mark.parametrize(
    ("tmux", "sixel", "kind", "word"),
    [
        (KITTY_AROUND, False, "kitty", "kitty(0.41.1)"),
        (
            Tmux("3.4", False, "xterm-kitty", frozenset(), "kitty(0.41.1)"),
            False,
            "halfcell",
            "tmux set -g allow-passthrough on",
        ),
        (
            Tmux("3.4", True, "xterm-256color", frozenset(), "kitty(0.41.1)", kitty=True),
            False,
            "halfcell",
            "',xterm-256color:RGB'",
        ),
        (
            Tmux("3.4", True, "xterm-256color", frozenset({"RGB"}), "ghostty 1.0", kitty=True),
            False,
            "kitty",
            "ghostty",
        ),
        (
            Tmux("3.4", True, "xterm-256color", frozenset({"sixel"}), "foot(1.16)"),
            True,
            "sixel",
            "foot",
        ),
        (
            Tmux("3.4", True, "xterm-256color", frozenset(), "foot(1.16)"),
            True,
            "halfcell",
            "',xterm-256color:sixel'",
        ),
        # tmux answers for itself: that it was built with Sixel says nothing of the terminal.
        (KITTY_AROUND, True, "kitty", "kitty"),
        (Tmux(), True, "halfcell", "allow-passthrough"),
        (Tmux("3.4", True, "xterm", frozenset()), False, "halfcell", "took no kitty"),
        (Tmux(), False, "halfcell", "tmux"),
        # tmux in tmux.
        (Tmux("3.4", True, "tmux-256color", frozenset(), "tmux 3.4"), False, "halfcell", "tmux"),
    ],
)
def test_tmux_gets_what_it_hands_on(tmux: Tmux, sixel: bool, kind: str, word: str) -> None:
    chosen = decide("auto", said("tmux 3.4", sixel=sixel), {"TMUX": "/t"}, tmux)
    assert chosen.kind == kind, chosen.reason
    assert word in chosen.reason
    assert chosen.passthrough == (kind == "kitty")
    assert "classic" in needs(chosen)


def test_a_wish_in_tmux_is_handed_through() -> None:
    assert decide("kitty", said("tmux 3.4"), {"TMUX": "/t"}).passthrough
    assert not decide("kitty", said("kitty(0.41.1)"), {"TMUX": "/t"}).passthrough
    assert not decide("sixel", said("tmux 3.4"), {"TMUX": "/t"}).passthrough


def test_what_tmux_says_is_read() -> None:
    found = parse_tmux("3.3a|1|xterm-kitty|bpaste,RGB|kitty(0.41.1)\n")
    assert found == Tmux("3.3a", True, "xterm-kitty", frozenset({"bpaste", "RGB"}), "kitty(0.41.1)")
    assert parse_tmux("3.4|off|xterm|| ").passthrough is False
    assert parse_tmux("3.1||xterm||").passthrough is None
    assert parse_tmux("3.4|all|xterm||odd|name").terminal == "odd|name"
    assert parse_tmux("no server running") == Tmux()


@pytest.mark.parametrize("script", ["exit 1", "sleep 30", "echo nonsense"])
def test_a_tmux_that_does_not_answer_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    fake = tmp_path / "tmux"
    fake.write_text(f"#!/bin/sh\nexec 2>/dev/null\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert ask_tmux({**os.environ, "TMUX": "/t"}, timeout=0.2) == Tmux()


def test_there_may_be_no_tmux_to_ask() -> None:
    assert ask_tmux({}) == Tmux()
    assert ask_tmux({"TMUX": "/t", "PATH": "/nowhere"}) == Tmux()


@pytest.fixture
def tmux_server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A real tmux server; the environment of a program in it."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TMUX")}
    environment |= {"TMUX_TMPDIR": str(tmp_path), "TERM": "xterm-256color"}
    tmux = ["tmux", "-f", "/dev/null", "-L", "probe"]
    subprocess.run([*tmux, "new-session", "-d", "sleep 60"], env=environment, check=True)
    found = subprocess.run(
        [*tmux, "display-message", "-p", "#{socket_path},#{pid},0|#{pane_id}"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    socket, _, pane = found.stdout.strip().partition("|")
    yield {**environment, "TMUX": socket, "TMUX_PANE": pane}
    subprocess.run([*tmux, "kill-server"], env=environment, check=True)


def test_a_real_tmux_says_whether_it_hands_pictures_on(tmux_server: dict[str, str]) -> None:
    found = ask_tmux(tmux_server)
    assert found.version
    assert found.passthrough is False
    subprocess.run(
        ["tmux", "-S", tmux_server["TMUX"].split(",")[0], "set", "-g", "allow-passthrough", "on"],
        env=tmux_server,
        check=True,
    )
    assert ask_tmux(tmux_server).passthrough is True


def test_truecolour_is_known_by_name_by_term_by_colorterm_and_by_tmux() -> None:
    assert decide("auto", said("foot(1.16)"), {}).truecolour
    assert decide("auto", Answers(), {"COLORTERM": "truecolor"}).truecolour
    assert decide("auto", Answers(), {"TERM": "xterm-direct"}).truecolour
    assert decide("auto", said("tmux 3.4"), {"TMUX": "/t"}, KITTY_AROUND).truecolour
    assert not decide("auto", said("tmux 3.4"), {"TMUX": "/t"}, Tmux()).truecolour
    assert not decide("auto", said("XTerm(379)"), {"TERM": "xterm"}).truecolour
