"""Commands that search: search, and what the index is worth: index-info."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tui_selector.cli.background import engine_of
from tui_selector.cli.failure import CommandError, pointed
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.engine import protocol, search_messages
from tui_selector.library.display import printable
from tui_selector.paths import library_paths
from tui_selector.search.scores import FLOOR, Weights

#: A word that begins with a minus and is none of the short options, nor some of them in one.
_NEGATIVE = re.compile(r"-(?!-|.$|0?n[0-9]+$)", re.DOTALL)
#: Hits of one answer where all are wanted.
_ALL = 1_000_000


class _SearchCommand(click.Command):
    """A command whose query may begin with a minus, as in `search DIR -indoor`."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        if "--" not in arguments:
            queries = [word for word in arguments if _NEGATIVE.match(word)]
            others = [word for word in arguments if not _NEGATIVE.match(word)]
            arguments = [*others, "--", *queries]
        return super().parse_args(context, arguments)


@click.command(cls=_SearchCommand, short_help="Find photos by words, pictures, tags and filters.")
@click.argument("folder", type=FolderArgument())
@click.argument("query")
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Most hits."
)
@click.option("--all", "everything", is_flag=True, help="All hits, however many.")
@click.option(
    "--floor",
    type=click.FloatRange(0, 1),
    default=FLOOR,
    show_default=True,
    help="Score from which a photo matches.",
)
@click.option(
    "--weight",
    "weights",
    metavar="SIGNAL=NUMBER",
    multiple=True,
    help="How much a signal counts: meaning, picture, tag, name, text or caption. 0 leaves it out,"
    " 1 is usual.",
)
@click.option("--why", is_flag=True, help="Say what each score is made of.")
@click.option("--now", is_flag=True, help="Do not wait for photos that are not indexed yet.")
@click.option(
    "-0",
    "--print0",
    is_flag=True,
    help="Bare paths as they are on disk, each ended by a NUL byte, for xargs -0.",
)
@json_option
def search(
    folder: Path,
    query: str,
    limit: int,
    everything: bool,
    floor: float,
    weights: Sequence[str],
    why: bool,
    now: bool,
    print0: bool,
    as_json: bool,
) -> None:
    """Find the photos of FOLDER that fit QUERY, best first.

    QUERY is one argument: words ("a dog on a beach"), -word for what should not be there, "2:beach"
    for what counts twice, @NAME for photos like one of the folder, a path for photos like any
    picture, #TAG, and filters such as date:2025-07, camera:X100 or "rating>=3".

    A video is found by its frames; the time of the best one stands behind its name.

    A score of 0.5 and more is a match. The exit code is 0 when something matches, 1 when nothing
    does (the nearest photos are then named on the error stream) and 2 when QUERY makes no sense.
    """
    if as_json and print0:
        raise CommandError("--json and --print0 are two ways to answer; choose one.", 2)
    request = search_messages.Search(
        text=readable(query),
        limit=_ALL if everything else limit,
        floor=floor,
        weights=_weights(weights),
        reasons=why or as_json,
    )
    with engine_of(folder) as client:
        if not now:
            client.request(protocol.Settle())
        found = client.request(request)
    assert isinstance(found, search_messages.Found)
    paths = _paths(folder, [hit.photo for hit in (*found.hits, *found.nearest)])
    if as_json:
        emit(_fields(found, paths))
    elif print0:
        for hit in found.hits:
            if hit.photo in paths:
                sys.stdout.buffer.write(os.fsencode(folder / paths[hit.photo]) + b"\0")
    else:
        _print(found, paths, why=why)
    if not found.total:
        click.get_current_context().exit(1)


@click.command("index-info", short_help="Measure the search index on this folder's photos.")
@click.argument("folder", type=FolderArgument())
@json_option
def index_info(folder: Path, as_json: bool) -> None:
    """Say how FOLDER is searched, how well and how quickly, measured on its own photos.

    Recall is the share of the ten nearest photos that the index finds, against exact search.
    The setting `index` (or TUI_SELECTOR_INDEX) chooses another: exact, rotated, hnsw, faiss-ivf.
    """
    with engine_of(folder) as client:
        client.request(protocol.Settle())
        facts = client.request(search_messages.IndexInfo())
    assert isinstance(facts, search_messages.IndexFacts)
    if as_json:
        import msgspec

        fields = msgspec.to_builtins(facts)
        emit({key: fields[key] for key in ("photos", "model", "spaces")})
        return
    say(f"{facts.photos} photos by {facts.model}.")
    for space in facts.spaces:
        built = f", built in {space.build_seconds:.1f} s" if space.build_seconds else ""
        say(
            f"{space.space}: {space.kind} index of {space.vectors} vectors x {space.dimensions} "
            f"({space.megabytes:.0f} MB){built}"
        )
        say(
            f"  recall@10 {space.recall:.3f}, p50 {space.p50_ms:.2f} ms, p95 {space.p95_ms:.2f} ms"
            f" (exact: p50 {space.exact_p50_ms:.2f} ms)"
        )


