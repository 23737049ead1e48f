"""What is measured of every decoded picture, and what of it becomes tags."""

from __future__ import annotations

from collections.abc import Iterable

from tui_selector.analysis.quality import close, measure
from tui_selector.analysis.quality.tags import NAMES, quality_tags
from tui_selector.analysis.similar.hashing import HASH_BYTES, hash_of
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.photo import Kind, State, Tag
from tui_selector.library.pictures.picture import Picture
from tui_selector.library.quality import Quality

#: Version of the signals and the fingerprint together: those of another one are made anew.
VERSION = f"{measure.VERSION}.{HASH_BYTES}"

#: What is kept of a picture that cannot be measured, and by what it is not recognised.
UNKNOWN, UNRECOGNISED = Quality(width=0, height=0, side=0), bytes(HASH_BYTES)


def look_version() -> int:
    """Version of the closer look; another one where nobody can look for faces."""
    return close.VERSION if close.can_look() else -close.VERSION


def measured(picture: Picture) -> tuple[Quality, bytes]:
    """The signals of a picture and its fingerprint.

    Args:
        picture: At least `measure.SIDE` pixels wide or high where the original is.
    """
    image = picture.image
    luma = image.convert("L")
    quality = measure.measure(image, (picture.width, picture.height), luma)
    return quality, hash_of(image, luma)


def with_quality(tags: Iterable[Tag], quality: Quality, kind: Kind) -> tuple[Tag, ...]:
    """A photo's tags with those that its signals give.

    A video gets none: its signals are those of one frame.
    """
    kept = [tag for tag in tags if not (tag.source == "pixels" and tag.name in NAMES)]
    return (*kept, *(quality_tags(quality) if kind is not Kind.VIDEO else ()))


def renew_tags(catalog: Catalog, hash_: bytes, quality: Quality) -> list[int]:
    """Give all photos with these bytes the tags of their signals; return those that changed."""
    changed = []
    for photo in catalog.photos.with_hash(hash_, (State.INDEXED,)):
        before = catalog.tags.of_program(photo.id)
        after = with_quality(before, quality, photo.kind)
        if set(after) != set(before):
            catalog.tags.set_program(photo.id, after)
            changed.append(photo.id)
    return changed
