"""XMP sidecars and the screen: written and read on request, or by themselves as settings say."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tui_selector.app.catalog_thread import CatalogThread
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.catalog.sidecar_table import SidecarFile
from tui_selector.library.display import printable
from tui_selector.library.export.selection import everything
from tui_selector.library.xmp.sidecars import (
    Reading,
    Written,
    changed_elsewhere,
    note_seen,
    read_sidecars,
    sidecars_of,
    write_sidecars,
)

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp

T = TypeVar("T")

#: Sidecars that are looked at together; keys are answered between two lots.
_LOT = 200

#: Seconds between two lots.
_PAUSE = 0.05

#: Seconds between two looks at what has changed.
_REST = 1.0

#: Sentences that are shown of one kind; the others are counted.
_MOST_SENTENCES = 3


class Sidecars:
    """What the screen does with sidecars, in a thread of its own."""

    def __init__(self, app: SelectorApp) -> None:
        self._app = app
        self._thread: CatalogThread[Catalog] = CatalogThread("sidecars", app.paths, lambda it: it)
        self._looking = False
        self._look_again = False
        self._told: set[SidecarFile] = set()

    def close(self) -> None:
        """Write what is to be written, then let go of the catalog. Waits."""
        self._thread.close()

    # -- on request --------------------------------------------------------------------------

    async def write(self, photos: list[int] | None) -> None:
        """Write decisions about photos (about all where None), and say what came of it."""
        style = self._app.settings.sidecar_style

        def job(catalog: Catalog) -> Written:
            ids = everything(catalog) if photos is None else photos
            return write_sidecars(catalog, ids, style)

        written = await self._done(job)
        if written is not None:
            count = len(written.files)
            self._complain([each.sentence for each in (*written.conflicts, *written.refused)])
            files = "1 sidecar" if count == 1 else f"{count:,} sidecars"
            self._app.say(f"Wrote {files}; {written.same:,} said the same already.")

    async def read(self, photos: list[int] | None) -> None:
        """Take over what sidecars of photos (of all where None) say, as one decision."""

        def job(catalog: Catalog) -> list[SidecarFile]:
            return sidecars_of(catalog, everything(catalog) if photos is None else photos)

        files = await self._done(job)
        if files is not None and not await self._take_over(files):
            self._app.say("The sidecars say nothing that is not known here.")

    # -- by themselves -----------------------------------------------------------------------

    def decided(self, photos: Iterable[int]) -> None:
        """Write what has just been decided, where the settings say so."""
        ids = list(photos)
        if self._app.settings.sidecars != "sync" or not ids:
            return
        style = self._app.settings.sidecar_style
        future = self._thread.run(lambda catalog: write_sidecars(catalog, ids, style))
        future.add_done_callback(self._written)

    def _written(self, future: asyncio.Future[Written]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            self._app.say(f"The sidecars could not be written: {error}", "error")
        else:
            written = future.result()
            self._complain([each.sentence for each in (*written.conflicts, *written.refused)])

    async def look(self) -> None:
        """Look at sidecars that have changed elsewhere, and do with them what the settings say."""
        if self._app.settings.sidecars == "off":
            return
        self._look_again = True
        if self._looking:
            return
        self._looking = True
        try:
            while self._look_again:
                self._look_again = False
                files = await self._done(changed_elsewhere) or []
                new = [file for file in files if file not in self._told]
                if new and self._app.settings.sidecars == "ask":
                    await self._offer(new)
                elif new:
                    await self._take_over(new)
                # While photos are indexed the catalog changes all the time.
                await asyncio.sleep(_REST)
        finally:
            self._looking = False

    async def _offer(self, files: list[SidecarFile]) -> None:
        """Say that sidecars hold decisions that were made elsewhere."""
        changes = 0
        example = ""
        for start in range(0, len(files), _LOT):
            lot = files[start : start + _LOT]
            self._told.update(lot)
            reading = await self._done(partial(_compared, files=lot))
            if reading is None:
                return
            changes += len(reading.changes)
            for change in reading.changes[:1]:
                example = example or f"{printable(change.photo.name)}: {change.words}"
            await asyncio.sleep(_PAUSE)
        if changes:
            photos = "1 photo was" if changes == 1 else f"{changes:,} photos were"
            self._app.say(
                f"{photos} changed in XMP sidecars elsewhere ({example}). To take that over, choose"
                f" 'Read decisions' in the palette ({self._app.keys.first('palette')}).",
                "warning",
            )

    async def _take_over(self, files: list[SidecarFile]) -> int:
        """Take over what sidecars say, as one decision; return how many photos it changed."""
        desk = self._app.desk
        if desk is None or not files:
            return 0
        self._told.update(files)
        told: list[Reading] = []
        decided = await desk.read_sidecars(files, told.append)
        for reading in told:
            self._complain([each.sentence for each in (*reading.conflicts, *reading.refused)])
        count = len(decided.photos) if decided.done else 0
        if count:
            photos = "1 photo" if count == 1 else f"{count:,} photos"
            first = told[0].changes[0] if told and told[0].changes else None
            example = f" ({printable(first.photo.name)}: {first.words})" if first else ""
            key = self._app.keys.first("undo")
            self._app.say(f"Sidecars changed {photos}{example}; {key} takes it back.")
            if self._app.album is not None:
                self._app.album.forget_rows(decided.photos)
        return count

    # -- shared ------------------------------------------------------------------------------

    async def _done(self, job: Callable[[Catalog], T]) -> T | None:
        """The result of a job; None, and a sentence, where the catalog cannot be used."""
        try:
            return await self._thread.run(job)
        except (CatalogError, sqlite3.Error) as error:
            self._app.say(f"The sidecars cannot be looked at: {error}", "error")
            return None

    def _complain(self, sentences: list[str]) -> None:
        for sentence in sentences[:_MOST_SENTENCES]:
            self._app.say(printable(sentence), "warning")
        if len(sentences) > _MOST_SENTENCES:
            self._app.say(f"… and {len(sentences) - _MOST_SENTENCES} more.", "warning")


def _compared(catalog: Catalog, files: list[SidecarFile]) -> Reading:
    """What sidecars say that the catalog does not; those that say the same are noted."""
    reading = read_sidecars(catalog, files)
    changed = {change.photo.id for change in reading.changes}
    same = Reading(seen=[seen for seen in reading.seen if seen.photo not in changed])
    note_seen(catalog, same)
    return reading