def readable(text: str) -> str:
    """A query as the engine reads it: understood, file paths absolute.

    Raises:
        CommandError: It cannot be understood; the column is pointed at.
    """
    from tui_selector.search import query as queries
    from tui_selector.search.language import parse
    from tui_selector.search.query import QueryError

    try:
        asks = parse(text)
    except QueryError as error:
        raise CommandError(pointed(error.sentence, text, error.column, error.length), 2) from error
    return queries.format(queries.with_absolute_files(asks))


def _weights(given: Sequence[str]) -> Weights:
    """
    Raises:
        CommandError: A signal or a number is not one.
    """
    values: dict[str, float] = {}
    for text in given:
        kind, _, number = text.partition("=")
        try:
            values[kind] = float(number)
        except ValueError:
            values[kind] = -1.0
        if kind not in Weights.__struct_fields__ or not 0 <= values[kind] <= 100:
            raise CommandError(
                "--weight takes meaning, picture, tag, name, text or caption and a number from 0 "
                f"to 100, e.g. --weight tag=0, not {printable(text)}.",
                2,
            )
    return Weights(**values)


def _paths(folder: Path, ids: Sequence[int]) -> dict[int, str]:
    """The paths of some photos.

    Raises:
        CommandError: The catalog cannot be read.
    """
    import sqlite3

    from tui_selector.library.catalog.catalog import Catalog, CatalogError

    try:
        with Catalog.open(library_paths(folder)) as catalog:
            return {photo.id: photo.path for photo in catalog.photos.get(ids)}
    except (CatalogError, sqlite3.Error) as error:
        raise CommandError(f"The catalog cannot be read: {error}.") from error


def _fields(found: search_messages.Found, paths: dict[int, str]) -> dict[str, Any]:
    def hits(some: Sequence[search_messages.Hit]) -> list[dict[str, Any]]:
        return [
            {
                "id": hit.photo,
                **path_fields(paths[hit.photo]),
                "score": hit.score,
                "reasons": list(hit.reasons),
                **(
                    {"moments": [{"seconds": at, "score": score} for at, score in hit.moments]}
                    if hit.moments
                    else {}
                ),
            }
            for hit in some
            if hit.photo in paths
        ]

    return {
        "query": found.query,
        "total": found.total,
        "complete": found.complete,
        "ranked": found.ranked,
        "floor": found.floor,
        "hits": hits(found.hits),
        "nearest": hits(found.nearest),
        "notes": found.notes,
        "encoding_ms": found.encoding_ms,
        "searching_ms": found.searching_ms,
    }


def _print(found: search_messages.Found, paths: dict[int, str], *, why: bool) -> None:
    def lines(hits: Sequence[search_messages.Hit]) -> list[str]:
        made = []
        for hit in hits:
            if hit.photo not in paths:
                continue
            score = f"{hit.score:.2f}  " if found.ranked else ""
            when = "" if hit.moment is None else f"  at {time_code(hit.moment)}"
            made.append(score + printable(paths[hit.photo]) + when)
            if why:
                made += [
                    f"        {signal.kind} {printable(signal.asked)}: {signal.raw:.3f}, "
                    f"chance {signal.chance:.2f}, weight {signal.weight:g}"
                    for signal in hit.reasons
                ]
        return made

    for note in found.notes:
        click.echo(note, err=True)
    if not found.total:
        nearest = lines(found.nearest)
        click.echo("No photo matches." + (" Nearest:" if nearest else ""), err=True)
        for line in nearest:
            click.echo(line, err=True)
        return
    say(lines(found.hits))
    more = found.total - len(found.hits)
    if more > 0:
        least = "" if found.complete else "at least "
        click.echo(f"{least}{more} more; --all shows them.", err=True)


def time_code(seconds: float) -> str:
    """A time in a video, e.g. "0:03" or "1:02:03"."""
    minutes, whole = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{whole:02d}" if hours else f"{minutes}:{whole:02d}"


COMMANDS = (search, index_info)
