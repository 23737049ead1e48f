"""The command that tells when photos were taken: timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tui_selector.cli.albums import catalog_of
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.library.display import printable
from tui_selector.library.timeline import Event, datetime_of, events, words

_EPILOG = """
\b
Examples:
  tui-selector timeline ~/Photos
  tui-selector timeline ~/Photos --json | jq '.events[] | [.start, .photos]'
"""

#: Cells of the longest bar.
_LONGEST = 24


@click.command(short_help="List the events that photos were taken at.", epilog=_EPILOG)
@click.argument("folder", type=FolderArgument())
@json_option
def timeline(folder: Path, as_json: bool) -> None:
    """List the events of FOLDER: photos that were taken without a long pause.

    A pause is long where it is 17 times as long as those around it, or a month. Times are on the
    clock of the place. Photos without a capture time are counted. New files are there once they are
    indexed.

    The exit code is 0 when there are events and 1 when no photo has a capture time.
    """
    with catalog_of(folder, refresh=True) as catalog:
        rows = catalog.listing.clocks()
        dated = [(photo, clock) for photo, clock in rows if clock is not None]
        found = events([clock for _, clock in dated])
        firsts = [dated[event.first][0] for event in found]
        paths = {photo.id: photo.path for photo in catalog.photos.get(firsts)}
    undated = len(rows) - len(dated)
    if as_json:
        emit(
            {
                "events": [
                    _fields(event, paths[first]) for event, first in zip(found, firsts, strict=True)
                ],
                "undated": undated,
            }
        )
    else:
        most = max(map(len, found), default=1)
        for event, first in zip(found, firsts, strict=True):
            bar = "█" * max(1, round(_LONGEST * len(event) / most))
            name = printable(paths[first])
            say(f"{words(event.start, event.last):<36} {len(event):>6}  {bar:<{_LONGEST}}  {name}")
        say(_sum(len(dated), len(found), undated))
    if not found:
        click.get_current_context().exit(1)


def _sum(dated: int, found: int, undated: int) -> str:
    photos = "1 photo" if dated == 1 else f"{dated} photos"
    events_ = "1 event" if found == 1 else f"{found} events"
    return f"{photos} in {events_}; {undated} without a capture time."


def _fields(event: Event, first: str) -> dict[str, Any]:
    return {
        "start": datetime_of(event.start).replace(tzinfo=None).isoformat(),
        "end": datetime_of(event.last).replace(tzinfo=None).isoformat(),
        "photos": len(event),
        "first": path_fields(first),
    }


COMMANDS = (timeline,)
