"""Settings: where they come from, which one wins, and what is said of nonsense."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tui_selector.settings import Settings, SettingsError, load, save


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_without_anything_the_defaults_hold(file: Path) -> None:
    assert load(file, {}) == Settings()


def test_flags_beat_variables_beat_the_file(file: Path) -> None:
    file.write_text('theme = "a"\ntile = 2\ndevice = "cpu"\nadvance = false\n[keys]\npick = "y"')
    settings = load(
        file,
        {"TUI_SELECTOR_THEME": "b", "TUI_SELECTOR_TILE": "3", "TUI_SELECTOR_KEYS": "ignored"},
        {"theme": "c", "tile": None},
    )
    assert (settings.theme, settings.tile, settings.device) == ("c", 3, "cpu")
    assert not settings.advance
    assert settings.keys == {"pick": "y"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tiel = 3", "did you mean 'tile'"),
        ("zzz = 3", "known are: theme"),
        ("tile = 9", "The value of 'tile' in"),
        ('graphics = "crayon"', "The value of 'graphics' in"),
        ("tile = ", "cannot be read"),
        ("[keys]\npick = 3", "The value of 'keys' in"),
    ],
)
def test_nonsense_in_the_file_is_named_with_its_place(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(file, {})
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_nonsense_in_a_variable_and_a_flag_names_them(file: Path) -> None:
    with pytest.raises(SettingsError, match=r"in \$TUI_SELECTOR_TILE is wrong"):
        load(file, {"TUI_SELECTOR_TILE": "big"})
    with pytest.raises(SettingsError, match="of --order is wrong"):
        load(file, {}, {"order": "size"})


def test_bytes_that_are_no_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe theme")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(file, {})


@pytest.mark.parametrize(
    "before",
    [
        "",
        "tile = 2\n",
        "tile = 2",
        "# model = 'x'\n[keys]\npick = 'y'\n",
        'model = "old" # why\ntile = 2\n',
        "'model'='old'\r\ntile = 2\r\n",
        "  [keys]\nmodel = 'a key'\n",
    ],
)
@pytest.mark.parametrize("value", ["siglip2", '/my "models"/\\x\t\x7f', "模型"])
def test_saving_a_setting_leaves_all_others(file: Path, before: str, value: str) -> None:
    file.write_text(before)
    kept = load(file, {}) if before else Settings()
    save("model", value, file)
    assert load(file, {}) == msgspec.structs.replace(kept, model=value)
    assert before.count("#") == file.read_text().count("#") + ("# why" in before)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_setting_that_cannot_be_saved_leaves_the_file(file: Path) -> None:
    file.write_text('model = """\nlong"""\n')
    with pytest.raises(SettingsError):
        save("model", "x", file)
    assert file.read_text() == 'model = """\nlong"""\n'


def test_saving_follows_a_link_to_where_the_settings_are_kept(file: Path) -> None:
    kept = file.with_name("dotfiles.toml")
    kept.write_text("tile = 2\n")
    file.symlink_to(kept)
    save("model", "builtin", file)
    assert file.is_symlink()
    assert load(kept, {}).model == "builtin"
