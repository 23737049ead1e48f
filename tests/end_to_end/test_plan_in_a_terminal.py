"""A plan file in a real terminal: what it would do is shown and asked, and done on a yes alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from installed_command import command
from PIL import Image
from terminal_session import Terminal

from tui_selector.library.decisions.plan_file import Proposal, Proposed, write
from tui_selector.library.folder.identity import hash_file

Open = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos with sidecars."""
    made = tmp_path / "Photos"
    made.mkdir()
    for name in ("a", "b"):
        Image.new("RGB", (60, 40), "teal").save(made / f"{name}.png")
        (made / f"{name}.xmp").write_text(f"<x>{name}</x>")
    assert command("list", made).code == 0
    return made


@pytest.fixture
def plan(folder: Path, tmp_path: Path) -> Path:
    place = tmp_path / "plan.jsonl"
    proposed = Proposed(
        path="a.png",
        hash=hash_file(folder / "a.png"),
        action="trash",
        reasons=("Blurred \x1b]0;by\x07 motion.",),
    )
    write(place, Proposal(id="01234567", library=folder, made=1.8e9, photos=(proposed,)))
    return place


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("answer", ["n", "y"])
def test_only_a_yes_moves_files(folder: Path, plan: Path, open_terminal: Open, answer: str) -> None:
    before = names(folder)
    terminal = open_terminal("plan", "apply", plan)
    terminal.process.expect_exact("Trash a.png? [y/N]:")
    shown = terminal.process.before
    assert rb"trash  a.png  Blurred \x1b]0;by\x07 motion." in shown
    assert b"\x1b" not in shown
    assert names(folder) == before
    terminal.process.sendline(answer)
    terminal.process.wait()
    assert terminal.process.exitstatus == (0 if answer == "y" else 1)
    assert names(folder) == (["b.png", "b.xmp"] if answer == "y" else before)
    undone = command("plan", "undo", plan)
    assert undone.code == (0 if answer == "y" else 1)
    assert names(folder) == before
