"""Answers about what is wrong with photos, and which of them are nearly the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui_selector.analysis.cull import signals
from tui_selector.analysis.cull.language import Rule
from tui_selector.analysis.cull.shots import Alike
from tui_selector.chat.assistant.facts import Facts
from tui_selector.chat.assistant.matter import Matter, Reply
from tui_selector.chat.assistant.saying import capital, joined, listed, named, paragraphs, sentence
from tui_selector.chat.proposals import Proposal
from tui_selector.library.quality import Blur

#: What "wrong" looks for.
EVERY = ("blurry", "dark", "bright", "low-information", "noisy", "closed-eyes", "screenshots",
         "documents", "small")  # fmt: skip

#: Faults in words: of one photo, and a search that finds the same in the whole library.
_WORDS = {
    "blurry": ("blurred", "blurry"),
    "out-of-focus": ("out of focus", "out of focus"),
    "dark": ("too dark", "underexposed"),
    "bright": ("overexposed", "overexposed"),
    "low-information": ("empty", "tag:blank"),
    "noisy": ("noisy", "noisy"),
    "screenshots": ("a screenshot", "tag:screenshot"),
    "documents": ("a page of text", "tag:document"),
    "closed-eyes": ("with an eye that may be closed", ""),
    "small": ("small", ""),
}


def fault_of(facts: Facts, rule: str) -> str:
    """Why a rule fits a photo, in a sentence; "" where it does not, or nobody can tell."""
    return signals.reason(Rule(rule), facts.quality) or ""


def faults_of(facts: Facts, rules: Iterable[str] = EVERY) -> list[str]:
    """Why some rules fit a photo, a sentence each."""
    return [said for rule in rules if (said := fault_of(facts, rule))]


def cannot_tell(facts: Facts, rule: str) -> str:
    """Why nobody can tell whether a rule fits a photo; "" where one can."""
    quality = facts.measured
    if quality is None:
        return facts.unmeasured
    if rule in ("blurry", "out-of-focus") and quality.blur is Blur.UNKNOWN:
        return "it has too little detail"
    if rule == "noisy" and quality.noise is None:
        return "nothing in it is flat"
    if rule == "closed-eyes":
        if quality.faces is None:
            return "nobody has looked for faces in it yet"
        if not quality.faces:
            return "no face was found; those turned away or small are not seen"
        if quality.eyes is None:
            return "its faces are too small"
    return ""


def faults(matter: Matter) -> Reply:
    """Which photos have a fault, with the numbers."""
    photos, said = matter.subjects, matter.said
    rules = [rule for fault in said.faults for rule in (EVERY if fault == "wrong" else (fault,))]
    rules = list(dict.fromkeys(rules))
    if not photos:
        return Reply(_in_library(rules))
    found = {each.number: faults_of(each, rules) for each in photos}
    having = [each for each in photos if found[each.number]]
    what = joined([_WORDS[rule][0] for rule in rules], "or") if len(rules) < 3 else "at fault"
    lines = [f"{each.called}: {' '.join(found[each.number])}" for each in having]
    unknown = _unknown(photos, having, rules)
    if not having:
        known = [each for each in photos if each.number not in {u.number for u, _ in unknown}]
        head = f"None of them is {what}." if len(known) > 1 else ""
        if len(known) == 1:
            head = f"{capital(named(known))} is not {what}."
    elif len(photos) == 1:
        head = f"Yes, {photos[0].called} is {what}:"
    else:
        head = f"{capital(named(having))} {'is' if len(having) == 1 else 'are'} {what}:"
    blind = [f"{each.called}: can't tell, {why}" for each, why in unknown]
    eyes = "closed-eyes" in rules and not having and not unknown
    opened = (
        "An eye was found on every prominent face; that is a hint, not a proof." if eyes else ""
    )
    return Reply(paragraphs(head, listed([*lines, *blind]), opened))


def _unknown(
    photos: Sequence[Facts], having: Sequence[Facts], rules: Sequence[str]
) -> list[tuple[Facts, str]]:
    """Photos of which nobody can tell, and why; with many rules, only those not measured."""
    some = rules if len(rules) < 3 else ("small",)
    return [
        (each, why)
        for each in photos
        if each not in having
        and (why := next(filter(None, (cannot_tell(each, r) for r in some)), ""))
    ]


def _in_library(rules: Sequence[str]) -> str:
    searches = [_WORDS[rule][1] for rule in rules if _WORDS[rule][1]]
    hint = (
        f" Search for {joined([f'“{each}”' for each in searches[:3]], 'or')} to see"
        if searches
        else ""
    )
    return (
        "There is no photo in this conversation; mark some and add them."
        + (f"{hint} what the whole library has." if hint else "")
    )  # fmt: skip


_NONE = {
    "duplicate": "No two of them are the same picture.",
    "similar": "No two of them are nearly the same.",
}


def duplicates(matter: Matter) -> Reply:
    """Which photos are nearly the same."""
    photos = matter.subjects
    if len(photos) < 2:
        return Reply(
            "To find photos that are nearly the same I need two or more here; for the whole "
            "library there is the groups screen."
        )
    setting = matter.said.alike or "similar"
    groups = matter.alike(photos, setting)
    blind = (
        "Nothing compares pictures at the moment; I have looked for the same bytes only."
        if matter.sources.alike is None
        else ""
    )
    if not groups:
        more = "" if setting == "similar" else "Ask “which are similar?” to look less strictly."
        return Reply(paragraphs(f"{_NONE[setting]} {more}".strip(), blind))
    texts = [_group(group, matter) for group in groups]
    left = [each for each in photos if not any(each.number in group.photos for group in groups)]
    alone = (
        f"{capital(named(left))} {'is' if len(left) == 1 else 'are'} like no other." if left else ""
    )
    return Reply(paragraphs(*texts, alone, blind), spare(groups) if setting == "duplicate" else ())


def _group(group: Alike, matter: Matter) -> str:
    members = matter.album.of(group.photos)
    kind = {"similar": "the same motif"}.get(group.kind, group.kind)
    lines = [
        f"{each.called}: {why or 'the same'}"
        for each, why in zip(members, group.reasons, strict=False)
    ]
    stays = "It must stay whole." if group.protected else ""
    return paragraphs(
        f"**{capital(named(members))}**: {kind}. {sentence(group.why)} {stays}".strip(),
        listed(lines),
    )


def spare(groups: Iterable[Alike]) -> tuple[Proposal, ...]:
    """Keep the best of each group, reject the others; sets that must stay whole are left alone."""
    found: list[Proposal] = []
    for group in groups:
        if not group.protected and len(group.photos) > 1:
            best, *others = group.photos
            why = group.reasons[0] if group.reasons else ""
            found.append(Proposal(act="keep", photos=(best,), reason=why))
            found.append(
                Proposal(
                    act="reject", photos=tuple(others), reason=f"nearly the same as photo {best}"
                )
            )
    return tuple(found)
