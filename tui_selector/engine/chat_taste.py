"""What a chat model is told of the owner's taste."""

from __future__ import annotations

from tui_selector.chat.conversation import Conversation
from tui_selector.chat.prompt import listed
from tui_selector.engine.group_messages import Taste
from tui_selector.engine.tasting import taste
from tui_selector.paths import LibraryPaths

#: Photos that are named as those that the owner would prefer.
_NAMED = 3


def taste_in_words(library: LibraryPaths, conversation: Conversation) -> str:
    """Which photos the owner would prefer, by earlier choices, in a sentence; "" for nothing known.

    Args:
        library: Whose choices.
        conversation: Its last question says which photos are compared.
    """
    about = conversation.question
    numbers = about.photos if about is not None else ()
    photos = [photo for number in numbers if (photo := conversation.photo(number)) is not None]
    if len(photos) < 2:
        return ""
    known = taste(library, [photo.id for photo in photos])
    if not isinstance(known, Taste) or len(known.scores) != len(photos):
        return ""
    order = sorted(zip(known.scores, photos, strict=True), key=lambda pair: -pair[0])
    best = tuple(photo.number for _, photo in order[: max(1, min(_NAMED, len(order) // 2))])
    return (
        f"going by {known.choices} choices between two photos that the owner has made, "
        f"{listed(best)} would be preferred here (such guesses are right "
        f"{known.agreement:.0%} of the time)."
    )
