"""What photos are known to show: by their folders, their names, or a file that says so."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tui_selector.library.display import printable

#: Each photo's class is the folder that it lies in.
FOLDERS = "folders"

#: What stands in a pattern for the class, for any number and for anything.
CLASS, NUMBER, ANYTHING = "{class}", "#", "*"

#: Names of columns, the usual one first.
FILES = ("file", "image", "image_file", "filename", "file_name", "path", "photo")
CAPTIONS = ("caption", "captions", "text", "sentence", "description")
CLASSES = ("class", "label", "category")

#: Patterns that names of photos often follow.
_USUAL = (
    "{class}__*",
    "{class}_#",
    "{class}-#",
    "{class} #",
    "{class} (#)",
    "{class}#",
    "#_{class}",
    "{class}_*",
)

#: A pattern that tells classes gives each of them so many photos, at the mean.
_LEAST_PHOTOS = 2.0

Paths = Mapping[int, str]
"""Photo ids and their paths, relative to the library, with /."""


class TruthError(Exception):
    """What photos show cannot be known so; the message is a sentence."""


def known_classes(source: str, paths: Paths) -> dict[int, str]:
    """The class of each photo that is known.

    Args:
        source: `FOLDERS`; a pattern with {class} in it, see `by_pattern`; or the path of a CSV,
            JSON or JSON lines file with a file and a class in each row.
        paths: Of the photos.

    Raises:
        TruthError: The source tells nothing.
    """
    source = source.strip()
    if not source:
        raise TruthError("Say where the classes are: folders, a pattern like {class}_#, or a file.")
    if source == FOLDERS:
        found = by_folder(paths)
        why = "The photos do not lie in folders."
    elif CLASS in source:
        found = by_pattern(source, paths)
        why = f"No photo is called like {printable(source)}."
    else:
        return dict(Register(paths).of(read_rows(Path(source).expanduser(), CLASSES)))
    if not found:
        raise TruthError(why)
    return found


def by_folder(paths: Paths) -> dict[int, str]:
    """The name of the folder that each photo lies in; photos in no folder are left out."""
    return {id_: path.rsplit("/", 2)[-2] for id_, path in paths.items() if "/" in path}


def by_pattern(pattern: str, paths: Paths) -> dict[int, str]:
    """What stands for {class} in the names of photos; names that are otherwise are left out.

    A pattern is the whole name without its suffix, or the whole path without it where the pattern
    has a /. `#` stands for a number, `*` for anything, and {class} for as much as can be.
    """
    matcher = _matcher(pattern)
    whole = "/" in pattern
    found = {}
    for id_, path in paths.items():
        folder, _, name = path.rpartition("/")
        bare = name.rpartition(".")[0] or name
        match = matcher.fullmatch(f"{folder}/{bare}" if whole and folder else bare)
        if match and match[1].strip():
            found[id_] = match[1].strip()
    return found


@cache
def _matcher(pattern: str) -> re.Pattern[str]:
    parts = {CLASS: "(.+)", NUMBER: "(?<![0-9])[0-9]+(?![0-9])", ANYTHING: ".*"}
    tokens = re.split(r"(\{class\}|#|\*+)", pattern)
    seen = False
    wanted = []
    for token in tokens:
        if token == CLASS and seen:
            wanted.append(r"\1")
        elif token in parts:
            wanted.append(parts[token])
            seen = seen or token == CLASS
        else:
            wanted.append(".*" if token and not token.strip("*") else re.escape(token))
    return re.compile("".join(wanted), re.DOTALL)


def sources(paths: Paths) -> list[str]:
    """The sources without a file that tell something of these photos, the most telling first.

    A source tells something where it knows two classes at least, each of some photos. Of those
    that divide the photos alike only the first is named.
    """
    known: dict[str, int] = {}
    seen: set[tuple[tuple[int, int], ...]] = set()
    for source in (FOLDERS, *_USUAL):
        found = by_folder(paths) if source == FOLDERS else by_pattern(source, paths)
        division = _division(found)
        if _is_telling(found) and division not in seen:
            known[source] = len(found)
            seen.add(division)
    return sorted(known, key=lambda source: -known[source])


def _division(found: Mapping[int, str]) -> tuple[tuple[int, int], ...]:
    """Which photos are in a class together, whatever the classes are called."""
    numbers: dict[str, int] = {}
    return tuple((id_, numbers.setdefault(name, len(numbers))) for id_, name in found.items())


def _is_telling(found: Mapping[int, str]) -> bool:
    classes = len(set(found.values()))
    return 2 <= classes <= len(found) / _LEAST_PHOTOS


def described(found: Mapping[int, str], photos: int, most: int = 6) -> str:
    """How many classes and photos are known, and the largest classes, printable."""
    sizes = Counter(found.values())
    largest = ", ".join(f"{printable(name)} {size:,}" for name, size in sizes.most_common(most))
    more = f" and {len(sizes) - most:,} more" if len(sizes) > most else ""
    classes = "1 class" if len(sizes) == 1 else f"{len(sizes):,} classes"
    return f"{classes}, {len(found):,} of {photos:,} photos: {largest}{more}"


# -- files -----------------------------------------------------------------------------------------


class Register:
    """Finds photos by the path, or by the name where only one is called so."""

    def __init__(self, paths: Paths) -> None:
        self._by_path = {path: id_ for id_, path in paths.items()}
        names: dict[str, list[int]] = defaultdict(list)
        for id_, path in paths.items():
            names[path.rpartition("/")[2]].append(id_)
        self._by_name = {name: ids[0] for name, ids in names.items() if len(ids) == 1}

    def find(self, file: str) -> int | None:
        """The photo that is called so."""
        return self._by_path.get(file) or self._by_name.get(file.rpartition("/")[2])

    def of(self, rows: Iterable[tuple[str, str]]) -> list[tuple[int, str]]:
        """Photo ids and texts of the rows whose file is here.

        Raises:
            TruthError: None is.
        """
        found = [(id_, text) for file, text in rows if (id_ := self.find(file)) is not None]
        if not found:
            raise TruthError("No file that is named there is an indexed photo of this folder.")
        return found


def read_rows(file: Path, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of a file and a text from a CSV, JSON or JSON lines file.

    JSON is a list of objects with the columns of the CSV, or an object from files to a text or a
    list of texts.

    Args:
        file: By its suffix: .json, .jsonl, or CSV.
        columns: What the column of the texts may be called.

    Raises:
        TruthError: It cannot be read, is something else, or lacks the columns.
    """
    try:
        text = file.read_text("utf-8-sig")
        if file.suffix.lower() == ".json":
            rows = json.loads(text)
        elif file.suffix.lower() == ".jsonl":
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            rows = list(csv.DictReader(text.splitlines(keepends=True)))
        return list(_pairs(rows, columns))
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        shown = printable(file.name)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TruthError(f"{shown} cannot be read: {printable(reason)}.") from error


def _pairs(data: Any, columns: Sequence[str]) -> Iterable[tuple[str, str]]:
    """
    Raises:
        ValueError: The data have another shape.
    """
    if isinstance(data, dict):
        data = [{"file": file, columns[0]: value} for file, value in data.items()]
    if not isinstance(data, list) or not data:
        raise ValueError("there are no rows in it")
    for row in data:
        file = _field(row, FILES)
        value = _field(row, columns)
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(file, str) or not isinstance(text, str):
                raise ValueError(f"a row lacks a `{FILES[0]}` or a `{columns[0]}`")
            if text.strip():
                yield file, text


def _field(row: Any, names: Iterable[str]) -> Any:
    if not isinstance(row, dict):
        return None
    return next((row[name] for name in names if row.get(name) is not None), None)
