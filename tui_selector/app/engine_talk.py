"""What the screen makes of the engine's news, and what it has the engine do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_selector.app import actions
from tui_selector.engine.protocol import (
    AnyEvent,
    CatalogChanged,
    Notice,
    Pause,
    Progress,
    Rescan,
    Resume,
)
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp


class EngineTalk:
    """Takes what the engine says to the application, and what the application wants to it."""

    def __init__(self, app: SelectorApp) -> None:
        """
        Args:
            app: The application; its `link` is the connection.
        """
        self._app = app
        #: What it has said last by itself; a note that says the same is not shown a second time.
        self._noticed = ""

    def hear(self, event: AnyEvent) -> None:
        """Show what the engine said unasked."""
        app = self._app
        if isinstance(event, Progress):
            if event.note and event.note not in (app.progress.note, self._noticed):
                app.say(event.note, "warning")
            self._noticed = ""
            app.progress = event
            app.status_changed.publish(None)
        elif isinstance(event, CatalogChanged):
            if app.album is not None:
                app.album.forget_rows(None if event.many else event.photos)
            app.searches.catalog_changed()
            app.reader.reload()
            app.out.look()
        elif isinstance(event, Notice):
            self._noticed = event.sentence
            app.say(event.sentence, event.severity)
        else:
            from tui_selector.engine.chat_messages import ChatPiece
            from tui_selector.engine.criteria_messages import RunProgress

            if isinstance(event, ChatPiece):
                app.chat.hear(event)
            elif isinstance(event, RunProgress):
                app.run_told.publish(event)

    def link_changed(self) -> None:
        """Show that the connection was made or lost, and say what to do where it stays lost."""
        app, link = self._app, self._app.link
        if link.trouble and link.gave_up:
            app.say(
                f"{link.trouble} Your decisions still count. To start it once more, choose"
                f" '{actions.BY_ID['pause'].description}' in the palette"
                f" ({app.keys.first('palette')}).",
                "error",
            )
        app.status_changed.publish(None)

    async def pause(self) -> None:
        """Have the engine pause, or go on; start one where none is."""
        from tui_selector.engine.client import EngineError

        app, link = self._app, self._app.link
        if not link.connected:
            link.start()
            app.say("Starting the engine …")
            return
        try:
            await link.request(Resume() if app.progress.stage == "paused" else Pause())
        except EngineError as error:
            app.say(str(error), "error")

    async def choose_model(self, name: str) -> None:
        """Have this album looked at with another model, and say what comes of it."""
        from tui_selector.engine.launch import EngineError
        from tui_selector.engine.model_messages import ChooseModel, ModelChosen

        try:
            answer = await self._app.link.request(ChooseModel(model=name, own=True))
        except EngineError as error:
            self._app.say(str(error), "error")
            return
        assert isinstance(answer, ModelChosen)
        chosen, serving = printable(answer.chosen), printable(answer.serving)
        if answer.chosen == answer.serving:
            self._app.say(f"This album is looked at with {chosen}.")
        elif answer.serving and answer.photos:
            self._app.say(
                f"{chosen} embeds {answer.photos:,} photos in the background; {serving} serves "
                "searches and tabs until that is done."
            )
        else:
            self._app.say(f"This album is looked at with {chosen} from now on.")

    async def rescan(self) -> None:
        """Have the engine compare the folder with the catalog, and say when that is done."""
        from tui_selector.engine.client import EngineError

        try:
            await self._app.link.request(Rescan())
        except EngineError as error:
            self._app.say(str(error), "error")
        else:
            self._app.say("The folder has been compared.")
