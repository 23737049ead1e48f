"""From what is set to a model that runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector.models import folders, trust
from tui_selector.models.choice import AUTO, Choice, choose
from tui_selector.models.embedder import Embedder, ModelError
from tui_selector.models.machine import this_machine

if TYPE_CHECKING:
    from tui_selector.models.builtin import BuiltinEmbedder


def load_embedder(
    wanted: str, device: str, batch_size: int = 0, *, models: Path, cache: Path
) -> Embedder:
    """Load the model that is set.

    Where "auto" chose one that does not load, the built-in one takes its place and its `notice`
    says why.

    Args:
        wanted: As `choice.choose` takes it.
        device: As `device.choose_device` takes it.
        batch_size: Pictures of one run; 0 is what suits the device.
        models: The folder of pulled models.
        cache: The folder for converted models.

    Raises:
        ModelError: The model or the device is not there, or it does not load.
    """
    chosen = choose(
        wanted,
        folders.pulled(models),
        this_machine(device),
        lambda folder: trust.is_trusted(models, folder),
    )
    if chosen.folder is None:
        return _builtin(cache, device, batch_size)
    try:
        return _of_folder(chosen, chosen.folder, device, batch_size, cache)
    except ModelError as error:
        if wanted != AUTO:
            raise
        builtin = _builtin(cache, device, batch_size)
        builtin.notice = f"{error} The built-in model is used instead of {chosen.name}."
        return builtin


def _builtin(cache: Path, device: str, batch_size: int) -> BuiltinEmbedder:
    from tui_selector.models.builtin import load_builtin

    return load_builtin(cache, device, batch_size)


def _of_folder(chosen: Choice, folder: Path, device: str, batch_size: int, cache: Path) -> Embedder:
    from tui_selector.models.dual_encoder import load_dual_encoder

    here = folders.read(folder)
    return load_dual_encoder(
        folder,
        device,
        name=chosen.name if here else "",
        revision=here.manifest.revision if here else "",
        batch_size=batch_size,
        trust_remote_code=chosen.trusted,
        cache=cache,
    )
