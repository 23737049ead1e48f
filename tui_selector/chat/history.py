"""Conversations of one library, in a file beside the journal, one JSON line a turn.

Lines are only ever appended, under a lock on the file; a line that a crash or a full disk cut short
is passed over. When the file grows too long, the older half of it is left out.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from tui_selector.chat.conversation import ChatPhoto, Conversation, Turn
from tui_selector.library.decisions.moves import discard, reason

#: Bytes from which on the file is shortened, and of the longest line that is read.
LARGEST_FILE, LONGEST_LINE = 4 * 1024 * 1024, 512 * 1024
#: Conversations that are read at most, the latest ones.
MOST_CONVERSATIONS = 200


class HistoryError(Exception):
    """Conversations cannot be read or kept; the message is a sentence."""


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A turn, and the conversation as it was then; without a turn the conversation is forgotten."""

    id: str
    started: float = 0.0
    tab: int | None = None
    photos: tuple[ChatPhoto, ...] = ()
    turn: Turn | None = None


class History:
    """The conversations of one library; several processes may keep theirs at once.

    Nothing is held open: the file is made by the first turn that is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = msgspec.json.Decoder(_Line)

    def keep(self, conversation: Conversation) -> None:
        """Keep the last turn of a conversation.

        Raises:
            HistoryError: The file cannot be written.
        """
        if conversation.turns:
            self._append(
                _Line(
                    id=conversation.id,
                    started=conversation.started,
                    tab=conversation.tab,
                    photos=conversation.photos,
                    turn=conversation.turns[-1],
                )
            )

    def forget(self, conversation: str) -> None:
        """Leave a conversation out from now on.

        Raises:
            HistoryError: The file cannot be written.
        """
        self._append(_Line(id=conversation))

    def conversations(self) -> list[Conversation]:
        """What was kept, the conversation that was spoken in last first.

        Raises:
            HistoryError: The file cannot be read.
        """
        found: dict[str, Conversation] = {}
        try:
            with self._path.open("rb") as file:
                for line in self._lines(file):
                    before = found.pop(line.id, None)
                    if line.turn is not None:
                        found[line.id] = _after(before, line)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._error("read", error) from error
        return list(reversed(found.values()))[:MOST_CONVERSATIONS]

    # -- the file ----------------------------------------------------------------------------

    def _lines(self, file: BinaryIO) -> Iterator[_Line]:
        is_whole = True
        while data := file.readline(LONGEST_LINE):
            begins, is_whole = is_whole, data.endswith(b"\n")
            if begins and is_whole:
                # A line that is damaged says nothing; the others still do.
                with contextlib.suppress(msgspec.MsgspecError, ValueError, RecursionError):
                    yield self._decoder.decode(data)

    def _append(self, line: _Line) -> None:
        data = msgspec.json.encode(line) + b"\n"
        if len(data) > LONGEST_LINE:
            return  # no turn within the limits of a conversation is so long
        try:
            with self._locked() as file:
                size = file.seek(0, os.SEEK_END)
                if size:
                    file.seek(size - 1)
                    data = data if file.read(1) == b"\n" else b"\n" + data
                file.write(data)
                file.flush()
                if size + len(data) > LARGEST_FILE:
                    self._shorten(file)
        except OSError as error:
            raise self._error("kept", error) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """The file, locked and still the one that stands at the path."""
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if _is_at(file, self._path):
                    yield file
                    return

    def _shorten(self, file: BinaryIO) -> None:
        """Leave out the older half; the file is locked."""
        file.seek(-LARGEST_FILE // 2, os.SEEK_END)
        file.readline()
        rest = file.read()
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as shorter:
                shorter.write(rest)
            part.replace(self._path)
        finally:
            discard(part)

    def _error(self, done: str, error: OSError) -> HistoryError:
        return HistoryError(f"Conversations cannot be {done} ({reason(error)}).")


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether an open file is the one at a path."""
    here = os.fstat(file.fileno())
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


def _after(before: Conversation | None, line: _Line) -> Conversation:
    """A conversation with the turn of a line; what was asked or answered again replaces the old."""
    assert line.turn is not None
    turns = before.turns if before is not None else ()
    if line.turn in turns:
        turns = turns[: turns.index(line.turn)]
    if turns and turns[-1].who == line.turn.who:
        turns = turns[:-1]
    return Conversation(
        id=line.id,
        started=line.started,
        tab=line.tab,
        photos=line.photos,
        turns=(*turns, line.turn),
    )
