"""A page in a headless Chromium, driven through its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from PIL import Image

#: Names of the program, the first that is there is taken.
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

PROGRAM = next(filter(None, map(shutil.which, _PROGRAMS)), None)


class BrowserPage:
    """One page.

    Attributes:
        requests: Every address that it has asked for, in order.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.requests: list[str] = []
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self._reader = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Page.loadEventFired":
                self._loaded.set()
            elif said["method"] == "Network.requestWillBeSent":
                self.requests.append(said["params"]["request"]["url"])
            elif said["method"] == "Network.webSocketCreated":
                self.requests.append(said["params"]["url"])

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Have the browser do something; what it answers."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        message = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send_str(json.dumps(message))
        said = await answer
        assert "error" not in said, said["error"]
        result: dict[str, Any] = said["result"]
        return result

    async def go(self, address: str) -> None:
        """Open an address and wait for the page."""
        self._loaded.clear()
        for domain in ("Page", "Network", "Runtime"):
            await self.call(f"{domain}.enable")
        await self.call("Page.navigate", url=address)
        await self._loaded.wait()

    async def type(self, letter: str) -> None:
        """Press a key that is a letter."""
        code = {"key": letter, "windowsVirtualKeyCode": ord(letter.upper())}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=letter, **code)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    async def click(self, x: int, y: int) -> None:
        """Click with the mouse."""
        for way in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=way, x=x, y=y, button="left", clickCount=1
            )

    async def picture(self) -> Image.Image:
        """What it looks like now, RGB."""
        found = await self.call("Page.captureScreenshot", format="png")
        return Image.open(io.BytesIO(base64.b64decode(found["data"]))).convert("RGB")

    def close(self) -> None:
        self._reader.cancel()


@asynccontextmanager
async def browser_page(size: tuple[int, int] = (1280, 800)) -> AsyncIterator[BrowserPage]:
    """Run a browser with one page of this size in pixels."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-3d-apis",  # without a graphics card, drawing without WebGL is quicker
            "--disable-background-networking",
            "--no-first-run",
            f"--window-size={size[0]},{size[1]}",
            "--remote-debugging-port=0",
            f"--user-data-dir={folder}",
            "about:blank",
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert process.stderr is not None
        try:
            line = b""
            while not line.startswith(b"DevTools listening on ws://"):
                line = await process.stderr.readline()
                assert line, "the browser has ended"
            drain = asyncio.ensure_future(process.stderr.read())
            place = line.decode().split("//")[1].split("/")[0]
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://{place}/json/list") as answer:
                    pages = [each for each in await answer.json() if each["type"] == "page"]
                address = pages[0]["webSocketDebuggerUrl"]
                async with session.ws_connect(address, max_msg_size=0) as socket:
                    page = BrowserPage(socket)
                    yield page
                    page.close()
        finally:
            process.kill()
            await process.wait()
        await drain
