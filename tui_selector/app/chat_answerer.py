"""Who answers questions about photos: what the engine offers, and what was chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_selector.engine.chat_messages import (
    ASSISTANT,
    ChatModel,
    ChatModelList,
    ChooseChat,
    ListChatModels,
)
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp


class Answerer:
    """Who answers from now on.

    Attributes:
        offers: Who can answer and who does; None until the engine has said.
    """

    def __init__(self, app: SelectorApp, changed: Callable[[], None]) -> None:
        """
        Args:
            app: The application.
            changed: Called when the engine has said something else.
        """
        self._app, self._changed = app, changed
        self.offers: ChatModelList | None = None

    @property
    def model(self) -> ChatModel | None:
        """Who answers; None until the engine has said."""
        offers = self.offers
        if offers is None:
            return None
        return next((each for each in offers.models if each.name == offers.chosen), None)

    @property
    def name(self) -> str:
        """What the one that answers is called, printable; "" until the engine has said."""
        if self.offers is None:
            return ""
        chosen = self.offers.chosen
        return "built-in assistant" if chosen == ASSISTANT else printable(chosen)

    @property
    def trouble(self) -> str:
        """Why the one that was chosen cannot answer, a sentence; "" where it can."""
        return self.offers.problem if self.offers is not None else ""

    async def look(self) -> None:
        """Ask the engine who can answer."""
        from tui_selector.engine.client import EngineError

        try:
            answer = await self._app.link.request(ListChatModels())
        except EngineError:
            return  # the pane says that the engine is not there
        self._take(answer)

    async def choose(self, name: str) -> None:
        """Have this one answer from now on."""
        from tui_selector.engine.client import EngineError

        try:
            answer = await self._app.link.request(ChooseChat(model=name))
        except EngineError as error:
            self._app.say(printable(str(error)), "error")
            return
        self._take(answer)

    def _take(self, answer: object) -> None:
        assert isinstance(answer, ChatModelList)
        self.offers = answer
        self._changed()
