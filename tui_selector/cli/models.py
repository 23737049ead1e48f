"""The commands `models`: which there are, pulling one, choosing one, giving one up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from tui_selector import paths, settings
from tui_selector.cli import swapping
from tui_selector.cli.failure import CommandError
from tui_selector.cli.model_facts import (
    BUILTIN_FACTS,
    facts_by_name,
    facts_of,
    lines_of,
    pulled_as,
)
from tui_selector.cli.output import FolderArgument, emit, json_option, say
from tui_selector.cli.progress import ProgressLine
from tui_selector.library.display import printable
from tui_selector.models import choice, folders, trust
from tui_selector.models.embedder import ModelError
from tui_selector.models.machine import Machine, this_machine
from tui_selector.models.registry import BUILTIN, CHAT_MODELS, MODELS, known
from tui_selector.models.sizes import in_words

trust_option = click.option(
    "--trust-remote-code",
    "trusted",
    is_flag=True,
    help="Let code that comes with the model run; it can do anything that you can.",
)


@click.group("models", short_help="Get, choose and remove other models.")
def models() -> None:
    """Get other models than the built-in one, choose one, remove one.

    NAME is a short name that `models list` prints, or an id `owner/name` on the hub. Only `pull`
    uses the network.
    """


@contextmanager
def _in_sentences() -> Iterator[None]:
    try:
        yield
    except (ModelError, settings.SettingsError) as error:
        raise CommandError(str(error)) from error


def _machine() -> Machine:
    return this_machine(settings.load().device)


@models.command("list", short_help="Print which models there are.")
@json_option
def list_models(as_json: bool) -> None:
    """Print the models that can be had and those that are here."""
    with _in_sentences():
        there = {each.manifest.hub: each for each in folders.pulled(paths.models_folder())}
        machine = _machine()
        chosen, problem = _chosen()
    rows = [dict(BUILTIN_FACTS)]
    rows += [
        facts_of(model, there.pop(model.hub, None), machine) for model in (*MODELS, *CHAT_MODELS)
    ]
    rows += [facts_of(None, each, machine) for each in there.values()]
    halves = folders.halves(paths.models_folder())
    for row in rows:
        row["chosen"] = row["name"] == chosen
        row["begun"] = halves.pop(row["hub"], 0)
    if as_json:
        emit(rows)
        return
    say(f"{'in use':<8}{'here':<6}{'size':>8}  {'dims':>5}  {'name':<16}{'licence':<15}languages")
    for row in sorted(rows, key=lambda row: bool(row["chats"])):
        here = "yes" if row["pulled"] else "half" if row["begun"] else ""
        dimensions = "chat" if row["chats"] else row["dimensions"] or "?"
        say(
            f"{'*' if row['chosen'] else '':<8}{here:<6}"
            f"{in_words(row['size']) if row['size'] else '':>8}  "
            f"{dimensions:>5}  {printable(row['name']):<16}"
            f"{printable(row['licence'] or 'not named'):<15}{row['languages'] or ''}"
        )
    for hub, size in halves.items():
        say(f"A pull of {printable(hub)} was begun: {in_words(size)} are here.")
    if problem:
        say(f"The model of the settings is not used: {problem}")


def _chosen() -> tuple[str, str]:
    """The name of the model that the settings come out at, or "" and why there is none."""
    root = paths.models_folder()
    try:
        found = choice.choose(
            settings.load().model,
            folders.pulled(root),
            _machine(),
            lambda place: trust.is_trusted(root, place),
        )
    except ModelError as error:
        return "", str(error)
    return found.name, ""


@models.command()
@click.argument("name")
@click.option(
    "--verify", is_flag=True, help="Read all files and compare them with what was pulled."
)
@json_option
def show(name: str, verify: bool, as_json: bool) -> None:
    """Print what is known of a model: NAME, or the folder of one."""
    with _in_sentences():
        machine = _machine()
        fields = facts_by_name(name, machine)
    each = pulled_as(name)
    if verify and each:
        fields["spoilt"] = folders.spoilt(each)
    if as_json:
        emit(fields)
    else:
        say(lines_of(fields, machine))
    if fields.get("spoilt"):
        click.get_current_context().exit(1)


@models.command(short_help="Get a model from the hub.")
@click.argument("name")
@click.option("--revision", default="", help="A commit, branch or tag instead of the usual one.")
@click.option("--accept-licence", is_flag=True, help="Accept a licence that restricts the use.")
@trust_option
@json_option
def pull(name: str, revision: str, accept_licence: bool, trusted: bool, as_json: bool) -> None:
    """Get NAME from the hub; goes on where an interrupted pull ended."""
    model = known(name)
    hub = model.hub if model else name
    if not folders.is_hub_id(hub):
        raise CommandError(
            f"There is no model {printable(name)}; `tui-selector models list` prints short names, "
            "and an id on the hub looks like owner/name.",
            2,
        )
    if model and model.remote_code and not trusted:
        raise CommandError(trust.untrusted(name), 2)
    if model and not model.commercial:
        _accept(f"{name} is licensed {model.licence}: not for commercial use.", accept_licence)
    from tui_selector.models import pull as pulling
    from tui_selector.models.hub import ask

    root = paths.models_folder()
    with _in_sentences():
        offer = ask(hub, revision or (model.revision if model else ""))
        if not model and (reason := _restriction(offer.licence)):
            _accept(f"{printable(hub)} {reason}", accept_licence)
        missing = pulling.missing(offer, root, trusted=trusted)
        pulling.check_space(missing, root)
        here = pulled_as(hub)
        if here and here.manifest.revision == offer.revision and not folders.spoilt(here):
            brought = here
        else:
            with ProgressLine(name) as line:
                brought = pulling.pull(offer, root, trusted=trusted, report=line)
        if trusted:
            trust.trust(root, brought.folder)
        machine, (chosen, _) = _machine(), _chosen()
        is_chosen = chosen == brought.name
        answers = swapping.tell_engines(settings.load().model) if is_chosen else []
    if as_json:
        emit(facts_of(model, brought, machine))
        return
    say(f"{printable(brought.name)} is here: {in_words(brought.manifest.size)}.")
    if is_chosen:
        say("Photos are looked at with it from now on.")
        say(swapping.in_words(answers))
    elif facts_of(model, brought, machine)["chats"]:
        say(f"`tui-selector ask FOLDER QUESTION --model {printable(brought.name)}` asks it.")
    else:
        say(f"`tui-selector models use {printable(brought.name)}` has photos looked at with it.")


def _restriction(licence: str) -> str:
    """What a licence on the hub makes the owner ask for, as the end of a sentence."""
    word = licence.lower()
    if not word or word in ("other", "unknown"):
        return "has no licence that the hub knows: what you may do with it stands on its page."
    if "-nc" in word or "research" in word or "noncommercial" in word:
        return f"is licensed {printable(licence)}: not for commercial use."
    return ""


def _accept(sentence: str, accepted: bool) -> None:
    """Have the owner accept a restriction.

    Raises:
        CommandError: They do not, or cannot be asked.
    """
    if accepted:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError(f"{sentence} Add --accept-licence if you accept that.", 2)
    if not click.confirm(f"{sentence} Do you accept that?", err=True):
        raise CommandError("Nothing was pulled.", 1)


@models.command(short_help="Look at photos with a model.")
@click.argument("name")
@click.argument("folder", type=FolderArgument(), required=False)
@trust_option
@json_option
def use(name: str, folder: Path | None, trusted: bool, as_json: bool) -> None:
    """Look at photos with NAME, or with the model in a folder; at those of FOLDER only if named.

    NAME may be `auto` (the best that is here and fits) and `builtin`. For FOLDER, `auto` takes its
    own choice back.

    The model before serves searches and tabs until all photos have been embedded with NAME, by the
    engine in the background; then both change at once. Naming the model before takes it back.
    """
    root = paths.models_folder()
    path = Path(name).expanduser()
    if not known(name) and path.is_dir() and name not in (choice.AUTO, BUILTIN):
        name = str(path.resolve())
    with _in_sentences():
        chosen = choice.choose(
            name,
            folders.pulled(root),
            _machine(),
            lambda place: trusted or trust.is_trusted(root, place),
        )
        if chosen.trusted and chosen.folder:
            trust.trust(root, chosen.folder)
        if folder is None:
            settings.save("model", name)
        else:
            from tui_selector.cli.albums import catalog_of

            with catalog_of(folder) as catalog:
                own = "" if name == choice.AUTO else name
                catalog.store(choice.LIBRARY_KEY, choice.LibraryChoice(own, str(folder)))
    with _in_sentences():
        answers = swapping.tell_engines(settings.load().model, folder)
    if as_json:
        engines = [msgspec.structs.asdict(answer) for answer in answers]
        for engine in engines:
            del engine["number"]
        emit({"model": chosen.name, "set": name, "reason": chosen.reason, "engines": engines})
        return
    whose = f"The photos of {printable(str(folder))}" if folder else "Photos"
    say(f"{whose} are looked at with {printable(chosen.name)} ({chosen.reason}).")
    say(swapping.in_words(answers, folder))
    if folder is None and "TUI_SELECTOR_MODEL" in os.environ:
        say("Where $TUI_SELECTOR_MODEL is set, as it is here, it goes before that.")


@models.command(short_help="Delete a model from this machine.")
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def remove(name: str, yes: bool, as_json: bool) -> None:
    """Delete NAME from this machine, or what an interrupted pull left of it."""
    model = known(name)
    hub = model.hub if model else name
    root = paths.models_folder()
    there = [
        place
        for place in (folders.folder_of(root, hub), folders.partial_of(root, hub))
        if folders.is_hub_id(hub) and place.is_dir()
    ]
    if not there:
        raise CommandError(f"The model {printable(name)} is not on this machine.")
    users = _users(model.name if model else hub, hub)
    size = sum(map(folders.space, there))
    if not yes:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise CommandError("Add --yes to delete it without being asked.", 2)
        used = f" {', '.join(map(printable, users))} look at photos with it." if users else ""
        question = f"{printable(name)} takes {in_words(size)}.{used} Delete it?"
        if not click.confirm(question, err=True):
            raise CommandError("Nothing was deleted.", 1)
    from tui_selector.models.converted import forget

    with _in_sentences():
        freed = sum(forget(each, paths.models_cache()) + folders.remove(each) for each in there)
    if as_json:
        emit({"removed": hub, "freed": freed, "users": users})
        return
    say(f"{in_words(freed)} are free again.")
    if users:
        say(f"Choose another model for {', '.join(map(printable, users))}.")


def _users(name: str, hub: str) -> list[str]:
    """Who looks at photos with a model: the settings, and libraries by their folder."""
    users = []
    with _in_sentences():
        if settings.load().model in (name, hub):
            users.append("the settings")
    for data in paths.library_data_folders():
        own = choice.choice_in(data / "catalog.sqlite")
        if own.model in (name, hub):
            users.append(own.root)
    return users


COMMANDS = (models,)
