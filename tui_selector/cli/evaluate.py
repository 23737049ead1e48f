"""The command that measures: how well photos are found, against captions or classes."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui_selector.cli.albums import catalog_of
from tui_selector.cli.background import engine_of
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, say
from tui_selector.engine import protocol, search_messages
from tui_selector.library.display import printable
from tui_selector.search.query import Query, Term
from tui_selector.search.query import format as format_query
from tui_selector.search.scores import Weights

if TYPE_CHECKING:
    from tui_selector.engine.client import BlockingClient

#: Ranks up to which the right photo counts as found.
_RANKS = (1, 5, 10)
_FILES = ("file", "image", "filename", "file_name", "path", "photo")
_CAPTIONS = ("caption", "captions", "text", "sentence", "description")
_CLASSES = ("class", "label", "category")
#: Nothing but what the model sees: a file may be named after its class.
_WEIGHTS = Weights(name=0)

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group(short_help="Measure how well photos are found.")
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
    best R of the folder (R@1, R@5, R@10). With --labels: each photo is given the class whose name
    it scores highest for (zero-shot). File names are not looked at by the search.

    JSON is a list of objects with the same fields, or an object from files to a caption, a list of
    captions, or a class.
    """
    if not captions and not labels:
        raise CommandError("Give --captions FILE, --labels FILE, or both.", 2)
    rows = _read(captions, _CAPTIONS) if captions else []
    classes = _read(labels, _CLASSES) if labels else []
    with engine_of(folder) as client:
        client.request(protocol.Settle())
        status = client.request(protocol.GetStatus())
        assert isinstance(status, protocol.Status)
        ids = _ids(folder)
        result: dict[str, Any] = {"model": status.progress.model, "photos": len(ids.values)}
        if captions:
            result["captions"] = _recall(client, rows, ids)
        if labels:
            result["labels"] = _accuracy(client, classes, ids)
    if as_json:
        emit(result)
    else:
        _print(result)


class _Ids:
    """Photos by path, and by name where that is enough."""

    def __init__(self, paths: Iterable[tuple[int, str]]) -> None:
        self.values: list[int] = []
        self._by_path: dict[str, int] = {}
        names: dict[str, list[int]] = defaultdict(list)
        for id_, path in paths:
            self.values.append(id_)
            self._by_path[path] = id_
            names[path.rpartition("/")[2]].append(id_)
        self._by_name = {name: ids[0] for name, ids in names.items() if len(ids) == 1}

    def find(self, file: str) -> int | None:
        return self._by_path.get(file) or self._by_name.get(file.rpartition("/")[2])

    def of(self, rows: Iterable[tuple[str, str]]) -> list[tuple[int, str]]:
        """Photo ids and texts of the rows whose file is here.

        Raises:
            CommandError: None is.
        """
        found = [(id_, text) for file, text in rows if (id_ := self.find(file)) is not None]
        if not found:
            raise CommandError("No file that is named there is an indexed photo of this folder.", 2)
        return found


def _ids(folder: Path) -> _Ids:
    with catalog_of(folder) as catalog:
        return _Ids((id_, path) for id_, _, path, _ in catalog.photos.indexed())


def _ask(client: BlockingClient, words: str, limit: int) -> list[search_messages.Hit]:
    """The best photos for some words, whether they match or not."""
    text = format_query(Query(terms=(Term("words", " ".join(words.split())),)))
    found = client.request(
        search_messages.Search(text=text, limit=limit, floor=0.0, weights=_WEIGHTS, reasons=False)
    )
    assert isinstance(found, search_messages.Found)
    return found.hits


def _recall(client: BlockingClient, rows: list[tuple[str, str]], ids: _Ids) -> dict[str, Any]:
    asked = ids.of(rows)
    found: Counter[int] = Counter()
    for photo, caption in asked:
        best = [hit.photo for hit in _ask(client, caption, max(_RANKS))]
        for rank in _RANKS:
            found[rank] += photo in best[:rank]
    return {
        "captions": len(asked),
        "missing": len(rows) - len(asked),
        **{f"R@{rank}": round(found[rank] / len(asked), 4) for rank in _RANKS},
        **{f"chance R@{rank}": round(min(1.0, rank / len(ids.values)), 4) for rank in _RANKS},
    }


def _accuracy(client: BlockingClient, rows: list[tuple[str, str]], ids: _Ids) -> dict[str, Any]:
    truth = dict(ids.of(rows))
    best: dict[int, tuple[float, str]] = {}
    for name in sorted(set(truth.values())):
        for hit in _ask(client, name.replace("_", " "), len(ids.values)):
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


def _read(file: Path, columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of a file and a text from a CSV or JSON file.

    Raises:
        CommandError: It is neither, or lacks the columns.
    """
    shown = printable(file.name)
    try:
        text = file.read_text("utf-8-sig")
        if file.suffix.lower() == ".json":
            return list(_pairs(json.loads(text), columns))
        table = csv.DictReader(text.splitlines(keepends=True))
        return list(_pairs(list(table), columns))
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise CommandError(f"{shown} cannot be read: {printable(str(error))}.", 2) from error


def _pairs(data: Any, columns: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    """
    Raises:
        ValueError: The data have another shape.
    """
    if isinstance(data, dict):
        data = [{"file": file, columns[0]: value} for file, value in data.items()]
    if not isinstance(data, list) or not data:
        raise ValueError("there are no rows in it")
    for row in data:
        file = _field(row, _FILES)
        value = _field(row, columns)
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(file, str) or not isinstance(text, str):
                raise ValueError(f"a row lacks a `{_FILES[0]}` or a `{columns[0]}`")
            if text.strip():
                yield file, text


def _field(row: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(row, dict):
        return None
    return next((row[name] for name in names if row.get(name) is not None), None)


def _print(result: dict[str, Any]) -> None:
    say(f"{result['photos']} photos by {printable(result['model'])}.")
    if found := result.get("captions"):
        scores = ", ".join(f"R@{rank} {found[f'R@{rank}']:.3f}" for rank in _RANKS)
        chance = ", ".join(f"{found[f'chance R@{rank}']:.3f}" for rank in _RANKS)
        say(f"{found['captions']} captions: {scores} (chance {chance})")
        if found["missing"]:
            say(f"{found['missing']} captions are of files that are not here.")
    if found := result.get("labels"):
        say(
            f"{found['photos']} photos of {found['classes']} classes, by class name: "
            f"{found['accuracy']:.3f} right"
        )
        say(f"  {score:.2f}  {printable(name)}" for name, score in found["by class"].items())


COMMANDS = (evaluate,)
