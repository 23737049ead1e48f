from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tui_selector.library.catalog import schema
from tui_selector.library.catalog.schema import SET_ASIDE_KEY, VERSION, CatalogError, connect


def fill(path: Path, rows: int = 400) -> None:
    """Make a catalog of several dozen pages."""
    connection, _ = connect(path)
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO photos(path, sort_key, size, mtime_ns, kind, noticed, problem)"
        " VALUES(?, ?, 1, 1, 'image', 0, ?)",
        [(b"%d.jpg" % n, b"%d" % n, "x" * 500) for n in range(rows)],
    )
    connection.execute("COMMIT")
    connection.close()


def test_a_new_catalog_has_the_newest_version_and_a_write_ahead_log(tmp_path: Path) -> None:
    connection, aside = connect(tmp_path / "catalog.sqlite")
    assert aside is None
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    connection.close()


def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    fill(tmp_path / "catalog.sqlite")
    connection, aside = connect(tmp_path / "catalog.sqlite")
    assert aside is None
    assert connection.execute("SELECT count(*) FROM photos").fetchone() == (400,)
    connection.close()


def test_a_newer_catalog_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    fill(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(CatalogError, match="newer tui-selector") as caught:
        connect(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert [place.name for place in tmp_path.glob("*corrupt*")] == []


def test_an_older_catalog_is_migrated_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "catalog.sqlite"
    fill(path)
    more = (*schema.MIGRATIONS, "CREATE TABLE later(x)", "ALTER TABLE later ADD COLUMN y")
    monkeypatch.setattr(schema, "MIGRATIONS", more)
    monkeypatch.setattr(schema, "VERSION", len(more))
    connection, _ = connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(more),)
    assert connection.execute("SELECT x, y FROM later").fetchall() == []
    assert connection.execute("SELECT count(*) FROM photos").fetchone() == (400,)
    connection.close()


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "catalog.sqlite"
    fill(path)
    more = (*schema.MIGRATIONS, "CREATE TABLE later(x); CREATE TABLE photos(x)")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", more)
        patched.setattr(schema, "VERSION", len(more))
        with pytest.raises(CatalogError, match="cannot be opened"):
            connect(path)
    connection, _ = connect(path)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "later" not in tables
    connection.close()


def garbage(data: bytes) -> bytes:
    return os.urandom(len(data))


def bad_header(data: bytes) -> bytes:
    return b"\0" * 100 + data[100:]


def cut_in_half(data: bytes) -> bytes:
    return data[: len(data) // 2 + 100]


def cut_in_the_header(data: bytes) -> bytes:
    return data[:50]


def text(data: bytes) -> bytes:
    return b"this is no database\n" * 500


def first_page_lost(data: bytes) -> bytes:
    return data[:100] + b"\0" * (4096 - 100) + data[4096:]


@pytest.mark.parametrize(
    "damage", [garbage, bad_header, cut_in_half, cut_in_the_header, text, first_page_lost]
)
def test_a_corrupt_catalog_is_set_aside_whole(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "catalog.sqlite"
    fill(path)
    damaged = damage(path.read_bytes())  # type: ignore[operator]
    path.write_bytes(damaged)
    connection, aside = connect(path)
    assert aside is not None
    assert aside.parent == tmp_path
    assert aside.read_bytes() == damaged
    assert connection.execute("SELECT count(*) FROM photos").fetchone() == (0,)
    connection.close()
    again, nothing = connect(path)
    assert nothing is None
    again.close()


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.touch()
    connection, _ = connect(path)
    assert connection.execute("SELECT count(*) FROM photos").fetchone() == (0,)
    connection.close()


def test_two_predecessors_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    for _ in range(2):
        path.write_bytes(b"no database" * 1000)
        connection, aside = connect(path)
        connection.close()
        assert aside is not None
    assert len(list(tmp_path.glob("catalog.corrupt-*.sqlite"))) == 2


def test_a_folder_in_the_place_of_the_catalog_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").mkdir()
    with pytest.raises(CatalogError, match="cannot be opened"):
        connect(tmp_path / "catalog.sqlite")


OPENS_AND_COUNTS = """
import os, sys
from pathlib import Path
from tui_selector.library.catalog.schema import connect

print("ready", flush=True)
sys.stdin.readline()
connection, aside = connect(Path(sys.argv[1]))
connection.execute("INSERT INTO meta(key, value) VALUES(?, '1')", (str(os.getpid()),))
connection.close()
print(int(aside is not None))
"""


@pytest.mark.parametrize("corrupt", [False, True])
def test_processes_that_open_at_once_agree(tmp_path: Path, corrupt: bool) -> None:
    """One of them makes the catalog, or sets the corrupt one aside; the others find it made."""
    path = tmp_path / "catalog.sqlite"
    if corrupt:
        path.write_bytes(b"no database" * 1000)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPENS_AND_COUNTS, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    aside = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert all(process.returncode == 0 for process in processes)
    assert sum(aside) == int(corrupt)
    connection, _ = connect(path)
    keys = {key for (key,) in connection.execute("SELECT key FROM meta")}
    assert keys == {str(process.pid) for process in processes} | (
        {SET_ASIDE_KEY} if corrupt else set()
    )
    connection.close()
