"""The command that measures how good groups are: tabs, algorithms, and runs of criteria."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui_selector.app.evaluation import (
    MEASURES,
    TABS,
    Contender,
    Measured,
    algorithms,
    groups_in,
    measured,
    named,
    of_runs,
    short,
    tab_groups,
)
from tui_selector.cli.albums import catalog_of
from tui_selector.cli.background import engine_of
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, say
from tui_selector.engine import protocol
from tui_selector.engine.criteria_messages import ListRuns, RunList
from tui_selector.engine.evaluation_messages import Evaluate, Evaluated, NamedPhotos
from tui_selector.library.display import printable
from tui_selector.library.truth import FOLDERS, TruthError, described, known_classes, sources

if TYPE_CHECKING:
    from tui_selector.engine.client import BlockingClient

#: What is measured where nothing is said.
_RUNS = ("tabs", "algorithms", "criteria")


@click.command("groups", short_help="How well photos are grouped.")
@click.argument("folder", type=FolderArgument())
@click.option(
    "--truth",
    default="",
    metavar="SOURCE",
    help="Where the classes are known from: `folders`, a pattern of file names like `{class}_#`"
    " (# a number, * anything), or a CSV, JSON or JSON lines file with a `file` and a `class` in"
    " each row. Where it is not given, what folders or names tell.",
)
@click.option(
    "--run",
    "runs",
    multiple=True,
    type=click.Choice(_RUNS),
    help="What to measure; may be given several times. All where it is not given.",
)
@click.option(
    "--matrix",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the confusion matrix of the first run there, .svg or .png.",
)
@json_option
def evaluate_groups(
    folder: Path, truth: str, runs: tuple[str, ...], matrix: Path | None, as_json: bool
) -> None:
    """Measure how well the photos of FOLDER are grouped; nothing is changed.

    Against known classes: accuracy under the best matching of groups with classes (Hungarian
    method), adjusted Rand index, normalized mutual information, precision and recall of each class.
    Without: silhouette, Calinski-Harabasz and Davies-Bouldin on the photos' own vectors.
    """
    from tui_selector.app.matrix_picture import PictureError, write_matrix

    with engine_of(folder) as client:
        client.request(protocol.Settle())
        paths = indexed_paths(folder)
        known, source = _known(truth, paths)
        classes = named(known)
        found = _measure(folder, client, runs or _RUNS, classes)
    if matrix is not None:
        if not classes or not found:
            raise CommandError("There is no matrix: no class of the photos is known.", 2)
        try:
            write_matrix(found[0].matrix, _title(found[0]), matrix)
        except PictureError as error:
            raise CommandError(str(error)) from error
    if as_json:
        emit(
            {
                "photos": len(paths),
                "truth": source,
                "known": len(known),
                "runs": [each.report for each in found],
            }
        )
    else:
        _print(found, f"{source}: {described(known, len(paths))}" if known else "")


def indexed_paths(folder: Path) -> dict[int, str]:
    """The paths of the photos that have a vector, by id."""
    with catalog_of(folder) as catalog:
        return {id_: path for id_, _, path, _ in catalog.photos.indexed()}


def _known(truth: str, paths: dict[int, str]) -> tuple[dict[int, str], str]:
    """The known classes, and where from; neither where nothing was asked for and nothing tells.

    Raises:
        CommandError: What was asked for tells nothing.
    """
    offered = sources(paths) if not truth else []
    source = truth or next(iter(offered), "")
    if not source:
        return {}, ""
    try:
        return known_classes(source, paths), source
    except TruthError as error:
        hint = f" Folders and patterns: `--truth {FOLDERS}`, `--truth '{{class}}_#'`."
        raise CommandError(str(error) + (hint if "cannot be read" in str(error) else ""), 2) from (
            error
        )


def _measure(
    folder: Path, client: BlockingClient, runs: Sequence[str], classes: list[NamedPhotos]
) -> list[Measured]:
    wanted: dict[str, Callable[[], list[Contender]]] = {
        "tabs": lambda: [TABS],
        "algorithms": lambda: algorithms(len(classes)),
        "criteria": lambda: _criteria(client),
    }
    found = []
    for contender in (each for run in runs for each in wanted[run]()):
        if contender.request is None:
            with catalog_of(folder) as catalog:
                groups = tab_groups(catalog)
        else:
            groups = groups_in(client.request(contender.request))
        answer = client.request(Evaluate(groups=groups, classes=classes))
        assert isinstance(answer, Evaluated)
        found.append(measured(contender, groups, classes, answer))
    return found


def _criteria(client: BlockingClient) -> list[Contender]:
    answer = client.request(ListRuns())
    assert isinstance(answer, RunList)
    return of_runs(answer.runs)


def _title(each: Measured) -> str:
    accuracy = each.result.accuracy
    found = f" · accuracy {accuracy:.3f}" if accuracy is not None else ""
    return f"{each.contender.name}{found} · {each.result.photos:,} photos"


def _print(found: Sequence[Measured], truth: str) -> None:
    say(
        truth or "No class of the photos is known; give --truth. Groups are measured by themselves."
    )
    width = max((len(printable(each.contender.name)) for each in found), default=0)
    say(f"{'':{width}} {'groups':>7}" + "".join(f"{name:>12}" for name, _ in MEASURES))
    for each in found:
        values = "".join(f"{short(read(each.result)):>12}" for _, read in MEASURES)
        say(f"{printable(each.contender.name):{width}} {len(each.groups):>7}{values}")
    for note in dict.fromkeys(each.result.note for each in found if each.result.note):
        say(note)
    if found and found[0].result.classes:
        say(f"{printable(found[0].contender.name)}, class by class:")
        say("  precision  recall      F1  photos")
        say(
            f"  {each.precision:>9.2f}  {each.recall:>6.2f}  {each.f1:>6.2f}  {each.photos:>6}  "
            f"{printable(each.name)}"
            for each in found[0].result.classes
        )
