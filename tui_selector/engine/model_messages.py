"""What clients and the engine say about models."""

from __future__ import annotations

import msgspec

from tui_selector.engine.messages import Answer, Request


class ListModels(Request, frozen=True, kw_only=True):
    """Answered by `ModelList`."""


class ChooseModel(Request, frozen=True, kw_only=True):
    """Look at the photos with another model. Answered by `ModelChosen` before any work begins.

    Until all photos have vectors of that model, the one before serves. Choosing the one that
    serves takes the choice back.

    Attributes:
        model: "auto", "builtin", a short name, an id on the hub or a folder.
        own: Whether it is chosen for this library alone, and kept; else it is what the settings
            say now, which a choice for the library outweighs.
    """

    model: str
    own: bool = False


class ModelOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A model that can be chosen.

    Attributes:
        name: What it is chosen by.
        about: A few words.
        misfit: Why it does not suit this machine, as the end of a sentence; "" where it does.
        photos: About how many photos are to be embedded before it can serve.
    """

    name: str
    photos: int = 0
    about: str = ""
    misfit: str = ""


class ModelList(Answer, frozen=True, kw_only=True):
    """The models on this machine.

    Attributes:
        models: That can be chosen.
        serving: Name of the one that serves; "" while none does.
        coming: Name of the one that is to take over, or "".
    """

    models: list[ModelOffer]
    serving: str = ""
    coming: str = ""


class ModelChosen(Answer, frozen=True, kw_only=True):
    """What a choice comes out at.

    Attributes:
        serving: Name of the model that serves for now; "" while none does.
        chosen: Name of the model that was chosen; the same where nothing changes.
        photos: About how many photos get vectors of it first.
    """

    serving: str
    chosen: str
    photos: int
