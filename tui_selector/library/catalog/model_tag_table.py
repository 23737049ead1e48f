"""The tags that models gave, by model and content, while another model's are the photos' tags.

Like vectors they belong to bytes and are kept under the name of the model's space, so that going
from one model to another and back costs no second look at the photos.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from tui_selector.library.photo import Tag

#: The source of tags that come from a model.
SOURCE = "model"


class ModelTagTable:
    """Reads and writes the tags of models. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def keep(self, space: str, tags: Iterable[tuple[bytes, Sequence[Tag]]]) -> None:
        """Keep what a model says of some contents, named by their hashes."""
        self._db.executemany(
            "INSERT OR REPLACE INTO model_tags(space, hash, tags) VALUES(?, ?, ?)",
            [
                (space, hash_, msgspec.json.encode([(t.name, t.score) for t in some]).decode())
                for hash_, some in tags
            ],
        )

    def hashes(self, space: str) -> set[bytes]:
        """The contents of which the model of a space has said something, be it nothing."""
        rows = self._db.execute("SELECT hash FROM model_tags WHERE space = ?", (space,))
        return {hash_ for (hash_,) in rows}

    def exchange(self, former: str, space: str) -> None:
        """Make the tags of one model those of the photos, and keep those of the model before it.

        Args:
            former: The space of the model whose tags the photos have; its tags are kept.
            space: The space of the model whose tags they get; its own are no longer kept here.
        """
        self._db.execute(
            "INSERT OR REPLACE INTO model_tags(space, hash, tags)"
            " SELECT ?, hash, COALESCE((SELECT json_group_array(json_array(name, score)) FROM tags"
            "   WHERE photo = first AND source = ?), '[]')"
            " FROM (SELECT hash, min(id) AS first FROM photos"
            "   WHERE state = 'indexed' AND hash IS NOT NULL GROUP BY hash)",
            (former, SOURCE),
        )
        self._db.execute("DELETE FROM tags WHERE source = ?", (SOURCE,))
        self._db.execute(
            "INSERT OR REPLACE INTO tags(photo, name, source, score)"
            " SELECT photos.id, json_extract(value, '$[0]'), ?, json_extract(value, '$[1]')"
            " FROM model_tags JOIN photos USING(hash), json_each(model_tags.tags)"
            " WHERE model_tags.space = ?",
            (SOURCE, space),
        )
        self._db.execute("DELETE FROM model_tags WHERE space = ?", (space,))
