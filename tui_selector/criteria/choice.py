"""Which way photos are sorted by a criterion: what is there, and what answers it best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from tui_selector.criteria.facets import EXACT, MEASURED, about, facet, subject
from tui_selector.criteria.measures import SOURCES
from tui_selector.criteria.run import WAYS, Way, WayOffer, Wish
from tui_selector.criteria.ways.by_words import words_about
from tui_selector.models.labels import labels
from tui_selector.models.vocabulary import own_list

if TYPE_CHECKING:
    from tui_selector.models.embedder import Embedder
    from tui_selector.models.language import LanguageModel

#: Share of the photos that must be described for captions to answer by themselves.
_DESCRIBED = 0.5
#: Sections of the vocabulary that answer a facet.
_SECTIONS = {
    "place": "scenes",
    "activity": "activities",
    "occasion": "occasions",
    "kind": "kinds",
    "colour": "colours",
}
#: What the model's key begins with that knows things only.
_BUILTIN = "builtin/"


class Means(NamedTuple):
    """What there is to sort photos with.

    Attributes:
        model: A language model; None where there is none.
        no_model: One sentence on why there is none and what would help.
        embedder: Makes vectors of texts; None where there is none.
        photos: How many there are.
        described: How many of them have a description.
        vectors: How many of them have a vector that texts are compared with.
    """

    model: LanguageModel | None
    no_model: str
    embedder: Embedder | None
    photos: int
    described: int
    vectors: int


def offers(wish: Wish, means: Means) -> list[WayOffer]:
    """Whether each way could sort the photos; the first that is ready is chosen."""
    said: Mapping[Way, tuple[bool, str]] = {
        "vision": _vision(means),
        "language": _language(wish, means),
        "captions": _captions(wish, means),
        "facts": _facts(wish),
        "words": _words(wish, means),
    }
    order = list(WAYS)
    if about(wish.criterion) in EXACT:
        order = ["facts", *(way for way in WAYS if way != "facts")]
    elif wish.captions:
        order = ["language", "captions", *(way for way in WAYS if way not in _WITH_CAPTIONS)]
    return [WayOffer(way=way, ready=said[way][0], sentence=said[way][1]) for way in order]


_WITH_CAPTIONS = ("language", "captions")


def choose(wish: Wish, means: Means) -> WayOffer:
    """The way that is taken: that of the wish, else the first that is ready.

    Raises:
        ValueError: It cannot be done, or nothing can; the message is a sentence.
    """
    ways = offers(wish, means)
    if wish.way is not None:
        offer = next(each for each in ways if each.way == wish.way)
        if not offer.ready:
            raise ValueError(offer.sentence)
        return offer
    ready = next((each for each in ways if each.ready), None)
    if ready is None:
        by_words = next(each.sentence for each in ways if each.way == "words")
        raise ValueError(f"Photos cannot be sorted by “{wish.criterion.strip()}” here: {by_words}")
    return ready


def candidates(wish: Wish, embedder: Embedder) -> tuple[str, ...]:
    """Words that answer the criterion, for `WordSorting`; empty where none are known."""
    if wish.classes:
        return wish.classes
    name = about(wish.criterion)
    vocabulary = own_list()
    if name == "thing":
        return tuple(labels().words)
    if name == "indoor or outdoor":
        return tuple(word for words in facet(name).groups.values() for word in words)
    if section := _SECTIONS.get(name):
        return tuple(label.asked for label in vocabulary if label.facet == section)
    if words := facet(name).words:
        return words
    asked = [label.asked for label in vocabulary if label.facet != "people"]
    return words_about(subject(wish.criterion), [*labels().words, *asked], embedder)


def _vision(means: Means) -> tuple[bool, str]:
    if means.model is None:
        return False, means.no_model
    if not means.model.sees:
        return False, f"{means.model.name} does not look at pictures."
    where = f" Pictures go to {means.model.sends_to}." if means.model.sends_to else ""
    return True, f"{means.model.name} describes each photo and answers.{where}"


def _language(wish: Wish, means: Means) -> tuple[bool, str]:
    if means.model is None:
        return False, means.no_model
    ready, sentence = _descriptions(wish, means)
    return ready, f"{means.model.name} answers by {sentence}" if ready else sentence


def _captions(wish: Wish, means: Means) -> tuple[bool, str]:
    if means.embedder is None:
        return False, "There is no model that makes vectors of texts."
    ready, sentence = _descriptions(wish, means)
    return ready, f"Words are compared in {sentence}" if ready else sentence


def _descriptions(wish: Wish, means: Means) -> tuple[bool, str]:
    if wish.captions:
        return True, "the descriptions of the file that was given."
    if means.described and means.described >= _DESCRIBED * means.photos:
        return True, f"the descriptions that {means.described} of {means.photos} photos have."
    return False, (
        f"Only {means.described} of {means.photos} photos have a description; give some with "
        "--captions FILE, or let a vision-language model write them."
    )


def _facts(wish: Wish) -> tuple[bool, str]:
    name = about(wish.criterion)
    if name not in MEASURED:
        return False, "Neither pixels nor EXIF answer this criterion."
    return True, f"It is answered by {SOURCES[name]}."


def _words(wish: Wish, means: Means) -> tuple[bool, str]:
    embedder = means.embedder
    if embedder is None or not means.vectors:
        return False, "There are no vectors of the photos that words could be compared with."
    wanted = subject(wish.criterion)
    name = about(wish.criterion)
    only_things = embedder.key.model.startswith(_BUILTIN) and name not in ("", "thing")
    if only_things and not wish.classes:
        return False, (
            f"{embedder.name} knows things, not “{wanted}”; pull a larger model, describe the "
            "photos, or name the classes yourself (--classes a,b,c)."
        )
    words = candidates(wish, embedder)
    if len(words) < 2 and not wish.classes:
        return False, (
            f"No words for “{wanted}” are known; name the classes yourself (--classes a,b,c), "
            "describe the photos, or set up a vision-language model."
        )
    if wish.classes:
        return True, f"{embedder.name} compares photos with the classes that you named."
    return True, f"{embedder.name} compares photos with {len(words)} words for “{wanted}”."
