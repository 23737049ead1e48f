"""The command that sorts photos by a criterion in words: criteria."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import click
import msgspec

from tui_selector.cli.albums import catalog_of
from tui_selector.cli.background import engine_of
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.criteria.run import MOST_CLASSES, WAY_NAMES, WAYS, Run, Way, Wish
from tui_selector.criteria.telling import told_apart
from tui_selector.engine import criteria_messages, protocol
from tui_selector.engine.criteria_messages import RunProgress, RunResult
from tui_selector.library.display import printable

_EPILOG = """
\b
Examples:
  tui-selector criteria ~/Photos "what colour"
  tui-selector criteria ~/Photos "how many people" --tabs
  tui-selector criteria ~/Photos "which animal" --classes cat,dog,bird
  tui-selector criteria ~/Photos "which instrument" -k 7 --captions captions.jsonl
  tui-selector criteria ~/Photos "what mood" --ways     how it could be done, and why not
  tui-selector criteria ~/Photos                        the runs that there are
  tui-selector criteria ~/Photos --from RUN_FOLDER      repeat what is written there
"""


@click.command(short_help="Sort photos by anything you say in words.", epilog=_EPILOG)
@click.argument("folder", type=FolderArgument())
@click.argument("criterion", required=False, default="")
@click.option(
    "-k",
    "--classes-wanted",
    "k",
    type=click.IntRange(1, MOST_CLASSES),
    metavar="NUMBER",
    help="How many classes; a fitting number is found without it.",
)
@click.option("--way", type=click.Choice(WAYS), help="How; what is there is chosen without it.")
@click.option("--classes", metavar="A,B,C", default="", help="The classes, if you know them.")
@click.option(
    "--captions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Descriptions: JSON lines, {"image_file": …, "text": …}.',
)
@click.option("--no-other", is_flag=True, help="Every photo goes into a class, fitting or not.")
@click.option(
    "--again",
    "run",
    metavar="RUN",
    default="",
    help="Make this run again, by its own criterion or by CRITERION.",
)
@click.option(
    "--from",
    "record",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="RUN_FOLDER",
    help="Repeat the run that was written there: criterion, way, classes asked for, prompts.",
)
@click.option("--ways", is_flag=True, help="Only say how it could be done.")
@click.option("--tabs", is_flag=True, help="Put the photos into tabs; `undo` takes it back.")
@json_option
def criteria(
    folder: Path,
    criterion: str,
    k: int | None,
    way: str | None,
    classes: str,
    captions: Path | None,
    no_other: bool,
    run: str,
    record: Path | None,
    ways: bool,
    tabs: bool,
    as_json: bool,
) -> None:
    """Sort the photos of FOLDER by CRITERION: "what colour", "where", "which instrument".

    Photos are described, labelled, and put into classes: by a chat model where there is one, else
    by captions, by pixels, EXIF and faces, or by words that are compared with the photos. It says
    which way it took. What a model answered is kept: the same question is not asked twice.

    The exit code is 0 when photos were put into classes and 1 when none was.
    """
    if not (criterion or run) and record is None:
        _list(folder, as_json)
        return
    if criterion and record is not None:
        raise CommandError("Give a criterion or --from, not both.", 2)
    wish = Wish(
        criterion=criterion,
        k=k,
        way=cast("Way | None", way),
        classes=tuple(name.strip() for name in classes.split(",") if name.strip()),
        other=not no_other,
        captions=str(captions.resolve()) if captions else "",
    )
    if record is not None:
        wish = _recorded(folder, record)
    elif not criterion:
        wish = _wish_of(folder, run, wish)
    if trouble := wish.validate():
        raise CommandError(trouble, 2)
    if ways:
        _say_ways(folder, wish, as_json)
        return
    result = _sorted(folder, wish, run)
    with catalog_of(folder) as catalog:
        ids = [photo for some in result.members for photo in some]
        paths = {photo.id: photo.path for photo in catalog.photos.get(ids)}
        if tabs:
            _make_tabs(catalog, result)
    if as_json:
        emit(_fields(result, paths))
    else:
        say(_lines(result, paths))
    if not any(result.members) or result.run.state != "done":
        click.get_current_context().exit(1)


def _recorded(folder: Path, record: Path) -> Wish:
    """
    Raises:
        CommandError: There is no run to repeat.
    """
    from tui_selector.criteria.record import RecordError, recorded_wish

    with engine_of(folder) as client:
        client.request(protocol.Settle())
    with catalog_of(folder) as catalog:
        ids = {hash_.hex(): id_ for id_, hash_, _, _ in catalog.photos.indexed()}
    try:
        return recorded_wish(record, ids)
    except RecordError as error:
        raise CommandError(str(error), 2) from error


def _wish_of(folder: Path, run: str, given: Wish) -> Wish:
    """What a run was made with, and what is given beside it in its place.

    Raises:
        CommandError: There is no such run.
    """
    changed = ((name, getattr(given, name)) for name in ("k", "way", "classes", "captions"))
    with engine_of(folder) as client:
        found = client.request(criteria_messages.GetRun(run=run))
    assert isinstance(found, RunResult)
    old = found.run.wish
    wish = msgspec.structs.replace(old, **{name: value for name, value in changed if value})
    return msgspec.structs.replace(wish, other=old.other and given.other)


def _sorted(folder: Path, wish: Wish, run: str) -> RunResult:
    """Make a run and wait for its end.

    Raises:
        CommandError: It cannot be made.
    """
    seen: dict[str, Run] = {}

    def watch(event: protocol.AnyEvent) -> None:
        if isinstance(event, RunProgress):
            seen[event.run.id] = event.run
            _show(event.run)

    with engine_of(folder, on_event=watch) as client:
        client.request(protocol.Settle())
        begun = client.request(criteria_messages.StartRun(wish=wish, run=run))
        assert isinstance(begun, criteria_messages.RunInfo)
        last = begun.run
        try:
            while seen.get(last.id, last).state in ("waiting", "running"):
                for event in client.events():
                    watch(event)
                    break
        except KeyboardInterrupt:
            client.request(criteria_messages.CancelRun(run=last.id))
            raise
        _show(None)
        result = client.request(criteria_messages.GetRun(run=last.id))
    assert isinstance(result, RunResult)
    if result.run.state == "failed" and not any(result.members):
        raise CommandError(printable(result.run.note))
    return result


def _show(run: Run | None) -> None:
    """Keep one line of progress on the error stream, where a person is watching."""
    if not sys.stderr.isatty():
        return
    text = ""
    if run is not None and run.state == "running":
        step = next((each for each in run.steps if each.state == "running"), None)
        if step is not None:
            text = f"{step.step} {step.done}/{step.total}, {step.calls} answers asked for"
    sys.stderr.write(f"\r\x1b[K{text}")
    sys.stderr.flush()


def _make_tabs(catalog: Any, result: RunResult) -> None:
    """
    Raises:
        CommandError: Nothing could be moved.
    """
    from tui_selector.library.decisions.decisions import Decisions

    groups = [
        (each.name, members)
        for each, members in zip(result.run.classes, result.members, strict=True)
        if members and each.origin != "other"
    ]
    outcome = Decisions(catalog).make_tabs(groups)
    for refused in outcome.refused:
        sys.stderr.write(f"tui-selector: {printable(refused.sentence)}\n")


def _lines(result: RunResult, paths: dict[int, str]) -> list[str]:
    run = result.run
    way = WAY_NAMES[run.way]
    lines = [f"{way[0].upper()}{way[1:]}: {printable(run.reason)}", ""]
    for each, members in zip(run.classes, result.members, strict=True):
        count = "1 photo" if len(members) == 1 else f"{len(members)} photos"
        lines.append(f"{printable(each.name)}: {count}")
        lines += [f"  {printable(paths.get(photo, f'photo {photo}'))}" for photo in members]
        lines.append("")
    if run.offers:
        said = ", ".join(f"{printable(each.label)} ({each.photos})" for each in run.offers[:8])
        lines.append(f"Answers outside of the classes: {said}.")
    if run.note:
        lines.append(printable(run.note))
    lines.append(f"Run {run.id}; prompts, answers and settings are in {printable(run.folder)}.")
    return lines


def _fields(result: RunResult, paths: dict[int, str]) -> dict[str, Any]:
    run = result.run
    return {
        "run": run.id,
        "criterion": run.wish.criterion,
        "way": run.way,
        "reason": run.reason,
        "model": run.model,
        "state": run.state,
        "note": run.note,
        "folder": run.folder,
        "photos": run.photos,
        "steps": {
            each.step: {"state": each.state, "calls": each.calls, "cached": each.cached}
            for each in run.steps
        },
        "labels": {each.label: each.photos for each in run.histogram},
        "offers": {each.label: each.photos for each in run.offers},
        "classes": [
            {
                "name": each.name,
                "origin": each.origin,
                "labels": list(each.labels),
                "photos": [
                    {"id": photo, **path_fields(paths[photo])} for photo in some if photo in paths
                ],
            }
            for each, some in zip(run.classes, result.members, strict=True)
        ],
    }


def _say_ways(folder: Path, wish: Wish, as_json: bool) -> None:
    with engine_of(folder) as client:
        client.request(protocol.Settle())
        answer = client.request(criteria_messages.AskWays(wish=wish))
    assert isinstance(answer, criteria_messages.Ways)
    if as_json:
        emit({"ways": [{"way": w.way, "ready": w.ready, "why": w.sentence} for w in answer.ways]})
        return
    say(
        f"{'✓' if each.ready else '–'} {each.way:<9} {printable(each.sentence)}"
        for each in answer.ways
    )


def _list(folder: Path, as_json: bool) -> None:
    with engine_of(folder) as client:
        answer = client.request(criteria_messages.ListRuns())
    assert isinstance(answer, criteria_messages.RunList)
    if as_json:
        emit(
            {
                "runs": [
                    {
                        "run": run.id,
                        "criterion": run.wish.criterion,
                        "way": run.way,
                        "state": run.state,
                        "photos": run.photos,
                        "classes": {each.name: each.photos for each in run.classes},
                        "folder": run.folder,
                    }
                    for run in answer.runs
                ]
            }
        )
        return
    for run, told in zip(answer.runs, told_apart(answer.runs), strict=True):
        names = ", ".join(f"{printable(each.name)} {each.photos}" for each in run.classes[:8])
        criterion = printable(f"{run.wish.criterion} · {told}" if told else run.wish.criterion)
        say(f"{run.id}  {criterion}  ({run.way}, {run.state})  {names}")
    if not answer.runs:
        say("There are no runs yet; say by what to sort.")


COMMANDS = (criteria,)
