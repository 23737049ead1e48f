"""Commands that ask the engine: index, clusters, and looking after the engine itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui_selector.cli.albums import catalog_of
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import (
    FolderArgument,
    emit,
    json_option,
    path_fields,
    say,
)
from tui_selector.engine import protocol
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.library.catalog.schema import is_suspect
from tui_selector.library.display import printable
from tui_selector.paths import library_paths

if TYPE_CHECKING:
    from tui_selector.engine.client import BlockingClient


@contextmanager
def engine_of(
    folder: Path,
    *,
    start: bool = True,
    on_event: Callable[[protocol.AnyEvent], None] = lambda event: None,
) -> Iterator[BlockingClient]:
    """Attach to a folder's engine, and show what it is doing.

    Args:
        folder: Of the library.
        start: Whether to start an engine where none runs.
        on_event: Is told of every event, too.

    Raises:
        CommandError: There is no engine, it refuses, or it has ended.
    """
    from tui_selector.engine.client import BlockingClient, EngineError

    def tell(event: protocol.AnyEvent) -> None:
        _show(event)
        on_event(event)

    paths = library_paths(folder)
    before = _inode(paths.catalog)
    try:
        with BlockingClient(paths, start=start, on_event=tell) as client:
            yield client
    except EngineError as error:
        # Another thread of the engine that has ended may have set the catalog aside already.
        if is_suspect(paths.catalog) or before not in (None, _inode(paths.catalog)):
            raise CommandError(
                "The catalog of this folder is damaged. Run the command again: it is then set "
                "aside and made anew from the photos, and your decisions come back."
            ) from error
        # A query that cannot be answered is wrong usage.
        raise CommandError(str(error), 2 if error.column >= 0 else 1) from error


def _inode(file: Path) -> int | None:
    """What tells a file from another one of its name; None where there is none."""
    try:
        return file.stat().st_ino
    except OSError:
        return None


def _show(event: protocol.AnyEvent) -> None:
    """Keep one line of progress on the error stream, where a person is watching."""
    watched = sys.stderr.isatty()
    # What keeps a command from being done is said once, when it ends.
    if isinstance(event, protocol.Notice) and event.severity != "error":
        clear = "\r\x1b[K" if watched else ""
        sys.stderr.write(f"{clear}tui-selector: {printable(event.sentence)}\n")
    if isinstance(event, protocol.Progress) and watched:
        text = str(event.stage)
        if event.stage in ("indexing", "swapping"):
            doing = "indexing" if event.stage == "indexing" else f"embedding with {event.coming}"
            text = f"{doing} {event.done}/{event.total}"
            if event.rate:
                text += f", {event.rate:.0f} img/s"
            if event.remaining is not None:
                text += f", {event.remaining:.0f} s left"
        is_over = event.stage in ("idle", "reading")
        sys.stderr.write("\r\x1b[K" if is_over else f"\r\x1b[K{text}")
        sys.stderr.flush()


@click.command(short_help="Read new photos, compute vectors, cluster.")
@click.argument("folder", type=FolderArgument())
@json_option
def index(folder: Path, as_json: bool) -> None:
    """Index FOLDER: read new and changed photos, compute their vectors, cluster them.

    What is indexed already is not read again. Interrupt it when you like; the engine goes on in the
    background, and a later `index` or an open screen shows how far it is.
    """
    from tui_selector.library.folder.reconcile import UNREADABLE_KEY
    from tui_selector.library.folder.scan import Unreadable

    with engine_of(folder) as client:
        client.request(protocol.Rescan())
        client.request(protocol.Settle())
        status = client.request(protocol.GetStatus())
    assert isinstance(status, protocol.Status)
    with catalog_of(folder) as catalog:
        tabs = catalog.tabs.all()
        folders = catalog.load(UNREADABLE_KEY, list[Unreadable], [])
        problems = [
            *((folder.path, folder.sentence) for folder in folders),
            *((problem.path, problem.sentence) for problem in catalog.photos.problems()),
        ]
    if as_json:
        emit(
            {
                "photos": tabs[0].count,
                "model": status.progress.model,
                "tabs": [{"name": tab.name, "count": tab.count} for tab in tabs[1:]],
                "problems": [
                    {**path_fields(path), "reason": sentence} for path, sentence in problems
                ],
            }
        )
        return
    photos = f"{tabs[0].count} photo{'s' if tabs[0].count != 1 else ''}"
    model = status.progress.model
    say(f"{photos} by {model}." if model and tabs[0].count else f"{photos}.")
    say(f"{tab.count:>7}  {printable(tab.name)}" for tab in tabs[1:])
    say(f"{printable(path)}: {printable(sentence)}" for path, sentence in problems)


@click.command(short_help="Print what belongs together.")
@click.argument("folder", type=FolderArgument())
@click.option(
    "--algorithm",
    type=click.Choice(["kmeans", "dbscan", "linked", "hdbscan"]),
    default="kmeans",
    show_default=True,
    help="`linked` joins whatever a chain of similar photos connects.",
)
@click.option(
    "-k", "k", type=click.IntRange(min=1), help="Clusters of k-means; suggested where not given."
)
@click.option(
    "--threshold",
    type=click.FloatRange(-1, 1),
    help="Cosine similarity from which photos belong together (dbscan, linked).",
)
@click.option(
    "--min-samples",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Photos that must be near one another to begin a cluster (dbscan, hdbscan).",
)
@click.option(
    "--min-cluster-size",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="Photos that a cluster has at least (hdbscan).",
)
@click.option(
    "--leftovers",
    type=click.Choice(["singles", "nearest", "each"]),
    default="singles",
    show_default=True,
    help="Where photos go that no cluster wants: Singles, the nearest cluster, or one each.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Where k-means begins; the same number gives the same clusters.",
)
@click.option(
    "--space",
    type=click.Choice(["vectors", "map"]),
    default="vectors",
    show_default=True,
    help="What is near: photos that look alike, or photos that lie together on the map.",
)
@click.option("--save", is_flag=True, help="Make these the tabs of the folder.")
@json_option
def clusters(folder: Path, save: bool, as_json: bool, **parameters: Any) -> None:
    """Print what belongs together in FOLDER; its tabs stay as they are unless --save is given."""
    if parameters["k"] is not None and parameters["algorithm"] != "kmeans":
        raise CommandError("-k belongs to --algorithm kmeans; the others find their number.", 2)
    if parameters["threshold"] is not None and parameters["algorithm"] not in ("dbscan", "linked"):
        raise CommandError("--threshold belongs to --algorithm dbscan or linked.", 2)
    clustering = Clustering(**parameters)
    with engine_of(folder) as client:
        client.request(protocol.Settle())
        answer = client.request(protocol.Group(clustering=clustering))
        if save:
            client.request(protocol.Recluster(clustering=clustering))
    assert isinstance(answer, protocol.Groups)
    with catalog_of(folder) as catalog:
        ids = [*answer.singles, *(id_ for group in answer.groups for id_ in group.photos)]
        paths = {photo.id: photo.path for photo in catalog.photos.get(ids)}

    def files(photos: list[int]) -> list[dict[str, str]]:
        return [path_fields(paths[id_]) for id_ in photos if id_ in paths]

    if as_json:
        emit(
            {
                "clustering": answer.clustering,
                "note": answer.note,
                "clusters": [
                    {"name": group.name, "tags": group.tags, "photos": files(group.photos)}
                    for group in answer.groups
                ],
                "singles": files(answer.singles),
            }
        )
        return
    if answer.note:
        say(answer.note)
    groups = [(group.name, group.photos) for group in answer.groups]
    if answer.singles:
        groups.append(("Singles", answer.singles))
    if not groups:
        say("There are no photos to cluster.")
    for name, photos in groups:
        say(f"{printable(name)} ({len(photos)})")
        say(f"  {printable(paths[id_])}" for id_ in photos if id_ in paths)


@click.group(short_help="Look after a folder's background process.")
def engine() -> None:
    """Look after the background process of a folder: it watches, indexes and clusters.

    It starts by itself when a folder is opened, goes on when the connection drops, and leaves when
    it has had nothing to do for a while.
    """


@engine.command()
@click.argument("folder", type=FolderArgument(exists=False))
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Say what FOLDER's engine is doing; exit with 1 where none runs."""
    with engine_of(folder, start=False) as client:
        answer = client.request(protocol.GetStatus())
    assert isinstance(answer, protocol.Status)
    if as_json:
        emit(answer)
        return
    progress = answer.progress
    say(
        f"{progress.stage}: {progress.done} of {progress.total} photos, {progress.problems} "
        f"problems; process {answer.pid}, version {answer.version}, {answer.clients} attached."
    )
    if progress.model:
        coming = f"; {progress.coming} is to take over" if progress.coming else ""
        say(f"Model: {progress.model}{coming}.")
    if progress.note:
        say(printable(progress.note))


@engine.command()
@click.argument("folder", type=FolderArgument(exists=False))
def stop(folder: Path) -> None:
    """Stop FOLDER's engine, of whatever version, after the photos in hand."""
    from tui_selector.engine.client import EngineError
    from tui_selector.engine.client import stop as stop_engine

    try:
        was_running = stop_engine(library_paths(folder))
    except EngineError as error:
        raise CommandError(str(error)) from error
    if not was_running:
        raise CommandError(f"No engine runs for {printable(str(folder))}.")
    say("Stopped.")


def _command(
    name: str, request: type[protocol.Pause | protocol.Resume], text: str, done: str
) -> None:
    @engine.command(name, help=text)
    @click.argument("folder", type=FolderArgument(exists=False))
    def command(folder: Path) -> None:
        with engine_of(folder) as client:
            client.request(request())
        say(done)


_command(
    "pause",
    protocol.Pause,
    "Stop indexing FOLDER until `resume`, also when its engine is started anew.",
    "Paused.",
)
_command("resume", protocol.Resume, "Go on indexing FOLDER.", "Indexing goes on.")

COMMANDS = (index, clusters, engine)
