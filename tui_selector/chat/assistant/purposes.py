"""What photos may be wanted for, and what a photo must be like for it."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Shape = Literal["", "landscape", "portrait", "square"]


class Purpose(NamedTuple):
    """A use of photos.

    Attributes:
        name: What it is called in an answer.
        words: What people say for it, single words or phrases, lower case.
        shows: What photos for it show, as searches.
        also: What speaks for a photo half as much.
        unfit: What they must not show.
        side: Pixels that the long side needs; 0 for any.
        shape: What the frame should be; "" for any.
        faces: Faces that there should be: from, to; None for any.
        looks: How much the technical side counts, 0 to 1; the rest is what it shows.
    """

    name: str
    words: tuple[str, ...]
    shows: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    side: int = 0
    shape: Shape = ""
    faces: tuple[int, int] | None = None
    looks: float = 0.5


_ADULT = ("weapon", "gun", "blood", "cigarette", "beer", "wine bottle", "cocktail")

#: The first whose words are in a question is taken: what is narrow stands before what is wide.
PURPOSES: tuple[Purpose, ...] = (
    Purpose(
        "a children's album",
        ("children", "children's", "childrens", "child", "child's", "kid", "kids", "kid's", "kids'",
         "baby", "baby's", "toddler", "kindergarten", "nursery"),
        ("child", "baby", "birthday cake", "toy", "teddy bear", "dog", "cat", "animal", "horse",
         "bird", "playground", "balloon", "kite"),
        ("person", "people", "family", "playing", "ball", "snow", "beach", "ice cream", "bicycle"),
        _ADULT,
        looks=0.3,
    ),
    Purpose(
        "an identity photo",
        ("passport", "id card", "identity", "visa", "id photo"),
        ("portrait of a person", "face"),
        side=800,
        shape="portrait",
        faces=(1, 1),
        looks=0.6,
    ),
    Purpose(
        "a profile picture",
        ("profile", "avatar", "linkedin", "cv", "resume", "headshot", "dating"),
        ("portrait of a person", "person", "face"),
        side=400,
        faces=(1, 1),
        looks=0.6,
    ),
    Purpose(
        "a phone's background",
        ("phone", "lock screen", "lockscreen", "phone wallpaper", "phone background"),
        side=1600,
        shape="portrait",
        looks=0.9,
    ),
    Purpose(
        "a desktop background",
        ("wallpaper", "desktop", "background", "screensaver", "banner", "header", "cover"),
        ("scenery", "mountain", "seashore", "flower", "city skyline"),
        side=1920,
        shape="landscape",
        looks=0.8,
    ),
    Purpose(
        "a food blog",
        ("food", "recipe", "recipes", "menu", "cookbook", "restaurant", "cooking"),
        ("food", "meal", "plate of food", "fruit", "vegetables", "cake"),
        ("drink", "kitchen", "restaurant"),
        looks=0.4,
    ),
    Purpose(
        "a large print",
        ("large print", "big print", "poster", "canvas", "billboard", "wall", "framing", "frame",
         "enlargement", "exhibition", "print large", "large prints", "calendar", "magazine"),
        side=3000,
        looks=1.0,
    ),
    Purpose(
        "a print",
        ("print", "printing", "prints", "printed", "photo book", "photobook", "postcard", "card",
         "book", "newspaper", "brochure", "flyer"),
        side=1500,
        looks=1.0,
    ),
    Purpose(
        "a wedding album",
        ("wedding", "bride", "groom", "marriage"),
        ("wedding", "bride", "groom", "wedding dress", "church"),
        ("people", "person", "flowers", "cake", "suit", "champagne"),
        looks=0.4,
    ),
    Purpose(
        "a family album",
        ("family", "grandma", "grandmother", "grandparents", "granny", "parents", "relatives"),
        ("family", "people", "person", "child", "group of people", "birthday cake"),
        ("dog", "cat", "dining table", "beach", "snow"),
        _ADULT[:3],
        looks=0.4,
    ),
    Purpose(
        "a travel album",
        ("travel", "holiday", "holidays", "vacation", "trip", "tourism", "travelogue"),
        ("scenery", "beach", "mountain", "city street", "church", "castle", "boat", "train",
         "monument", "bridge", "airplane"),
        ("people", "person", "animal", "restaurant", "food"),
        looks=0.4,
    ),
    Purpose(
        "an album of nature",
        ("nature", "wildlife", "animals", "birds", "landscapes"),
        ("animal", "bird", "forest", "mountain", "flower", "lake", "sea", "tree"),
        ("scenery",),
        ("car", "street", "kitchen"),
        looks=0.4,
    ),
    Purpose(
        "social media",
        ("social media", "instagram", "facebook", "tiktok", "whatsapp", "twitter", "mastodon",
         "blog", "post", "website", "web", "homepage", "newsletter", "online", "sharing", "share"),
        side=1080,
        looks=0.9,
    ),
    Purpose(
        "a portfolio",
        ("portfolio", "competition", "contest", "gallery", "award", "client", "customer", "sale",
         "shop", "advert", "advertising", "presentation", "slideshow"),
        side=2000,
        looks=1.0,
    ),
)  # fmt: skip

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]*)?")
_SMALL = re.compile(
    r"^(?:(?:a|an|the|my|our|her|his|their|use|in|on|some|this)\s+)+", re.IGNORECASE
)


def purpose_in(text: str) -> Purpose | None:
    """The known use that some words name; None where they name none."""
    said = f" {' '.join(_WORD.findall(text.casefold()))} "
    said = said.replace("’", "'")
    for purpose in PURPOSES:
        if any(f" {word} " in said for word in purpose.words):
            return purpose
    return None


def purpose_of(text: str) -> Purpose:
    """A use as somebody says it: a known one, or one of which only the words are known."""
    known = purpose_in(text)
    if known is not None:
        return known
    bare = _SMALL.sub("", text).strip()
    return Purpose(name=text, words=(), shows=(bare,) if bare else ())
