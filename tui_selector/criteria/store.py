"""Where runs are kept: a SQLite file beside the catalog, and a folder for the eye for each run.

What a model has answered is kept by what it was asked: the model, the words and the picture. So a
run that is made again, or goes on after a crash, asks nothing twice, and another wording asks only
what it changes.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tui_selector.criteria.rows import Row
from tui_selector.criteria.run import STEPS, Run

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS asked(
    key    BLOB PRIMARY KEY,
    answer TEXT NOT NULL,
    made   REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs(
    id       TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    created  REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS photos(
    run      TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    key      TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY(run, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS photos_key ON photos(key);
COMMIT;
"""


def question_key(model: str, *parts: str) -> bytes:
    """What an answer is kept under: the model and everything that it was told and shown."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (model, *parts):
        encoded = part.encode("utf-8", "surrogateescape")
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return digest.digest()


class RunStore:
    """The runs of one library; belongs to the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._db = connection
        self._folder = folder

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the store in a folder, made on first use.

        Raises:
            OSError: The folder cannot be made.
            sqlite3.Error: The file cannot be opened or is damaged.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / "runs.sqlite", timeout=30, isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.executescript(_SCHEMA)
        except BaseException:
            connection.close()
            raise
        return cls(connection, folder)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- answers ---------------------------------------------------------------------------------

    def answer(self, key: bytes) -> str | None:
        """What was answered to a question; None where it was never asked."""
        row = self._db.execute("SELECT answer FROM asked WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, answers: Iterable[tuple[bytes, str]]) -> None:
        """Keep answers at once, in the place of earlier ones."""
        now = time.time()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT OR REPLACE INTO asked(key, answer, made) VALUES(?, ?, ?)",
            [(key, answer, now) for key, answer in answers],
        )
        self._db.execute("COMMIT")

    # -- runs ------------------------------------------------------------------------------------

    def runs(self) -> list[Run]:
        """All runs, the latest first; what another version wrote is passed over."""
        found = []
        for (document,) in self._db.execute("SELECT document FROM runs ORDER BY created DESC, id"):
            try:
                found.append(msgspec.json.decode(document, type=Run))
            except msgspec.MsgspecError:
                continue
        return found

    def run(self, id_: str) -> Run | None:
        """The run of an id; None where there is none."""
        row = self._db.execute("SELECT document FROM runs WHERE id = ?", (id_,)).fetchone()
        try:
            return msgspec.json.decode(row[0], type=Run) if row else None
        except msgspec.MsgspecError:
            return None

    def save(self, run: Run, rows: Iterable[Row] = ()) -> None:
        """Keep a run, and these of its rows, at once."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "INSERT INTO runs(id, document, created) VALUES(?, ?, ?)"
            " ON CONFLICT(id) DO UPDATE SET document = excluded.document",
            (run.id, msgspec.json.encode(run).decode(), run.created),
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO photos(run, key, document) VALUES(?, ?, ?)",
            [(run.id, row.key, msgspec.json.encode(row).decode()) for row in rows],
        )
        self._db.execute("COMMIT")

    def rows(self, id_: str) -> dict[str, Row]:
        """What a run knows of pictures, by their keys."""
        rows = self._db.execute("SELECT document FROM photos WHERE run = ?", (id_,))
        found = (msgspec.json.decode(document, type=Row) for (document,) in rows)
        return {row.key: row for row in found}

    def keys(self, id_: str) -> set[str]:
        """The pictures that a run knows of."""
        rows = self._db.execute("SELECT key FROM photos WHERE run = ?", (id_,))
        return {key for (key,) in rows}

    def of_photo(self, key: str) -> list[tuple[Run, Row]]:
        """What all runs know of one picture, the latest run first."""
        rows = self._db.execute(
            "SELECT r.document, p.document FROM photos p JOIN runs r ON r.id = p.run"
            " WHERE p.key = ? ORDER BY r.created DESC, r.id",
            (key,),
        )
        return [
            (msgspec.json.decode(run, type=Run), msgspec.json.decode(row, type=Row))
            for run, row in rows
        ]

    def remove(self, id_: str) -> None:
        """Forget a run, and remove its folder; what models have answered stays."""
        import shutil

        self._db.execute("DELETE FROM runs WHERE id = ?", (id_,))
        shutil.rmtree(self.folder(id_), ignore_errors=True)

    # -- for the eye -----------------------------------------------------------------------------

    def folder(self, id_: str) -> Path:
        """Where the record of a run is written."""
        return self._folder / id_

    def record(self, run: Run, rows: Sequence[Row], paths: dict[str, str]) -> None:
        """Write a run for people and other programs: settings, prompts and answers.

        `run.json` holds the wish and the classes, `prompts.txt` what a model was told,
        `answers.jsonl` a line for each picture, with its file.

        Raises:
            OSError: It cannot be written.
        """
        folder = self.folder(run.id)
        folder.mkdir(mode=0o700, exist_ok=True)
        settings = msgspec.json.format(msgspec.json.encode(run), indent=2)
        _write(folder / "run.json", settings + b"\n")
        prompts = [f"# {step}\n\n{run.wish.prompts.get(step, '')}\n" for step in STEPS]
        if run.wish.prompts:
            _write(folder / "prompts.txt", "\n".join(prompts).encode())
        lines = [
            msgspec.json.encode(
                {
                    "image_file": paths.get(row.key, "").encode("utf-8", "replace").decode(),
                    "hash": row.key,
                    "text": row.description or "",
                    "label": row.label or "",
                    "class": row.final or "",
                    "answer": row.answer,
                    "confidence": round(row.confidence, 4),
                    "reason": row.reason,
                    "failed": row.failed,
                    "by_owner": row.owner is not None,
                }
            )
            for row in rows
        ]
        _write(folder / "answers.jsonl", b"".join(line + b"\n" for line in lines))


def _write(file: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    half = file.with_name(file.name + ".new")
    half.write_bytes(data)
    half.replace(file)
