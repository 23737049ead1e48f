"""The address of a server that the owner names, and whether photos may go there."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from tui_selector.chat.backend import ChatError
from tui_selector.library.display import printable

_EXAMPLE = "http://localhost:8000/v1"


class Address(NamedTuple):
    """Where a server is.

    Attributes:
        base: What the paths of the protocol are added to, without a slash at its end.
        shown: For the eye: scheme, host and port, printable.
        is_local: Whether it is this machine.
    """

    base: str
    shown: str
    is_local: bool


def read_address(url: str, *, allow_remote: bool) -> Address:
    """Read what the owner gave.

    Args:
        url: With `/v1`, without it, or with the whole path of the chat.
        allow_remote: Whether photos may leave this machine.

    Raises:
        ChatError: It is no address, holds a password, or is of another machine that is not allowed.
    """
    shown = printable(url[:200])
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ChatError(f"{shown} is no address; it looks like {_EXAMPLE}.") from error
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ChatError(f"{shown} is no address of a server; it looks like {_EXAMPLE}.")
    if parts.username or parts.password:
        raise ChatError(
            "The address of the chat server holds a name or a password; put the key into the "
            "environment variable TUI_SELECTOR_CHAT_KEY instead."
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions").removesuffix("/models")
    inside = f"[{host}]" if ":" in host else host
    place = inside if port is None else f"{inside}:{port}"
    is_local = is_loopback(host)
    if not (is_local or allow_remote):
        raise ChatError(
            f"Photos would go to another machine, {printable(place)}. If you want that, add "
            "--allow-remote, or set chat_remote to true."
        )
    return Address(
        base=f"{parts.scheme}://{place}{path or '/v1'}",
        shown=printable(f"{parts.scheme}://{place}"),
        is_local=is_local,
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or number alone; no name is looked up."""
    if host.casefold().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
