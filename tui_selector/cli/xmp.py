"""Commands that write decisions into XMP sidecars and read them back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui_selector.cli.albums import catalog_of, named
from tui_selector.cli.decide import tell
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.library.decisions.execution import Refusal
    from tui_selector.library.xmp.files import Style
    from tui_selector.library.xmp.merging import Side

#: Changes that a dry run or a report names.
_NAMED = 20

_prefer = click.option(
    "--prefer",
    type=click.Choice(["catalog", "sidecar"]),
    help="Whose word counts where both were changed; else both stay as they are.",
)
_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@click.group(short_help="Decisions to and from XMP sidecars.")
def xmp() -> None:
    """Write flags, stars, labels and tags into XMP sidecars, and read them back.

    Lightroom, Capture One, darktable and digiKam read these. Photos themselves are never touched,
    nor is anything else that a sidecar holds.
    """


@xmp.command("write", short_help="Write decisions into sidecars.")
@click.argument("folder", type=FolderArgument())
@click.argument("photos", nargs=-1)
@click.option(
    "--style",
    type=click.Choice(["auto", "adobe", "darktable", "both"]),
    help="IMG.xmp (adobe), IMG.CR2.xmp (darktable), both; or (auto, usual) those that are there, "
    "else IMG.xmp. The setting `sidecar_style` says what is usual.",
)
@_prefer
@_dry_run
@json_option
def write(
    folder: Path,
    photos: tuple[str, ...],
    style: Style | None,
    prefer: Side | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write what was decided about PHOTOS of FOLDER (all of them, usually) into XMP sidecars.

    A rejected photo gets the rating -1. What another program has written since is kept, not
    overwritten; `tui-selector xmp read` takes it over.
    """
    with catalog_of(folder, refresh=True) as catalog:
        from tui_selector.library.xmp.sidecars import write_sidecars

        written = write_sidecars(
            catalog, _ids(catalog, photos), style or _usual(), prefer, dry_run=dry_run
        )
    if as_json:
        emit(
            {
                "written": [path_fields(path) for path in written.files],
                "same": written.same,
                "conflicts": _refused(written.conflicts),
                "refused": _refused(written.refused),
            }
        )
    else:
        verb = "would be written" if dry_run else "written"
        say(f"{_sidecars(len(written.files))} {verb}, {written.same:,} said the same already.")
        if dry_run:
            say(f"  {printable(path)}" for path in written.files[:_NAMED])
    _complain(written.conflicts, written.refused)


@xmp.command("read", short_help="Read decisions from sidecars.")
@click.argument("folder", type=FolderArgument())
@click.argument("photos", nargs=-1)
@_prefer
@_dry_run
@json_option
def read(
    folder: Path, photos: tuple[str, ...], prefer: Side | None, dry_run: bool, as_json: bool
) -> None:
    """Take over what XMP sidecars of PHOTOS of FOLDER (all of them, usually) say.

    It is one decision: `tui-selector undo` takes all of it back. What was decided here since the
    sidecar was last looked at stays as it is.
    """
    with catalog_of(folder, refresh=True) as catalog:
        from tui_selector.library.xmp.sidecars import read_sidecars, sidecars_of, take_over

        files = sidecars_of(catalog, _ids(catalog, photos))
        reading = read_sidecars(catalog, files, prefer)
        outcome = None if dry_run else take_over(catalog, reading)
    if outcome is not None:
        tell(folder, [change.photo.id for change in reading.changes])
    if as_json:
        emit(
            {
                "sidecars": len(reading.seen),
                "changes": [
                    {**path_fields(change.photo.path), "change": change.words}
                    for change in reading.changes
                ],
                "done": outcome.done if outcome else 0,
                "conflicts": _refused(reading.conflicts),
                "refused": _refused([*reading.refused, *(outcome.refused if outcome else ())]),
            }
        )
    else:
        say(f"{_sidecars(len(reading.seen))} read: {_photos(len(reading.changes))} changed.")
        for change in reading.changes[:_NAMED]:
            say(f"  {printable(change.photo.path)}: {change.words}")
        if len(reading.changes) > _NAMED:
            say(f"  and {len(reading.changes) - _NAMED:,} more")
    _complain(reading.conflicts, [*reading.refused, *(outcome.refused if outcome else ())])


def _usual() -> Style:
    """The style that the settings say.

    Raises:
        CommandError: A setting is wrong.
    """
    from tui_selector.settings import SettingsError, load

    try:
        return load().sidecar_style
    except SettingsError as error:
        raise CommandError(str(error), 2) from error


def _ids(catalog: Catalog, photos: Sequence[str]) -> list[int]:
    from tui_selector.library.export.selection import everything

    return [photo.id for photo in named(catalog, photos)] if photos else everything(catalog)


def _sidecars(count: int) -> str:
    return "1 sidecar" if count == 1 else f"{count:,} sidecars"


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count:,} photos"


def _refused(refusals: Sequence[Refusal]) -> list[dict[str, str]]:
    return [{**path_fields(refusal.path), "reason": refusal.sentence} for refusal in refusals]


def _complain(conflicts: Sequence[Refusal], refused: Sequence[Refusal]) -> None:
    """Name what was left as it is; what could not be understood makes the command fail.

    Raises:
        CommandError: A sidecar was refused.
    """
    for conflict in conflicts:
        sys.stderr.write(f"tui-selector: {printable(conflict.sentence)}\n")
    if conflicts:
        sys.stderr.write("tui-selector: --prefer catalog or --prefer sidecar decides.\n")
    if refused:
        raise CommandError("\n".join(printable(refusal.sentence) for refusal in refused))


COMMANDS = (xmp,)
