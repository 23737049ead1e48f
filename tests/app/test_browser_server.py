"""Who gets into a library that is served to browsers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("textual_serve", reason="the extra `serve` is not installed")

import aiohttp
from aiohttp import web

from tui_selector.app.browser.server import BrowserServer, listen


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[BrowserServer]:
    listener = listen("127.0.0.1", 0)
    server = BrowserServer(tmp_path, [], listener)
    server.command = "head -c 1"  # in the place of the application: ends when it is told
    runner = web.AppRunner(await server._make_app())
    await runner.setup()
    await web.SockSite(runner, listener).start()
    yield server
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        yield client


def base(server: BrowserServer) -> str:
    return server.address.partition("?")[0]


async def test_nobody_gets_in_without_the_key(
    server: BrowserServer, client: aiohttp.ClientSession
) -> None:
    for path in ("", "?key=wrong", "ws", "download/1", "?key="):
        async with client.get(base(server) + path) as answer:
            assert answer.status == 403, path
            assert server.key not in await answer.text()


async def test_the_key_opens_a_page_that_needs_nothing_from_elsewhere(
    server: BrowserServer, client: aiohttp.ClientSession
) -> None:
    async with client.get(server.address) as answer:
        assert answer.status == 200
        assert str(answer.url) == base(server)  # the key is not in the address any more
        policy = answer.headers["Content-Security-Policy"]
        text = await answer.text()
    assert policy.startswith("default-src 'none'")
    addresses = re.findall(r'(?:https?|wss?)://[^"\')\s]+', text)
    assert addresses
    assert {address.split("/")[2] for address in addresses} == {base(server).split("/")[2]}
    files = [address for address in addresses if "/static/" in address]
    for address in files:
        async with client.get(address) as answer:
            assert answer.status == 200, address


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example:80"}],
)
async def test_no_page_from_elsewhere_opens_a_connection(
    server: BrowserServer, client: aiohttp.ClientSession, headers: dict[str, Any]
) -> None:
    async with client.get(server.address):
        pass
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with client.ws_connect(base(server) + "ws", headers=headers):
            pass
    assert refused.value.status == 403
    own = {"Origin": base(server).rstrip("/")}
    async with client.ws_connect(base(server) + "ws", headers=own) as socket:
        await socket.send_json(["ping", 7])
        async for message in socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                assert message.json() == ["pong", 7]
                break


async def test_a_name_with_a_quote_is_one_argument(tmp_path: Path) -> None:
    import shlex

    listener = listen("127.0.0.1", 0)
    with listener:
        folder = tmp_path / 'it\'s; rm -rf "x"'
        command = shlex.split(BrowserServer(folder, ["--theme", "album"], listener).command)
    assert command[-2:] == ["--", str(folder)]
    assert command[3:6] == ["open", "--theme", "album"]
