"""The words that the assistant knows, and what each of them means to it.

A meaning is a concept and a value: "sharpest" is `most` of `sharp`, "blurry" is the fault `blurry`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

Concept: TypeAlias = Literal[
    # what is asked
    "which", "what", "who", "why", "when", "where", "how", "amount", "is", "any",
    # what is compared: the value is an aspect, with "-" before it for the opposite
    "plain", "more", "most", "degree",
    # what is wrong: the value is a fault
    "fault", "duplicates",
    # what is done: the value of `decide` is an act
    "decide", "choose", "delete", "undo", "find", "rename", "sort", "compare", "describe", "suit",
    # what it is about
    "photo", "album", "tab", "group", "people", "eyes", "camera", "exposure", "time", "place",
    "size", "name", "tags", "flags", "mine", "others", "all", "both", "it", "them", "stars", "text",
    # numbers: the value is the number
    "number", "ordinal", "last",
    # small words
    "for", "without", "except", "and", "or", "not", "you", "should", "can", "modal", "of", "filler",
    # talk
    "edit", "help", "hello", "thanks", "yes", "identity", "see",
]  # fmt: skip


class Meaning(NamedTuple):
    """What a word or a phrase means."""

    concept: Concept
    value: str = ""


#: Aspects that photos are compared by: an adjective, its comparative and its superlative.
#: One that is only a comparative begins with a slash.
#: "-" before an aspect turns it round.
_DEGREES: dict[str, str] = {
    "good": (
        "good/better/best, //favourite, //favorite, //winner, nice/nicer/nicest, "
        "fine/finer/finest, great/greater/greatest, strong/stronger/strongest, "
        "pretty/prettier/prettiest, lovely/lovelier/loveliest, beautiful, cool/cooler/coolest, "
        "impressive, attractive, appealing, ok, okay, decent, perfect, superior, interesting, "
        "successful"
    ),
    "-good": "bad/worse/worst, poor/poorer/poorest, ugly/uglier/ugliest, weak/weaker/weakest",
    "sharp": (
        "sharp/sharper/sharpest, crisp/crisper/crispest, clear/clearer/clearest, focused, "
        "focussed, in focus, detailed, sharply, sharpness, focus"
    ),
    "-sharp": "soft/softer/softest, fuzzy/fuzzier/fuzziest, /blurrier/blurriest",
    "bright": "bright/brighter/brightest, light/lighter/lightest, brightness",
    "-bright": "dim/dimmer/dimmest, /darker/darkest",
    "colourful": (
        "colourful, colorful, vivid, saturated, vibrant, colour, color, colours, colors, saturation"
    ),
    "-colourful": "pale/paler/palest, dull/duller/dullest, desaturated",
    "contrast": "contrasty, contrast, punchy/punchier/punchiest",
    "-contrast": "flat/flatter/flattest",
    "noise": "/noisier/noisiest, /grainier/grainiest",
    "-noise": "clean/cleaner/cleanest",
    "large": "large/larger/largest, big/bigger/biggest",
    "-large": "/smaller/smallest, tiny/tinier/tiniest",
    "new": "new/newer/newest, recent, /later/latest",
    "-new": "old/older/oldest, early/earlier/earliest",
    "exposed": "exposed, exposure, lit, lighting",
}

#: Faults, as rules of `analysis.cull.language` call them, and how people call them; "-" before one
#: is that there is none.
FAULTS: dict[str, str] = {
    "blurry": (
        "blurry, blurred, blur, unsharp, not sharp, shaky, shaken, smeared, motion blur, "
        "motion blurred, blurriness, camera shake"
    ),
    "out-of-focus": "out of focus, unfocused, not in focus, defocused, misfocused",
    "dark": "dark, underexposed, under exposed, under-exposed, too dark, darkness",
    "bright": (
        "overexposed, over exposed, over-exposed, blown out, blown, burnt out, washed out, "
        "too bright, too light, clipped, burned out"
    ),
    "low-information": "blank, empty, lens cap, misfire, misfires, accidental",
    "noisy": "noisy, grainy, noise, grain",
    "screenshots": "screenshot, screenshots, screen shot, screen shots",
    "documents": "document, documents, receipt, receipts, invoice, paperwork",
    "closed-eyes": (
        "closed eyes, eyes closed, eyes are closed, eyes shut, shut eyes, blinking, blink, "
        "blinks, blinked, eye closed, closed their eyes, closed his eyes, closed her eyes"
    ),
    "small": "small, low resolution, low-resolution, low res, low-res, tiny files",
    "-closed-eyes": "open eyes, eyes open, eyes are open, eyes were open",
    "wrong": (
        "wrong, problem, problems, fault, faults, flaw, flaws, defect, defects, issue, issues, "
        "mistake, mistakes, technical problems, faulty, rubbish, junk, trash photos, unusable, "
        "failed, bad ones"
    ),
}

#: How much photos have in common: a setting of `library.groups`, and how people call it.
_ALIKE: dict[str, str] = {
    "duplicate": (
        "duplicate, duplicates, duplicated, dupes, dupe, copies, copy, same photo, identical, "
        "same picture, the same, twins, doubles, redundant, repeats, repeated"
    ),
    "similar": (
        "near duplicates, near-duplicates, nearly the same, almost the same, alike, similar, "
        "look the same, burst, bursts, series, lookalikes"
    ),
}

#: What is done to photos: an act of `chat.proposals`.
_ACTS: dict[str, str] = {
    "keep": "keep, keeping, keeper, keepers, kept, save, retain, pick, picking",
    "reject": (
        "reject, rejecting, discard, drop, ditch, dump, get rid of, throw away, throw out, "
        "throw, toss, leave out, lose, weed out, cull, sort out"
    ),
    "mark": "mark, marking, tick, highlight, flag",
    "rate": "rate, rating, star, give, score",
}

_WORDS: dict[Concept, str] = {
    "which": "which, wich, which one, which ones, whichever, what one, which of",
    "what": "what, whats",
    "who": "who, whom",
    "why": "why, are you sure, how come, what makes, reason, reasons, explain, how so, why so",
    "when": "when, how long, what time, what date, which day, what day, what year, how old",
    "where": "where, whereabouts",
    "how": "how, how much",
    "amount": "how many, number of, count, how often, amount of",
    "is": "is, are, was, were, does, do, did, has, have, had, isnt, arent, am, be, been, got",
    "any": "any, anything, anybody, anyone, some, there",
    "choose": (
        "choose, select, selecting, choosing, recommend, suggest, prefer, choice, selection, "
        "go with, take, advise, selects, recommendation, suggestion, decide, favour, favor, "
        "shortlist"
    ),
    "delete": "delete, remove, erase, trash, deleting, wipe, bin, destroy",
    "edit": "edit, crop, rotate, retouch, brighten, sharpen, straighten, enhance, resize",
    "undo": "undo, unmark, unflag, unpick, take back, take it back, revert, redo",
    "find": (
        "find, search, search for, look for, looking for, show, show me, list, get me, locate, "
        "display, finding, filter, bring up, identify, spot, point out, detect"
    ),
    "rename": "rename, call, title",
    "sort": "sort, order, rank, ranking, arrange, ordering, sorted",
    "compare": (
        "compare, comparison, difference, differences, differ, different, versus, vs, "
        "contrast them, compared, comparing, side by side, distinguish, pros and cons"
    ),
    "describe": (
        "describe, description, tell me about, tell me more, tell me, about, see in, talk about, "
        "what is this, info, information, details, facts, summary, summarise, summarize, "
        "caption, shows, shown, showing, depict, depicts, what do you think, opinion, thoughts, "
        "review, critique, assess, judge, evaluate, look like, contain, contains, going on, "
        "happening, visible, feedback, analyse, analyze, tell, everything you know"
    ),
    "suit": (
        "suitable, suit, suits, suited, appropriate, fit, fits, fitting, usable, use, used, "
        "work, works, right, acceptable, ideal, make, makes, proper, safe, include, belong, "
        "belongs, go in, go into, put, worthy, worth, qualify, eligible, unsuitable, "
        "inappropriate"
    ),
    "photo": (
        "photo, photos, picture, pictures, image, images, pic, pics, shot, shots, frame, frames, "
        "photograph, photographs, number, no, nr, img, ones, one, version, versions, foto, "
        "fotos, snap, snaps, file, files, video, videos"
    ),
    "album": "library, folder, collection, whole album, entire album, my album",
    "tab": "tab, this tab, the tab",
    "group": "group, groups, each group, every group, cluster, clusters, set",
    "people": (
        "at the camera, into the camera, people, person, persons, face, faces, human, humans, "
        "somebody, someone"
    ),
    "eyes": "eye, eyes",
    "camera": "camera, cameras, phone, device, lens, lenses, equipment, gear, model",
    "exposure": (
        "settings, iso, aperture, shutter, shutter speed, f-stop, f stop, f number, "
        "focal length, exposure time, exif, metadata, camera settings, flash"
    ),
    "time": (
        "took, same day, the same day, chronologically, time, date, day, hour, year, month, "
        "taken, timestamp, o'clock, morning, evening, captured, apart, minutes, seconds, season"
    ),
    "place": "place, location, gps, coordinates, country, city, position, latitude",
    "size": (
        "portrait or landscape, landscape or portrait, resolution, megapixel, megapixels, "
        "dimensions, size, pixels, mp, format, aspect ratio, file size, width, height, "
        "orientation, sizes"
    ),
    "name": "name, names, filename, file name, file names, filenames, called",
    "tags": "tag, tags, keyword, keywords, labels, label",
    "mine": "did i, have i, i already",
    "flags": "picked, rejected, flagged, rated, undecided, decided, marked",
    "others": (
        "others, other, rest, remaining, remainder, other one, other ones, everything else, "
        "all others, losers, all the rest, all the others"
    ),
    "all": "all, every, everything, each, all of them, all of these, whole",
    "both": "both, the two, these two, the pair, either, neither",
    "it": "it, this, that, this one, that one, its",
    "them": "them, these, those, they, the photos, their, here",
    "stars": "stars, points",
    "text": "text, written, words, writing, letters, caption text",
    "last": "last, final",
    "for": "for, as, for use in",
    "without": "without, lacking",
    "except": "except, but, except for, apart from, other than, all but",
    "and": "and, &, plus, then",
    "or": "or",
    "not": "not, n't, isn't, don't, never",
    "you": "you, your, yourself",
    "should": (
        "should, shall, ought, must, need, do i, should i, can i, could i, may i, shall i, "
        "would i, can we, should we, do we, ok to, okay to"
    ),
    "can": "can, could",
    "modal": "would, will, might, may",
    "of": "of, among, between, out of, from, in",
    "help": (
        "help, what can you do, what can i ask, how do you work, commands, usage, "
        "how does this work, what do you know, what are you able to do, how to use you, "
        "what else can you do, instructions, manual, options, what can i do here"
    ),
    "hello": "hello, hi, hey, good morning, good evening, good afternoon, hallo",
    "thanks": "thanks, thank you, thx, cheers, great job, well done, ta, bye",
    "yes": (
        "yes, ok do it, do it, go ahead, yes please, yep, sure, please do, do that, sounds good"
    ),
    "identity": (
        "who are you, what are you, are you an ai, are you a robot, which model are you, "
        "what model are you, are you human, are you chatgpt, what is your name"
    ),
    "see": (
        "can you see, do you see, are you able to see, can you look at, can you view, "
        "do you look at, have you seen, did you look at, did you see"
    ),
    "filler": (
        "please, enough, briefly, shortly, quickly, data, pile, came, pls, the, a, an, me, my, "
        "i, we, our, us, so, just, to, at, on, by, with, too, really, very, actually, well, now, "
        "also, quite, hm, hmm, oh, um, again, terms, in terms, think, know, want, like, d, s, m, "
        "re, ll, ve, lets, let, kind, sort of, kind of, than, if, though, thing, things, "
        "most of all, overall, in general, whether, technically, generally, kindly, maybe, "
        "perhaps, own, look, looks, looking, technical, quality, image quality, way, what about, "
        "how about, given, im, honestly, say, same, still, up, out, that are, which are, he, "
        "she, away, go, going, dear, mate, buddy, wondering, wonder, currently, today, album, "
        "photo album, were they, be, being, only, try"
    ),
}

_DEGREE_NAMES: tuple[Concept, ...] = ("plain", "more", "most")
#: Words that make a comparative or a superlative of what follows; "-" turns it round.
_DEGREE_WORDS = {
    "more": "more", "less": "-more", "most": "most", "least": "-most", "top": "most",
    "higher": "more", "lower": "-more", "highest": "most", "lowest": "-most",
    "fewer": "-more", "fewest": "-most",
}  # fmt: skip

_NUMBER_WORDS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve",),
)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth"),
)


def _entries() -> Iterator[tuple[str, Meaning]]:
    for concept, phrases in _WORDS.items():
        for phrase in phrases.split(", "):
            yield phrase, Meaning(concept)
    for value, phrases in _ACTS.items():
        for phrase in phrases.split(", "):
            yield phrase, Meaning("decide", value)
    for value, phrases in _ALIKE.items():
        for phrase in phrases.split(", "):
            yield phrase, Meaning("duplicates", value)
    for value, phrases in FAULTS.items():
        for phrase in phrases.split(", "):
            yield phrase, Meaning("fault", value)
    for value, phrases in _DEGREES.items():
        for phrase in phrases.split(", "):
            for form, degree in zip(phrase.split("/"), _DEGREE_NAMES, strict=False):
                if form:
                    yield form, Meaning(degree, value)
    for word, degree_of in _DEGREE_WORDS.items():
        yield word, Meaning("degree", degree_of)
    for number, word in enumerate(_NUMBER_WORDS[1:], 2):
        yield word, Meaning("number", str(number))
    for number, word in enumerate(_ORDINALS, 1):
        yield word, Meaning("ordinal", str(number))
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number, "th")
        yield f"{number}{ending}", Meaning("ordinal", str(number))


#: Every phrase, lower case, its words apart by one blank.
PHRASES: dict[str, Meaning] = dict(_entries())

#: Words of the longest phrase.
LONGEST = max(phrase.count(" ") + 1 for phrase in PHRASES)

#: Single words that others may be a slip of the finger for.
SPELLABLE = tuple(sorted(phrase for phrase in PHRASES if len(phrase) >= 5 and phrase.isalpha()))
