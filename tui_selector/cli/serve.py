"""The command that shows a folder in a browser."""

from __future__ import annotations

import errno
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
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 takes one that is free.",
)
@click.option(
    "--host",
    metavar="ADDRESS",
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
        if not isinstance(error, OSError) or not _is_port(error):
            raise CommandError(
                f"{printable(host)} is no address of this machine; choose another --host."
            ) from error
        raise CommandError(
            f"{printable(host)}:{port} cannot be listened on ({error.strerror}). Choose another "
            "--port, or 0 for any that is free."
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
    say(f"{printable(str(folder))} is shown there until ctrl+c; what was decided is kept.")
    sys.stdout.flush()
    server.run()


def _is_port(error: OSError) -> bool:
    """Whether it is the port that keeps an address from being listened on, and not the host."""
    return not isinstance(error, socket.gaierror) and error.errno != errno.EADDRNOTAVAIL


COMMANDS = (serve,)
