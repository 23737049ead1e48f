"""The action registry: no key twice in a context, and settings that are wrong are said."""

from __future__ import annotations

import itertools

import pytest

from tui_selector.app import actions, keymap


@pytest.mark.parametrize("context", ["grid", "loupe", "compare", "groups", "duel"])
def test_no_key_does_two_things_in_one_context(context: actions.Context) -> None:
    here = [a for a in actions.ACTIONS if a.is_for(context) or a.is_for("everywhere")]
    for one, other in itertools.combinations(here, 2):
        assert not set(one.keys) & set(other.keys), (one.id, other.id)


def test_ids_are_unique() -> None:
    assert len(actions.BY_ID) == len(actions.ACTIONS)


def test_bindings_carry_the_id_and_only_footer_words_are_shown() -> None:
    for binding in actions.bindings("grid", "loupe", "compare", "everywhere"):
        action = actions.BY_ID[binding.id or ""]
        assert binding.action == action.command
        assert binding.show == bool(action.footer)


@pytest.mark.parametrize("context", ["loupe", "compare", "groups", "duel"])
def test_the_key_bar_names_the_way_back(context: actions.Context) -> None:
    named = {a.footer: a.keys for a in actions.ACTIONS if a.is_for(context) and a.footer}
    assert named["back"] == ("escape",)


def test_a_setting_gives_an_action_other_keys() -> None:
    keys = keymap.keymap({"pick": "Z, ctrl+y"})
    assert keys.keys["pick"] == ("Z", "ctrl+y")
    assert not keys.complaints
    assert keys.overrides() == {"pick": "Z,ctrl+y"}


def test_two_actions_can_swap_keys() -> None:
    keys = keymap.keymap({"pick": "x", "reject": "p"})
    assert keys.keys["pick"] == ("x",)
    assert keys.keys["reject"] == ("p",)
    assert not keys.complaints


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"pik": "y"}, "did you mean 'pick'?"),
        ({"pick": "x"}, "it is already 'reject'"),
        ({"pick": "q"}, "it is already 'quit'"),
        ({"pick": "nonsense"}, "is no key"),
        ({"pick": ""}, "is no key"),
        ({"pick": "hyperspace+p"}, "is no key"),
        ({"undo": "ctrl+m"}, "a terminal sends it as 'enter'"),
    ],
)
def test_a_wrong_setting_is_passed_over_with_one_sentence(
    setting: dict[str, str], said: str
) -> None:
    keys = keymap.keymap(setting)
    (complaint,) = keys.complaints
    assert said in complaint
    assert keys.keys == keymap.keymap().keys


def test_the_loupe_and_the_grid_may_share_a_key() -> None:
    assert not keymap.keymap({"next-photo": "f"}).complaints


def test_help_shows_every_action_once_and_families_as_one_row() -> None:
    rows = [row for _, rows in keymap.sections(keymap.keymap()) for row in rows]
    families = {a.family for a in actions.ACTIONS if a.family}
    alone = [a for a in actions.ACTIONS if not a.family]
    assert len(rows) == len(families) + len(alone)
    assert ("1 … 5", "Rate with 1 to 5 stars") in rows


def test_help_lists_changed_keys_of_a_family() -> None:
    keys = keymap.keymap({"rate-5": "f9"})
    rows = {description: shown for _, rows in keymap.sections(keys) for shown, description in rows}
    assert rows["Rate with 1 to 5 stars"] == "1  2  3  4  f9"


def test_the_key_table_is_markdown() -> None:
    table = keymap.key_table()
    assert table.startswith("| key | does |\n|---|---|\n")
    assert "| `u`  `ctrl+z` | Undo |" in table
    assert "| palette | Pause or go on indexing |" in table
