"""What a sidecar says about a photo, in the words of the programs that write sidecars.

- `xmp:Rating`: 1 to 5 stars; -1 is a reject (Lightroom, Bridge, darktable); 0 or none is unrated.
- `digiKam:PickLabel`: 0 none, 1 rejected, 2 pending, 3 accepted. It carries the pick that
  `xmp:Rating` cannot say. digiKam rejects by it alone: to digiKam, stars are 0 to 5 and say nothing
  of it, and a rating of -1 is none (`DMetadata::setItemRating`, `getItemRating`). Others know
  nothing of it and leave it as it is.
- colour labels: `xmp:Label` and what darktable and digiKam have beside it (`colours`).
- `dc:subject`: keywords; `lr:hierarchicalSubject`: keywords with those above them, `animal|dog`.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tui_selector.library.catalog.sidecar_table import Agreed, Marks, SaidFlag
from tui_selector.library.catalog.tag_table import tag_name
from tui_selector.library.photo import MAX_RATING, Flag
from tui_selector.library.xmp.colours import read_label, write_label
from tui_selector.library.xmp.packet import Packet, Property

RATING = Property("http://ns.adobe.com/xap/1.0/", "xmp", "Rating")
PICK = Property("http://www.digikam.org/ns/1.0/", "digiKam", "PickLabel")
SUBJECT = Property("http://purl.org/dc/elements/1.1/", "dc", "subject")
HIERARCHY = Property("http://ns.adobe.com/lightroom/1.0/", "lr", "hierarchicalSubject")

_REJECTED, _ACCEPTED = "1", "3"

#: Keywords under which programs keep what is none of the owner's.
_PRIVATE_ROOTS = ("darktable",)


class Statement(msgspec.Struct, frozen=True):
    """What a sidecar says; None where it says nothing about something.

    `how` is how it says the flag; None for what was not read from a sidecar.
    """

    flag: Flag | None
    rating: int | None
    label: str | None
    tags: frozenset[str]
    how: SaidFlag | None = None


def read(packet: Packet, agreed: Agreed) -> Statement:
    """What a packet says.

    Args:
        packet: The sidecar's.
        agreed: What it said when somebody last looked: where it says two things, what is new
            counts.
    """
    rating = _number(packet.text(RATING))
    how = _flag(rating == -1, packet.text(PICK) or "", agreed)
    return Statement(
        flag=how.flag,
        rating=None if rating == -1 else _stars(rating, packet.text(RATING)),
        label=read_label(packet, agreed),
        tags=frozenset(_names(packet.texts(SUBJECT)) | _names(_leaves(packet))),
        how=how,
    )


def _flag(by_stars: bool, by_label: str, agreed: Agreed) -> SaidFlag:
    """What the stars and digiKam's label come to."""

    def said(flag: Flag | None) -> SaidFlag:
        return SaidFlag(by_stars, by_label, flag)

    stars = Flag.REJECT if by_stars else Flag.NONE
    if not by_label:
        # Silence takes a reject back, but tells nothing of a pick, which stars cannot say.
        return said(stars if by_stars or agreed.flag is Flag.REJECT else None)
    label = {_REJECTED: Flag.REJECT, _ACCEPTED: Flag.PICK}.get(by_label, Flag.NONE)
    if by_stars == (label is Flag.REJECT):
        return said(label)
    before = agreed.said
    if before is not None:
        if (before.by_stars, before.by_label) == (by_stars, by_label):
            return said(before.flag)
        if before.by_label == by_label:
            return said(stars)
        if before.by_stars == by_stars:
            return said(label)
    return said(Flag.REJECT)


def _number(text: str | None) -> int | None:
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None


def _stars(rating: int | None, text: str | None) -> int | None:
    if not text:
        return 0
    return rating if rating is not None and 0 <= rating <= MAX_RATING else None


def _names(texts: Iterable[str]) -> set[str]:
    """Keywords as tags are named; what cannot be one is left out."""
    names = set()
    for text in texts:
        try:
            names.add(tag_name(text))
        except ValueError:
            continue
    return names


def _leaves(packet: Packet) -> list[str]:
    texts = (text.split("|") for text in packet.texts(HIERARCHY))
    return [parts[-1] for parts in texts if parts[0] not in _PRIVATE_ROOTS]


# -- writing -------------------------------------------------------------------------------------


def write(packet: Packet, marks: Marks) -> None:
    """Have a packet say this; what it says already stays as it is written.

    Raises:
        PacketError: It is written in a way that is not understood.
    """
    _write_rating(packet, marks)
    _write_pick(packet, marks.flag)
    write_label(packet, marks.label)
    _write_tags(packet, marks.tags)


def _write_rating(packet: Packet, marks: Marks) -> None:
    text = packet.text(RATING)
    wanted = -1 if marks.flag is Flag.REJECT else marks.rating
    number = _number(text)
    if (number or 0) == wanted or (not wanted and number not in range(-1, MAX_RATING + 1)):
        return
    if wanted:
        packet.set_text(RATING, str(wanted))
    else:
        packet.remove_text(RATING)


def _write_pick(packet: Packet, flag: Flag) -> None:
    text = packet.text(PICK)
    wanted = {Flag.PICK: _ACCEPTED, Flag.REJECT: _REJECTED}.get(flag, "0")
    if text != wanted and (flag is not Flag.NONE or text in (_REJECTED, _ACCEPTED)):
        packet.set_text(PICK, wanted)


def _write_tags(packet: Packet, tags: frozenset[str]) -> None:
    """Add tags that are missing and take out those that are none of the photo's any more."""
    subjects, leaves = _names(packet.texts(SUBJECT)), _names(_leaves(packet))
    packet.remove_texts(SUBJECT, lambda text: not _names([text]) <= tags)
    packet.remove_texts(HIERARCHY, lambda text: not _leaf_names(text) <= tags)
    packet.add_texts(SUBJECT, sorted(tags - subjects))
    packet.add_texts(HIERARCHY, sorted(tag for tag in tags - leaves if "|" not in tag))


def _leaf_names(text: str) -> set[str]:
    parts = text.split("|")
    return set() if parts[0] in _PRIVATE_ROOTS else _names(parts[-1:])
