"""Commands that decide about photos: mark, trash, undo, redo. They work with the engine dead."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui_selector.cli.albums import catalog_of, named, outcome_fields
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, say
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.display import printable
from tui_selector.library.photo import LABELS, MAX_RATING, Flag

if TYPE_CHECKING:
    from tui_selector.library.decisions.decisions import Decisions, Outcome


@click.command(short_help="Flag, rate or label photos.")
@click.argument("folder", type=FolderArgument())
@click.argument("photos", nargs=-1, required=True)
@click.option("--pick", is_flag=True, help="Flag as picked.")
@click.option("--reject", is_flag=True, help="Flag as rejected.")
@click.option("--unflag", is_flag=True, help="Take the flag off.")
@click.option("--rating", type=click.IntRange(0, MAX_RATING), help="Stars; 0 clears them.")
@click.option("--label", type=click.Choice([*LABELS, "none"]), help="Colour label.")
@json_option
def mark(
    folder: Path,
    photos: tuple[str, ...],
    pick: bool,
    reject: bool,
    unflag: bool,
    rating: int | None,
    label: str | None,
    as_json: bool,
) -> None:
    """Flag, rate or label PHOTOS of FOLDER.

    PHOTOS are paths, relative to FOLDER or to where you are. `tui-selector undo` takes it back.
    """
    if pick + reject + unflag > 1:
        raise CommandError("Choose one of --pick, --reject and --unflag.", 2)
    flag = Flag.PICK if pick else Flag.REJECT if reject else Flag.NONE if unflag else None
    if flag is None and rating is None and label is None:
        raise CommandError("Say what to mark: --pick, --reject, --unflag, --rating or --label.", 2)
    with catalog_of(folder, refresh=True) as catalog:
        from tui_selector.library.decisions.decisions import Decisions

        decisions = Decisions(catalog)
        ids = [photo.id for photo in named(catalog, photos)]
        outcomes: list[Outcome] = []
        if flag is not None:
            outcomes.append(decisions.flag(ids, flag))
        if rating is not None:
            outcomes.append(decisions.rate(ids, rating))
        if label is not None:
            outcomes.append(decisions.label(ids, "" if label == "none" else label))
    tell(folder, ids)
    report(outcomes, as_json)


@click.command(short_help="Move photos to the desktop's trash.")
@click.argument("folder", type=FolderArgument())
@click.argument("photos", nargs=-1)
@click.option("--rejected", is_flag=True, help="Every photo that is flagged as rejected.")
@click.option("--dry-run", is_flag=True, help="Only say what would be moved.")
@json_option
def trash(
    folder: Path, photos: tuple[str, ...], rejected: bool, dry_run: bool, as_json: bool
) -> None:
    """Move PHOTOS of FOLDER, with the files that belong to them, to the desktop's trash.

    Nothing is deleted: `tui-selector undo` brings them back, after a week too.
    """
    if bool(photos) == rejected:
        raise CommandError("Name the photos to trash, or say --rejected.", 2)
    with catalog_of(folder, refresh=True) as catalog:
        from tui_selector.library.decisions.decisions import Decisions

        chosen = (
            catalog.photos.get(catalog.tabs.photo_ids(View.REJECTED))
            if rejected
            else named(catalog, photos)
        )
        if dry_run:
            files = [
                path
                for photo in chosen
                for path in (
                    photo.path,
                    *(companion.path for companion in catalog.companions.of(photo.id)),
                )
            ]
            if as_json:
                emit({"would_trash": [printable(path) for path in files]})
            else:
                say(printable(path) for path in files)
            return
        if not chosen:
            if as_json:
                emit([])
            else:
                say(["No photo is rejected; nothing was moved."])
            return
        ids = [photo.id for photo in chosen]
        outcome = Decisions(catalog).trash(ids)
    tell(folder, ids)
    report([outcome], as_json)


def _step(
    folder: Path, as_json: bool, step: Callable[[Decisions], Outcome | None], nothing: str
) -> None:
    with catalog_of(folder) as catalog:
        from tui_selector.library.decisions.decisions import Decisions

        outcome = step(Decisions(catalog))
    if outcome is None:
        raise CommandError(nothing)
    photos = (getattr(action, "photo", None) for action in outcome.plan.actions)
    tell(folder, list(dict.fromkeys(photo.id for photo in photos if photo is not None)))
    report([outcome], as_json)


@click.command(short_help="Take back the last decision.")
@click.argument("folder", type=FolderArgument())
@json_option
def undo(folder: Path, as_json: bool) -> None:
    """Take back the last decision about FOLDER, on whichever screen or command it was made."""
    _step(folder, as_json, lambda decisions: decisions.undo(), "There is nothing to undo.")


@click.command(short_help="Make the undone decision again.")
@click.argument("folder", type=FolderArgument())
@json_option
def redo(folder: Path, as_json: bool) -> None:
    """Make the decision again that `undo` took back last."""
    _step(folder, as_json, lambda decisions: decisions.redo(), "There is nothing to redo.")


def tell(folder: Path, ids: list[int]) -> None:
    """Let sidecars follow, where the settings say so, and open screens know of a decision.

    The decision stands either way.
    """
    _follow(folder, ids)
    from tui_selector.engine.client import BlockingClient, EngineError
    from tui_selector.engine.protocol import Tell
    from tui_selector.paths import library_paths

    try:
        with BlockingClient(library_paths(folder), start=False) as client:
            client.request(Tell(photos=ids, tabs=True))
    except EngineError:
        return


def _follow(folder: Path, ids: list[int]) -> None:
    """Write what was decided into XMP sidecars, if the settings say that these follow."""
    import sqlite3

    from tui_selector.library.catalog.catalog import Catalog, CatalogError
    from tui_selector.paths import library_paths
    from tui_selector.settings import SettingsError, load

    try:
        settings = load()
    except SettingsError as error:
        sys.stderr.write(f"tui-selector: {error}\n")
        return
    if settings.sidecars != "sync" or not ids:
        return
    from tui_selector.library.xmp.sidecars import write_sidecars

    try:
        with Catalog.open(library_paths(folder)) as catalog:
            written = write_sidecars(catalog, ids, settings.sidecar_style)
    except (CatalogError, sqlite3.Error) as error:
        sys.stderr.write(f"tui-selector: The sidecars could not be written: {error}\n")
        return
    for said in (*written.conflicts, *written.refused):
        sys.stderr.write(f"tui-selector: {printable(said.sentence)}\n")


def report(outcomes: list[Outcome], as_json: bool) -> None:
    """Print what was done; refused photos make the command fail after the rest is done."""
    if as_json:
        emit([outcome_fields(outcome) for outcome in outcomes])
    for outcome in outcomes:
        if not as_json:
            say(f"{outcome.plan.title}: {outcome.done} done.")
    refused = [refusal for outcome in outcomes for refusal in outcome.refused]
    if refused:
        raise CommandError("\n".join(printable(refusal.sentence) for refusal in refused))


COMMANDS = (mark, trash, undo, redo)
