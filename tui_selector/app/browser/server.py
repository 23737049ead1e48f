"""Serves the application to browsers: each window is a session of its own.

Whoever reaches the application may change the album, so a window needs the key of this server,
which is in the address that is printed, and only pages of this server may open a connection. What
a page needs comes from this server; a content policy forbids everything else.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'"
        " data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

#: Names by which a browser on this machine reaches it.
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class BrowserServer(Server):
    """Serves one library.

    Attributes:
        key: What the address must hold to open a window.
    """

    def __init__(self, folder: Path, options: Sequence[str], listener: socket.socket) -> None:
        """
        Args:
            folder: The library's.
            options: Of the command `open`, e.g. "--theme", "album-light".
            listener: A socket that is bound.
        """
        host, port = listener.getsockname()[:2]
        command = [sys.executable, "-m", "tui_selector", "open", *options, "--", str(folder)]
        super().__init__(
            shlex.join(command),
            host=host,
            port=port,
            title=f"tui-selector: {folder.name}",
            templates_path=Path(__file__).parent,
        )
        self.key = secrets.token_urlsafe(24)
        self._listener = listener
        self._cookie = f"tui-selector-{port}"

    @property
    def address(self) -> str:
        """What is typed into a browser, on this machine or through a forwarded port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/?key={self.key}"

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        logging.getLogger("aiohttp").setLevel(logging.ERROR)
        web.run_app(self._make_app(), sock=self._listener, print=None, access_log=None)

    async def on_startup(self, app: web.Application) -> None:
        """Nothing: the command has said where it serves."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        app.middlewares.append(guard)
        app.router.add_get("/focus.js", self._give_script)
        return app

    async def handle_index(self, request: web.Request) -> Any:
        """Give the page; addresses in it are those by which it was asked for."""
        self.public_url = f"{request.scheme}://{request.host}"
        return await super().handle_index(request)

    async def _give_script(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(Path(__file__).with_name("focus.js"))

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who has the key, from pages of this server alone."""
        if not self._is_own(f"//{request.host}"):
            raise web.HTTPForbidden(text="This server goes by another name.")
        if request.path == "/" and hmac.compare_digest(request.query.get("key", ""), self.key):
            entered = web.HTTPFound("/", headers=_HEADERS)
            entered.set_cookie(self._cookie, self.key, httponly=True, samesite="Strict", path="/")
            raise entered
        if not request.path.startswith("/static/"):
            origin = request.headers.get("Origin", "")
            is_own = not origin or urlsplit(origin).netloc == request.host
            known = request.cookies.get(self._cookie, "")
            if not is_own or not hmac.compare_digest(known.encode(), self.key.encode()):
                raise web.HTTPForbidden(
                    text="Open the address that tui-selector has printed, with its key.",
                    headers=_HEADERS,
                )
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    def _is_own(self, address: str) -> bool:
        """Whether an address names this server, and not a name that somebody else points to it."""
        name = urlsplit(address).hostname or ""
        return name in LOOPBACK or name == self.host or self.host not in LOOPBACK


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to a host and port (0: any that is free).

    Raises:
        OSError: The port is taken, or the host is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
