"""The command that measures: how well photos are found, against captions or classes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from tui_selector.cli.background import engine_of
from tui_selector.cli.evaluate_groups import evaluate_groups, indexed_paths
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, say
from tui_selector.engine import protocol, search_messages
from tui_selector.library.display import printable
from tui_selector.library.truth import CAPTIONS, CLASSES, Register, TruthError, read_rows
from tui_selector.search.query import Query, Term
from tui_selector.search.query import format as format_query
from tui_selector.search.scores import Weights

if TYPE_CHECKING:
    from tui_selector.engine.client import BlockingClient

#: Ranks up to which the right photo counts as found.
_RANKS = (1, 5, 10)

#: Photos that are asked for at first to find the rank of one, then ten times as many, and so on.
_PAGE = 100
#: Nothing but what the model sees: a file may be named after its class.
_WEIGHTS = Weights(name=0)

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group(short_help="Measure how well photos are found and grouped.")
def evaluate() -> None:
    """Measure tui-selector on photos whose content is known."""


@evaluate.command("search", short_help="Recall of captions, accuracy of class names.")
@click.argument("folder", type=FolderArgument())
@click.option(
    "--captions", type=_FILE, help="CSV or JSON with a `file` and a `caption` in each row."
)
@click.option("--labels", type=_FILE, help="CSV or JSON with a `file` and a `class` in each row.")
@json_option
def evaluate_search(
    folder: Path, captions: Path | None, labels: Path | None, as_json: bool
) -> None:
    """Measure the search on the photos of FOLDER.

    With --captions: each caption is searched for, and counts at rank R when its photo is among the
    best R of the folder (R@1, R@5, R@10); the median of all ranks is told as well. With --labels:
    each photo is given the class whose name it scores highest for (zero-shot). File names are not
    looked at by the search.

    JSON is a list of objects with the same fields, or an object from files to a caption, a list of
    captions, or a class.
    """
    if not captions and not labels:
        raise CommandError("Give --captions FILE, --labels FILE, or both.", 2)
    try:
        rows = read_rows(captions, CAPTIONS) if captions else []
        classes = read_rows(labels, CLASSES) if labels else []
        with engine_of(folder) as client:
            client.request(protocol.Settle())
            status = client.request(protocol.GetStatus())
            assert isinstance(status, protocol.Status)
            paths = indexed_paths(folder)
            register = Register(paths)
            result: dict[str, Any] = {"model": status.progress.model, "photos": len(paths)}
            if captions:
                asked = register.of(rows)
                result["captions"] = _recall(client, asked, len(rows) - len(asked), len(paths))
            if labels:
                result["labels"] = _accuracy(client, dict(register.of(classes)), len(paths))
    except TruthError as error:
        raise CommandError(str(error), 2) from error
    if as_json:
        emit(result)
    else:
        _print(result)


def _ask(
    client: BlockingClient, words: str, limit: int, offset: int = 0
) -> list[search_messages.Hit]:
    """The best photos for some words, whether they match or not."""
    text = format_query(Query(terms=(Term("words", " ".join(words.split())),)))
    found = client.request(
        search_messages.Search(
            text=text, limit=limit, offset=offset, floor=0.0, weights=_WEIGHTS, reasons=False
        )
    )
    assert isinstance(found, search_messages.Found)
    return found.hits


def _rank(client: BlockingClient, caption: str, photo: int, photos: int) -> int:
    """The place of a photo among all for a caption, from 1; the last where it is not told."""
    before, page = 0, _PAGE
    while hits := _ask(client, caption, page, before):
        for place, hit in enumerate(hits, before + 1):
            if hit.photo == photo:
                return place
        before += len(hits)
        page = 10 * page
    return photos


def _recall(
    client: BlockingClient, asked: list[tuple[int, str]], missing: int, photos: int
) -> dict[str, Any]:
    ranks = [_rank(client, caption, photo, photos) for photo, caption in asked]
    return {
        "captions": len(ranks),
        "missing": missing,
        **{
            f"R@{most}": round(sum(rank <= most for rank in ranks) / len(ranks), 4)
            for most in _RANKS
        },
        **{f"chance R@{most}": round(min(1.0, most / photos), 4) for most in _RANKS},
        "median rank": median(ranks),
        "chance median rank": (photos + 1) / 2,
    }


def _accuracy(client: BlockingClient, truth: dict[int, str], photos: int) -> dict[str, Any]:
    best: dict[int, tuple[float, str]] = {}
    for name in sorted(set(truth.values())):
        for hit in _ask(client, name.replace("_", " "), photos):
            if hit.photo in truth and hit.score > best.get(hit.photo, (-1.0, ""))[0]:
                best[hit.photo] = hit.score, name
    right = Counter(truth[photo] for photo, (_, name) in best.items() if truth[photo] == name)
    sizes = Counter(truth.values())
    return {
        "photos": len(truth),
        "classes": len(sizes),
        "accuracy": round(right.total() / len(truth), 4),
        "by class": {name: round(right[name] / size, 4) for name, size in sorted(sizes.items())},
    }


def _print(result: dict[str, Any]) -> None:
    say(f"{result['photos']} photos by {printable(result['model'])}.")
    if found := result.get("captions"):
        scores = ", ".join(f"R@{rank} {found[f'R@{rank}']:.3f}" for rank in _RANKS)
        chance = ", ".join(f"{found[f'chance R@{rank}']:.3f}" for rank in _RANKS)
        say(f"{found['captions']} captions: {scores} (chance {chance})")
        say(f"median rank {found['median rank']:g} (chance {found['chance median rank']:g})")
        if found["missing"]:
            say(f"{found['missing']} captions are of files that are not here.")
    if found := result.get("labels"):
        say(
            f"{found['photos']} photos of {found['classes']} classes, by class name: "
            f"{found['accuracy']:.3f} right"
        )
        say(f"  {score:.2f}  {printable(name)}" for name, score in found["by class"].items())


evaluate.add_command(evaluate_groups)

COMMANDS = (evaluate,)
