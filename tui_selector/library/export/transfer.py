"""The line that fetches an export to the machine that the owner sits at."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path


def fetch_lines(place: Path, environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """The `rsync` and the `scp` line, to be run where the owner sits.

    The host is the one that the owner's `ssh` has reached, port included, else this machine's name.

    Args:
        place: A folder or a file that was exported, absolute.
        environment: Where `SSH_CONNECTION` and `USER` stand.
    """
    host, port = _host(environment)
    user = environment.get("USER") or environment.get("LOGNAME", "")
    login = f"{user}@{host}" if user else host
    is_folder = place.is_dir()
    source = f"{place}/" if is_folder else str(place)
    target = f"{place.name}/" if is_folder else "."
    # A name that begins with a minus is no option, and a word that is quoted is one word.
    rsync = ["rsync", "-aPs", *(["-e", f"ssh -p {port}"] if port else []), "--"]
    scp = ["scp", "-p", *(["-r"] if is_folder else []), *(["-P", port] if port else []), "--"]
    return (
        shlex.join([*rsync, f"{login}:{source}", f"./{target}"]),
        shlex.join([*scp, f"{login}:{place}", "."]),
    )


def _host(environment: Mapping[str, str]) -> tuple[str, str]:
    """The host, and its port where that is not the usual one."""
    # "client-address client-port server-address server-port"
    words = environment.get("SSH_CONNECTION", "").split()
    if len(words) != 4:
        return socket.gethostname(), ""
    address = f"[{words[2]}]" if ":" in words[2] else words[2]
    return address, "" if words[3] == "22" else words[3]
