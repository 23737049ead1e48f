"""Which model a library is looked at with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tui_selector.library.display import printable
from tui_selector.models import folders
from tui_selector.models.embedder import ModelError
from tui_selector.models.folders import Pulled
from tui_selector.models.machine import Machine
from tui_selector.models.registry import BUILTIN, Model, known
from tui_selector.models.trust import untrusted

#: Chooses the best model that is there and fits.
AUTO = "auto"
#: The catalog keeps under this key what a library's owner chose for it alone.
LIBRARY_KEY = "model"
#: How much of a device's memory a model may take; photos and other programs need the rest.
_SHARE = 0.7


class LibraryChoice(msgspec.Struct, frozen=True):
    """What an owner chose for one library alone.

    Attributes:
        model: As `choose` takes it; "" where the settings decide.
        root: The library's folder.
    """

    model: str = ""
    root: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A model that can be loaded.

    Attributes:
        name: Its short name, its id on the hub, its folder, or `BUILTIN`.
        folder: Where it lies; None for the built-in one.
        trusted: Whether code in the folder may run.
        reason: Why it was chosen, in a few words.
    """

    name: str
    folder: Path | None = None
    trusted: bool = False
    reason: str


def needed(model: Model, device: str) -> int:
    """Bytes that a model takes on a device; a GPU holds it in half precision."""
    return model.memory if device == "cpu" else model.memory // 2


def misfit(model: Model, machine: Machine) -> str:
    """Why a model does not fit a machine, as the end of a sentence; "" where it does."""
    if needed(model, machine.device) > machine.memory * _SHARE:
        return f"needs more memory than this {machine.device} can spare"
    if model.wants_gpu and machine.device == "cpu":
        return "is slow without a GPU"
    return ""


def choose(
    wanted: str,
    pulled: Sequence[Pulled],
    machine: Machine,
    is_trusted: Callable[[Path], bool] = lambda folder: False,
) -> Choice:
    """Decide on a model; looks at no disk but that of a folder that is named.

    Args:
        wanted: "auto", "builtin", a short name, an id on the hub or a folder. "auto" is the pulled
            model of the highest rank that fits, never one that runs code of its own.
        pulled: The models that are there.
        machine: What it would run on.
        is_trusted: Whether the owner lets the code in a folder run.

    Raises:
        ModelError: The model that is named is not there, is none, or may not run.
    """
    if wanted == AUTO:
        return _best(pulled, machine)
    if wanted == BUILTIN:
        return Choice(name=BUILTIN, reason="it is set")
    model = known(wanted)
    hub = model.hub if model else wanted
    for each in pulled:
        if each.manifest.hub == hub:
            return _of_folder(each.name, each.folder, is_trusted)
    folder = Path(wanted).expanduser()
    if folder.is_dir() and folder.is_absolute():
        return _of_folder(str(folder), folder, is_trusted)
    shown = printable(wanted)
    if model or folders.is_hub_id(wanted):
        raise ModelError(
            f"The model {shown} is not on this machine; `tui-selector models pull {shown}` gets it."
        )
    raise ModelError(
        f"There is no model {shown}; `tui-selector models list` prints those that there are, and "
        "a folder is named by its whole path."
    )


def _best(pulled: Sequence[Pulled], machine: Machine) -> Choice:
    fitting = [
        (model.rank, each)
        for each in pulled
        if (model := each.model) and model.rank and not model.chats and not misfit(model, machine)
    ]
    if not fitting:
        return Choice(name=BUILTIN, reason="no other that fits is pulled")
    _, best = max(fitting, key=lambda pair: pair[0])
    return Choice(name=best.name, folder=best.folder, reason="the best that is pulled and fits")


def _of_folder(name: str, folder: Path, is_trusted: Callable[[Path], bool]) -> Choice:
    """
    Raises:
        ModelError: The folder holds no dual encoder, or one with code that is not trusted.
    """
    contents = folders.examine(folder)
    if contents.chats:
        raise ModelError(
            f"{printable(name)} answers questions about photos and embeds none; `tui-selector ask "
            f"--model {printable(name)}` asks it, and chat_model chooses it for the chat."
        )
    code = contents.remote_code
    if code and not is_trusted(folder):
        raise ModelError(untrusted(name))
    return Choice(name=name, folder=folder, trusted=code, reason="it is set")


def choice_in(catalog: Path) -> LibraryChoice:
    """What a library's owner chose, from its catalog's file, which is only read."""
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(f"{catalog.as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute(
                "SELECT value FROM meta WHERE key = ?", (LIBRARY_KEY,)
            ).fetchone()
        return msgspec.json.decode(row[0], type=LibraryChoice) if row else LibraryChoice()
    except (sqlite3.Error, msgspec.MsgspecError):
        return LibraryChoice()
