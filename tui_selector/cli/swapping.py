"""Tells running engines that another model was chosen, and what comes of it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector import paths
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.engine.model_messages import ModelChosen


def tell_engines(model: str, folder: Path | None = None) -> list[ModelChosen]:
    """Have running engines follow what is set now.

    Args:
        model: What the settings say, which a choice for a library alone outweighs.
        folder: Whose engine is told; None tells all of them.

    Returns:
        What each engine that runs makes of it; those that cannot be asked are left out.
    """
    from tui_selector.engine.client import BlockingClient, EngineError
    from tui_selector.engine.launch import is_running
    from tui_selector.engine.model_messages import ChooseModel, ModelChosen

    answers = []
    libraries = [paths.library_paths(folder)] if folder else paths.known_libraries()
    for library in libraries:
        if not is_running(library):
            continue
        try:
            with BlockingClient(library, start=False) as client:
                answer = client.request(ChooseModel(model=model))
        except EngineError:
            continue  # it leaves, or is of another version and takes it up at its next start
        if isinstance(answer, ModelChosen):
            answers.append(answer)
    return answers


def in_words(answers: Sequence[ModelChosen], folder: Path | None = None) -> str:
    """One sentence on what happens to photos that another model has embedded.

    Args:
        answers: Of the engines that were told.
        folder: The library whose model was chosen; None for all.
    """
    swaps = [each for each in answers if each.serving and each.serving != each.chosen]
    if not swaps:
        return (
            "Albums that another model has looked at keep it for searches and tabs until their "
            "photos are embedded anew, which the engine does in the background."
        )
    photos = sum(each.photos for each in swaps)
    before = ", ".join(sorted({printable(each.serving) for each in swaps}))
    if not photos:
        return "All photos were embedded with it before; searches and tabs change at once."
    count = "1 photo is" if photos == 1 else f"{photos:,} photos are"
    whose = f" {printable(shlex.quote(str(folder)))}" if folder else ""
    return (
        f"{count} embedded in the background now; {before} serves searches and tabs until that is "
        f"done, and `tui-selector models use {before.partition(',')[0]}{whose}` takes it back."
    )
