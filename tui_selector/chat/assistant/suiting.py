"""Answers about what photos are good for."""

from __future__ import annotations

from typing import NamedTuple

from tui_selector.analysis.cull.signals import worth
from tui_selector.chat.assistant.comparing import no_photos
from tui_selector.chat.assistant.facts import Facts
from tui_selector.chat.assistant.faults import faults_of
from tui_selector.chat.assistant.matter import Matter, Reply
from tui_selector.chat.assistant.purposes import Purpose, purpose_of
from tui_selector.chat.assistant.saying import capital, joined, listed, named, paragraphs, sentence

#: Scores from which a photo suits, and below which it does not.
SUITS, UNFIT = 0.6, 0.35
#: Chance from which a photo shows something, and the score where nothing that is wanted is found.
_FLOOR, _NOTHING = 0.5, 0.25
#: What a face counts where people are wanted, and where they are welcome.
_FACES, _FACES_ALSO = 0.8, 0.5
#: Words that stand for people.
_PEOPLE = frozenset(("people", "person", "face", "portrait of a person"))
#: Most photos that are told one by one.
_MOST_LINES = 8
#: Most things that are named.
_MOST_NAMED = 3
#: Technical faults that spoil every use.
_SPOILING = ("blurry", "low-information", "screenshots", "documents", "dark", "bright")


class Fitness(NamedTuple):
    """How well a photo suits a use.

    Attributes:
        score: 0 to 1.
        reasons: What speaks for and against it.
    """

    score: float
    reasons: list[str]


def suitable(matter: Matter) -> Reply:
    """Which photos suit a use, the best first, and why."""
    photos = matter.subjects
    if not photos:
        return Reply(no_photos(matter))
    wanted = matter.said.purpose or matter.said.thing
    if not wanted:
        return Reply(
            "Suitable for what? For example: a children's album, a large print, a profile picture, "
            "a desktop background."
        )
    purpose = purpose_of(wanted)
    fitness = rate(matter, photos, purpose)
    ranked = sorted(photos, key=lambda each: -fitness[each.number].score)
    lines = [
        f"{each.called} {_verdict(fitness[each.number].score)} "
        f"({fitness[each.number].score:.2f}): {'; '.join(fitness[each.number].reasons)}"
        for each in ranked[:_MOST_LINES]
    ]
    rest = ranked[_MOST_LINES:]
    less = f"{capital(named(rest))}: at most {fitness[rest[0].number].score:.2f}." if rest else ""
    return Reply(
        paragraphs(_head(ranked, fitness, purpose), listed(lines), less, _caveat(matter, purpose))
    )


def _verdict(score: float) -> str:
    return "suits" if score >= SUITS else "hardly suits" if score < UNFIT else "may do"


def _head(ranked: list[Facts], fitness: dict[int, Fitness], purpose: Purpose) -> str:
    fit = [each for each in ranked if fitness[each.number].score >= SUITS]
    if len(ranked) == 1:
        score = fitness[ranked[0].number].score
        how = "Yes" if score >= SUITS else "Rather not" if score < UNFIT else "Perhaps"
        return f"{how}, for {purpose.name}:"
    if not fit:
        best = f"**{capital(ranked[0].called)}** comes nearest"
        return f"For {purpose.name} none of them is a clear choice. {best}."
    first = f"**{capital(ranked[0].called)}** suits {purpose.name} best."
    others = sorted(fit[1:], key=lambda each: each.number)
    return f"{first} {capital(named(others))} would do, too." if others else first


def _caveat(matter: Matter, purpose: Purpose) -> str:
    if purpose.shows and matter.sources.chances is None:
        return "No model that knows words is at hand: this goes by tags and technique."
    if purpose.looks >= 0.9:
        return "This goes by technique; whether the picture itself is right is for you to see."
    return (
        "This goes by what the model that searches finds in them, by faces and by technique. I do "
        "not see expressions, and what is not found may be there all the same."
    )


def rate(matter: Matter, photos: list[Facts], purpose: Purpose) -> dict[int, Fitness]:
    """How well each photo suits a use, by number."""
    shown = {text: matter.chances(text, photos) for text in (*purpose.shows, *purpose.also)}
    unfit = {text: matter.chances(text, photos) for text in purpose.unfit}
    return {
        each.number: _fitness(
            each,
            purpose,
            {text: found.get(each.number, 0.0) for text, found in shown.items()},
            {text: found.get(each.number, 0.0) for text, found in unfit.items()},
        )
        for each in photos
    }


