"""What is asked of the owner about a criterion: the way, a file, a prompt, another criterion."""

from __future__ import annotations

from abc import abstractmethod
from typing import cast

from msgspec.structs import replace
from textual import work

from tui_selector.app.criteria import run_name
from tui_selector.app.screens.class_editing import ClassEditing
from tui_selector.criteria.run import WAY_NAMES, Way, Wish
from tui_selector.criteria.telling import told_apart
from tui_selector.library.display import printable


class CriteriaDialogs(ClassEditing):
    """Asks, and starts what was chosen.

    Attributes:
        way: How the criterion that is being typed is to be sorted; None for what is there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.way: Way | None = None

    @property
    @abstractmethod
    def is_typing(self) -> bool:
        """Whether keys go into the form."""

    @property
    @abstractmethod
    def wish(self) -> Wish:
        """What the form says."""

    @work(exclusive=True, group="dialog")
    async def action_way(self) -> None:
        """Choose how photos are sorted; where there is a run, it is made again so."""
        from tui_selector.app.screens.dialogs import ChoiceDialog
        from tui_selector.engine.criteria_messages import AskWays, Ways

        run = self.current
        wish = self.wish if self.is_typing or run is None else run.wish
        answer = await self.ask(AskWays(wish=wish))
        if not isinstance(answer, Ways):
            return
        offers = [(offer.way, offer) for offer in answer.ways]
        chosen = await self.app.push_screen_wait(
            ChoiceDialog(
                f"How to sort by '{printable(wish.criterion)}'",
                "What is not ready says why.",
                [
                    (
                        str(number),
                        way,
                        f"{'✓' if offer.ready else '–'} {WAY_NAMES[way]}: "
                        f"{printable(offer.sentence)}",
                    )
                    for number, (way, offer) in enumerate(offers, 1)
                ],
            )
        )
        if chosen is None:
            return
        way = cast(Way, chosen)
        if run is not None and not self.is_typing:
            again = self.wish_with(way=way)
            if again is not None:
                self.start(again)
        else:
            self.way = way
            self.show_ways()

    @work(exclusive=True, group="dialog")
    async def action_captions(self) -> None:
        """Ask for a file of descriptions, and sort by them."""
        from tui_selector.app.screens.dialogs import TextDialog

        wish = self.wish_with(way=None) or self.wish
        file = await self.app.push_screen_wait(
            TextDialog(
                f"Sort by '{printable(wish.criterion)}' as described in",
                value=wish.captions,
                hint='the whole path of a file of JSON lines, {"image_file": …, "text": …}',
            )
        )
        if file is not None:
            self.start(replace(wish, captions=file))

    @work(exclusive=True, group="dialog")
    async def action_prompt(self) -> None:
        """Edit what a model is told in this step, and do the step again."""
        from tui_selector.app.screens.prompt_dialog import PromptDialog

        run, step = self.current, self.shown_step
        if run is None:
            self.app.bell()
            return
        before = run.wish.prompts.get(step, "")
        text = await self.app.push_screen_wait(PromptDialog(step, before))
        if text is None or text == before:
            return
        prompts = {each: said for each, said in run.wish.prompts.items() if each != step}
        wish = replace(run.wish, prompts=prompts | {step: text} if text else prompts)
        self.start(wish, run=run.id, step=step)

    @work(exclusive=True, group="dialog")
    async def action_remove_run(self) -> None:
        """Forget this criterion, after a question."""
        from tui_selector.app.screens.dialogs import ChoiceDialog

        run = self.current
        if run is None:
            self.app.bell()
            return
        answer = await self.app.push_screen_wait(
            ChoiceDialog(
                f"Forget '{printable(run.wish.criterion)}'?",
                "Its classes go; no photo is touched, and what models answered stays known.",
                [("y", "yes", "forget it"), ("n", "no", "keep it")],
            )
        )
        if answer == "yes":
            self.forget_run(run.id)

    @work(exclusive=True, group="dialog")
    async def action_make_tabs(self) -> None:
        """Make tabs of the classes, after a question."""
        from tui_selector.app.screens.dialogs import ChoiceDialog

        run, desk, groups = self.current, self.selector.desk, self.groups
        if run is None or desk is None or not groups:
            self.selector.say("No class has photos yet, so there is nothing to make tabs of.")
            return
        photos = sum(len(some) for _, some in groups)
        names = ", ".join(printable(name) for name, _ in groups[:8])
        answer = await self.app.push_screen_wait(
            ChoiceDialog(
                f"Make {len(groups)} tabs of '{printable(run.wish.criterion)}'?",
                f"{photos:,} photos leave the tabs that they are in for: {names}"
                f"{' …' if len(groups) > 8 else ''}. Undo takes it back.",
                [("y", "yes", "make the tabs"), ("n", "no", "leave them")],
            )
        )
        if answer == "yes" and (await desk.make_tabs(groups)).done:
            self.selector.say(f"There are {len(groups)} tabs by '{printable(run.wish.criterion)}'.")

    @work(exclusive=True, group="dialog")
    async def action_cross_table(self) -> None:
        """Hold this criterion against another one."""
        from tui_selector.app.screens.cross_table import CrossTableScreen
        from tui_selector.app.screens.dialogs import TabDialog

        run = self.current
        others = [each for each in self.runs if run is not None and each.id != run.id]
        if run is None or not others:
            self.selector.say("A table takes two criteria; there is one at most so far.")
            return
        index: int | str | None = 0
        if len(others) > 1:
            offered = [
                (number, run_name(each, told), len(each.classes))
                for number, (each, told) in enumerate(zip(others, told_apart(others), strict=True))
            ]
            title = f"'{printable(run.wish.criterion)}' against"
            index = await self.app.push_screen_wait(TabDialog(title, offered))
        if isinstance(index, int):
            self.app.push_screen(CrossTableScreen(run, others[index]))
