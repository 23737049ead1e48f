"""The command that has photos described: caption."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from tui_selector.cli.albums import catalog_of, named
from tui_selector.cli.background import engine_of
from tui_selector.cli.chat import asked_model, model_options
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, say
from tui_selector.engine import protocol
from tui_selector.engine.chat_messages import Describe, Described
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.engine.client import BlockingClient
    from tui_selector.library.catalog.caption_table import Undescribed
    from tui_selector.library.catalog.catalog import Catalog

#: Photos of one request: a model of this machine looks at them together, a server at some.
_AT_ONCE = 8
#: The same before anything has come of it.
_AT_FIRST = 4
#: Requests after one another of which nothing came, after which it is given up.
_MOST_FAILURES = 3

_EPILOG = """
\b
Examples:
  tui-selector caption ~/Photos --model qwen3.5-4b
  tui-selector caption ~/Photos --url http://localhost:8000 --file captions.jsonl
  tui-selector caption ~/Photos --import captions.jsonl
  tui-selector search ~/Photos "has:caption umbrella"
"""


class _Line(msgspec.Struct, kw_only=True):
    """A line of a file of descriptions."""

    image_file: str
    text: str
    model: str = ""


@click.command(short_help="Have a chat model describe photos.", epilog=_EPILOG)
@click.argument("folder", type=FolderArgument())
@click.option("--photos", multiple=True, metavar="FILE", help="Only this one; may be given again.")
@model_options
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write descriptions there as JSON lines, too; a file that is there is gone on with.",
)
@click.option(
    "--import",
    "imported",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help='Ask nobody, and take descriptions from JSON lines: {"image_file": …, "text": …}.',
)
@click.option("--aspect", default="", metavar="WORD", help="Keep them as those of this aspect.")
@click.option("--prompt", default="", metavar="TEXT", help="What the model is asked of each photo.")
@click.option("--again", is_flag=True, help="Also photos that another model has described.")
@json_option
def caption(
    folder: Path,
    photos: tuple[str, ...],
    model: str,
    url: str,
    allow_remote: bool,
    file: Path | None,
    imported: Path | None,
    aspect: str,
    prompt: str,
    again: bool,
    as_json: bool,
) -> None:
    """Have a chat model describe the photos of FOLDER that have no description.

    Descriptions are kept in the catalog, where words find them: `caption:umbrella`, `has:caption`,
    and any search. Interrupt it when you like; the next one goes on from there.
    """
    question = Describe(
        photos=[],
        model=asked_model(model, url),
        aspect=aspect,
        prompt=prompt,
        url=url,
        allow_remote=allow_remote,
    )
    with engine_of(folder) as client:
        client.request(protocol.Settle())
        with catalog_of(folder) as catalog:
            if imported is not None:
                done, problems = _import(catalog, imported, aspect), 0
                client.request(protocol.Tell(photos=[]))
            else:
                only = [photo.id for photo in named(catalog, photos)] if photos else None
                work = _Work(client, catalog, question, only, again=again)
                done, problems = work.run(file)
            if file is not None:
                _write(catalog, file, aspect)
            described, everything = catalog.captions.progress(aspect)
    if as_json:
        emit(
            {
                "described": done,
                "problems": problems,
                "with_description": described,
                "photos": everything,
            }
        )
    else:
        say(f"{done} described; {described} of {everything} photos have a description.")
    if problems:
        click.get_current_context().exit(1)


class _Work:
    """Photos described, a few at a time."""

    def __init__(
        self,
        client: BlockingClient,
        catalog: Catalog,
        question: Describe,
        only: Sequence[int] | None,
        *,
        again: bool,
    ) -> None:
        self._client = client
        self._catalog = catalog
        self._question = question
        self._only = only
        self._again = again
        self._author = ""
        self._passed: set[int] = set()
        self._works = False
        self._watched = sys.stderr.isatty()

    def run(self, file: Path | None) -> tuple[int, int]:
        """Describe all, and tell how many were and how many were not.

        Raises:
            EngineError: The model does not answer at all.
            CommandError: Nothing comes of it, or the file cannot be written.
        """
        done = problems = failures = 0
        while waiting := self._waiting():
            answer = self._client.request(
                msgspec.structs.replace(self._question, photos=[photo.id for photo in waiting])
            )
            assert isinstance(answer, Described)
            self._author = answer.author
            self._passed.update(photo.id for photo in waiting)
            paths = {photo.id: photo.path for photo in waiting}
            good = [each for each in answer.descriptions if each.text]
            bad = [each for each in answer.descriptions if not each.text]
            done, problems = done + len(good), problems + len(bad)
            self._works = bool(good)
            for each in bad:
                shown = printable(paths.get(each.photo, "a photo"))
                self._say(f"tui-selector: {shown}: {each.problem}\n")
            failures = 0 if good else failures + 1
            if failures == _MOST_FAILURES:
                raise CommandError(f"Nothing is described: {bad[-1].problem}")
            if file is not None:
                _write(self._catalog, file, self._question.aspect)
            self._tell_progress(done)
        self._say("")
        return done, problems

    def _waiting(self) -> list[Undescribed]:
        most = _AT_ONCE if self._works else _AT_FIRST
        found = self._catalog.captions.undescribed(
            most + len(self._passed),
            aspect=self._question.aspect,
            photos=self._only,
            # Who describes is known once they have.
            author=(self._author or "\0") if self._again else "",
        )
        return [photo for photo in found if photo.id not in self._passed][:most]

    def _tell_progress(self, done: int) -> None:
        if self._watched:
            described, everything = self._catalog.captions.progress(self._question.aspect)
            sys.stderr.write(f"\r\x1b[Kdescribed {described} of {everything}, {done} now")
            sys.stderr.flush()

    def _say(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}" if self._watched else text)


def _write(catalog: Catalog, file: Path, aspect: str) -> None:
    """Append the descriptions that a file of JSON lines does not have yet.

    Raises:
        CommandError: It cannot be written.
    """
    try:
        file.touch()
        with file.open("r+b") as stream:
            there = {line.image_file for line in _lines(stream)}
            if stream.seek(0, 2):
                stream.seek(-1, 2)
                stream.write(b"" if stream.read(1) == b"\n" else b"\n")
            captions = catalog.captions.all(aspect)
            for photo in catalog.photos.get(list(captions)):
                path = photo.path.encode("utf-8", "replace").decode()
                if path not in there:
                    kept = captions[photo.id]
                    line = _Line(image_file=path, text=kept.text, model=kept.author)
                    stream.write(msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise CommandError(f"{printable(str(file))} cannot be written: {error}.") from error


def _lines(stream: BinaryIO) -> list[_Line]:
    """The lines of a file that can be read; one that was cut short is passed over."""
    found = []
    for line in stream:
        try:
            found.append(msgspec.json.decode(line, type=_Line))
        except (msgspec.MsgspecError, UnicodeError):
            continue
    return found


def _import(catalog: Catalog, file: Path, aspect: str) -> int:
    """Keep the descriptions of a file, and tell of how many photos.

    Raises:
        CommandError: It cannot be read, or is about no photo of the library.
    """
    from tui_selector.criteria.caption_file import read_captions

    photos = {photo.path: photo for photo in catalog.photos.all() if photo.hash}
    try:
        captions = read_captions(file, list(photos))
    except ValueError as error:
        raise CommandError(str(error)) from error
    with catalog.transaction():
        for path, text in captions.items():
            author = printable(file.name)
            catalog.captions.store(photos[path].hash or b"", text, author, aspect=aspect)
    return len(captions)


COMMANDS = (caption,)
