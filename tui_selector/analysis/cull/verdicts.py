"""Which photos of an album may go and which stay, by rules and a number to keep, and why.

- What the owner picked or gave stars to stays. What he rejected, and what a rule with a minus fits,
  is no part of the verdicts.
- A photo that a rule fits goes. Of photos that are nearly the same the best one stays that no
  other rule takes.
- Sets that must stay whole (brackets, focus stacks, panoramas) are not judged by rules; of one
  exposure and what was made of it all goes or nothing.
- Where more are left than are to be kept, `budget.choose` takes the others away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from tui_selector.analysis.cull import signals
from tui_selector.analysis.cull.language import KINDS, Rule
from tui_selector.analysis.cull.shots import ALIKE, BUDGET, Alike, Shot, Units, Verdict
from tui_selector.library.display import printable
from tui_selector.library.groups import GroupKind
from tui_selector.library.photo import Flag

if TYPE_CHECKING:
    from tui_selector.analysis.cull.keeping import Keeping

_AS = {
    "copies": "A copy of",
    "duplicates": "The same picture as",
    "burst": "Of one burst with",
    "similar": "Much like",
}


def judge(
    shots: Sequence[Shot], rules: Iterable[Rule], groups: Iterable[Alike], keep: int | None = None
) -> list[Verdict]:
    """Judge photos.

    Args:
        shots: The album, but for what cannot be judged.
        rules: What may go.
        groups: Photos that are nearly the same, by the rules that go by groups; sets that must
            stay whole, whatever the rules.
        keep: How many photos are to stay at most; None for as many as the rules leave.

    Returns:
        A verdict for each photo that is judged, in the order of `shots`.
    """
    return _Judging(shots, rules, groups).verdicts(keep)


class _Loss(msgspec.Struct, frozen=True):
    """That a photo is nearly the same as one that stays."""

    rule: str
    kind: GroupKind
    winner: int
    reason: str


class _Judging:
    def __init__(
        self, shots: Sequence[Shot], rules: Iterable[Rule], groups: Iterable[Alike]
    ) -> None:
        self._shots = {shot.id: shot for shot in shots}
        order = {name: place for place, name in enumerate(KINDS)}
        self._rules = sorted(rules, key=lambda rule: order[rule.name])
        self._groups = [
            group for group in groups if sum(id_ in self._shots for id_ in group.photos) > 1
        ]
        sets = [group for group in self._groups if group.protected and group.kind != "shot"]
        self._whole = {id_: group for group in sets for id_ in group.photos}
        self._faults: dict[int, list[tuple[str, str]]] = {}
        self._losses: dict[int, _Loss] = {}
        self._bests: dict[int, tuple[int, str | None]] = {}
        self._units = Units(
            group.photos for group in self._groups if group.protected or group.kind == "shot"
        )
        self._aside = self._left_alone()
        #: What no rule takes away.
        self._safe = self._aside | {
            shot.id for shot in shots if shot.is_owners or shot.id in self._whole
        }

    def verdicts(self, keep: int | None) -> list[Verdict]:
        self._find_faults()
        for rule in self._rules:
            if rule.name in ALIKE and not rule.exclude:
                for group in self._groups:
                    if group.rule == rule.name and not group.protected and group.kind != "shot":
                        self._choose_best(group)
        self._keep_shots_whole()
        judged = [shot for shot in self._shots.values() if shot.id not in self._aside]
        left = [shot for shot in judged if not self._goes(shot.id)]
        budget = None
        if keep is not None:
            from tui_selector.analysis.cull.keeping import Keeping

            budget = Keeping(left, keep, self._looks(), self._units)
        kept = {shot.id for shot in left} if budget is None else budget.kept
        return [self._verdict(shot, kept, budget) for shot in judged]

    # -- rules -------------------------------------------------------------------------------

    def _left_alone(self) -> set[int]:
        """Photos that are no part of the verdicts."""
        excluded = [rule for rule in self._rules if rule.exclude]
        names = {rule.name for rule in excluded}
        found = {
            shot.id
            for shot in self._shots.values()
            if shot.flag is Flag.REJECT
            or any(signals.reason(rule, shot.quality) for rule in excluded)
        }
        for group in self._groups:
            if group.rule in names and not group.protected:
                found.update(id_ for id_ in group.photos if id_ in self._shots)
        return found

    def _find_faults(self) -> None:
        wanted = [rule for rule in self._rules if not rule.exclude]
        for shot in self._shots.values():
            if shot.id in self._safe:
                continue
            said = [(rule.name, signals.reason(rule, shot.quality)) for rule in wanted]
            faults = [(name, sentence) for name, sentence in said if sentence]
            if faults:
                self._faults[shot.id] = faults

    def _choose_best(self, group: Alike) -> None:
        """Of a group, let the best one stay, and what no rule takes away."""
        members = [
            (id_, why)
            for id_, why in zip(group.photos, group.reasons, strict=True)
            if id_ in self._shots
            and not self._goes(id_)
            and self._shots[id_].flag is not Flag.REJECT
        ]
        if len(members) < 2:
            return
        safe = [pair for pair in members if pair[0] in self._safe]
        best, why = (safe or members)[0]
        self._bests.setdefault(best, (len(members), why if best == members[0][0] else None))
        for id_, reason in members:
            if id_ not in self._safe and id_ != best and not self._units.same(id_, best):
                self._losses[id_] = _Loss(group.rule, group.kind, best, reason)

    def _keep_shots_whole(self) -> None:
        """Where a part of a unit stays, all of it does."""
        for unit in self._units.all():
            here = [id_ for id_ in unit if id_ in self._shots]
            if not all(self._goes(id_) for id_ in here):
                for id_ in here:
                    self._faults.pop(id_, None)
                    self._losses.pop(id_, None)

    def _goes(self, id_: int) -> bool:
        return id_ in self._faults or id_ in self._losses

    def _looks(self) -> dict[int, int]:
        """Photo to a number that photos share which are nearly the same."""
        looks: dict[int, int] = {}
        for rule in reversed(ALIKE):  # the widest first
            for number, group in enumerate(self._groups):
                if group.rule == rule and not group.protected and group.kind != "shot":
                    for id_ in group.photos:
                        looks.setdefault(id_, -1 - number)
        return looks

    # -- sentences ---------------------------------------------------------------------------

    def _verdict(self, shot: Shot, kept: set[int], budget: Keeping | None) -> Verdict:
        if shot.id in kept:
            reasons = self._reasons_to_stay(shot, budget)
            return Verdict(id=shot.id, keeps=True, reasons=tuple(reasons))
        faults = self._faults.get(shot.id, [])
        names = [name for name, _ in faults]
        reasons = [sentence for _, sentence in faults]
        instead: int | None = None
        loss = self._losses.get(shot.id)
        if loss is not None:
            instead = self._winner(shot.id, kept)
            names.append(loss.rule)
            reasons.append(self._loss(loss, instead))
        elif not faults and budget is not None:
            names.append(BUDGET)
            reasons.append(budget.reason_to_go(shot.id))
            if shot.id in self._whole:
                reasons.append(self._whole[shot.id].why)
        return Verdict(
            id=shot.id, keeps=False, rules=tuple(names), reasons=tuple(reasons), instead=instead
        )

    def _reasons_to_stay(self, shot: Shot, budget: Keeping | None) -> list[str]:
        reasons: list[str] = []
        if shot.flag is Flag.PICK:
            reasons.append("You picked it.")
        if shot.rating:
            reasons.append(f"You gave it {shot.rating} star{'s' if shot.rating > 1 else ''}.")
        if shot.id in self._whole:
            reasons.append(self._whole[shot.id].why)
        if shot.id in self._bests:
            count, why = self._bests[shot.id]
            place = "Stays for" if why is None else "The best of"
            said = f"{place} {count} that are nearly the same. {_sentence(why or '')}"
            reasons.append(said.rstrip())
        if budget is not None:
            reasons.append(budget.reason_to_stay(shot.id))
        return reasons or ["No rule fits it."]

    def _winner(self, id_: int, kept: set[int]) -> int | None:
        """The photo that stays in place of one, over however many steps."""
        seen = {id_}
        while (loss := self._losses.get(id_)) is not None and loss.winner not in seen:
            id_ = loss.winner
            seen.add(id_)
            if id_ in kept or id_ in self._aside:
                return id_
        return None

    def _loss(self, loss: _Loss, instead: int | None) -> str:
        winner = printable(self._shots[loss.winner].path)
        if instead is None:
            end = "which goes as well"
        elif instead == loss.winner:
            end = "which stays"
        else:
            end = f"for which {printable(self._shots[instead].path)} stays"
        return (
            f"{_AS.get(loss.kind, 'Much like')} {winner}, {end}. {_sentence(loss.reason)}".rstrip()
        )


def _sentence(words: str) -> str:
    """What was said in a few words, as a sentence."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}." if words else ""
