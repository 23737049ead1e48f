from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_selector.library.catalog import schema
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.search_table import SavedSearch
from tui_selector.paths import library_paths


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as opened:
        yield opened


def test_searches_keep_their_order_and_survive_a_restart(catalog: Catalog, tmp_path: Path) -> None:
    catalog.searches.save("Best beaches", "beach rating>=4")
    catalog.searches.save("Animals", "#dog|cat")
    catalog.searches.save("best BEACHES", "beach rating>=5")
    with Catalog.open(library_paths(tmp_path)) as again:
        assert again.searches.all() == [
            SavedSearch("Best beaches", "beach rating>=5"),
            SavedSearch("Animals", "#dog|cat"),
        ]
        assert again.searches.get("ANIMALS") == SavedSearch("Animals", "#dog|cat")
        assert again.searches.get("plants") is None


def test_searches_are_renamed_and_removed(catalog: Catalog) -> None:
    catalog.searches.save("a", "1")
    catalog.searches.save("b", "2")
    with pytest.raises(ValueError, match="already"):
        catalog.searches.rename("a", "B")
    assert catalog.searches.rename("a", "A")
    assert not catalog.searches.rename("c", "d")
    assert catalog.searches.remove("b")
    assert not catalog.searches.remove("b")
    assert catalog.searches.all() == [SavedSearch("A", "1")]


def test_a_search_joins_the_transaction(catalog: Catalog) -> None:
    with suppress(KeyError), catalog.transaction():
        catalog.searches.save("a", "1")
        raise KeyError
    assert catalog.searches.all() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(codec="utf-8")), query=st.text(st.characters(codec="utf-8")))
def test_any_text_is_kept_as_it_is(catalog: Catalog, name: str, query: str) -> None:
    catalog.searches.remove(name)
    catalog.searches.save(name, query)
    assert catalog.searches.get(name) == SavedSearch(name, query)


def test_a_catalog_of_the_first_version_gets_the_columns_that_searches_ask_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "catalog.sqlite"
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        patched.setattr(schema, "VERSION", 1)
        connection, _ = schema.connect(path)
        rows = [
            (1, b"2025/a.b/c.JPG", '{"camera":"X100","taken":1000.5,"taken_offset":-60,"iso":200}'),
            (2, b"no suffix", '{"camera":"","taken":null}'),
            (3, b"\xff.Png", "{}"),
        ]
        for id_, name, facts in rows:
            connection.execute(
                "INSERT INTO photos(id, path, sort_key, size, mtime_ns, kind, noticed)"
                " VALUES(?, ?, ?, 1, 1, 'image', 0)",
                (id_, name, name),
            )
            connection.execute("INSERT INTO metadata(photo, facts) VALUES(?, ?)", (id_, facts))
        connection.close()
    connection, aside = schema.connect(path)
    assert aside is None
    assert connection.execute("SELECT camera, iso, clock FROM metadata").fetchall() == [
        ("X100", 200.0, 1000.5 - 3600),
        (None, None, None),
        (None, None, None),
    ]
    suffixes = connection.execute("SELECT suffix FROM photos ORDER BY id").fetchall()
    assert suffixes == [("jpg",), ("no suffix",), ("png",)]
    connection.execute('UPDATE metadata SET facts = \'{"camera":"Y"}\' WHERE photo = 2')
    found = connection.execute("SELECT photo FROM metadata WHERE camera = 'Y'").fetchall()
    assert found == [(2,)]
    with pytest.raises(sqlite3.OperationalError, match="generated column"):
        connection.execute("UPDATE metadata SET camera = 'Z'")
    connection.close()
