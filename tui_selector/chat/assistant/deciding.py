"""Answers that propose: keep, reject, mark, rate, search, rename."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from tui_selector.chat.assistant.aspects import ASPECTS, ordered
from tui_selector.chat.assistant.comparing import Verdict, differ, no_photos
from tui_selector.chat.assistant.facts import Facts
from tui_selector.chat.assistant.faults import EVERY, cannot_tell, faults_of, spare
from tui_selector.chat.assistant.matter import Matter, Reply
from tui_selector.chat.assistant.reading import Part
from tui_selector.chat.assistant.saying import (
    capital,
    joined,
    named,
    paragraphs,
    photos_called,
    quotation,
)
from tui_selector.chat.hostile import one_line
from tui_selector.chat.proposals import LONGEST_REASON, LONGEST_TEXT, Act, Proposal

#: Chance from which a photo shows what is spoken of.
_FLOOR = 0.5
#: Confidence under which a best photo is no more than a guess.
_GUESS = 0.7


class _Target(NamedTuple):
    """Photos that something is to be done with, and why with each."""

    photos: list[Facts]
    why: dict[int, str]
    note: str = ""


def decide(matter: Matter) -> Reply:
    """What the owner wants done, as proposals."""
    said = matter.said
    if not matter.chosen:
        return Reply(no_photos(matter))
    if said.says("not") and said.says("decide") and not said.says("except"):
        return Reply("Then I propose nothing; everything stays as it is.")
    proposals: list[Proposal] = []
    notes: list[str] = []
    dealt: set[int] = set()
    for clause in matter.wish.reading.clauses or (said,):
        if clause.act == "rate" and not (clause.stars or said.stars):
            notes.append("How many stars? Say for example “rate photo 2 with 4 stars”.")
            continue
        target = _target(matter, clause, dealt)
        dealt.update(each.number for each in target.photos)
        notes.append(target.note)
        if not target.photos:
            notes.append(f"There is nothing to {clause.act} that fits.")
        if (
            clause.degree
            and clause.aspect.endswith("good")
            and differ(matter, matter.about(clause))
        ):
            notes.append("They may show different things: look before you confirm.")
        proposals += _proposals(clause, target, said.stars)
    proposals, kept_whole = _without_sets(matter, proposals)
    text = paragraphs(
        _summary(proposals), " ".join(dict.fromkeys(filter(None, [*notes, kept_whole])))
    )
    return Reply(text or "There is nothing to do.", tuple(proposals))


def _summary(proposals: Sequence[Proposal]) -> str:
    """What is proposed, in a sentence; the reasons stand with the proposals."""
    photos: dict[str, list[int]] = {}
    for each in proposals:
        stars = f" with {each.stars} star{'s' if each.stars > 1 else ''}" if each.stars else ""
        photos.setdefault(f"{each.act} {{}}{stars}", []).extend(each.photos)
    parts = [words.format(photos_called(sorted(numbers))) for words, numbers in photos.items()]
    return f"I propose to {joined(parts)}." if parts else ""


def _proposals(clause: Part, target: _Target, stars: int) -> list[Proposal]:
    """One proposal for each reason."""
    by_reason: dict[str, list[int]] = {}
    for each in target.photos:
        by_reason.setdefault(target.why.get(each.number, ""), []).append(each.number)
    rating = (clause.stars or stars) if clause.act == "rate" else 0
    return [
        Proposal(
            act=cast("Act", clause.act),
            photos=tuple(numbers),
            stars=rating,
            reason=one_line(reason, LONGEST_REASON),
        )
        for reason, numbers in by_reason.items()
    ]


def _without_sets(matter: Matter, proposals: list[Proposal]) -> tuple[list[Proposal], str]:
    """Reject nothing of a set that must stay whole, unless its photos are named."""
    groups = [group for group in matter.alike(matter.chosen) if group.protected]
    whole = {number for group in groups for number in group.photos}
    whole -= set(matter.said.photos)
    left: list[Proposal] = []
    spared: set[int] = set()
    for each in proposals:
        photos = each.photos
        if each.act == "reject":
            spared.update(whole.intersection(photos))
            photos = tuple(number for number in photos if number not in whole)
        if photos:
            left.append(Proposal(act=each.act, photos=photos, stars=each.stars, reason=each.reason))
    if not spared:
        return left, ""
    these = capital(named(matter.album.of(sorted(spared))))
    return left, f"{these} belong to a set that must stay whole."


# -- which photos ----------------------------------------------------------------------------------


def _target(matter: Matter, part: Part, dealt: set[int]) -> _Target:
    """The photos that a clause speaks of."""
    photos = matter.about(part)
    if part.says("others") and not part.photos:
        rest = [each for each in matter.chosen if each.number not in dealt]
        return _Target(rest, _weaknesses(matter, rest))
    is_choice = part.says("choose") and not part.says("decide")
    if part.excepted or (part.photos and not (is_choice and part.says("or", "of"))):
        return _Target(photos, {})
    if part.thing or part.purpose:
        return _showing(matter, photos, part.thing or part.purpose)
    if part.says("duplicates") or (part.says("group") and part.degree):
        return _of_groups(matter, part, photos)
    if part.degree in ("most", "more"):
        return _leading(part, photos)
    if part.faults or part.aspect in _FREE_OF:
        return _by_faults(part, photos)
    if is_choice or (part.count and part.count < len(photos)):
        return _leading(part, photos)
    if len(photos) > 1 and not part.says("all", "both", "them", "it", "photo"):
        return _Target([], {}, "Which ones? Say for example “the best two” or “photos 1 and 3”.")
    return _Target(photos, {})


#: Faults that photos are free of which have an aspect.
_FREE_OF = {"sharp": ("blurry", "out-of-focus"), "good": EVERY, "exposed": ("dark", "bright")}


def _by_faults(part: Part, photos: Sequence[Facts]) -> _Target:
    """Photos that have a fault, or those of which one can tell that they have none."""
    rules = [rule for each in part.faults for rule in (EVERY if each == "wrong" else (each,))]
    without = bool(part.unless) or not part.faults
    rules = rules or list(_FREE_OF[part.aspect])
    why = {each.number: " ".join(faults_of(each, rules)) for each in photos}
    if not without:
        return _Target([each for each in photos if why[each.number]], why)
    told = rules if len(rules) < 3 else ["small"]
    free = [
        each
        for each in photos
        if not why[each.number] and not any(cannot_tell(each, rule) for rule in told)
    ]
    return _Target(free, {})


def _leading(part: Part, photos: Sequence[Facts]) -> _Target:
    """The first by an aspect, or by everything that was measured."""
    count = part.count or 1
    turned = part.aspect.startswith("-")
    aspect = ASPECTS.get(part.aspect.removeprefix("-"))
    if aspect is not None:
        order = ordered(photos, aspect, most=not turned)
        leading = order.photos[:count]
        return _Target(leading, {each.number: aspect.say(each) for each in leading})
    if len(photos) < 2:
        return _Target(list(photos), {})
    verdict = Verdict(photos)
    ranked = list(zip(verdict.photos, verdict.why, strict=True))
    if turned:
        ranked.reverse()
    note = ""
    if ranked and count == 1 and verdict.confidence < _GUESS:
        note = "It is too close to call; look before you confirm."
    unknown = " ".join(f"{capital(each.called)}: {each.unmeasured}." for each in verdict.unknown)
    return _Target(
        [each for each, _ in ranked[:count]],
        {each.number: why for each, why in ranked[:count]},
        f"{note} {unknown}".strip(),
    )


def _weaknesses(matter: Matter, photos: Sequence[Facts]) -> dict[int, str]:
    """What speaks against photos, next to all that were chosen."""
    if len(matter.chosen) < 2:
        return {}
    verdict = Verdict(matter.chosen)
    wanted = {each.number for each in photos}
    pairs = zip(verdict.photos, verdict.why, strict=True)
    return {each.number: why for each, why in pairs if each.number in wanted}


def _showing(matter: Matter, photos: Sequence[Facts], thing: str) -> _Target:
    chances = matter.chances(thing, photos)
    if not chances:
        return _Target([], {}, f"I can't tell which of them show {quotation(thing)}.")
    found = [each for each in photos if chances.get(each.number, 0.0) >= _FLOOR]
    why = {each.number: f"shows {thing} ({chances[each.number]:.2f})" for each in found}
    return _Target(found, why)


def _of_groups(matter: Matter, part: Part, photos: Sequence[Facts]) -> _Target:
    """The best of each group, or, to reject, all but the best."""
    groups = matter.alike(photos, part.alike or "similar")
    none = _Target([], {}, "No two of them are nearly the same.")
    if part.act == "reject" and not part.degree:
        spared = [each for each in spare(groups) if each.act == "reject"]
        why = {number: each.reason for each in spared for number in each.photos}
        return _Target(matter.album.of(why), why) if why else none
    leading = [_leading(part, matter.album.of(group.photos)) for group in groups]
    found = [each for target in leading for each in target.photos]
    why = {number: said for target in leading for number, said in target.why.items()}
    return _Target(found, why, leading[0].note) if found else none


# -- others ----------------------------------------------------------------------------------------


def delete(matter: Matter) -> Reply:
    """Nothing is deleted from here: what is meant can be rejected."""
    target = _target(matter, matter.said, set())
    named_or_fit = matter.said.photos or matter.said.faults or matter.said.degree
    photos = target.photos if named_or_fit or len(matter.chosen) == 1 else []
    text = (
        "I delete nothing. I can propose to reject photos; in the grid, `d` moves them to the "
        "trash, and `u` takes that back."
    )
    if matter.said.says("duplicates"):
        photos = _of_groups(
            matter, Part(act="reject", alike=matter.said.alike), matter.subjects
        ).photos
    if not photos or matter.said.says("not"):
        return Reply(text)
    proposal = Proposal(act="reject", photos=tuple(each.number for each in photos))
    return Reply(paragraphs(text, f"Shall {named(photos)} be rejected?"), (proposal,))


def find(matter: Matter) -> Reply:
    """A search of the library, and which photos of the conversation it would find."""
    thing = one_line(matter.said.thing or matter.said.purpose, LONGEST_TEXT)
    if not thing:
        return Reply("What shall I look for? For example: “find photos of a dog on a beach”.")
    here = ""
    chances = matter.chances(thing, matter.chosen)
    found = matter.album.of(number for number in chances if chances[number] >= _FLOOR)
    if found:
        here = f"Of those in this conversation, {named(found)} probably show that."
    proposal = Proposal(act="search", text=thing.replace('"', "'"))
    return Reply(
        paragraphs(f"I propose to search the library for {quotation(thing)}.", here), (proposal,)
    )


def rename(matter: Matter) -> Reply:
    """Another name for the tab."""
    name = one_line(matter.said.quoted or _after_tab(matter), LONGEST_TEXT)
    if not name:
        return Reply("What shall the tab be called? For example: rename this tab to “Beach day”.")
    if matter.conversation.tab is None:
        return Reply("This conversation is about no tab; open the chat from a tab of photos.")
    proposal = Proposal(act="rename", text=name.replace('"', "'"))
    return Reply(f"I propose to call the tab {quotation(name)}.", (proposal,))


def _after_tab(matter: Matter) -> str:
    """What stands behind the word for the tab, as it was typed."""
    question = matter.conversation.question
    words = matter.wish.reading.words
    places = [place for place, word in enumerate(words) if word.concept == "tab"]
    rest = list(words[places[-1] + 1 :]) if places else []
    while rest and rest[0].text in ("to", "as", "into"):
        rest.pop(0)
    return question.text[rest[0].start : rest[-1].end] if rest and question is not None else ""
