"""What the command recognises before anything is imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest
from patience import PATIENCE

from tui_selector import __main__ as entry
from tui_selector.cli import words
from tui_selector.cli.root import open_folder, root


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)


@pytest.mark.usefixtures("_terminal")
def test_a_folder_to_open_is_told_from_commands(tmp_path: Path) -> None:
    folder = str(tmp_path)
    for arguments in (
        [folder],
        ["open", folder],
        ["--graphics", "off", folder],
        [folder, "--tile", "3"],
        ["open", folder, "--theme=album"],
    ):
        assert entry._folder_to_open(arguments) == folder, arguments
    for arguments in (
        [],
        ["index", folder],
        [folder, "--help"],
        ["--version"],
        [folder, folder],
        [folder + "/nowhere"],
        ["doctor"],
    ):
        assert entry._folder_to_open(arguments) is None, arguments


def test_the_early_lists_agree_with_the_command_line() -> None:
    import click

    context = click.Context(root)
    assert root.list_commands(context) == list(words.COMMANDS)
    for name in words.COMMANDS:
        assert root.get_command(context, name) is not None
    valued = {
        option
        for parameter in open_folder.params
        if isinstance(parameter, click.Option) and not parameter.is_flag
        for option in parameter.opts
    }
    assert valued == set(words.VALUED)


def test_the_first_bytes_are_one_write_and_name_the_folder(tmp_path: Path) -> None:
    hostile = tmp_path / "a\x1b[31m\nb"
    hostile.mkdir()
    code = f"from tui_selector import __main__ as entry; entry._draw_opening({str(hostile)!r})"
    process = pexpect.spawn(sys.executable, ["-c", code], timeout=PATIENCE)
    shown = process.read()
    process.close()
    assert shown.startswith(b"\x1b[?1049h")
    assert b"Opening" in shown
    assert b"a\x1b[31m" not in shown
