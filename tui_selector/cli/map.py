"""The command that lays out the map of a folder: map."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from tui_selector.cli.albums import catalog_of
from tui_selector.cli.background import engine_of
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.engine import protocol
from tui_selector.engine.map_messages import FindMap, FoundMap
from tui_selector.library.display import printable
from tui_selector.library.map_file import (
    PROJECTION_WORDS,
    SIDE,
    PhotoMap,
    Projection,
    maps_folder,
    read_map,
)
from tui_selector.paths import library_paths

if TYPE_CHECKING:
    from tui_selector.app.map_colours import ColourBy

_EPILOG = """
\b
Examples:
  tui-selector map ~/Photos --svg map.svg            a picture of all photos
  tui-selector map ~/Photos --png map.png --colour date
  tui-selector map ~/Photos --json | jq '.photos[] | [.path, .x, .y]'
"""


@click.command("map", short_help="Lay photos out by their looks; write SVG or PNG.", epilog=_EPILOG)
@click.argument("folder", type=FolderArgument())
@click.option(
    "--projection",
    type=click.Choice(["pacmap", "umap", "pca"]),
    help="How; `umap` where the extra is installed. Usually what the settings say: pacmap.",
)
@click.option("--svg", type=click.Path(path_type=Path), help="Write a picture of points.")
@click.option("--png", type=click.Path(path_type=Path), help="Write a picture of points.")
@click.option(
    "--colour",
    type=click.Choice(["tab", "tag", "flag", "date"]),
    default="tab",
    show_default=True,
    help="What the points of a picture are coloured by.",
)
@click.option("--now", is_flag=True, help="Do not wait for photos that are not indexed yet.")
@json_option
def map_(
    folder: Path,
    projection: str | None,
    svg: Path | None,
    png: Path | None,
    colour: str,
    now: bool,
    as_json: bool,
) -> None:
    """Lay out the photos of FOLDER so that those that look alike lie together.

    The map is kept, and new photos are put where they belong; the same folder gives the same map.
    In JSON, x runs to the right and y down, both from 0 to 1.
    """
    for file, suffix in ((svg, ".svg"), (png, ".png")):
        if file is not None and file.suffix.lower() != suffix:
            raise CommandError(f"Give the picture a name that ends in {suffix}.", 2)
        if file is not None and file.resolve().is_relative_to(folder):
            raise CommandError(
                f"{printable(str(file))} would lie among the photos and be taken for one; name a "
                "place outside the folder.",
                2,
            )
    found = _lay_out(folder, _method(projection), now=now)
    photo_map = read_map(maps_folder(library_paths(folder)) / found.file)
    if photo_map is None:
        raise CommandError("The map that the engine has made cannot be read; try again.")
    if found.note:
        sys.stderr.write(f"tui-selector: {printable(found.note)}\n")
    for file in filter(None, (svg, png)):
        _write(folder, photo_map, file, cast("ColourBy", colour))
    if as_json:
        emit(_fields(folder, found, photo_map))
    else:
        waiting = f"; {found.waiting} wait to be indexed" if found.waiting else ""
        photos = "1 photo" if found.photos == 1 else f"{found.photos} photos"
        say(f"{photos} by {PROJECTION_WORDS[found.method]}{waiting}.")
        say(f"Wrote {printable(str(file))}." for file in filter(None, (svg, png)))


def _method(given: str | None) -> Projection:
    from tui_selector.settings import SettingsError, load

    try:
        return load(flags={"projection": given}).projection
    except SettingsError as error:
        raise CommandError(str(error), 2) from error


def _lay_out(folder: Path, method: Projection, *, now: bool) -> FoundMap:
    """The best map that the engine makes."""
    with engine_of(folder) as client:
        if not now:
            client.request(protocol.Settle())
        found = client.request(FindMap(method=method))
        assert isinstance(found, FoundMap)
        while found.coming:
            found = client.request(FindMap(method=method, after=found.version))
            assert isinstance(found, FoundMap)
    return found


def _write(folder: Path, photo_map: PhotoMap, file: Path, colour: ColourBy) -> None:
    from tui_selector.app.map_export import write_picture
    from tui_selector.app.map_reading import Colours, shown_of

    with catalog_of(folder) as catalog:
        shown = shown_of(catalog, Colours(colour, catalog.tabs.all(), {}, ""), photo_map)
    title = f"{printable(folder.name)}: by {colour}"
    try:
        write_picture(file, shown.points, shown.colouring, title)
    except OSError as error:
        raise CommandError(
            f"{printable(str(file))} cannot be written: {printable(error.strerror or str(error))}."
        ) from error


def _fields(folder: Path, found: FoundMap, photo_map: PhotoMap) -> dict[str, Any]:
    ids = photo_map.ids.tolist()
    with catalog_of(folder) as catalog:
        paths = {photo.id: photo.path for photo in catalog.photos.get(ids)}
    places = (photo_map.places / SIDE).round(5).tolist()
    return {
        "projection": found.method,
        "waiting": found.waiting,
        "placed": found.placed,
        "note": found.note,
        "photos": [
            {"id": photo, **path_fields(paths[photo]), "x": x, "y": y}
            for photo, (x, y) in zip(ids, places, strict=True)
            if photo in paths
        ],
    }


COMMANDS = (map_,)
