"""Exports from the screen: planned and carried out in a thread, so that the screen stays live."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tui_selector.app.catalog_thread import CatalogThread
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.display import printable
from tui_selector.library.export.execution import Exported, export, moved, take_out
from tui_selector.library.export.planning import ExportPlan, Form, plan_export, size_words
from tui_selector.library.export.transfer import fetch_lines
from tui_selector.library.export.writing import Progress

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui_selector.app.app import SelectorApp

#: Seconds between two looks at how far an export is.
_LOOK = 0.5

#: Sentences about what was refused that are shown; the others are counted.
_MOST_SENTENCES = 3

_VERBS: dict[Form, str] = {
    "copy": "Copied",
    "move": "Moved",
    "hardlink": "Linked",
    "symlink": "Linked",
    "zip": "Packed",
}


class Wish(msgspec.Struct, frozen=True):
    """What the owner wants exported. Fields as the arguments of `plan_export`."""

    photos: tuple[int, ...]
    target: Path
    form: Form
    tree: bool = False
    companions: bool = True


class Exports:
    """The exports of one screen, one at a time.

    Attributes:
        progress: How far the one is that runs; None where none does.
        lines: The `rsync` and the `scp` line that fetch the last one; empty where there is none.
    """

    def __init__(self, app: SelectorApp) -> None:
        self.progress: Progress | None = None
        self.lines: tuple[str, ...] = ()
        self._app = app
        self._thread: CatalogThread[Catalog] = CatalogThread("export", app.paths, lambda it: it)
        self._timer: Timer | None = None

    def close(self) -> None:
        """Stop the export that runs; what it has written whole stays. Waits."""
        if self.progress is not None:
            self.progress.stop()
        self._thread.close()

    @property
    def words(self) -> str:
        """For the status line: "exporting 34 %"; "" where nothing runs."""
        if self.progress is None:
            return ""
        total = self.progress.total
        return f"exporting {100 * self.progress.done // total if total else 0} %"

    async def plan(self, wish: Wish) -> ExportPlan | str:
        """What an export would do, or a sentence why it cannot be done."""
        try:
            return await self._thread.run(
                lambda catalog: plan_export(
                    catalog,
                    wish.photos,
                    wish.target,
                    wish.form,
                    tree=wish.tree,
                    companions=wish.companions,
                )
            )
        except RefusedError as error:
            return str(error)
        except (CatalogError, sqlite3.Error) as error:
            return f"The catalog cannot be read: {error}."

    async def run(self, plan: ExportPlan) -> None:
        """Carry out a plan and say what came of it; nothing happens while another one runs."""
        if self.progress is not None:
            return
        self.progress = progress = Progress()
        self._timer = self._app.set_interval(_LOOK, self._tell)
        self._tell()
        try:
            if plan.form == "move":
                done = await self._move(plan)
            else:
                done = await self._thread.run(lambda catalog: export(catalog, plan, progress))
        except (RefusedError, CatalogError, sqlite3.Error, OSError) as error:
            self._app.say(printable(str(error)), "error")
        else:
            self._say(plan, done)
        finally:
            self.progress = None
            self._timer.stop()
            self._tell()

    async def _move(self, plan: ExportPlan) -> Exported:
        """Moves are decisions: they are made at the desk, shown at once, and undone like others."""
        desk = self._app.desk
        assert desk is not None, "nothing is planned before the catalog is open"
        decided = await desk.take_out(
            take_out(plan), list(dict.fromkeys(item.photo for item in plan.items))
        )
        done = Exported(form=plan.form, places=[plan.target])
        await asyncio.to_thread(moved, done, plan, decided.done, ())
        return done

    def stop(self) -> None:
        """Have the export that runs end; what is written whole stays."""
        if self.progress is not None:
            self.progress.stop()

    def copy_line(self) -> None:
        """Copy the line that fetches the last export to the owner's clipboard, by OSC 52."""
        if not self.lines:
            self._app.say("Nothing has been exported since this screen was opened.")
            return
        self._app.copy_to_clipboard(self.lines[0])
        self._app.say(f"Copied to your clipboard: {printable(self.lines[0])}")

    def _tell(self) -> None:
        self._app.status_changed.publish(None)

    def _say(self, plan: ExportPlan, done: Exported) -> None:
        app = self._app
        for refusal in done.refused[:_MOST_SENTENCES]:
            app.say(printable(refusal.sentence), "error")
        if len(done.refused) > _MOST_SENTENCES:
            app.say(f"… and {len(done.refused) - _MOST_SENTENCES} more were left out.", "error")
        if not done.files and not done.there:
            if done.stopped:
                app.say("The export was stopped; nothing was written.")
            return
        app.say(result(done))
        if plan.form not in ("symlink", "list"):
            self.lines = fetch_lines(done.places[0])
            app.copy_to_clipboard(self.lines[0])
            app.say(f"To fetch it (copied to your clipboard): {printable(self.lines[0])}")


def result(done: Exported) -> str:
    """What came of an export, in one line."""
    photos = "1 photo" if done.photos == 1 else f"{done.photos:,} photos"
    files = "1 file" if done.files == 1 else f"{done.files:,} files"
    size = f", {size_words(done.bytes)}" if done.bytes else ""
    there = f"; {done.there:,} files were there already" if done.there else ""
    end = " It was stopped; the same export goes on from there." if done.stopped else ""
    verb = _VERBS.get(done.form, "Wrote")
    where = printable(str(done.places[0]))
    return f"{verb} {photos} ({files}{size}) to {where}{there}.{end}"


def choices(
    marked: Sequence[int], shown: Sequence[int], picked: Sequence[int], everything: Sequence[int]
) -> list[tuple[str, str, tuple[int, ...]]]:
    """What can be exported: a name, words and the photos of each choice that has some."""
    found = (
        ("marked", "marked", marked),
        ("picked", "picked", picked),
        ("tab", "of this tab", shown),
        ("all", "of the library", everything),
    )
    return [
        (name, f"{_count(photos)} {words}", tuple(photos))
        for name, words, photos in found
        if photos
    ]


def _count(photos: Sequence[int]) -> str:
    return "the 1 photo" if len(photos) == 1 else f"the {len(photos):,} photos"
