"""Bring a folder onto the screen: settings, terminal, application, in the quickest order."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector import settings as settings_module
from tui_selector.cli.failure import CommandError, complain
from tui_selector.engine.priority import make_way
from tui_selector.paths import library_paths

if TYPE_CHECKING:
    from tui_selector.app.graphics.choice import TerminalGraphics
    from tui_selector.settings import Settings


def open_at_once(folder: str, flags: Mapping[str, object]) -> int:
    """Open a folder while the alternate screen is shown already; return the exit code.

    Args:
        folder: As it was typed.
        flags: Name of a setting to its value as it was typed.
    """
    try:
        return show(Path(folder).resolve(), flags)
    except CommandError as error:
        return complain(str(error), error.code, opening=True)
    except KeyboardInterrupt:
        return complain("Interrupted; what was done is kept.", 130, opening=True)


def show(folder: Path, flags: Mapping[str, object]) -> int:
    """Open `folder` on the screen; return the exit code when the owner leaves.

    Raises:
        CommandError: There is no terminal, or a setting is wrong.
    """
    in_browser = os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")
    if not in_browser and not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise CommandError(
            "A screen needs a terminal, and this is a pipe or a file. "
            "`tui-selector list`, `clusters` and the like work without one.",
            2,
        )
    if not in_browser and os.environ.get("TERM") in (None, "", "dumb"):
        raise CommandError(
            "The terminal says it can draw nothing (TERM=dumb). Set TERM to what it is, "
            "or use `tui-selector list`, `clusters` and the like.",
            2,
        )
    try:
        settings = settings_module.load(flags=flags)
    except settings_module.SettingsError as error:
        raise CommandError(str(error), 2) from error
    paths = library_paths(folder)
    make_way(paths.lock)
    _import_asyncio()
    from tui_selector.app import session, snapshot
    from tui_selector.app.album_reader import ReadAhead
    from tui_selector.app.graphics.probe import probe

    # The catalog is read while the terminal is asked and Textual is imported.
    query = snapshot.first_query(session.load(paths.session), settings)
    ahead = ReadAhead(paths, query)
    graphics = _of_browser(settings) if in_browser else probe(settings.graphics)
    if graphics.kind == "kitty":
        # The id of a picture travels as a 24-bit colour; fewer colours would name another one.
        os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
    elif graphics.truecolour:
        # ssh does not hand COLORTERM on, and half blocks in 256 colours show bands.
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "truecolor")
    from tui_selector.app.run import run

    return run(paths, settings, graphics, ahead)


def _of_browser(settings: Settings) -> TerminalGraphics:
    """What is drawn in a browser, whose terminal knows no pictures."""
    from tui_selector.app.graphics.choice import TerminalGraphics

    return TerminalGraphics(
        "off" if settings.graphics == "off" else "halfcell",
        truecolour=True,
        name="a browser",
        reason="A browser draws half blocks.",
    )


def _import_asyncio() -> None:
    """Import asyncio without OpenSSL, which takes longer than all of asyncio.

    A screen speaks to its engine through a socket in the file system. asyncio does without TLS
    where it is not there; whoever needs `ssl` later still gets it.
    """
    if "ssl" not in sys.modules:
        sys.modules["ssl"] = None  # type: ignore[assignment]
        import asyncio  # noqa: F401 (from now on it is there for everybody)

        del sys.modules["ssl"]
