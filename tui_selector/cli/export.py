"""The command that takes photos out: as files, archives, tables and contact sheets."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui_selector.cli.albums import catalog_of
from tui_selector.cli.decide import tell
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.library.export.execution import Exported
    from tui_selector.library.export.planning import ExportPlan, Form
    from tui_selector.library.export.writing import Progress

_FORMS = (
    "copy",
    "move",
    "hardlink",
    "symlink",
    "zip",
    "list",
    "csv",
    "jsonl",
    "html",
    "pdf",
    "jpeg",
)
#: Forms that can be written to the standard output.
_STREAMED = ("list", "csv", "jsonl")
#: Files named by a dry run.
_NAMED = 20
#: Hits of a search that are exported.
_ALL = 1_000_000


@click.command(short_help="Copy, move, link or list photos; archives and contact sheets.")
@click.argument("folder", type=FolderArgument())
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--picked", is_flag=True, help="Photos that are picked (usual).")
@click.option("--rejected", is_flag=True, help="Photos that are rejected.")
@click.option("--all", "every", is_flag=True, help="Every photo.")
@click.option("--tab", metavar="NAME", help="The photos of a tab.")
@click.option("--search", "query", metavar="QUERY", help="What a search finds, best first.")
@click.option(
    "--from", "paths", type=click.File("rb"), metavar="FILE", help="Photos named in FILE; - reads."
)
@click.option(
    "--as",
    "form",
    type=click.Choice(_FORMS),
    default="copy",
    show_default=True,
    help="What is written.",
)
@click.option("--tree", is_flag=True, help="Keep the folders; else all files go into one.")
@click.option("--alone", is_flag=True, help="Without the RAW, movie and sidecar of each photo.")
@click.option("-0", "--null", is_flag=True, help="End names of a list by a NUL byte, as xargs -0.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@json_option
def export(
    folder: Path,
    target: Path,
    picked: bool,
    rejected: bool,
    every: bool,
    tab: str | None,
    query: str | None,
    paths: Any,
    form: Form,
    tree: bool,
    alone: bool,
    null: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Export photos of FOLDER to TARGET, a folder or, for what is one file, that file.

    \b
    copy, move, hardlink, symlink   files in the folder TARGET; undo takes a move back
    zip, list                       an archive; the paths of the files, a line each
    csv, jsonl                      all that is known of the photos
    html, pdf, jpeg                 contact sheets

    The RAW, the movie and the sidecars of a photo go with it. No file is ever written over: files
    of the same name get a number, and what is there already is not copied again. TARGET lies
    outside FOLDER; `-` writes a list, csv or jsonl to the standard output. --from reads paths, a
    line or a NUL byte after each: `tui-selector search DIR dog -0 | tui-selector export DIR OUT
    --from -`.

    The exit code is 0 when all was exported, 1 when something was refused.
    """
    named = sum(each is not None for each in (tab, query, paths))
    if picked + rejected + every + named > 1:
        raise CommandError(
            "Say once which photos: --picked, --rejected, --tab, --search, --from or --all.", 2
        )
    what = "all" if every else "rejected" if rejected else "picked" if picked else None
    streamed = str(target) == "-"
    if streamed and form not in _STREAMED:
        raise CommandError(f"Only {', '.join(_STREAMED)} can be written to the standard output.", 2)
    found = _searched(folder, query) if query is not None else None
    with catalog_of(folder, refresh=True) as catalog, _sentences():
        from tui_selector.library.export.planning import plan_export

        ids = found if found is not None else _chosen(catalog, what, tab, paths)
        # What goes to the standard output has a place all the same, which is never made.
        place = folder.parent / f".tui-selector-{os.getpid()}" if streamed else target
        plan = plan_export(catalog, ids, place, form, tree=tree, companions=not alone)
        if not plan.photos:
            raise CommandError("No photo fits; nothing was exported.")
        if dry_run:
            _report_dry(plan, as_json)
            return
        if streamed:
            done = _stream(catalog, plan, b"\0" if null else b"\n")
        else:
            done = _carry_out(catalog, plan, null=null)
    if form == "move":
        tell(folder, [photo.id for photo in plan.photos])
    if not streamed:
        _report(plan, done, as_json)
    if done.refused:
        raise CommandError("\n".join(printable(refusal.sentence) for refusal in done.refused))


# -- which photos --------------------------------------------------------------------------------


def _chosen(catalog: Catalog, what: str | None, tab: str | None, paths: Any) -> list[int]:
    from tui_selector.library.decisions.moves import RefusedError
    from tui_selector.library.export import selection
    from tui_selector.library.photo import Flag

    if tab is not None:
        try:
            chosen = selection.tab_named(catalog, tab)
        except RefusedError as error:
            raise CommandError(str(error), 2) from error
        return list(catalog.tabs.photo_ids(chosen.id))
    if paths is not None:
        data: bytes = paths.read()
        ends = b"\0" if b"\0" in data else b"\n"
        return selection.at_paths(catalog, [os.fsdecode(name) for name in data.split(ends) if name])
    if what == "all":
        return selection.everything(catalog)
    return selection.flagged(catalog, Flag.REJECT if what == "rejected" else Flag.PICK)


def _searched(folder: Path, query: str) -> list[int]:
    """What a search finds, best first."""
    from tui_selector.cli.background import engine_of
    from tui_selector.cli.search import readable
    from tui_selector.engine import protocol, search_messages

    request = search_messages.Search(text=readable(query), limit=_ALL)
    with engine_of(folder) as client:
        client.request(protocol.Settle())
        found = client.request(request)
    assert isinstance(found, search_messages.Found)
    return [hit.photo for hit in found.hits]


