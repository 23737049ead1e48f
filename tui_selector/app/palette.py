"""What the command palette finds: every action, every tab, photos by name, and models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui_selector.app import actions
from tui_selector.library.catalog.tab_table import UNKNOWN
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp
    from tui_selector.engine.model_messages import ModelList, ModelOffer

_MOST_PHOTOS = 20

#: Nobody looks for these by name.
_NOT_OFFERED = ("Move", "Loupe")

#: Photos come after the actions and tabs that fit well.
_PHOTO_SCORE = 0.2

#: The engine is asked about models only where so much of a name is typed.
_MODEL_NAME = 3


class ActionCommands(Provider):
    """The actions of the screen the palette was opened on, with their keys."""

    @property
    def _here(self) -> list[actions.Action]:
        contexts = getattr(self.screen, "contexts", ())
        return [
            action
            for action in actions.ACTIONS
            if action.id != "palette"
            and action.section not in _NOT_OFFERED
            and (action.is_for("everywhere") or any(action.is_for(here) for here in contexts))
        ]

    def _help(self, action: actions.Action) -> str:
        return self._app.keys.shown(action.id)

    @property
    def _app(self) -> SelectorApp:
        from tui_selector.app.app import SelectorApp

        assert isinstance(self.app, SelectorApp)
        return self.app

    def _run(self, action: actions.Action) -> Callable[[], Awaitable[object]]:
        """What does it, where its method is: on the application or on the screen."""
        if action.is_for("everywhere"):
            return partial(self.app.run_action, action.command)
        return partial(self.screen.run_action, action.command)

    async def discover(self) -> Hits:
        for action in self._here:
            yield DiscoveryHit(
                action.description,
                self._run(action),
                help=self._help(action),
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in self._here:
            score = matcher.match(action.description)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(action.description),
                    self._run(action),
                    help=self._help(action),
                )


class PlaceCommands(Provider):
    """Tabs and photos to go to."""

    @property
    def _app(self) -> SelectorApp:
        from tui_selector.app.app import SelectorApp

        assert isinstance(self.app, SelectorApp)
        return self.app

    async def search(self, query: str) -> Hits:
        album = self._app.album
        if album is None:
            return
        matcher = self.matcher(query)
        for tab in album.tabs:
            text = f"Go to tab {printable(tab.name)}"
            score = matcher.match(text)
            if score > 0:
                yield Hit(
                    score,
                    Content(text),
                    partial(self._app.open_tab, tab.id),
                    text=text,
                    help=_photos(tab.count),
                )
        wanted = query.strip()
        if wanted:
            for photo in await self._app.reader.photos_named(wanted, _MOST_PHOTOS):
                text = f"Go to photo {printable(photo.path)}"
                yield Hit(
                    _PHOTO_SCORE,
                    Content(text),
                    partial(self._app.open_photo, photo.id),
                    text=text,
                    help="in its tab",
                )


class ModelCommands(Provider):
    """The models that this album can be looked at with, as the engine knows them."""

    @property
    def _app(self) -> SelectorApp:
        from tui_selector.app.app import SelectorApp

        assert isinstance(self.app, SelectorApp)
        return self.app

    async def search(self, query: str) -> Hits:
        from tui_selector.engine.launch import EngineError
        from tui_selector.engine.model_messages import ListModels, ModelList

        matcher = self.matcher(query)
        if matcher.match("Look at this album with the model") <= 0 and len(query) < _MODEL_NAME:
            return
        try:
            known = await self._app.link.request(ListModels())
        except EngineError:
            return
        assert isinstance(known, ModelList)
        for model in known.models:
            if model.name == known.serving and not known.coming:
                continue
            text = f"Look at this album with the model {printable(model.name)}"
            score = matcher.match(text)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(text),
                    partial(self._app.choose_model, model.name),
                    help=_model_help(model, known),
                )


def _model_help(model: ModelOffer, known: ModelList) -> str:
    """What choosing a model comes to."""
    if model.name == known.serving:
        return f"takes the change to {printable(known.coming)} back"
    if model.name == known.coming:
        return "is being done"
    if model.misfit:
        return printable(model.misfit)
    if not model.photos:
        return "all photos are embedded with it already"
    serving = printable(known.serving) or "no model"
    return f"embeds {_photos(model.photos)} in the background; {serving} serves until then"


def _photos(count: int) -> str:
    if count == UNKNOWN:
        return "a saved search"
    return "1 photo" if count == 1 else f"{count} photos"
