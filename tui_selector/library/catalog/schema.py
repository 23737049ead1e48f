"""The catalog's tables, how they grow, and how a catalog file is opened safely."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Key of the name under which the predecessor of a catalog was set aside.
SET_ASIDE_KEY = "set_aside"

#: Each entry takes the catalog from the version of its index to the next (`user_version`).
MIGRATIONS = (
    """
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE photos(
        id        INTEGER PRIMARY KEY AUTOINCREMENT,
        path      BLOB    NOT NULL,
        sort_key  BLOB    NOT NULL,
        size      INTEGER NOT NULL,
        mtime_ns  INTEGER NOT NULL,
        hash      BLOB,
        kind      TEXT    NOT NULL,
        state     TEXT    NOT NULL DEFAULT 'found',
        problem   TEXT    NOT NULL DEFAULT '',
        width     INTEGER NOT NULL DEFAULT 0,
        height    INTEGER NOT NULL DEFAULT 0,
        taken     REAL,
        flag      INTEGER NOT NULL DEFAULT 0,
        rating    INTEGER NOT NULL DEFAULT 0,
        label     TEXT    NOT NULL DEFAULT '',
        perceptual_hash BLOB,
        noticed   REAL    NOT NULL
    );
    CREATE UNIQUE INDEX photos_path ON photos(path) WHERE state NOT IN ('trashed', 'missing');
    CREATE INDEX photos_hash ON photos(hash) WHERE hash IS NOT NULL;
    CREATE INDEX photos_order ON photos(state, sort_key);
    CREATE INDEX photos_present ON photos(sort_key, flag, state)
        WHERE state IN ('found', 'indexed', 'problem');
    CREATE INDEX photos_time ON photos(taken IS NULL, taken, sort_key, flag)
        WHERE state IN ('found', 'indexed', 'problem');
    CREATE INDEX photos_rejected ON photos(sort_key) WHERE flag = -1;

    -- Apart from the photos, whose rows stay short and quick to walk.
    CREATE TABLE metadata(
        photo INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
        facts TEXT    NOT NULL
    );

    CREATE TABLE companions(
        path      BLOB    PRIMARY KEY,
        photo     INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
        role      TEXT    NOT NULL,
        size      INTEGER NOT NULL,
        mtime_ns  INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX companions_photo ON companions(photo);

    CREATE TABLE tags(
        photo  INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
        name   TEXT    NOT NULL,
        source TEXT    NOT NULL,
        score  REAL    NOT NULL,
        PRIMARY KEY(photo, name, source)
    ) WITHOUT ROWID;

    CREATE TABLE vectors(
        space TEXT    NOT NULL,
        hash  BLOB    NOT NULL,
        row   INTEGER NOT NULL,
        PRIMARY KEY(space, hash)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX vectors_row ON vectors(space, row);

    CREATE TABLE tabs(
        id       INTEGER PRIMARY KEY AUTOINCREMENT,
        name     TEXT    NOT NULL,
        named_by TEXT    NOT NULL DEFAULT 'program',
        position REAL    NOT NULL,
        tags     TEXT    NOT NULL DEFAULT '[]'
    );
    CREATE TABLE members(
        photo   INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
        cluster INTEGER,
        pinned  INTEGER,
        fresh   INTEGER NOT NULL DEFAULT 0,
        -- Copies of the photo's state and flag, kept by triggers: tabs are counted without a join.
        indexed   INTEGER NOT NULL DEFAULT 0,
        undecided INTEGER NOT NULL DEFAULT 0,
        tab     INTEGER GENERATED ALWAYS AS (COALESCE(pinned, cluster, 0)) STORED
    );
    CREATE INDEX members_tab ON members(tab, indexed, undecided, fresh, pinned);
    CREATE TRIGGER members_added AFTER INSERT ON members BEGIN
        UPDATE members SET (indexed, undecided) =
            (SELECT state = 'indexed', flag = 0 FROM photos WHERE id = NEW.photo)
            WHERE photo = NEW.photo;
    END;
    CREATE TRIGGER photos_decided AFTER UPDATE OF state, flag ON photos BEGIN
        UPDATE members SET indexed = (NEW.state = 'indexed'), undecided = (NEW.flag = 0)
            WHERE photo = NEW.id;
    END;

    CREATE TABLE rescued(
        hash      BLOB    NOT NULL,
        path      BLOB    NOT NULL,
        flag      INTEGER NOT NULL,
        rating    INTEGER NOT NULL,
        label     TEXT    NOT NULL,
        elsewhere INTEGER NOT NULL,
        PRIMARY KEY(hash, path)
    ) WITHOUT ROWID;
    CREATE INDEX rescued_path ON rescued(path);
    """,
    """
    -- What searches ask of the metadata, read out of them, each with an index.
    ALTER TABLE metadata ADD COLUMN camera TEXT AS (NULLIF(json_extract(facts, '$.camera'), ''));
    ALTER TABLE metadata ADD COLUMN lens TEXT AS (NULLIF(json_extract(facts, '$.lens'), ''));
    ALTER TABLE metadata ADD COLUMN iso REAL AS (json_extract(facts, '$.iso'));
    ALTER TABLE metadata ADD COLUMN duration REAL AS (json_extract(facts, '$.duration'));
    ALTER TABLE metadata ADD COLUMN latitude REAL AS (json_extract(facts, '$.latitude'));
    ALTER TABLE metadata ADD COLUMN longitude REAL AS (json_extract(facts, '$.longitude'));
    -- The clock of the place where the photo was taken, in seconds, as if it showed UTC.
    ALTER TABLE metadata ADD COLUMN clock REAL AS (
        json_extract(facts, '$.taken') + 60 * COALESCE(json_extract(facts, '$.taken_offset'), 0)
    );
    CREATE INDEX metadata_camera ON metadata(camera) WHERE camera IS NOT NULL;
    CREATE INDEX metadata_lens ON metadata(lens) WHERE lens IS NOT NULL;
    CREATE INDEX metadata_iso ON metadata(iso) WHERE iso IS NOT NULL;
    CREATE INDEX metadata_duration ON metadata(duration) WHERE duration IS NOT NULL;
    CREATE INDEX metadata_place ON metadata(latitude, longitude) WHERE latitude IS NOT NULL;
    CREATE INDEX metadata_clock ON metadata(clock) WHERE clock IS NOT NULL;

    -- What stands after the last point of the path, in lower case.
    ALTER TABLE photos ADD COLUMN suffix TEXT AS (lower(replace(
        CAST(path AS TEXT), rtrim(CAST(path AS TEXT), replace(CAST(path AS TEXT), '.', '')), ''
    )));
    CREATE INDEX photos_search ON photos(rating, flag, label, kind, suffix, width, height, state)
        WHERE state IN ('found', 'indexed', 'problem');
    CREATE INDEX tags_name ON tags(name, photo, source, score);

    CREATE TABLE searches(
        name     TEXT PRIMARY KEY COLLATE NOCASE,
        query    TEXT NOT NULL,
        position REAL NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- What the owner says about tags: few rows, asked for at every count.
    CREATE INDEX tags_owner ON tags(name, photo, score) WHERE source = 'owner';
    -- Confidence from which a tag of the program counts, where it is not every one.
    CREATE TABLE tag_thresholds(name TEXT PRIMARY KEY, least REAL NOT NULL) WITHOUT ROWID;
    ALTER TABLE rescued ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';

    -- What is written in pictures, by the hash of their bytes. A picture that was looked at and has
    -- no text in it has a row too. `words` is for searching, `lines` is a JSON array.
    CREATE TABLE texts(
        hash   BLOB PRIMARY KEY,
        reader TEXT NOT NULL,
        words  TEXT NOT NULL,
        lines  TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX texts_found ON texts(hash, words) WHERE words <> '';
    """,
    """
    -- Frames that stand for a video, by the hash of its bytes; `key` is that of their vectors.
    CREATE TABLE frames(
        video   BLOB NOT NULL,
        seconds REAL NOT NULL,
        key     BLOB NOT NULL,
        PRIMARY KEY(video, seconds)
    ) WITHOUT ROWID;
    CREATE INDEX photos_video ON photos(state, hash) WHERE kind = 'video';
    CREATE TRIGGER frames_removed AFTER DELETE ON photos
        WHEN OLD.kind = 'video' AND OLD.hash IS NOT NULL BEGIN
        DELETE FROM frames WHERE video = OLD.hash
            AND NOT EXISTS (SELECT 1 FROM photos WHERE hash = OLD.hash);
    END;
    CREATE TRIGGER frames_changed AFTER UPDATE OF hash ON photos
        WHEN OLD.kind = 'video' AND OLD.hash IS NOT NULL AND OLD.hash IS NOT NEW.hash BEGIN
        DELETE FROM frames WHERE video = OLD.hash
            AND NOT EXISTS (SELECT 1 FROM photos WHERE hash = OLD.hash);
    END;
    """,
    """
    -- What models say of pictures while their tags are not those of the photos: a JSON array of
    -- names and scores for the hash of a picture's bytes, by the space of the model's vectors.
    CREATE TABLE model_tags(
        space TEXT NOT NULL,
        hash  BLOB NOT NULL,
        tags  TEXT NOT NULL,
        PRIMARY KEY(space, hash)
    ) WITHOUT ROWID;
    """,
    """
    -- What was measured of a picture, by the hash of its bytes: `signals` as `library.quality`
    -- packs them, `fingerprint` as `analysis.similar.hashing` makes it; `look` is the version of
    -- the closer look that it had, 0 while it had none.
    CREATE TABLE qualities(
        hash        BLOB    PRIMARY KEY,
        version     TEXT    NOT NULL,
        look        INTEGER NOT NULL DEFAULT 0,
        signals     BLOB    NOT NULL,
        fingerprint BLOB    NOT NULL
    );
    CREATE INDEX qualities_done ON qualities(hash, version, look);
    """,
    """
    -- The groups of almost equal photos that the owner has chosen to see on tiles.
    CREATE TABLE grouped(
        photo INTEGER PRIMARY KEY REFERENCES photos(id) ON DELETE CASCADE,
        key   TEXT    NOT NULL,
        kind  TEXT    NOT NULL,
        place INTEGER NOT NULL
    );
    CREATE INDEX grouped_key ON grouped(key, place, photo);
    """,
    """
    -- Which of two photos the owner found better, and when (seconds since the epoch).
    CREATE TABLE votes(
        winner INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
        loser  INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
        voted  REAL    NOT NULL,
        PRIMARY KEY(winner, loser)
    ) WITHOUT ROWID;
    CREATE INDEX votes_loser ON votes(loser);
    """,
    """
    -- What pictures show, in sentences, by the hash of their bytes; `aspect` is what a sentence
    -- looks at, '' the picture as a whole; `words` is for searching.
    CREATE TABLE captions(
        hash   BLOB NOT NULL,
        aspect TEXT NOT NULL,
        author TEXT NOT NULL,
        text   TEXT NOT NULL,
        words  TEXT NOT NULL,
        made   REAL NOT NULL,
        PRIMARY KEY(hash, aspect)
    ) WITHOUT ROWID;
    """,
    """
    -- What an XMP sidecar and the catalog agreed on when somebody last looked at both; `agreed` is
    -- a JSON object.
    CREATE TABLE sidecars(
        path     BLOB    PRIMARY KEY,
        size     INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        agreed   TEXT    NOT NULL
    ) WITHOUT ROWID;
    """,
    # Prints of pictures are kept with their contents, in `frames`.
    "ALTER TABLE photos DROP COLUMN perceptual_hash;",
)

VERSION = len(MIGRATIONS)


class CatalogError(Exception):
    """The catalog cannot be used; the message says why and what to do."""


def connect(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open the catalog file at `path`, making or migrating it; set a corrupt one aside.

    What lies on the file's later pages is read only where somebody suspects it (`suspect`). A
    catalog that takes the place of another gives no id that the other gave, so that a screen that
    still shows the other one names no wrong photo.

    Returns:
        The connection (autocommit), and where a corrupt predecessor was set aside, if one was.

    Raises:
        CatalogError: The catalog was written by a newer version, or cannot be opened or made.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        was_there = lock.exists()
        with _alone(lock):
            is_lost = was_there and not path.exists()
            try:
                connection = _open_checked(path)
                if is_lost:
                    _give_new_ids(connection)
                return connection, None
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and not is_corruption(error):
                    raise
                aside = set_aside(path)
                connection = _open(path)
                _give_new_ids(connection)
                # Whoever looks up decisions first shall know, also in another process.
                connection.execute(
                    "INSERT INTO meta(key, value) VALUES(?, json_quote(?))",
                    (SET_ASIDE_KEY, aside.name),
                )
                return connection, aside
    except (sqlite3.OperationalError, OSError) as error:
        raise CatalogError(
            f"The catalog {path} cannot be opened ({error}). Check that its folder can be written "
            "and that the disk is not full."
        ) from error


def set_aside(path: Path) -> Path:
    """Rename a corrupt catalog so that a new one can be made; return its new name."""
    aside = path.with_name(f"{path.stem}.corrupt-{time.time_ns() // 1_000_000}{path.suffix}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        rest = path.with_name(path.name + suffix)
        if rest.exists():
            rest.rename(aside.with_name(aside.name + suffix))
    _suspicion(path).unlink(missing_ok=True)
    return aside


def _give_new_ids(connection: sqlite3.Connection) -> None:
    """Let ids begin beyond those of every earlier catalog: at the time, in milliseconds."""
    for table in ("photos", "tabs"):
        connection.execute(
            "INSERT INTO sqlite_sequence(name, seq) SELECT ?, ? WHERE NOT EXISTS"
            " (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
            (table, time.time_ns() // 1_000_000, table),
        )


def is_corruption(error: BaseException) -> bool:
    """Whether an error says that a catalog file is damaged."""
    code = getattr(error, "sqlite_errorcode", 0) if isinstance(error, sqlite3.Error) else 0
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def suspect(path: Path) -> None:
    """Note that the catalog file at `path` seems damaged: whoever opens it next reads all of it."""
    with suppress(OSError):
        _suspicion(path).touch()


def is_suspect(path: Path) -> bool:
    """Whether somebody found the catalog file at `path` damaged, and nobody has opened it since."""
    return _suspicion(path).exists()


def is_whole(connection: sqlite3.Connection) -> bool:
    """Read the whole file and say whether SQLite finds it whole (takes a while when large)."""
    try:
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError:
        return False
    return bool(answer == "ok")


def _suspicion(path: Path) -> Path:
    return path.with_name(path.name + ".suspect")


def _open_checked(path: Path) -> sqlite3.Connection:
    """Open the file; where it is suspected, only if all of it can be read."""
    connection = _open(path)
    if is_suspect(path):
        if not is_whole(connection):
            connection.close()
            raise sqlite3.DatabaseError("database disk image is malformed")
        _suspicion(path).unlink(missing_ok=True)
    return connection


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise CatalogError(
                f"The catalog {path} was written by a newer tui-selector (catalog version "
                f"{version}, this program knows {VERSION}). Update tui-selector; it is untouched."
            )
        for number in range(version, VERSION):
            connection.executescript(
                f"BEGIN IMMEDIATE; {MIGRATIONS[number]}; PRAGMA user_version={number + 1}; COMMIT;"
            )
        connection.execute("SELECT count(*) FROM meta").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a file lock, so that two processes never migrate or set aside at once."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
