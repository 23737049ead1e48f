"""Answers about single photos: what they show, when, where, with what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from tui_selector.chat.assistant.aspects import ASPECTS, size_of, time_of
from tui_selector.chat.assistant.comparing import no_photos
from tui_selector.chat.assistant.facts import Facts
from tui_selector.chat.assistant.faults import faults, faults_of
from tui_selector.chat.assistant.matter import Matter, Reply
from tui_selector.chat.assistant.saying import (
    called,
    capital,
    joined,
    listed,
    many,
    named,
    paragraphs,
    quotation,
)
from tui_selector.library.photo import PRESENT, Flag

#: Most tags that are told of a photo, and the least score of one.
_MOST_TAGS, _LEAST = 8, 0.3
#: Where tags come from that say what a photo shows, and those that say what it is like.
_SEEN, _MEASURED = ("model", "owner"), ("pixels", "exif")
_NO_TAGS = "can't tell, it has no tags"
_UNSEEN = "can't tell, nothing is recognised with certainty"
#: Chance from which photos count as showing something.
_FLOOR = 0.5

_FLAGS = {Flag.PICK: "picked", Flag.NONE: "undecided", Flag.REJECT: "rejected"}


def _each(matter: Matter, say: Callable[[Facts], str]) -> Reply:
    """One line for each photo that the question is about."""
    photos = matter.subjects
    if not photos:
        return Reply(no_photos(matter))
    if len(photos) == 1:
        return Reply(f"{capital(photos[0].called)}: {say(photos[0])}.")
    return Reply(listed(f"{each.called}: {say(each)}" for each in photos))


def describe(matter: Matter) -> Reply:
    """All that is known of photos."""
    photos = matter.subjects
    if not photos:
        return Reply(no_photos(matter))
    if len(photos) > 4:
        return _each(matter, _briefly)
    blind = (
        ""
        if any(each.caption for each in photos)
        else ("I do not see the pictures: this is what was measured and what the files say.")
    )
    return Reply(paragraphs(*map(_whole, photos), blind))


def _whole(facts: Facts) -> str:
    quality = facts.measured
    lines = [f"shows: {_tags(facts, _SEEN) or _UNSEEN}"]
    if others := _tags(facts, _MEASURED):
        lines.append(f"tags: {others}")
    if facts.caption is not None:
        lines.append(f"{called(facts.caption.author)} says: {quotation(facts.caption.text)}")
    if quality is not None:
        technique = [ASPECTS[name].say(facts) for name in ("sharp", "exposed", "colourful")]
        lines.append("technique: " + "; ".join(technique))
        if quality.faces is not None:
            lines.append(_faces(facts))
    else:
        lines.append(f"technique: {facts.unmeasured}")
    wrong = faults_of(facts)
    if wrong:
        lines.append("mind: " + " ".join(wrong))
    lines.append(f"{time_of(facts)}; {_camera(facts)}; {size_of(facts)}")
    state = [_FLAGS[facts.photo.flag]] if facts.photo.flag is not Flag.NONE else []
    state += [f"{facts.photo.rating} stars"] if facts.photo.rating else []
    state += [f"in the tab {called(facts.tab)}"] if facts.tab else []
    if state:
        lines.append(", ".join(state))
    return paragraphs(f"**{capital(facts.called)}**, {called(facts.photo.name)}", listed(lines))


def _briefly(facts: Facts) -> str:
    parts = [
        _tags(facts) or _NO_TAGS,
        ASPECTS["sharp"].say(facts),
        *faults_of(facts, ("dark", "bright")),
    ]
    return "; ".join(part.rstrip(".") for part in parts)


def _tags(facts: Facts, sources: Collection[str] = (*_SEEN, *_MEASURED)) -> str:
    """What tags of some sources say, with how sure that is; "" where there are none."""
    found = [tag for tag in facts.tags if tag.score >= _LEAST and tag.source in sources]
    said = [
        f"{called(tag.name).strip('`')}" + ("" if tag.source == "owner" else f" ({tag.score:.2f})")
        for tag in found[:_MOST_TAGS]
    ]
    return ", ".join(said)


def _faces(facts: Facts) -> str:
    quality = facts.measured
    if quality is None or quality.faces is None:
        return "faces: nobody has looked yet"
    if not quality.faces:
        return "faces: none found (those that are small or turned away are not seen)"
    eyes = (
        "eyes: can't tell"
        if quality.eyes is None
        else f"an eye found on {quality.eyes} of {quality.prominent} prominent ones"
    )
    return f"faces: {quality.faces} found, {eyes}"


def _camera(facts: Facts) -> str:
    metadata = facts.metadata
    parts = [called(each) for each in (metadata.camera, metadata.lens) if each]
    return " with ".join(parts) or "its file names no camera"


def _exposure(facts: Facts) -> str:
    metadata = facts.metadata
    parts = []
    if seconds := metadata.exposure_time:
        parts.append(f"1/{1 / seconds:.0f} s" if seconds < 0.4 else f"{seconds:g} s")
    if metadata.f_number:
        parts.append(f"f/{metadata.f_number:g}")
    if metadata.iso:
        parts.append(f"ISO {metadata.iso}")
    if metadata.focal_length:
        parts.append(f"{metadata.focal_length:g} mm")
    return ", ".join(parts) or "its file does not say how it was exposed"


def camera(matter: Matter) -> Reply:
    """Which camera, lens and exposure."""
    return _each(matter, lambda facts: f"{_camera(facts)}; {_exposure(facts)}")


def when(matter: Matter) -> Reply:
    """When photos were taken, and how far apart."""
    reply = _each(matter, time_of)
    known = [each for each in matter.subjects if each.photo.taken is not None]
    if len(known) < 2:
        return reply
    known.sort(key=lambda each: each.photo.taken or 0.0)
    apart = (known[-1].photo.taken or 0.0) - (known[0].photo.taken or 0.0)
    first = f"{capital(known[0].called)} is the first, {known[-1].called} the last"
    return Reply(paragraphs(reply.text, f"{first}; {_duration(apart)} lie between them."))


def _duration(seconds: float) -> str:
    for size, unit in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= 2 * size:
            return many(round(seconds / size), unit)
    return f"{seconds:.1f} s"


def where(matter: Matter) -> Reply:
    """Where photos were taken, as their files say."""
    reply = _each(matter, _place)
    if any(each.metadata.latitude is not None for each in matter.subjects):
        return reply
    return Reply(
        paragraphs(reply.text, "I do not recognise places by what they look like.")
        if matter.subjects
        else reply.text
    )


def _place(facts: Facts) -> str:
    metadata = facts.metadata
    if metadata.latitude is None or metadata.longitude is None:
        return "its file has no position"
    north = "N" if metadata.latitude >= 0 else "S"
    east = "E" if metadata.longitude >= 0 else "W"
    said = f"{abs(metadata.latitude):.5f}° {north}, {abs(metadata.longitude):.5f}° {east}"
    return said if metadata.altitude is None else f"{said}, {metadata.altitude:.0f} m high"


def size(matter: Matter) -> Reply:
    """How large photos are."""
    return _each(matter, lambda each: f"{size_of(each)}, {each.photo.size / 1e6:.1f} MB")


def name(matter: Matter) -> Reply:
    """What files are called."""
    return _each(matter, lambda facts: called(facts.photo.path))


def tags(matter: Matter) -> Reply:
    """The tags of photos, with how sure they are."""
    return _each(matter, lambda facts: _tags(facts) or _NO_TAGS)


def text(matter: Matter) -> Reply:
    """What is written in photos."""

    def written(facts: Facts) -> str:
        lines = matter.album.catalog.texts.lines(facts.photo.hash or b"")
        if not lines:
            return "no text was read in it (it is read only where a reader is installed)"
        return quotation(" / ".join(line.text for line in lines))

    return _each(matter, written)


def aspect(matter: Matter) -> Reply:
    """How sharp, bright, colourful … photos are."""
    said = matter.said.aspect.removeprefix("-")
    if said in ASPECTS:
        return _each(matter, ASPECTS[said].say)
    photos = matter.subjects
    if not photos:
        return Reply(no_photos(matter))

    def judged(facts: Facts) -> str:
        if facts.measured is None:
            return facts.unmeasured
        wrong = faults_of(facts)
        return (
            " ".join(wrong).rstrip(".")
            if wrong
            else (
                f"technically fine: {ASPECTS['sharp'].say(facts)}; {ASPECTS['exposed'].say(facts)}"
            )
        )

    reply = _each(matter, judged)
    return Reply(paragraphs(reply.text, "Whether it moves anybody is for you to say."))


def people(matter: Matter) -> Reply:
    """How many faces were found."""
    return _each(matter, lambda facts: _faces(facts).removeprefix("faces: ") + _who(facts))


def _who(facts: Facts) -> str:
    names = [called(each) for each in facts.metadata.faces if each]
    return f"; marked in the file: {joined(names)}" if names else ""


def flags(matter: Matter) -> Reply:
    """What the owner has decided."""

    def decided(facts: Facts) -> str:
        stars = f", {many(facts.photo.rating, 'star')}" if facts.photo.rating else ""
        label = f", {facts.photo.label}" if facts.photo.label else ""
        return f"{_FLAGS[facts.photo.flag]}{stars}{label}"

    return _each(matter, decided)


def count(matter: Matter) -> Reply:
    """How many photos there are, or how many show something."""
    photos, said = matter.subjects, matter.said
    if said.thing:
        return Reply(_showing(matter, photos, said.thing))
    if said.says("people", "eyes"):
        return people(matter)
    if said.says("tab"):
        return Reply(_in_tab(matter))
    if said.says("album") or not matter.chosen:
        present = matter.album.catalog.photos.count(*PRESENT)
        return Reply(f"The library has {many(present)}.")
    if said.says("fault"):
        return faults(matter)
    if said.says("flags"):
        counts = [(flag, [e for e in photos if e.photo.flag is flag]) for flag in _FLAGS]
        parts = [f"{len(some)} {_FLAGS[flag]} ({named(some)})" for flag, some in counts if some]
        return Reply(f"{capital('; '.join(parts))}.")
    gone = matter.album.gone
    left = f" {many(len(gone))} of the conversation are no longer here." if gone else ""
    return Reply(f"This question is about {many(len(photos))}: {named(photos)}.{left}")


def _in_tab(matter: Matter) -> str:
    tab = matter.conversation.tab
    if tab is None:
        return "This conversation is about no tab."
    return f"The tab has {many(len(matter.album.catalog.tabs.photo_ids(tab)))}."


def contains(matter: Matter) -> Reply:
    """Which photos show something."""
    photos = matter.subjects
    if not photos:
        return Reply(no_photos(matter))
    return Reply(_showing(matter, photos, matter.said.thing))


def _showing(matter: Matter, photos: Sequence[Facts], thing: str) -> str:
    chances = matter.chances(thing, photos)
    if not chances:
        having = [each for each in photos if each.tag(thing.casefold()) >= _LEAST]
        if having:
            return f"{capital(named(having))} {'has' if len(having) == 1 else 'have'} that tag."
        return f"I can't tell: no model that knows words can look for {quotation(thing)} now."
    ranked = sorted(chances, key=lambda number: -chances[number])
    having = matter.album.of(number for number in ranked if chances[number] >= _FLOOR)
    lines = [f"photo {number}: chance {chances[number]:.2f}" for number in ranked]
    by = f" ({matter.sources.model})" if matter.sources.model else ""
    if having:
        be = "shows" if len(having) == 1 else "show"
        ordered = sorted(having, key=lambda each: each.number)
        head = f"{capital(named(ordered))} probably {be} {quotation(thing)}:"
    else:
        head = f"None of them probably shows {quotation(thing)}; the nearest:"
        lines = lines[:3]
    return paragraphs(
        head, listed(lines), f"By the model that searches{by}; 0.5 is an even chance."
    )
