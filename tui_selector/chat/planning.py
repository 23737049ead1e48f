"""From proposals to a plan that the owner sees before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tui_selector.chat.conversation import ChatPhoto, Conversation
from tui_selector.chat.proposals import Act, Proposal
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.decisions.plan import Action, Plan, new_plan
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Photo

if TYPE_CHECKING:
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.library.decisions.planning import Planner


class PlanLine(NamedTuple):
    """What is to be done with one photo, the tab or a search. All printable.

    Attributes:
        act: What is done.
        number: The photo's in the conversation; 0 for a search and the tab.
        name: The photo's name, the text to search for, or the tab's new name.
        why: The reason, with the stars for `rate`.
        refused: Whether it is not done; `why` says why.
    """

    act: Act
    number: int
    name: str
    why: str
    refused: bool = False


class ChatPlan(NamedTuple):
    """What proposals come to now.

    Attributes:
        plan: Picks, rejects, ratings and the tab's name, for `Decisions.apply`; without actions
            where there are none.
        lines: Everything that is proposed, in the order proposed, and what is refused.
        marks: Ids of photos to mark on the screen; no part of the plan.
        searches: What to search for; no part of the plan.
    """

    plan: Plan
    lines: tuple[PlanLine, ...]
    marks: tuple[int, ...]
    searches: tuple[str, ...]


def plan_proposals(
    catalog: Catalog, conversation: Conversation, proposals: Sequence[Proposal]
) -> ChatPlan:
    """Plan what is proposed, against the catalog as it is.

    What the owner decided counts more: a picked photo is not rejected, a rejected one not picked.
    A photo whose file is no longer the one that was talked about is left alone.

    Raises:
        sqlite3.Error: The catalog cannot be read.
    """
    return _Planning(catalog, conversation).plan(proposals)


class _Planning:
    def __init__(self, catalog: Catalog, conversation: Conversation) -> None:
        from tui_selector.library.decisions.planning import Planner

        self._planner: Planner = Planner(catalog)
        self._conversation = conversation
        ids = [photo.id for photo in conversation.photos]
        self._photos = {photo.id: photo for photo in catalog.photos.get(ids)}
        self._actions: list[Action] = []
        self._done: list[str] = []
        self._lines: list[PlanLine] = []
        self._marks: dict[int, None] = {}
        self._searches: list[str] = []

    def plan(self, proposals: Sequence[Proposal]) -> ChatPlan:
        for proposal in proposals:
            if proposal.act == "search":
                self._searches.append(proposal.text)
                self._lines.append(PlanLine("search", 0, proposal.text, proposal.reason))
            elif proposal.act == "rename":
                self._rename(proposal)
            else:
                self._photographs(proposal)
        plan = new_plan(", ".join(self._done), self._actions)
        return ChatPlan(plan, tuple(self._lines), tuple(self._marks), tuple(self._searches))

    def _photographs(self, proposal: Proposal) -> None:
        ids: list[int] = []
        for number in proposal.photos:
            known = self._conversation.photo(number)
            if known is None:
                continue
            photo = self._photos.get(known.id)
            name = printable(photo.name) if photo is not None else known.name
            why = _refusal(proposal, known, photo)
            if not why:
                ids.append(known.id)
            stars = f"{'★' * proposal.stars}  " if proposal.stars else ""
            said = why or stars + proposal.reason
            self._lines.append(PlanLine(proposal.act, number, name, said, refused=bool(why)))
        if not ids:
            return
        if proposal.act == "mark":
            self._marks.update(dict.fromkeys(ids))
        elif proposal.act == "rate":
            self._take(self._planner.rate(ids, proposal.stars))
        else:
            flag = Flag.PICK if proposal.act == "keep" else Flag.REJECT
            self._take(self._planner.flag(ids, flag))

    def _rename(self, proposal: Proposal) -> None:
        tab = self._conversation.tab
        try:
            if tab is None:
                raise RefusedError("This conversation is about no tab.")
            plan = self._planner.rename_tab(tab, proposal.text)
        except RefusedError as error:
            self._lines.append(PlanLine("rename", 0, proposal.text, str(error), refused=True))
            return
        self._take(plan)
        self._lines.append(PlanLine("rename", 0, proposal.text, proposal.reason))

    def _take(self, plan: Plan) -> None:
        if plan.actions:
            self._actions += plan.actions
            first = not self._done
            title = plan.title if first else plan.title[:1].lower() + plan.title[1:]
            self._done.append(title)


def _refusal(proposal: Proposal, known: ChatPhoto, photo: Photo | None) -> str:
    """Why something is not done with a photo, in a sentence; "" where it is."""
    if photo is None or photo.state not in PRESENT:
        return "It is no longer here."
    if known.key and photo.key != known.key:
        return "Its file has changed since; ask again."
    if proposal.act == "reject" and photo.flag is Flag.PICK:
        return "It is picked; unflag it first."
    if proposal.act == "keep" and photo.flag is Flag.REJECT:
        return "It is rejected; unflag it first."
    return ""
