"""The commands that ask about photos: ask, caption."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from tui_selector.chat.conversation import MOST_PHOTOS, Conversation, new_conversation
from tui_selector.chat.hostile import harmless, one_line
from tui_selector.chat.photos import read_photos
from tui_selector.chat.proposals import Proposal
from tui_selector.cli.albums import catalog_of, named
from tui_selector.cli.background import engine_of
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import FolderArgument, emit, json_option, path_fields, say
from tui_selector.engine import protocol
from tui_selector.engine.chat_messages import SERVER, AskChat, ChatAnswered, ChatPiece
from tui_selector.library.display import printable

Function = TypeVar("Function", bound=Callable[..., Any])

_EPILOG = """
\b
Examples:
  tui-selector ask ~/Photos "Which is sharper?" --photos a.jpg,b.jpg
  tui-selector ask ~/Photos "Which suits a children's album?" --photos a.jpg --photos b.jpg \\
      --model qwen3.5-4b
  tui-selector ask ~/Photos "Keep which?" --photos a.jpg,b.jpg --url http://localhost:8000 --json
"""


def model_options(function: Function) -> Function:
    """Who is asked."""
    for option in (
        click.option(
            "--allow-remote", is_flag=True, help="Let photos go to a server on another machine."
        ),
        click.option(
            "--url", default="", metavar="URL", help="An OpenAI-compatible server to ask instead."
        ),
        click.option(
            "--model",
            default="",
            metavar="NAME",
            help="Who is asked: assistant, server, server:MODEL, a chat model of `models list`, or "
            "a folder; else the one that is set.",
        ),
    ):
        function = option(function)
    return function


def asked_model(model: str, url: str) -> str:
    """The name of who is asked; a model beside an address is that server's."""
    path = Path(model).expanduser()
    if url:
        name = model.removeprefix(f"{SERVER}:").removeprefix(SERVER)
        return f"{SERVER}:{name}" if name else SERVER
    return str(path.resolve()) if model and path.is_dir() else model


@click.command(short_help="Ask a question about photos.", epilog=_EPILOG)
@click.argument("folder", type=FolderArgument())
@click.argument("question")
@click.option(
    "--photos",
    multiple=True,
    metavar="FILES",
    help="Which photos: paths, with commas between them or the option given again; else all of a "
    f"folder that has {MOST_PHOTOS} at most.",
)
@model_options
@click.option("--now", is_flag=True, help="Do not wait for photos that are not indexed yet.")
@json_option
def ask(
    folder: Path,
    question: str,
    photos: tuple[str, ...],
    model: str,
    url: str,
    allow_remote: bool,
    now: bool,
    as_json: bool,
) -> None:
    """Ask QUESTION about photos of FOLDER.

    Without a chat model the built-in assistant answers from what was measured, and says what it
    cannot tell. What an answer proposes is printed and not done: `tui-selector mark` does it.
    """
    printer = _Printer(shown=not as_json)
    with engine_of(folder, on_event=printer.hear) as client:
        if not now:
            client.request(protocol.Settle())
        conversation = _conversation(folder, photos).asked(question)
        if conversation.question is None or not conversation.turns[-1].text:
            raise CommandError("The question is empty.", 2)
        answer = client.request(
            AskChat(
                conversation=conversation,
                model=asked_model(model, url),
                url=url,
                allow_remote=allow_remote,
            )
        )
    assert isinstance(answer, ChatAnswered)
    if as_json:
        emit(_fields(folder, conversation, answer))
    else:
        printer.end(answer)
        say(_lines(answer))


def _conversation(folder: Path, names: Sequence[str]) -> Conversation:
    """
    Raises:
        CommandError: A name is of no photo, or there are too many.
    """
    with catalog_of(folder) as catalog:
        if names:
            ids = [photo.id for photo in named(catalog, list(_apart(catalog.root, names)))]
        else:
            ids = [photo.id for photo in catalog.photos.all()]
        ids = list(dict.fromkeys(ids))
        if len(ids) > MOST_PHOTOS:
            raise CommandError(
                f"A question is about {MOST_PHOTOS} photos at most, and these are {len(ids)}; say "
                "with --photos which.",
                2,
            )
        return new_conversation(read_photos(catalog, ids))


def _apart(root: Path, names: Sequence[str]) -> Iterator[str]:
    """Names with commas between them, unless the comma is part of a name."""
    for name in names:
        if (root / name).exists() or Path(name).exists():
            yield name
        else:
            yield from filter(None, map(str.strip, name.split(",")))


class _Printer:
    """Prints an answer as it comes."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._printed = ""
        self._watched = sys.stderr.isatty()

    def hear(self, event: protocol.AnyEvent) -> None:
        if not self._shown or not isinstance(event, ChatPiece):
            return
        if event.doing and self._watched:
            sys.stderr.write(f"\r\x1b[K{one_line(event.doing, 200)}")
            sys.stderr.flush()
        # What is taken back is put right at the end.
        if event.text and event.at == len(self._printed):
            self._clear()
            self._print(harmless(event.text))

    def end(self, answer: ChatAnswered) -> None:
        """Print what is left, and who said it."""
        self._clear()
        text = harmless(answer.turn.text)
        if text.startswith(self._printed):
            self._print(text[len(self._printed) :])
        else:
            self._print(f"\n\n{text}")
        if not text.endswith("\n"):
            self._print("\n")
        where = f", which was sent the photos at {answer.sends_to}" if answer.sends_to else ""
        sees = "" if answer.sees else ", which sees no photos"
        stopped = "; it was cut short" if answer.turn.stopped else ""
        sys.stderr.write(f"({printable(answer.turn.by)}{where or sees}{stopped})\n")

    def _clear(self) -> None:
        if self._watched and not self._printed:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _print(self, text: str) -> None:
        self._printed += text
        click.echo(text, nl=False)


def _lines(answer: ChatAnswered) -> list[str]:
    """What is proposed, and what was left out of it."""
    names = {photo.number: photo.name for photo in answer.photos}
    lines = ["", "Proposed:"] if answer.turn.proposals else []
    for each in answer.turn.proposals:
        what = ", ".join(names.get(number, "?") for number in each.photos) or f'"{each.text}"'
        stars = f" as {each.stars}" if each.stars else ""
        lines.append(
            printable(f"  {each.act} {what}{stars}" + f": {each.reason}" * bool(each.reason))
        )
    return lines + [printable(note) for note in answer.turn.notes]


def _fields(folder: Path, conversation: Conversation, answer: ChatAnswered) -> dict[str, Any]:
    with catalog_of(folder) as catalog:
        ids = [photo.id for photo in conversation.photos]
        paths = {photo.id: photo.path for photo in catalog.photos.get(ids)}
    turn = answer.turn
    return {
        "question": conversation.turns[-1].text,
        "answer": turn.text,
        "model": turn.by,
        "sees": answer.sees,
        "sends_to": answer.sends_to,
        "photos": [
            {"number": photo.number, "id": photo.id, **path_fields(paths.get(photo.id, photo.name))}
            for photo in conversation.photos
        ],
        "proposals": [_proposal(each) for each in turn.proposals],
        "notes": list(turn.notes),
        "stopped": turn.stopped,
        "waited": answer.waited,
        "seconds": answer.seconds,
    }


def _proposal(each: Proposal) -> dict[str, Any]:
    return msgspec.structs.asdict(each) | {"photos": list(each.photos)}


COMMANDS = (ask,)
