"""Answers about which photo is better, and why."""

from __future__ import annotations

from collections.abc import Sequence

from tui_selector.analysis.quality.judge import Judgement, judge
from tui_selector.chat.assistant.aspects import ASPECTS, Aspect, Order, ordered, size_of, untold
from tui_selector.chat.assistant.facts import Facts
from tui_selector.chat.assistant.matter import Matter, Reply
from tui_selector.chat.assistant.saying import (
    capital,
    joined,
    listed,
    many,
    named,
    paragraphs,
    sentence,
)

#: How sure a judgement must be to be called certain, and likely.
_CERTAIN, _LIKELY = 0.9, 0.7
#: What a photo shows at least as likely for it to be told, and the most that is told.
_SHOWN, _MOST_TAGS = 0.4, 3

TECHNIQUE = "I compare technique only: not expression, composition or the moment."


class Verdict:
    """Photos from the best to the worst by everything that was measured."""

    def __init__(self, photos: Sequence[Facts]) -> None:
        """
        Args:
            photos: Two and more; those that were not measured are set apart.

        Attributes:
            photos: The best first.
            why: For each of them, what speaks for and against it.
            confidence: That the first is the best, 0 to 1.
            unknown: Those that were not measured.
        """
        known = [each for each in photos if each.measured is not None]
        found: Judgement = judge([each.quality for each in known if each.quality is not None])
        self.photos = [known[place] for place in found.order]
        self.why = ["; ".join(found.reasons[place]) for place in found.order]
        self.confidence = found.confidence
        self.unknown = [each for each in photos if each.measured is None]

    def lines(self) -> list[str]:
        """A line for each photo, with what speaks for and against it."""
        said = [
            f"{each.called}: {why or 'nothing stands out'}"
            for each, why in zip(self.photos, self.why, strict=True)
        ]
        return said + [f"{each.called}: {each.unmeasured}" for each in self.unknown]


def best(matter: Matter) -> Reply:
    """Which photo is the better one, or has most of something."""
    photos, said = matter.subjects, matter.said
    if len(photos) < 2:
        photos = matter.chosen
    if len(photos) < 2:
        return _too_few(matter, photos)
    name = said.aspect.removeprefix("-")
    turned = said.aspect.startswith("-")
    note = ""
    if said.thing and name == "good":
        photos, note = _showing(matter, photos)
    if name in ASPECTS:
        return Reply(_by_aspect(photos, ASPECTS[name], most=not turned, count=said.count or 1))
    if len(photos) < 2:
        return Reply(paragraphs(note, capital(f"{named(photos)} is the one.") if photos else ""))
    verdict = Verdict(photos)
    differs = differ(matter, photos)
    told = leader(verdict, said.count or 1, worst=turned, differs=differs)
    return Reply(paragraphs(note, told, _caution(differs)))


def _by_aspect(photos: Sequence[Facts], aspect: Aspect, *, most: bool, count: int) -> str:
    order = ordered(photos, aspect, most=most)
    lines = [f"{each.called}: {aspect.say(each)}" for each in order.photos]
    lines += [f"{each.called}: can't tell, {untold(each, aspect)}" for each in order.unknown]
    if not order.photos:
        return paragraphs(f"I can't tell which is the {_called(aspect, most=most)}:", listed(lines))
    return paragraphs(_first(order, aspect, most=most, count=count), listed(lines))


def _called(aspect: Aspect, *, most: bool) -> str:
    return aspect.most if most else aspect.least


def _first(order: Order, aspect: Aspect, *, most: bool, count: int) -> str:
    """The sentence on who comes first."""
    name = _called(aspect, most=most)
    if order.tied > max(count, 1):
        leading = sorted(order.photos[: order.tied], key=lambda each: each.number)
        return f"{capital(named(leading))} share the first place: no real difference."
    leading = order.photos[:count]
    be = "are" if len(leading) > 1 else "is"
    names = name if name.startswith("one ") or len(leading) == 1 else f"{name} ones"
    return f"**{capital(named(leading))}** {be} the {names}."


def leader(verdict: Verdict, count: int = 1, *, worst: bool = False, differs: bool = False) -> str:
    """Who comes first, how sure that is, and what speaks for and against each.

    Args:
        verdict: On the photos.
        count: How many are wanted.
        worst: Whether the last one is asked for.
        differs: Whether they may show different things.
    """
    if not verdict.photos:
        head = "I can't tell: nothing could be measured of any of them."
        return paragraphs(head, listed(verdict.lines()))
    if worst:
        return paragraphs(
            f"**{capital(named(verdict.photos[-1:]))}** is technically the weakest.",
            listed(reversed(verdict.lines())),
        )
    leading = named(verdict.photos[:count])
    first = "better one" if len(verdict.photos) == 2 else "best"
    if count > 1:
        head = f"Technically the best are **{leading}**."
    elif differs and verdict.confidence > 0:
        head = f"Technically **{leading}** is ahead."
    elif verdict.confidence >= _CERTAIN:
        head = f"**{capital(leading)}** is the {first}, technically; the lead is clear."
    elif verdict.confidence >= _LIKELY:
        head = f"**{capital(leading)}** is probably the {first}, technically."
    elif verdict.confidence > 0:
        head = (
            f"Too close to call: **{leading}** leads by a hair (I am "
            f"{verdict.confidence:.0%} sure; 50% is a tossed coin)."
        )
    else:
        head = "I can't tell which is better: nothing that was measured makes a difference."
    return paragraphs(head, listed(verdict.lines()))


