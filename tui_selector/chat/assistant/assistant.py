"""The backend that needs no language model."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

import msgspec

from tui_selector.chat.assistant import (
    advising,
    comparing,
    deciding,
    describing,
    faults,
    suiting,
    talking,
)
from tui_selector.chat.assistant.facts import Album
from tui_selector.chat.assistant.intents import Intent, Wish, understand
from tui_selector.chat.assistant.matter import Matter, Reply
from tui_selector.chat.assistant.sources import Sources
from tui_selector.chat.assistant.words import Shelf, names_of
from tui_selector.chat.backend import Backend, ChatError, ChatRequest
from tui_selector.chat.conversation import Conversation
from tui_selector.chat.proposals import written
from tui_selector.library.catalog.catalog import Catalog

_ANSWERS: dict[Intent, Callable[[Matter], Reply]] = {
    "who": talking.who,
    "eyes": talking.eyes,
    "undo": talking.undo,
    "help": talking.help_,
    "edit": talking.edit,
    "yes": talking.yes,
    "hello": talking.hello,
    "thanks": talking.thanks,
    "rename": deciding.rename,
    "delete": deciding.delete,
    "advise": advising.advise,
    "decide": deciding.decide,
    "find": deciding.find,
    "suitable": suiting.suitable,
    "why": comparing.why,
    "sort": comparing.sort,
    "compare": comparing.compare,
    "best": comparing.best,
    "duplicates": faults.duplicates,
    "faults": faults.faults,
    "count": describing.count,
    "when": describing.when,
    "where": describing.where,
    "camera": describing.camera,
    "size": describing.size,
    "name": describing.name,
    "tags": describing.tags,
    "flags": describing.flags,
    "aspect": describing.aspect,
    "people": describing.people,
    "text": describing.text,
    "contains": describing.contains,
    "describe": describing.describe,
}

#: Questions before this one that are looked at to know what it follows.
_LOOKED_BACK = 6


class Assistant(Backend):
    """Answers from what was measured, tagged and read, without seeing the pictures.

    It belongs to the thread that its catalog belongs to.
    """

    name = "built-in assistant"
    sees = False

    def __init__(self, catalog: Catalog, sources: Sources = Sources()) -> None:  # noqa: B008 - frozen
        """
        Args:
            catalog: Of the library.
            sources: What else can be asked.
        """
        self._catalog = catalog
        self._sources = sources

    def answer(self, request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        """See `Backend.answer`."""
        try:
            reply = self.reply(request.conversation)
        except sqlite3.Error as error:
            raise ChatError(f"The catalog cannot be read ({error}); ask again.") from error
        text = "\n\n".join(filter(None, (reply.text, written(reply.proposals))))
        for line in text.splitlines(keepends=True):
            if stop():
                return
            yield line

    def reply(self, conversation: Conversation) -> Reply:
        """The answer to the question that waits, with what it proposes.

        Raises:
            ChatError: No question waits.
            sqlite3.Error: The catalog cannot be read.
        """
        question = conversation.question
        if question is None:
            raise ChatError("There is no question; ask one.")
        album = Album(self._catalog, conversation)
        shelf = Shelf(
            numbers=tuple(sorted(album.facts)),
            chosen=tuple(number for number in question.photos if number in album.facts),
            names=names_of([(each.number, each.name) for each in conversation.photos]),
        )
        wish = understand(question.text, shelf)
        if wish is not None:
            wish = _followed(wish, conversation, shelf)
        if wish is None:
            return talking.not_understood(self._sources)
        matter = Matter(conversation, wish, album, self._sources)
        reply = _ANSWERS[wish.intent](matter)
        missing = _missing(matter)
        return Reply(f"{missing}\n\n{reply.text}" if missing else reply.text, reply.proposals)


def _followed(wish: Wish, conversation: Conversation, shelf: Shelf) -> Wish | None:
    """A question that only makes sense after the one before, made whole; None for no sense."""
    is_bare = wish.intent == "why" and not wish.said.aspect and not wish.said.photos
    if wish.intent != "more" and not is_bare:
        return wish
    asked = [turn.text for turn in conversation.turns[:-1] if turn.who == "owner"]
    for text in reversed(asked[-_LOOKED_BACK:]):
        before = understand(text, shelf)
        if before is None or before.intent in ("more", "why", "hello", "thanks", "yes", "help"):
            continue
        if is_bare:
            comparable = before.intent in ("best", "compare", "sort", "aspect", "decide", "advise")
            said = before.said if comparable else wish.said
            return Wish("why", wish.reading._replace(whole=said))
        said = msgspec.structs.replace(
            before.said,
            photos=wish.said.photos,
            excepted=wish.said.excepted,
            concepts=(before.said.concepts - {"number", "others", "it"}) | wish.said.concepts,
        )
        return Wish(before.intent, before.reading._replace(whole=said))
    return wish if is_bare else _asked_for(wish)


def _asked_for(wish: Wish) -> Wish | None:
    """Photos that are named without a question are described."""
    return Wish("describe", wish.reading) if wish.said.photos else None


def _missing(matter: Matter) -> str:
    """A sentence on photos that are named and not there."""
    gone = {photo.number for photo in matter.album.gone}
    for number in (*matter.said.photos, *matter.said.excepted):
        if number in gone:
            return f"Photo {number} is no longer here."
        if matter.conversation.photo(number) is None and matter.subjects:
            return f"There is no photo {number} in this conversation."
    return ""
