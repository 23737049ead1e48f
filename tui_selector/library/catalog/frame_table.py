"""The frames that stand for videos, by the hash of the video's bytes.

Their vectors lie beside those of photos, under keys of their own. Like those, frames belong to
bytes and not to photos: a video that is moved, or copied, keeps them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

#: Bytes of a time in a frame's key.
_TIME_BYTES = 4


class FrameTable:
    """Frames of videos. Writes join the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def set(self, video: bytes, seconds: Sequence[float]) -> list[bytes]:
        """Replace the frames of a video.

        Args:
            video: Hash of its bytes.
            seconds: Their times from its beginning; they are kept to the millisecond.

        Returns:
            The key of each frame's vectors, in the same order.
        """
        keys = [frame_key(video, second) for second in seconds]
        self._db.execute("DELETE FROM frames WHERE video = ?", (video,))
        self._db.executemany(
            "INSERT OR IGNORE INTO frames(video, seconds, key) VALUES(?, ?, ?)",
            [(video, round(second, 3), key) for second, key in zip(seconds, keys, strict=True)],
        )
        return keys

    def set_poster(self, video: bytes) -> None:
        """Let a video's own vectors, those of its poster, stand for all of it."""
        self._db.execute("DELETE FROM frames WHERE video = ?", (video,))
        self._db.execute("INSERT INTO frames(video, seconds, key) VALUES(?1, 0, ?1)", (video,))

    def of(self, video: bytes) -> list[float]:
        """The times of a video's frames in seconds, ascending; none where it has not been looked
        through."""
        rows = self._db.execute(
            "SELECT seconds FROM frames WHERE video = ? ORDER BY seconds", (video,)
        )
        return [seconds for (seconds,) in rows]

    def all(self) -> dict[bytes, list[tuple[float, bytes]]]:
        """Every video's hash with the times (seconds, ascending) and keys of its frames."""
        found: dict[bytes, list[tuple[float, bytes]]] = {}
        for video, seconds, key in self._db.execute(
            "SELECT video, seconds, key FROM frames ORDER BY video, seconds"
        ):
            found.setdefault(video, []).append((seconds, key))
        return found

    def lacking(self, space: str) -> list[int]:
        """Indexed videos that have no frames yet, or one without a vector in a space; their ids."""
        rows = self._db.execute(
            "SELECT id FROM photos WHERE kind = 'video' AND state = 'indexed' AND hash IS NOT NULL"
            " AND (NOT EXISTS (SELECT 1 FROM frames WHERE video = hash)"
            "  OR EXISTS (SELECT 1 FROM frames WHERE video = photos.hash AND NOT EXISTS"
            "   (SELECT 1 FROM vectors WHERE space = ? AND vectors.hash = key)))"
            " ORDER BY sort_key",
            (space,),
        )
        return [id_ for (id_,) in rows]


def frame_key(video: bytes, seconds: float) -> bytes:
    """What a frame's vectors are stored under: the hash of the video's bytes and milliseconds."""
    return video + min(round(1000 * seconds), 2**32 - 1).to_bytes(_TIME_BYTES, "big")
