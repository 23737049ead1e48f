"""What came of a decision: said, shown, taken back and done again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp
    from tui_selector.app.desk import Decided

#: Seconds that keys wait for undo and redo, so that the next key meets the photo that came back.
_PATIENCE = 1.0

#: Sentences of one decision that are shown; the others are counted.
_MOST_SENTENCES = 3


def show(app: SelectorApp, decided: Decided) -> None:
    """Say what was refused, and let everybody see what has changed."""
    for sentence in decided.refused[:_MOST_SENTENCES]:
        app.say(sentence, "error")
    more = len(decided.refused) - _MOST_SENTENCES
    if more > 0:
        app.say(f"… and {more} more could not be done.", "error")
    if decided.done:
        app.link.tell(decided.photos, tabs=decided.tabs)
        app.searches.catalog_changed()
        app.out.decided(decided.photos)
    app.reader.reload()
    app.status_changed.publish(None)


async def revert(app: SelectorApp, way: Literal["undo", "redo"]) -> None:
    """Undo or redo, and go to the photo it was about.

    Keys wait for it a second at most; when it takes longer the cursor stays where it is.
    """
    if app.desk is None or app.album is None:
        return
    task = app.desk.undo() if way == "undo" else app.desk.redo()
    await asyncio.wait({task}, timeout=_PATIENCE)
    if not task.done():
        app.say("This takes a while; go on meanwhile.")
        return
    decided = task.result()
    if not decided.title and not decided.refused:
        app.say(f"There is nothing to {way}.")
    elif decided.done:
        app.say(f"{'Undone' if way == 'undo' else 'Done again'}: {decided.title}")
        app.album.forget_rows(decided.photos)
        find = decided.photos[0] if decided.photos and way == "undo" else None
        await app.reader.show(app.album.query, find)
