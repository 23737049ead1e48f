"""Answers about what to keep and what to let go, where the owner asks for advice."""

from __future__ import annotations

from collections.abc import Sequence

from tui_selector.chat.assistant.aspects import ASPECTS
from tui_selector.chat.assistant.comparing import Verdict, differ, leader, no_photos
from tui_selector.chat.assistant.facts import Facts
from tui_selector.chat.assistant.faults import EVERY, fault_of, faults_of
from tui_selector.chat.assistant.matter import Matter, Reply
from tui_selector.chat.assistant.saying import capital, listed, paragraphs, sentence
from tui_selector.chat.hostile import one_line
from tui_selector.chat.proposals import LONGEST_REASON, Proposal

#: Groups of which all but the best can go; photos of one motif may show it from other sides.
_SURELY = ("copies", "duplicates", "burst")

#: Faults for which a photo can go: one that is small may be the only one of what it shows.
_GROUNDS = tuple(rule for rule in EVERY if rule != "small")

_TASTE = "What moves you counts more than what can be measured."


def advise(matter: Matter) -> Reply:
    """What can go, and why; where nothing can, which is technically the best."""
    photos, everything = matter.subjects, matter.chosen
    if not photos:
        return Reply(no_photos(matter))
    about = {each.number for each in photos}
    against = _against(matter, everything)
    gone = [each for each in photos if against.get(each.number)]
    if not gone and len(photos) > 1:
        return _best_of(photos, differs=differ(matter, photos))
    if not gone:
        return Reply(f"Nothing that was measured speaks against {photos[0].called}. {_TASTE}")
    stay = [each for each in everything if not against.get(each.number) and each.number in about]
    known = tuple(each.number for each in stay if each.measured is not None)
    lines = [f"{each.called} can go: {sentence(against[each.number])}" for each in gone]
    lines += [f"{each.called} {_stays(each)}" for each in stay]
    proposals = [
        Proposal(act="reject", photos=(each.number,), reason=_reason(against[each.number]))
        for each in gone
    ]
    if known and matter.said.act == "keep":
        proposals.insert(0, Proposal(act="keep", photos=known, reason="nothing speaks against it"))
    return Reply(paragraphs(listed(lines), _TASTE), tuple(proposals))


def _stays(facts: Facts) -> str:
    """Why a photo is not among those that can go."""
    if facts.measured is None:
        return f"is yours to judge: {facts.unmeasured}."
    return f"stays: {sentence(ASPECTS['sharp'].say(facts))} {fault_of(facts, 'small')}".rstrip()


def _best_of(photos: Sequence[Facts], *, differs: bool) -> Reply:
    """Which is technically the best of photos that nothing speaks against."""
    verdict = Verdict(photos)
    head = "Nothing that was measured speaks against any of them. If only one may stay:"
    text = paragraphs(head, leader(verdict, differs=differs), _TASTE)
    if differs or not verdict.photos or not verdict.confidence:
        return Reply(text)
    keep = Proposal(act="keep", photos=(verdict.photos[0].number,), reason=_reason(verdict.why[0]))
    return Reply(text, (keep,))


def _against(matter: Matter, photos: Sequence[Facts]) -> dict[int, str]:
    """What speaks against each photo, by number; nothing against the best where all have faults."""
    found = {each.number: " ".join(faults_of(each, _GROUNDS)) for each in photos}
    for group in matter.alike(photos):
        if not group.protected and group.kind in _SURELY:
            best = group.photos[0]
            for number, why in list(zip(group.photos, group.reasons, strict=True))[1:]:
                found[number] = f"nearly the same as photo {best}, {why or 'which is better'}"
    if len(photos) > 1 and all(found.values()):
        ranked = Verdict(photos).photos or list(photos)
        found[ranked[0].number] = ""
    return found


def _reason(text: str) -> str:
    return one_line(capital(text).rstrip("."), LONGEST_REASON)