def _fitness(
    facts: Facts, purpose: Purpose, shown: dict[str, float], unfit: dict[str, float]
) -> Fitness:
    reasons: list[str] = []
    technique = _technique(facts, purpose, reasons)
    score = technique
    if purpose.shows:
        content = _content(facts, purpose, shown, reasons)
        score = purpose.looks * technique + (1 - purpose.looks) * content
    against = {text: chance for text, chance in unfit.items() if chance >= _FLOOR}
    if against:
        score *= 1 - max(against.values())
        reasons.insert(0, f"may show {joined(_most(against), 'or')}")
    score *= _shape(facts, purpose, reasons) * _people(facts, purpose, reasons)
    return Fitness(round(min(max(score, 0.0), 1.0), 3), reasons)


def _most(chances: dict[str, float]) -> list[str]:
    ranked = sorted(chances, key=lambda text: -chances[text])
    return [f"{text} ({chances[text]:.2f})" for text in ranked[:_MOST_NAMED]]


def _content(facts: Facts, purpose: Purpose, shown: dict[str, float], reasons: list[str]) -> float:
    """How likely it shows what the use wants."""
    chances = {text: max(chance, facts.tag(text)) for text, chance in shown.items()}
    found = {text: chance for text, chance in chances.items() if chance >= _FLOOR}
    quality = facts.measured
    has_faces = quality is not None and bool(quality.faces)
    said = [f"shows {joined(_most(found))}"] if found else []
    content = max(
        (chance if text in purpose.shows else chance / 2 for text, chance in found.items()),
        default=0.0,
    )
    if has_faces and not _PEOPLE.isdisjoint((*purpose.shows, *purpose.also)):
        content = max(content, _FACES_ALSO if _PEOPLE.isdisjoint(purpose.shows) else _FACES)
        said.append("a face was found")
    reasons.insert(0, "; ".join(said) or "nothing that would be wanted was found in it")
    return max(content, _NOTHING)


def _technique(facts: Facts, purpose: Purpose, reasons: list[str]) -> float:
    """Sharpness and exposure, and whether there are pixels enough."""
    quality = facts.measured
    wrong = faults_of(facts, _SPOILING)
    reasons += [said.rstrip(".") for said in wrong]
    if quality is None:
        reasons.append(facts.unmeasured)
        return 0.5
    score = worth(quality)
    if not wrong and score >= 0.6:
        reasons.append("technically fine")
    elif not wrong:
        reasons.append("not very sharp" if quality.sharpness is not None else "little detail")
    if wrong:
        score *= 0.5
    longest = max(facts.photo.width, facts.photo.height)
    if purpose.side and longest:
        if longest < purpose.side:
            score *= max(longest / purpose.side, 0.2)
            reasons.append(f"only {longest} pixels long, {purpose.side} would be good")
        else:
            reasons.append(f"{longest} pixels are enough")
    return score


def _shape(facts: Facts, purpose: Purpose, reasons: list[str]) -> float:
    if not purpose.shape or not facts.photo.width:
        return 1.0
    ratio = facts.photo.width / facts.photo.height
    shape = "square" if 0.94 < ratio < 1.06 else "landscape" if ratio > 1 else "portrait"
    if shape == purpose.shape:
        reasons.append(f"{shape} as it should be")
        return 1.0
    reasons.append(f"{shape}, not {purpose.shape}")
    return 0.6


def _people(facts: Facts, purpose: Purpose, reasons: list[str]) -> float:
    """Whether there are as many faces as there should be, with their eyes open."""
    quality = facts.measured
    if purpose.faces is None or quality is None or quality.faces is None:
        return 1.0
    least, most = purpose.faces
    if not least <= quality.faces <= most:
        reasons.append(f"{quality.faces or 'no'} face{'' if quality.faces == 1 else 's'} found")
        return 0.4 if quality.faces else 0.3
    if quality.eyes is not None and quality.eyes < (quality.prominent or 0):
        reasons.append(sentence("no open eye was found, which is a hint").rstrip("."))
        return 0.7
    reasons.append("one face, eyes found" if quality.eyes else "one face")
    return 1.0
