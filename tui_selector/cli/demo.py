"""The command `demo`: a small album of real photographs, made on the spot and opened."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui_selector import paths
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import emit, json_option
from tui_selector.library.display import printable

#: Left in the folder, so that only a folder made by this command is ever taken for the demo's.
_MARK = ".tui-selector-demo"


@click.command(short_help="Make and open an album of real photographs.")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--make-only", is_flag=True, help="Make the album, do not open it.")
@json_option
def demo(folder: Path | None, make_only: bool, as_json: bool) -> None:
    """Make a small album of real photographs in FOLDER and open it. Nothing is downloaded.

    Without FOLDER it goes where programs keep their data. An album made before is opened as you
    left it.
    """
    target = (folder or paths.demo_folder()).expanduser()
    files = _make(target)
    if as_json:
        emit({"folder": str(target.resolve()), "files": files})
    elif make_only:
        click.echo(f"{files} files in {printable(str(target))}")
    if make_only or as_json:
        return
    from tui_selector.cli.screen import show

    click.get_current_context().exit(show(target.resolve(), {}))


def _make(target: Path) -> int:
    """Make the album unless it is there; return how many files it has.

    Raises:
        CommandError: The folder holds something else, or cannot be written.
    """
    if (target / _MARK).is_file():
        return sum(not entry.name.startswith(".") for entry in target.iterdir())
    from tui_selector.cli.demo_album import PhotographMissing, write_album

    try:
        if target.exists() and any(target.iterdir()):
            raise CommandError(
                f"{printable(str(target))} is not empty; name a new folder for the demo album.", 2
            )
        target.mkdir(parents=True, exist_ok=True)
        number = 0
        for number, name in enumerate(write_album(target), 1):
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\x1b[Kmaking the demo album: {number} {name}")
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
        (target / _MARK).touch()
    except OSError as error:
        raise CommandError(
            f"The demo album cannot be written to {printable(str(target))}: {error.strerror}."
        ) from error
    except PhotographMissing as error:
        raise CommandError(str(error)) from error
    return number


COMMANDS = (demo,)
