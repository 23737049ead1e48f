"""What `doctor` says of the terminal."""

from __future__ import annotations

import json
import sys

import pytest

from tui_selector.app.graphics import probe as probing
from tui_selector.app.graphics.answers import Answers
from tui_selector.app.graphics.choice import decide
from tui_selector.app.graphics.multiplexer import Tmux
from tui_selector.cli import doctor
from tui_selector.cli.root import run

KITTY = Answers(
    name="kitty(0.41.1)",
    kitty=True,
    cell=(9, 18),
    cell_source="terminal",
    answered=True,
    terminal=True,
    complete=True,
    round_trip=0.012,
)
TMUX = Answers(name="tmux 3.4", answered=True, terminal=True, complete=True)
XTERM = Answers(
    name="XTerm(379)",
    sixel=True,
    colours=256,
    largest=(960, 612),
    answered=True,
    terminal=True,
    complete=True,
)


def report(
    monkeypatch: pytest.MonkeyPatch, answers: Answers, tmux: Tmux | None = None, wish: str = "auto"
) -> dict[str, str]:
    """What is said of a terminal that gave these answers."""
    monkeypatch.setenv("TUI_SELECTOR_GRAPHICS", wish)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(probing, "probe", lambda wish, keep_input: decide(wish, answers, {}, tmux))
    return {check.what: check.finding for check in doctor._terminal()}


def test_what_was_chosen_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    said = report(monkeypatch, KITTY)
    assert "kitty(0.41.1)" in said["terminal"]
    assert "12 ms" in said["terminal"]
    assert said["cells"] == "9x18 pixels, as the terminal says"
    assert said["pictures"].startswith("kitty: kitty(0.41.1) shows")
    assert "--graphics classic" in said["kitty, placed at a cell"]
    assert "does not name" in said["Sixel"]
    assert "in between" not in said


def test_what_tmux_does_and_which_line_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    said = report(monkeypatch, TMUX, Tmux("3.4", False, "xterm-kitty", None, "kitty(0.41.1)"))
    assert "allow-passthrough is off" in said["in between"]
    assert "kitty(0.41.1)" in said["in between"]
    assert "tmux set -g allow-passthrough on" in said["pictures"]
    assert "guessed" in said["cells"]
    assert "no answer" in said["terminal"]


def test_the_limits_of_sixel_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert report(monkeypatch, XTERM)["Sixel colours"] == "256, pictures of up to 960x612 pixels"


def test_the_owners_setting_is_what_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    said = report(monkeypatch, KITTY, wish="halfcell")
    assert said["pictures"].startswith("halfcell: Half blocks were asked for")
    assert "--graphics kitty" in said["kitty, placed as text"]


def test_a_pipe_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "_device", lambda: iter(()))
    run(["doctor", "--json"])
    checks = json.loads(capsys.readouterr().out)
    (finding,) = [check["finding"] for check in checks if check["what"] == "terminal"]
    assert "a pipe" in finding


def test_a_long_finding_goes_under_its_beginning_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    label, finding = "· Sixel  ", "one two three four five six seven eight nine ten eleven twelve"
    assert doctor._wrap(label, finding) == label + finding
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    lines = doctor._wrap(label, finding).splitlines()
    assert len(lines) == 2
    assert all(len(line) <= 50 for line in lines)
    assert lines[1].startswith(" " * len(label) + "nine")