@contextmanager
def _sentences() -> Iterator[None]:
    """
    Raises:
        CommandError: Nothing could be exported.
    """
    from tui_selector.library.decisions.moves import RefusedError

    try:
        yield
    except RefusedError as error:
        raise CommandError(str(error)) from error


# -- doing it ------------------------------------------------------------------------------------


def _carry_out(catalog: Catalog, plan: ExportPlan, *, null: bool) -> Exported:
    from tui_selector.library.export.execution import Exported, write_list
    from tui_selector.library.export.execution import export as carry_out
    from tui_selector.library.export.writing import new_file

    if plan.form == "list" and null:
        done = Exported(form=plan.form, places=[plan.target], refused=list(plan.refused))
        with new_file(plan.target) as stream:
            write_list(stream, plan, done, b"\0")
        return done
    with _progress(plan) as progress:
        return carry_out(catalog, plan, progress)


@contextmanager
def _progress(plan: ExportPlan) -> Iterator[Progress]:
    """A line of progress where bytes are counted, which is where it takes long."""
    from tui_selector.cli.progress import ProgressLine
    from tui_selector.library.export.writing import Progress

    if plan.form not in ("copy", "zip"):
        yield Progress()
        return
    with ProgressLine(plan.target.name) as line:
        yield Progress(line)


def _stream(catalog: Catalog, plan: ExportPlan, end: bytes) -> Exported:
    """Write to the standard output what is asked for."""
    from tui_selector.library.export.execution import Exported, write_list, write_records
    from tui_selector.library.export.writing import Progress

    done = Exported(form=plan.form, places=[], refused=list(plan.refused))
    stream: Any = sys.stdout.buffer
    if plan.form == "list":
        write_list(stream, plan, done, end)
    else:
        write_records(stream, catalog, plan, Progress(), done)
    stream.flush()
    return done


# -- answers -------------------------------------------------------------------------------------


def _report_dry(plan: ExportPlan, as_json: bool) -> None:
    """Say what would be written; what would be refused makes the command fail."""
    from tui_selector.library.export.planning import size_words

    new = plan.new
    if as_json:
        emit(
            {
                "target": path_fields(str(plan.target)),
                "as": plan.form,
                "photos": len(plan.photos),
                "files": len(new),
                "bytes": plan.bytes,
                "there": len(plan.items) - len(new),
                "renamed": plan.renamed,
                "free": plan.free,
                "fault": plan.fault,
                "items": [
                    {"from": path_fields(item.source), "to": path_fields(item.target)}
                    for item in new
                ],
                "refused": _refused(plan.refused),
            }
        )
    else:
        say(summary(plan))
        for item in new[:_NAMED]:
            renamed = item.source.rpartition("/")[2] != item.target.rpartition("/")[2]
            arrow = f"  → {printable(item.target)}" if renamed else ""
            say(f"  {printable(item.source)}{arrow}")
        if len(new) > _NAMED:
            say(f"  and {len(new) - _NAMED:,} more, {size_words(plan.bytes)} altogether")
    sentences = [refusal.sentence for refusal in plan.refused]
    if sentences or plan.fault:
        raise CommandError("\n".join(filter(None, (*sentences, plan.fault))))


def summary(plan: ExportPlan) -> str:
    """What a plan comes to, in one line."""
    from tui_selector.library.export.planning import FILE_FORMS, size_words

    photos = len(plan.photos)
    text = f"{photos:,} photo{'' if photos == 1 else 's'}"
    if plan.form in FILE_FORMS:
        files = len(plan.new)
        text += f", {files:,} file{'' if files == 1 else 's'}, {size_words(plan.bytes)}"
        there = len(plan.items) - files
        text += f", {there:,} there already" if there else ""
        text += f", {plan.renamed:,} get a number" if plan.renamed else ""
    return f"{text}, as {plan.form} to {printable(str(plan.target))}"


_VERBS = {
    "copy": "Copied",
    "move": "Moved",
    "hardlink": "Linked",
    "symlink": "Linked",
    "zip": "Packed",
}


def _report(plan: ExportPlan, done: Exported, as_json: bool) -> None:
    from tui_selector.library.export.planning import size_words
    from tui_selector.library.export.transfer import fetch_lines

    lines = fetch_lines(done.places[0])
    if as_json:
        emit(
            {
                "as": plan.form,
                "places": [path_fields(str(place)) for place in done.places],
                "photos": done.photos,
                "files": done.files,
                "bytes": done.bytes,
                "there": done.there,
                "refused": _refused(done.refused),
                "rsync": printable(lines[0]),
                "scp": printable(lines[1]),
            }
        )
        return
    if not done.files and not done.there:
        return  # what was refused says it all
    there = f" {done.there:,} files were there already." if done.there else ""
    size = f", {size_words(done.bytes)}" if done.bytes else ""
    where = ", ".join(printable(str(place)) for place in done.places[:3])
    more = f" and {len(done.places) - 3} more" if len(done.places) > 3 else ""
    photos = "1 photo" if done.photos == 1 else f"{done.photos:,} photos"
    files = "1 file" if done.files == 1 else f"{done.files:,} files"
    verb = _VERBS.get(plan.form, "Wrote")
    say(f"{verb} {photos} ({files}{size}) to {where}{more}.{there}")
    if plan.form == "move":
        say("`tui-selector undo` brings them back.")
    if plan.form not in ("symlink", "list"):
        say(["To fetch it:", f"  {printable(lines[0])}", f"  {printable(lines[1])}"])


def _refused(refusals: Any) -> list[dict[str, str]]:
    return [{**path_fields(refusal.path), "reason": refusal.sentence} for refusal in refusals]


COMMANDS = (export,)
