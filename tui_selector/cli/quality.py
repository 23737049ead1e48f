"""The command that tells what was measured of photos, and which of some is the best."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui_selector.cli.albums import catalog_of, named
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_selector.library.photo import Photo
    from tui_selector.library.quality import Quality


@click.command(short_help="Tell what was measured of photos, or which of some is the best.")
@click.argument("folder", type=FolderArgument())
@click.argument("photos", nargs=-1)
@click.option("--compare", is_flag=True, help="Put PHOTOS in order, the best first, with reasons.")
@json_option
def quality(folder: Path, photos: tuple[str, ...], compare: bool, as_json: bool) -> None:
    """Tell what was measured of the photos of FOLDER: sharpness, light, faces.

    \b
    quality FOLDER                          every photo that was measured
    quality FOLDER IMG_1.jpg                this one
    quality FOLDER --compare IMG_*.jpg      which of these is the best, and why

    Photos are measured while they are indexed, and looked at closely afterwards, when the engine
    has nothing else to do. Sharpness compares photos of one scene: 0.7 and more is sharp, 0.4 is
    blurred. A dash, null in JSON, stands for what cannot be told.
    """
    if compare and len(photos) < 2:
        raise CommandError("Name two photos or more: quality FOLDER --compare PHOTOS...", 2)
    with catalog_of(folder, refresh=True) as catalog:
        from tui_selector.library.catalog.tab_table import View

        wanted = (
            named(catalog, photos)
            if photos
            else catalog.photos.get(catalog.tabs.photo_ids(View.ALL))
        )
        known = catalog.qualities.of([photo.id for photo in wanted])
    if compare:
        _compare(wanted, known, as_json)
    elif as_json:
        emit([_fields(photo, known.get(photo.id)) for photo in wanted])
    else:
        say("sharp   noise   light  clipped  faces  ")
        say(_line(photo, known.get(photo.id)) for photo in wanted)


def _fields(photo: Photo, quality: Quality | None) -> dict[str, Any]:
    """What was measured of a photo, for JSON; `measured` says whether anything was."""
    from tui_selector.analysis.quality.tags import quality_tags
    from tui_selector.library.quality import FIELDS

    fields: dict[str, Any] = {"id": photo.id, **path_fields(photo.path)}
    if quality is None or not quality.side:
        return {**fields, "measured": False}
    signals = {
        name: round(value, 5) if isinstance(value, float) else value
        for name, value in ((name, getattr(quality, name)) for name in FIELDS)
    }
    signals["blur"] = quality.blur.name.lower()
    faults = [tag.name for tag in quality_tags(quality)]
    return {**fields, "measured": True, "tags": faults, **signals}


def _line(photo: Photo, quality: Quality | None) -> str:
    from tui_selector.analysis.quality.tags import quality_tags

    path = printable(photo.path)
    if quality is None or not quality.side:
        return f"{'not measured':<40}{path}"
    found = [tag.name for tag in quality_tags(quality) if tag.name != "faces"]
    faults = f"  ({', '.join(found)})" if found else ""
    clipped = 100 * max(quality.clipped_white, quality.clipped_black)
    sharpness = quality.close_sharpness or quality.sharpness
    return (
        f"{_number(sharpness, '.2f'):>5}  {_number(quality.noise, '.1f'):>6}  "
        f"{quality.light:+5.1f} EV {clipped:5.1f} %  {_number(quality.faces, 'd'):>5}  "
        f"{path}{faults}"
    )


def _number(value: float | None, form: str) -> str:
    return "—" if value is None else format(value, form)


def _compare(photos: Sequence[Photo], known: dict[int, Quality], as_json: bool) -> None:
    """Put photos in order, the best first.

    Raises:
        CommandError: One was not measured.
    """
    from tui_selector.analysis.quality.judge import judge

    missing = [photo for photo in photos if photo.id not in known or not known[photo.id].side]
    if missing:
        raise CommandError(
            f"{printable(missing[0].path)} is not measured; `tui-selector index` measures it, "
            "unless it cannot be opened."
        )
    judgement = judge([known[photo.id] for photo in photos])
    ranked = [(photos[place], place) for place in judgement.order]
    if as_json:
        emit(
            {
                "confidence": judgement.confidence,
                "order": [
                    {
                        "id": photo.id,
                        **path_fields(photo.path),
                        "points": judgement.points[place],
                        "reasons": judgement.reasons[place],
                    }
                    for photo, place in ranked
                ],
            }
        )
        return
    for number, (photo, place) in enumerate(ranked, 1):
        say(f"{number:>3}. {printable(photo.path)}  {'; '.join(judgement.reasons[place])}")
    say(f"Confidence that the first is the best: {100 * judgement.confidence:.0f} %")


COMMANDS = (quality,)
