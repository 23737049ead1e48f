"""The question before an export: what, as what, where to; with what it comes to, at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label, ProgressBar

from tui_selector.app.exports import Wish
from tui_selector.app.screens.dialogs import Dialog
from tui_selector.app.widgets.choice import Choice
from tui_selector.library.display import printable
from tui_selector.library.export.planning import (
    FILE_FORMS,
    FOLDER_FORMS,
    ExportPlan,
    Form,
    size_words,
    with_suffix,
)
from tui_selector.library.export.writing import Progress

_FORMS: tuple[tuple[Form, str], ...] = (
    ("copy", "copies in a folder"),
    ("move", "the files themselves, moved to a folder"),
    ("hardlink", "hard links in a folder"),
    ("symlink", "symbolic links in a folder"),
    ("zip", "one ZIP archive"),
    ("html", "contact sheet for browsers"),
    ("pdf", "contact sheet to print, PDF"),
    ("jpeg", "contact sheet to print, JPEG"),
    ("csv", "table of all that is known, CSV"),
    ("jsonl", "table of all that is known, JSON lines"),
    ("list", "list of the files' paths"),
)
_TREE = (("flat", "all in one folder"), ("tree", "folders as in the library"))
_COMPANIONS = (("with", "with RAW, movie and sidecars"), ("alone", "photos alone"))

#: Seconds that typing rests before a new plan is made.
_REST = 0.15


class ExportDialog(Dialog[ExportPlan | None]):
    """Asks what is exported; the answer is a plan that can be carried out."""

    DEFAULT_CSS = """
    ExportDialog {
        & > Vertical { width: 84; }
        & Choice { margin: 0; }
        & #first { margin: 1 0 0 0; }
        & .unused { display: none; }
        & #summary { margin: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", show=False, priority=True),
        Binding("down", "app.focus_next", show=False, priority=True),
        Binding("up", "app.focus_previous", show=False, priority=True),
    ]

    def __init__(
        self,
        choices: Sequence[tuple[str, str, tuple[int, ...]]],
        folder: Path,
        make: Callable[[Wish], Awaitable[ExportPlan | str]],
    ) -> None:
        """
        Args:
            choices: Name, words and photos of what can be exported; at least one.
            folder: Where to, at first.
            make: Makes the plan of a wish, or a sentence why there is none.
        """
        super().__init__()
        self._choices, self._folder, self._make = list(choices), folder, make
        self._plan: ExportPlan | None = None

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label("Export", classes="dialog--title")
            yield Choice("what", [(name, words) for name, words, _ in self._choices], id="what")
            yield Choice("as", _FORMS, id="form")
            yield Choice("folders", _TREE, id="tree")
            yield Choice("files", _COMPANIONS, id="companions")
            yield Input(str(self._folder), placeholder="where to", id="target")
            yield Label("", id="summary")
            yield Label(
                "enter: do it · ↑ ↓: choose · ← →: change · esc: leave", classes="dialog--hint"
            )

    def on_mount(self) -> None:
        self.query_one("#what", Choice).focus()
        self._look()

    @on(Choice.Changed)
    def _chosen(self, event: Choice.Changed) -> None:
        event.stop()
        self._look()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()

    def _answer(self, id_: str) -> str:
        return self.query_one(f"#{id_}", Choice).answer

    @property
    def _wish(self) -> Wish | None:
        target = self.query_one("#target", Input).value.strip()
        if not target:
            return None
        name, form = self._answer("what"), cast(Form, self._answer("form"))
        return Wish(
            photos=next(photos for known, _, photos in self._choices if known == name),
            target=with_suffix(Path(target), form),
            form=form,
            tree=self._answer("tree") == "tree",
            companions=self._answer("companions") == "with",
        )

    def _look(self) -> None:
        """Hide what does not matter, and make a new plan."""
        form = self._answer("form")
        self.query_one("#tree").set_class(form not in (*FOLDER_FORMS, "zip"), "unused")
        self.query_one("#companions").set_class(form not in FILE_FORMS, "unused")
        self._plan = None
        self._make_plan()

    @work(exclusive=True, group="plan")
    async def _make_plan(self) -> None:
        import asyncio

        await asyncio.sleep(_REST)
        wish = self._wish
        found = await self._make(wish) if wish is not None else "Type where to."
        if not self.is_current:
            return
        fault = found if isinstance(found, str) else found.fault
        if isinstance(found, ExportPlan):
            fault = fault or ("" if found.photos else "There is no photo to export.")
            self._plan = None if fault else found
        summary = self.query_one("#summary", Label)
        summary.update(Text(printable(fault) if fault else plan_words(cast(ExportPlan, found))))
        summary.set_class(bool(fault), "dialog--fault")

    def action_accept(self) -> None:
        """Carry out the plan that is shown; there is none while something is wrong."""
        if self._plan is None:
            self.app.bell()
        else:
            self.dismiss(self._plan)


def plan_words(plan: ExportPlan) -> str:
    """What a plan comes to: "12 photos, 30 files, 340 MB → /x/y (2 get a number)". Printable."""
    photos = len(plan.photos)
    words = ["1 photo" if photos == 1 else f"{photos:,} photos"]
    if plan.form in FILE_FORMS:
        files = len(plan.new)
        words.append("1 file" if files == 1 else f"{files:,} files")
        words.append(size_words(plan.bytes))
    more = []
    if there := len(plan.items) - len(plan.new):
        more.append(f"{there:,} there already")
    if plan.renamed:
        more.append(f"{plan.renamed:,} get a number")
    if plan.refused:
        more.append(f"{len(plan.refused):,} cannot be read")
    end = f" ({', '.join(more)})" if more else ""
    return f"{', '.join(words)} → {printable(str(plan.target))}{end}"


class ExportProgress(Dialog[bool | None]):
    """Shows how far an export is; the answer is whether it is to stop."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "dismiss(True)", show=False),
        Binding("enter", "dismiss(None)", show=False),
    ]
    DEFAULT_CSS = "ExportProgress { & ProgressBar, & Bar { width: 1fr; } }"

    def __init__(self, progress: Callable[[], Progress | None]) -> None:
        """
        Args:
            progress: Tells how far the export is; None once it is over.
        """
        super().__init__()
        self._progress = progress

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label("Exporting …", classes="dialog--title")
            yield ProgressBar(show_eta=False)
            yield Label("s: stop it · esc: let it go on", classes="dialog--hint")

    def on_mount(self) -> None:
        self._look()
        self.set_interval(0.1, self._look)

    def _look(self) -> None:
        progress = self._progress()
        if progress is None:
            self.dismiss(None)
        else:
            self.query_one(ProgressBar).update(total=max(1, progress.total), progress=progress.done)
