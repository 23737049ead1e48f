"""The table of what web demos did names keys and commands that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from tui_selector.app.actions import ACTIONS
from tui_selector.cli.root import root

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
TABLE = README.split("## What the web demos did")[1].split("\n## ")[0]
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in TABLE.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| what"))
]
KEYS = {key for action in ACTIONS for key in action.keys}


def test_it_has_every_row() -> None:
    assert len(ROWS) >= 33
    assert all(len(row) == 3 and row[0] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_its_keys_and_commands_exist(row: list[str]) -> None:
    for key in re.findall(r"`([^`]+)`", row[1]):
        assert key.replace("\\|", "|") in KEYS | {"@"}, key
    context = click.Context(root)
    for code in re.findall(r"`([^`]+)`", row[2]):
        words = shlex.split(code.removeprefix("tui-selector "))
        if words[0] == "DIR" or words[0].startswith("-"):
            words.insert(0, "open")
        command = root.get_command(context, words[0])
        assert command is not None, words[0]
        if isinstance(command, click.Group) and len(words) > 1:
            command = command.get_command(click.Context(command), words[1])
            assert command is not None, code
        known = {name for each in command.params for name in each.opts}
        assert {word for word in words if word.startswith("-")} <= known, code
