"""Which model of this machine answers questions about photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tui_selector.library.display import printable
from tui_selector.models import folders
from tui_selector.models.choice import Choice, misfit
from tui_selector.models.embedder import ModelError
from tui_selector.models.folders import Pulled
from tui_selector.models.machine import Machine
from tui_selector.models.registry import CHAT_MODELS, Model, known


def chatting(pulled: Sequence[Pulled]) -> list[Pulled]:
    """Those of the pulled models that answer questions about pictures."""
    return [each for each in pulled if _chats(each)]


def _chats(each: Pulled) -> bool:
    if each.model is not None:
        return each.model.chats
    try:
        return folders.examine(each.folder).chats
    except ModelError:
        return False


def choose_chat(wanted: str, pulled: Sequence[Pulled]) -> Choice:
    """The model that is named.

    Args:
        wanted: A short name, an id on the hub or a folder.
        pulled: The models that are there.

    Raises:
        ModelError: It is not there, or answers no questions about pictures.
    """
    model = known(wanted)
    hub = model.hub if model else wanted
    for each in pulled:
        if each.manifest.hub == hub:
            return _of_folder(each.name, each.folder)
    folder = Path(wanted).expanduser()
    if folder.is_dir() and folder.is_absolute():
        return _of_folder(str(folder), folder)
    shown = printable(wanted)
    if model or folders.is_hub_id(wanted):
        raise ModelError(
            f"The model {shown} is not on this machine; `tui-selector models pull {shown}` gets it."
        )
    raise ModelError(
        f"There is no chat model {shown}; `tui-selector models list` prints those that there are, "
        "and a folder is named by its whole path."
    )


def _of_folder(name: str, folder: Path) -> Choice:
    """
    Raises:
        ModelError: The folder holds no model that answers questions about pictures.
    """
    if not folders.examine(folder).chats:
        raise ModelError(
            f"{printable(name)} puts pictures and words into one space and answers no questions."
        )
    return Choice(name=name, folder=folder, reason="it is set")


def best_chat(pulled: Sequence[Pulled], machine: Machine) -> Choice | None:
    """The best of the pulled models that fits a machine; None where none does."""
    fitting = [
        (model.rank, each)
        for each in pulled
        if (model := each.model) and model.chats and not misfit(model, machine)
    ]
    if not fitting:
        return None
    _, best = max(fitting, key=lambda pair: pair[0])
    return Choice(name=best.name, folder=best.folder, reason="the best that is pulled and fits")


def advised(machine: Machine) -> Model | None:
    """The model that is worth pulling on a machine; None where none fits."""
    fitting = [model for model in CHAT_MODELS if model.commercial and not misfit(model, machine)]
    return max(fitting, key=lambda model: model.rank, default=None)
