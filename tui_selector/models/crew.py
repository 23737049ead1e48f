"""One model on several devices: a process for each beyond the first embeds pictures, too.

Batches go to whoever is free. A process that ends, whatever the reason, costs its batch the time of
another try; the first device, which is this process's own, always stays.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from tui_selector.models.embedder import ModelError

_log = logging.getLogger(__name__)

#: Batches that a device has at once: one is brought to it while another runs.
SLOTS = 2
#: Seconds that a process gets to end.
_PATIENCE = 5.0

Embed = Callable[[Sequence[np.ndarray]], list[np.ndarray]]
Message = TypeVar("Message")


class Order(msgspec.Struct, frozen=True):
    """What a process is to load; see `dual_encoder.load_dual_encoder`."""

    folder: str
    device: str
    name: str
    revision: str
    batch_size: int
    trusted: bool
    cache: str


class Batch(msgspec.Struct, frozen=True):
    """Pictures for a process; their bytes follow.

    Attributes:
        shapes: Height and width of each, pixels; all are RGB of one byte a channel.
    """

    shapes: list[tuple[int, int]]


class Answer(msgspec.Struct, frozen=True):
    """What a process says first, and to each batch; float32 rows follow.

    Attributes:
        shape: Of the rows.
        trouble: What went wrong, one sentence; "" where nothing did.
        key: Of the model that was loaded, in the first answer.
    """

    shape: tuple[int, int] = (0, 0)
    trouble: str = ""
    key: str = ""


class LostError(Exception):
    """A process has ended."""


def send(connection: Connection, message: Any, content: Any = b"") -> None:
    """Send a message and the bytes that belong to it."""
    connection.send_bytes(msgspec.msgpack.encode(message))
    connection.send_bytes(content)


def receive(connection: Connection, kind: type[Message]) -> tuple[Message, bytes]:
    """Wait for a message and the bytes that belong to it.

    Raises:
        EOFError: The other side has ended.
    """
    message = msgspec.msgpack.decode(connection.recv_bytes(), type=kind)
    return message, connection.recv_bytes()


class Member:
    """A process that embeds pictures on a device.

    Attributes:
        device: Which.
    """

    def __init__(self, order: Order) -> None:
        """Start it; `wait` for it before it gets a batch.

        Raises:
            ModelError: No process can be started.
        """
        self.device = order.device
        pairs = [socket.socketpair() for _ in range(SLOTS)]
        self._connections = [Connection(ours.detach()) for ours, _ in pairs]
        theirs = [their.fileno() for _, their in pairs]
        package = str(Path(__file__).resolve().parents[2])
        search = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "tui_selector.models.crew_member"),
                    msgspec.json.encode(order).decode(),
                    *map(str, theirs),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": search},
                pass_fds=theirs,
            )
        except OSError as error:
            raise ModelError(f"No process for {order.device} can be started: {error}.") from error
        finally:
            for _, their in pairs:
                their.close()
        self._end = weakref.finalize(self, _end, self._process, self._connections)

    def wait(self, key: str) -> None:
        """Wait until it has loaded its model.

        Args:
            key: Of the model that it is to load.

        Raises:
            ModelError: It has not, or another one; the process ends.
        """
        try:
            answer, _ = receive(self._connections[0], Answer)
            trouble = answer.trouble
            if not trouble and answer.key != key:
                trouble = f"It loaded {answer.key} instead of {key}."
        except (EOFError, OSError):
            trouble = f"Its process ended ({self._process.wait()})."
        if trouble:
            self.end()
            raise ModelError(trouble)

    def end(self) -> None:
        """End the process."""
        self._end()

    @property
    def posts(self) -> list[Embed]:
        """What embeds with it, one for each batch that it may have at once."""
        return [_Post(self, connection) for connection in self._connections]


class _Post:
    """One of the batches that a process may have at once."""

    def __init__(self, member: Member, connection: Connection) -> None:
        self._member = member  # which lives as long as somebody may ask it
        self._connection = connection

    def __call__(self, batch: Sequence[np.ndarray]) -> list[np.ndarray]:
        """
        Raises:
            ModelError: The model fails at the batch.
            LostError: The process has ended.
        """
        return ask(self._connection, batch, self._member.device)


def ask(connection: Connection, batch: Sequence[np.ndarray], device: str) -> list[np.ndarray]:
    """Have pictures embedded by a process.

    Args:
        connection: To the process, for this batch alone.
        batch: Prepared pictures.
        device: For the message of an error.

    Raises:
        ModelError: The model fails at the batch.
        LostError: The process has ended.
    """
    flat = np.concatenate([pixels.reshape(-1) for pixels in batch])
    try:
        send(connection, Batch([pixels.shape[:2] for pixels in batch]), flat.data)
        answer, rows = receive(connection, Answer)
    except (EOFError, OSError) as error:
        raise LostError(f"the process of {device} has ended") from error
    if answer.trouble:
        raise ModelError(answer.trouble)
    return [np.frombuffer(rows, np.float32).reshape(answer.shape)]


def _end(process: subprocess.Popen[bytes], connections: Sequence[Connection]) -> None:
    for connection in connections:
        with suppress(OSError):
            connection.close()
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Crew:
    """Shares batches out among devices; any thread may call it."""

    def __init__(self, own: Embed, others: Sequence[Embed]) -> None:
        """
        Args:
            own: Embeds in this process.
            others: Embed elsewhere; one that raises LostError is not asked again.
        """
        self._free: queue.SimpleQueue[Embed] = queue.SimpleQueue()
        self._own = own
        for post in [*[own] * SLOTS, *others]:
            self._free.put(post)

    def __call__(self, batch: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Vectors of prepared pictures, (n, d) float32 each, in their order.

        Raises:
            ModelError: The model fails at the batch.
        """
        while batch:
            post = self._free.get()
            try:
                rows = post(batch)
            except LostError as error:
                _log.warning("%s; the others go on", error)
                continue
            except BaseException:
                self._free.put(post)
                raise
            self._free.put(post)
            return rows
        return []


def gather(members: Sequence[Member], key: str) -> tuple[list[Member], list[str]]:
    """Wait for processes; what comes back second says which do not take part, and why."""
    there, troubles = [], []
    for member in members:
        try:
            member.wait(key)
        except ModelError as error:
            troubles.append(f"{member.device} does not take part: {error}")
        else:
            there.append(member)
    return there, troubles
