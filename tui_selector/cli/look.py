"""The command that looks and changes nothing: list."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui_selector.cli.albums import catalog_of, photo_fields
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, say
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.display import printable
from tui_selector.library.photo import LABELS, MAX_RATING, Flag, Photo, State

_MARKS = {Flag.PICK: "P", Flag.NONE: "·", Flag.REJECT: "X"}


@click.command("list", short_help="List photos, their flags, stars and tabs.")
@click.argument("folder", type=FolderArgument())
@click.option(
    "--tab", "tab_name", metavar="NAME", help="Only this tab, e.g. Singles, Problems or a cluster."
)
@click.option(
    "--flag", type=click.Choice(["pick", "reject", "none"]), help="Only photos with this flag."
)
@click.option(
    "--rating", type=click.IntRange(0, MAX_RATING), help="Only photos with this many stars or more."
)
@click.option(
    "--label", type=click.Choice([*LABELS, "none"]), help="Only photos with this colour label."
)
@click.option("--order", type=click.Choice(["name", "time"]), default="name", show_default=True)
@click.option(
    "-0",
    "--print0",
    is_flag=True,
    help="Bare paths as they are on disk, each ended by a NUL byte, for xargs -0.",
)
@json_option
def list_photos(
    folder: Path,
    tab_name: str | None,
    flag: str | None,
    rating: int | None,
    label: str | None,
    order: str,
    print0: bool,
    as_json: bool,
) -> None:
    """List the photos of FOLDER: flag, stars, label, tab, path.

    The folder is compared first, so new files are there; their tab follows once they are indexed.
    """
    if as_json and print0:
        raise CommandError("--json and --print0 are two ways to answer; choose one.", 2)
    with catalog_of(folder, refresh=True) as catalog:
        tabs = {tab.id: tab.name for tab in catalog.tabs.all()}
        view = View.ALL if tab_name is None else _tab(tabs, tab_name)
        wanted = [
            photo
            for photo in catalog.photos.get(
                catalog.tabs.photo_ids(view, order="time" if order == "time" else "name")
            )
            if (flag is None or photo.flag is Flag[flag.upper()])
            and (rating is None or photo.rating >= rating)
            and (label is None or photo.label == ("" if label == "none" else label))
        ]
        of = catalog.tabs.of([photo.id for photo in wanted])
        where = {photo.id: _tab_name(photo, of.get(photo.id), tabs) for photo in wanted}
    if as_json:
        emit([photo_fields(photo, where[photo.id]) for photo in wanted])
    elif print0:
        output = sys.stdout.buffer
        for photo in wanted:
            output.write(bytes(folder / photo.path) + b"\0")
    else:
        say(
            f"{_MARKS[photo.flag]} {'★' * photo.rating:<5} {photo.label:<6} "
            f"{printable(where[photo.id]):<20} {printable(photo.path)}"
            + (f"  ({printable(photo.problem)})" if photo.problem else "")
            for photo in wanted
        )


def _tab(tabs: dict[int, str], name: str) -> int:
    for id_, known in tabs.items():
        if known.casefold() == name.casefold():
            return id_
    raise CommandError(
        f"There is no tab {printable(name)}. There are: "
        f"{', '.join(printable(known) for known in tabs.values())}.",
        2,
    )


def _tab_name(photo: Photo, tab: int | None, tabs: dict[int, str]) -> str:
    if photo.state is State.PROBLEM:
        return tabs.get(View.PROBLEMS, "")
    return "" if tab is None else tabs.get(tab, "")


COMMANDS = (list_photos,)
