"""The command that finds photos that are nearly the same: groups."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from tui_selector.cli.albums import catalog_of
from tui_selector.cli.background import engine_of
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.engine import protocol
from tui_selector.engine.group_messages import FindGroups, FoundGroups, SimilarGroup
from tui_selector.library.display import printable
from tui_selector.library.groups import LIMITS, THRESHOLDS, GroupSetting, GroupWish

_THRESHOLDS = ", ".join(
    f"{value:g} for --{'duplicates' if name == 'duplicate' else name}"
    f" ({LIMITS[name][0]:g} to {LIMITS[name][1]:g})"
    for name, value in THRESHOLDS.items()
)

_EPILOG = """
\b
Examples:
  tui-selector groups ~/Photos                 the same motif, bursts and copies
  tui-selector groups ~/Photos --duplicates    what could go without loss
  tui-selector groups ~/Photos --counts        how many groups each threshold gives
  tui-selector groups ~/Photos --json | jq -r '.groups[].photos[0].path'
  tui-selector cull ~/Photos --rules duplicates    a plan for what could go
"""


@click.command(short_help="Find copies, near-duplicates, bursts, brackets.", epilog=_EPILOG)
@click.argument("folder", type=FolderArgument())
@click.option("--similar", is_flag=True, help="The same motif, whenever it was shot (the default).")
@click.option(
    "--duplicates",
    is_flag=True,
    help="The same picture: copies, other sizes and formats, flipped, turned, edited.",
)
@click.option("--bursts", is_flag=True, help="The same moment, shot in a row.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    metavar="NUMBER",
    help=f"How alike they are at least; usually {_THRESHOLDS}.",
)
@click.option(
    "--gap",
    type=click.FloatRange(min=0, min_open=True),
    default=GroupWish().gap,
    show_default=True,
    metavar="SECONDS",
    help="Longest pause between two frames of a burst.",
)
@click.option("--counts", is_flag=True, help="Say what each threshold gives, not the groups.")
@click.option("--now", is_flag=True, help="Do not wait for photos that are not indexed yet.")
@json_option
def groups(
    folder: Path,
    similar: bool,
    duplicates: bool,
    bursts: bool,
    threshold: float | None,
    gap: float,
    counts: bool,
    now: bool,
    as_json: bool,
) -> None:
    """Find photos of FOLDER that are nearly the same, those with most photos first.

    The best photo of a group stands first, behind each photo what speaks for and against it. Sets
    that were shot to stay together are named and kept in order: exposure brackets, focus stacks,
    panoramas, a photo and its edits. Nothing is changed; `tui-selector cull` makes a plan.

    The exit code is 0 when there are groups and 1 when there are none.
    """
    if similar + duplicates + bursts > 1:
        raise CommandError("Choose one of --similar, --duplicates and --bursts.", 2)
    setting: GroupSetting = "duplicate" if duplicates else "bursts" if bursts else "similar"
    wish = GroupWish(setting=setting, threshold=threshold, gap=gap)
    if trouble := wish.validate():
        raise CommandError(trouble, 2)
    with engine_of(folder) as client:
        if not now:
            client.request(protocol.Settle())
        found = client.request(FindGroups(wish=wish, counts=counts or as_json))
    assert isinstance(found, FoundGroups)
    if found.note:
        sys.stderr.write(f"tui-selector: {printable(found.note)}\n")
    if as_json:
        emit(_fields(found, _paths(folder, found)))
    elif counts:
        say(
            f"{each.threshold:.2f}  {each.groups:>6} groups of {each.photos} photos"
            for each in found.counts
        )
    else:
        paths = _paths(folder, found)
        for group in found.groups:
            say(_lines(group, paths))
        say(_sum(found))
    if not found.groups:
        click.get_current_context().exit(1)


def _lines(group: SimilarGroup, paths: dict[int, str]) -> list[str]:
    lines = [f"{group.kind}: {group.why}"]
    for place, (photo, reason) in enumerate(zip(group.photos, group.reasons, strict=True)):
        mark = "=" if group.protected else "▸" if not place else " "
        name = printable(paths.get(photo, f"photo {photo}"))
        lines.append(f"  {mark} {name}" + (f"  ({reason})" if reason else ""))
    return [*lines, ""]


def _sum(found: FoundGroups) -> str:
    inside = sum(len(group.photos) for group in found.groups)
    waiting = f"; {found.waiting} wait to be indexed" if found.waiting else ""
    groups_ = "1 group" if len(found.groups) == 1 else f"{len(found.groups)} groups"
    return f"{groups_} of {inside} photos, out of {found.photos}{waiting}."


def _fields(found: FoundGroups, paths: dict[int, str]) -> dict[str, Any]:
    return {
        "setting": found.wish.setting,
        "threshold": found.wish.threshold,
        "gap": found.wish.gap,
        "photos": found.photos,
        "waiting": found.waiting,
        "note": found.note,
        "groups": [
            {
                "key": group.key,
                "kind": group.kind,
                "protected": group.protected,
                "why": group.why,
                "confidence": group.confidence,
                "best_confidence": group.best,
                "start": group.start,
                "end": group.end,
                "photos": [
                    {"id": photo, **path_fields(paths[photo]), "reason": reason}
                    for photo, reason in zip(group.photos, group.reasons, strict=True)
                    if photo in paths
                ],
            }
            for group in found.groups
        ],
        "counts": [
            {"threshold": each.threshold, "groups": each.groups, "photos": each.photos}
            for each in found.counts
        ],
    }


def _paths(folder: Path, found: FoundGroups) -> dict[int, str]:
    ids = [photo for group in found.groups for photo in group.photos]
    with catalog_of(folder) as catalog:
        return {photo.id: photo.path for photo in catalog.photos.get(ids)}


COMMANDS = (groups,)
