"""Which of two photos the owner found better, each time he was asked."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

import msgspec


class Vote(msgspec.Struct, frozen=True):
    """A choice between two photos, by their ids."""

    winner: int
    loser: int


class VoteTable:
    """Reads and writes votes; of two photos the last word counts. Writes join the caller's
    transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def all(self) -> list[Vote]:
        """Every vote, the oldest first."""
        rows = self._db.execute("SELECT winner, loser FROM votes ORDER BY voted, winner, loser")
        return [Vote(winner, loser) for winner, loser in rows]

    def among(self, photos: Sequence[int]) -> list[Vote]:
        """The votes between two of some photos, the oldest first."""
        some = msgspec.json.encode(list(photos)).decode()
        rows = self._db.execute(
            "SELECT winner, loser FROM votes WHERE winner IN (SELECT value FROM json_each(?1))"
            " AND loser IN (SELECT value FROM json_each(?1)) ORDER BY voted, winner, loser",
            (some,),
        )
        return [Vote(winner, loser) for winner, loser in rows]

    def add(self, vote: Vote) -> None:
        """Keep a vote, in the place of one to the contrary; photos that are gone have none."""
        self.remove([Vote(vote.loser, vote.winner)])
        self._db.execute(
            "INSERT INTO votes(winner, loser, voted) SELECT ?1, ?2, ?3"
            " WHERE (SELECT count(*) FROM photos WHERE id IN (?1, ?2)) = 2"
            " ON CONFLICT(winner, loser) DO UPDATE SET voted = excluded.voted",
            (vote.winner, vote.loser, time.time()),
        )

    def remove(self, votes: list[Vote]) -> None:
        """Forget votes."""
        self._db.executemany(
            "DELETE FROM votes WHERE winner = ? AND loser = ?",
            [(vote.winner, vote.loser) for vote in votes],
        )
