"""The command that gives photos tags, takes tags away, and lists them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui_selector.cli.albums import catalog_of, named
from tui_selector.cli.decide import report, tell
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.library.photo import Photo


@click.command(short_help="Give photos tags, take tags away, list them.")
@click.argument("folder", type=FolderArgument())
@click.argument("what", type=click.Choice(["add", "remove", "list"]))
@click.argument("words", nargs=-1, metavar="[TAGS] [PHOTOS]...")
@json_option
def tag(folder: Path, what: str, words: tuple[str, ...], as_json: bool) -> None:
    """Give photos of FOLDER tags, take tags away, or list them.

    \b
    tag FOLDER add beach,summer IMG_1.jpg IMG_2.jpg
    tag FOLDER remove dog IMG_1.jpg
    tag FOLDER list              every tag and how many photos have it
    tag FOLDER list IMG_1.jpg    the tags of these photos

    A tag of the program that is removed does not come back when the photo is indexed again.
    `tui-selector undo` takes it back.
    """
    if what == "list":
        with catalog_of(folder) as catalog:
            if words:
                _list_of(catalog, named(catalog, words), as_json)
            else:
                _list_all(catalog, as_json)
        return
    if len(words) < 2:
        raise CommandError(f"Name tags and photos: tag FOLDER {what} TAG[,TAG...] PHOTOS...", 2)
    tags = [part for part in words[0].split(",") if part.strip()] or [""]
    with catalog_of(folder, refresh=True) as catalog:
        from tui_selector.library.decisions.decisions import Decisions

        ids = [photo.id for photo in named(catalog, words[1:])]
        try:
            add, remove = (tags, []) if what == "add" else ([], tags)
            outcome = Decisions(catalog).tag(ids, add, remove)
        except ValueError as error:
            raise CommandError(str(error), 2) from error
    tell(folder, ids)
    report([outcome], as_json)


def _list_all(catalog: Catalog, as_json: bool) -> None:
    thresholds = catalog.tags.thresholds()
    counted = catalog.tags.counted()
    if as_json:
        emit(
            [
                {
                    "tag": each.name,
                    "photos": each.photos,
                    "owned": each.owned,
                    "threshold": thresholds.get(each.name, 0.0),
                }
                for each in counted
            ]
        )
        return
    say(f"{each.photos:>7} {printable(each.name)}" for each in counted)


def _list_of(catalog: Catalog, photos: list[Photo], as_json: bool) -> None:
    of = catalog.tags.of([photo.id for photo in photos])
    if as_json:
        emit([{**path_fields(photo.path), "tags": of[photo.id]} for photo in photos])
        return
    for photo in photos:
        say(printable(photo.path))
        say(f"  {each.score:4.2f} {each.source:<6} {printable(each.name)}" for each in of[photo.id])


COMMANDS = (tag,)
