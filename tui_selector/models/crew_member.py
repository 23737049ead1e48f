"""A process of a crew: `python -m tui_selector.models.crew_member ORDER DESCRIPTOR…`.

Loads a model on a device, says so, and embeds the pictures that come over its connections, one
thread for each of these. It ends when the process that started it does.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import numpy as np

from tui_selector.models.conversion import brief
from tui_selector.models.crew import Answer, Batch, Order, receive, send
from tui_selector.models.embedder import ModelError


def serve(connection: Connection, embed: Callable[[Sequence[np.ndarray]], np.ndarray]) -> None:
    """Embed what comes over a connection until that ends.

    Args:
        connection: See `crew.ask` for its other end.
        embed: Gives the vectors of prepared pictures, (n, d) float32.
    """
    while True:
        try:
            batch, content = receive(connection, Batch)
        except (EOFError, OSError):
            return
        try:
            rows = embed(_pictures(batch, content))
            answer = Answer(shape=(len(rows), rows.shape[1]))
        except ModelError as error:
            rows, answer = np.empty((0, 0), np.float32), Answer(trouble=str(error))
        except Exception as error:  # whatever a network raises is for whoever asked
            rows, answer = np.empty((0, 0), np.float32), Answer(trouble=brief(error))
        try:
            send(connection, answer, np.ascontiguousarray(rows, np.float32).tobytes())
        except OSError:
            return


def _pictures(batch: Batch, content: bytes) -> list[np.ndarray]:
    sizes = [3 * height * width for height, width in batch.shapes]
    parts = np.split(np.frombuffer(content, np.uint8), np.cumsum(sizes)[:-1])
    return [
        part.reshape(height, width, 3)
        for part, (height, width) in zip(parts, batch.shapes, strict=True)
    ]


def main(order: Order, connections: list[Connection]) -> None:
    """Load the model and serve all connections to their end."""
    from tui_selector.models.dual_encoder import load_dual_encoder

    try:
        model = load_dual_encoder(
            Path(order.folder),
            order.device,
            name=order.name,
            revision=order.revision,
            batch_size=order.batch_size,
            trust_remote_code=order.trusted,
            cache=Path(order.cache) if order.cache else None,
        )
        model.forget_words()
    except Exception as error:  # the reason is for whoever started this
        trouble = str(error) if isinstance(error, ModelError) else brief(error)
        send(connections[0], Answer(trouble=trouble))
        return
    send(connections[0], Answer(key=str(model.key)))
    threads = [
        threading.Thread(target=serve, args=(connection, model.embed_images), daemon=True)
        for connection in connections
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    main(
        msgspec.json.decode(sys.argv[1], type=Order),
        [Connection(int(each)) for each in sys.argv[2:]],
    )