def differ(matter: Matter, photos: Sequence[Facts]) -> bool:
    """Whether photos are not known to show the same, so that technique says little of them."""
    photos = [each for each in photos if each.measured is not None]
    if matter.sources.alike is None or len(photos) < 2:
        return False
    groups = [set(group.photos) for group in matter.alike(photos)]
    return not any(group.issuperset(each.number for each in photos) for group in groups)


def _caution(differs: bool) -> str:
    """What the comparison does not know."""
    if differs:
        return (
            "I am not sure that all of them show the same; between different motifs technique "
            f"says little. {TECHNIQUE}"
        )
    return TECHNIQUE


def _showing(matter: Matter, photos: list[Facts]) -> tuple[list[Facts], str]:
    """Those of some photos that show what the question speaks of, and a note about it."""
    chances = matter.chances(matter.said.thing, photos)
    some = [each for each in photos if chances.get(each.number, 0.0) >= 0.5]
    if not some:
        return photos, ""
    return some, f"Of those that show {matter.said.thing}: {named(some)}."


def _too_few(matter: Matter, photos: Sequence[Facts]) -> Reply:
    if not photos:
        return Reply(no_photos(matter))
    return Reply(
        f"There is only {photos[0].called} to look at; to compare I need two or more. "
        "Mark others in the grid and add them to the conversation."
    )


def no_photos(matter: Matter) -> str:
    """What is said where no photo is there to speak about."""
    asked = joined([str(number) for number in matter.said.photos])
    if asked and matter.album.facts:
        return f"There is no photo {asked} here; there are {many(len(matter.album.facts))}."
    return "There is no photo in this conversation: mark some in the grid and add them."


def why(matter: Matter) -> Reply:
    """Why one is better: the comparison, with its reasons in a sentence each."""
    photos = matter.subjects
    if len(photos) < 2:
        photos = matter.chosen
    if len(photos) < 2:
        return _too_few(matter, photos)
    name = matter.said.aspect.removeprefix("-")
    if name in ASPECTS:
        most = not matter.said.aspect.startswith("-")
        return Reply(_by_aspect(photos, ASPECTS[name], most=most, count=1))
    verdict = Verdict(photos)
    if not verdict.photos:
        return Reply(leader(verdict))
    lines = [
        f"{each.called}: {sentence(reasons or 'nothing stands out')}"
        for each, reasons in zip(verdict.photos, verdict.why, strict=True)
    ]
    return Reply(
        paragraphs(
            f"Because of what was measured, {named(verdict.photos[:1])} first:",
            listed(lines),
            "Sharpness counts most (at the eyes where there are faces), then eyes, exposure, "
            "resolution and noise.",
        )
    )


def sort(matter: Matter) -> Reply:
    """Photos in order."""
    photos = matter.subjects
    if len(photos) < 2:
        return _too_few(matter, photos)
    name = matter.said.aspect.removeprefix("-") or ("new" if matter.said.says("time") else "")
    most = not matter.said.aspect.startswith("-")
    if name in ASPECTS:
        order = ordered(photos, ASPECTS[name], most=most)
        lines = [f"{each.called}: {ASPECTS[name].say(each)}" for each in order.photos]
        lines += [f"{each.called}: can't tell" for each in order.unknown]
        return Reply(paragraphs("From first to last:", listed(lines)))
    verdict = Verdict(photos)
    return Reply(paragraphs("From the best to the weakest:", listed(verdict.lines()), TECHNIQUE))


def compare(matter: Matter) -> Reply:
    """What sets photos apart, one signal after the other."""
    photos = matter.subjects
    if len(photos) < 2:
        return _too_few(matter, photos)
    lines = []
    for name in ("sharp", "exposed", "colourful", "noise", "people"):
        aspect = ASPECTS[name]
        said = [f"{each.number}: {aspect.say(each)}" for each in photos]
        if len({aspect.say(each) for each in photos}) > 1:
            lines.append(f"{_TITLES[name]}: {'; '.join(said)}")
    sizes = {size_of(each) for each in photos}
    if len(sizes) > 1:
        lines.append("size: " + "; ".join(f"{each.number}: {size_of(each)}" for each in photos))
    lines += _times(photos)
    shown = [f"{each.number}: {tags}" for each in photos if (tags := _tags(each))]
    if shown:
        lines.append("shows: " + "; ".join(shown))
    verdict = Verdict(photos)
    differs = differ(matter, photos)
    return Reply(
        paragraphs(
            f"{capital(named(photos))}:",
            listed(lines),
            leader(verdict, differs=differs),
            _caution(differs),
        )
    )


_TITLES = {
    "sharp": "sharpness",
    "exposed": "light",
    "colourful": "colour",
    "noise": "noise",
    "people": "faces",
}


def _times(photos: Sequence[Facts]) -> list[str]:
    """How far apart photos were taken."""
    times = [each.photo.taken for each in photos if each.photo.taken is not None]
    if len(times) < len(photos):
        return []
    apart = max(times) - min(times)
    if apart < 120:
        return [f"time: {apart:.1f} s apart"]
    units = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"))
    size, unit = next((each for each in units if apart >= 2 * each[0]), units[-1])
    return [f"time: {many(round(apart / size), unit)} apart"]


def _tags(facts: Facts) -> str:
    """What it shows, as far as tags say."""
    names = [tag.name for tag in facts.tags if tag.source in ("model", "owner")]
    sure = {tag.name for tag in facts.tags if tag.score >= _SHOWN}
    return ", ".join([name for name in names if name in sure][:_MOST_TAGS])
