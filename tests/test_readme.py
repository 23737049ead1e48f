"""The README says what is true."""

from __future__ import annotations

import re
from pathlib import Path

from tui_selector.app.keymap import key_table
from tui_selector.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_key_table_is_the_registrys() -> None:
    shown = README.split("<!-- keys -->")[1].split("<!-- /keys -->")[0].strip()
    assert shown == key_table().strip()


def test_every_setting_is_in_it_with_its_default() -> None:
    import tomllib

    block = README.split("```toml")[1].split("```")[0]
    shown = tomllib.loads(block)
    assert set(shown) == set(Settings.__struct_fields__)
    defaults = Settings()
    for name, value in shown.items():
        if name != "keys":
            assert getattr(defaults, name) == value, name


def test_every_file_it_names_is_there() -> None:
    for path in re.findall(r"(?:tests|screenshots)/[\w/.]+\w", README):
        assert (ROOT / path).exists(), path


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = re.search(r"pip install '\.\[dev\]'.*", README)
    assert command is not None
    assert command[0] in (ROOT / ".ci" / "run").read_text("utf-8")
