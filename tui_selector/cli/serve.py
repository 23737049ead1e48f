"""The command that shows a folder in a browser."""

from __future__ import annotations

import getpass
import socket
import sys
from pathlib import Path

import click

from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, say
from tui_selector.library.display import printable


@click.command(short_help="Show a folder in a browser (extra `serve`).")
@click.argument("folder", type=FolderArgument())
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; others than this machine's own let other machines in.",
)
@click.option("--theme", metavar="NAME", help="Colours, as of `open`.")
def serve(folder: Path, port: int, host: str, theme: str | None) -> None:
    """Show FOLDER in a browser, with pictures drawn as half blocks.

    It listens on this machine alone. To reach it from elsewhere, forward the port with ssh, as the
    line that is printed does. The address holds a key, without which nobody gets in.
    """
    try:
        from tui_selector.app.browser.server import LOOPBACK, BrowserServer, listen
    except ImportError as error:
        raise CommandError(
            f"This needs the extra `serve` ({error.name} is missing): "
            "pip install 'tui-selector[serve]'."
        ) from error
    try:
        listener = listen(host, port)
    except (OSError, UnicodeError) as error:
        raise CommandError(
            f"{printable(host)}:{port} cannot be listened on ({error}). Choose another --port."
        ) from error
    server = BrowserServer(folder, ["--theme", theme] if theme else [], listener)
    say(f"Open {server.address}")
    if host in LOOPBACK:
        there = f"{getpass.getuser()}@{socket.gethostname()}"
        say(f"From elsewhere, first: ssh -L {server.port}:127.0.0.1:{server.port} {there}")
    else:
        sys.stderr.write(
            "tui-selector: Other machines can reach this, and the line is not encrypted: whoever "
            "reads the address can change the album.\n"
        )
    say("ctrl+c ends it; what was decided is kept.")
    sys.stdout.flush()
    server.run()


COMMANDS = (serve,)
