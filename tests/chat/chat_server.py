"""A real HTTP server that speaks the OpenAI protocol as a test wants it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Play = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers one request as the scene of its server says.

    Attributes:
        body: What was asked.
    """

    protocol_version = "HTTP/1.1"
    server: Scene
    body: dict[str, Any]

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.server.headers.append(dict(self.headers))
        self.server.models(self)

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        self.server.headers.append(dict(self.headers))
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(self.body)
        self.server.play(self)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    # -- what scenes are made of ---------------------------------------------------------------

    def reply(self, status: int, body: object, **headers: str) -> None:
        """An answer that comes at once."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        kind = headers.pop("kind", "application/json")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin(self) -> None:
        """An answer that comes in pieces, until the connection ends."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def event(self, data: object) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        self.wfile.write(f"data: {text}\n\n".encode())
        self.wfile.flush()

    def say(self, text: str | None, reason: str | None = None) -> None:
        self.event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]})

    def done(self) -> None:
        self.say(None, "stop")
        self.event("[DONE]")


class Scene(ThreadingHTTPServer):
    """A server on this machine, and what it was asked.

    Attributes:
        play: Answers a chat.
        models: Answers the question for models.
        gate: What a play may wait for; it is open at the end.
        gone: Set by a play that found its client gone.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.play: Play = say_hello
        self.models: Play = lambda handler: handler.reply(200, {"data": [{"id": "tiny-vl"}]})
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.gate = threading.Event()
        self.gone = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def say_hello(handler: Handler) -> None:
    handler.begin()
    for word in ("Photo 2 ", "is ", "sharper."):
        handler.say(word)
    handler.done()


@contextmanager
def scene() -> Iterator[Scene]:
    """A server while the block lasts."""
    server = Scene()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
