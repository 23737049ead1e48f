"""Models that tag by a vocabulary: they get it, and photos get the tags of one that has changed.

Such a model needs no picture for tags, only vectors, and those are stored: where the owner writes a
new word down, a library of any size is tagged anew in seconds.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from tui_selector.engine.protocol import AnyEvent, CatalogChanged
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.photo import State, Tag
from tui_selector.models.embedder import Embedder, ModelError
from tui_selector.models.vocabulary import Label, owner_list
from tui_selector.paths import LibraryPaths

if TYPE_CHECKING:
    import numpy as np

_log = logging.getLogger(__name__)

#: The catalog keeps under this key which words its photos were tagged with.
TAGGED_KEY = "tagged"
#: Contents that are tagged in one transaction.
_TOGETHER = 256
#: More changed photos than this are told as "many".
_MANY = 256


@runtime_checkable
class Tagging(Protocol):
    """A model that tags photos by their vectors; see `models.dual_encoder.DualEncoder`."""

    notice: str
    vocabulary: str

    def calibrate(self, folder: Path | None = None, own: Sequence[Label] = ()) -> None: ...

    def tags(self, vectors: np.ndarray) -> list[tuple[Tag, ...]]: ...


class Tagged(msgspec.Struct, frozen=True):
    """What the photos of a library were tagged with.

    Attributes:
        space: Of the model's vectors.
        vocabulary: Which words.
    """

    space: str = ""
    vocabulary: str = ""


def calibrate(embedder: Embedder, folder: Path, words: Path) -> None:
    """Measure a model that tags by a vocabulary; others know all they need.

    Where something is wrong with the owner's words, the model's notice says so.

    Args:
        embedder: The model.
        folder: Where measurements are kept.
        words: The file of the owner's words.

    Raises:
        ModelError: The model cannot embed the words.
    """
    if not isinstance(embedder, Tagging):
        return
    own: tuple[Label, ...] = ()
    try:
        own = owner_list(words)
    except ModelError as error:
        embedder.notice = f"{error} Photos are tagged without your words."
    embedder.calibrate(folder, own)


def retag(
    catalog: Catalog, embedder: Embedder, go_on: Callable[[], bool] = lambda: True
) -> list[int]:
    """Tag the indexed photos of a library anew where its model's words are others than the last.

    Args:
        catalog: Of the library.
        embedder: The model that serves.
        go_on: Asked between transactions. What is not done is done the next time.

    Returns:
        The photos whose tags have changed.

    Raises:
        sqlite3.OperationalError: The catalog cannot be written.
    """
    if not isinstance(embedder, Tagging):
        return []
    spaces = Spaces(str(embedder.key), embedder.dimensions)
    wanted = Tagged(spaces.pictures, embedder.vocabulary)
    if catalog.load(TAGGED_KEY, Tagged, Tagged()) == wanted:
        return []
    frames = catalog.frames.all()
    hashes = sorted({photo.hash for photo in catalog.photos.all((State.INDEXED,)) if photo.hash})
    changed: list[int] = []
    for start in range(0, len(hashes), _TOGETHER):
        if not go_on():
            return changed
        some = hashes[start : start + _TOGETHER]
        keys = {hash_: [key for _, key in frames.get(hash_, [])] or [hash_] for hash_ in some}
        tags = _by_vectors(catalog, embedder, spaces, keys)
        with catalog.transaction():
            for hash_, by_model in tags.items():
                changed += _give(catalog, hash_, by_model)
    with catalog.transaction():
        catalog.store(TAGGED_KEY, wanted)
    _log.info("%d photos have other tags by the new words", len(changed))
    return changed


def retag_beside(
    library: LibraryPaths, embedder: Embedder, publish: Callable[[AnyEvent], None]
) -> threading.Thread:
    """Do `retag` in a thread of its own, which nobody has to wait for, and tell the clients."""

    def work() -> None:
        try:
            with Catalog.open(library) as catalog:
                changed = retag(catalog, embedder)
        except (CatalogError, sqlite3.Error) as error:
            _log.warning("the words cannot become tags: %s", error)
        except Exception:
            _log.exception("the words cannot become tags")
        else:
            if changed:
                many = len(changed) > _MANY
                publish(CatalogChanged(photos=[] if many else changed, many=many))

    thread = threading.Thread(target=work, name="tagger", daemon=True)
    thread.start()
    return thread


def _by_vectors(
    catalog: Catalog, tagging: Tagging, spaces: Spaces, keys: dict[bytes, list[bytes]]
) -> dict[bytes, tuple[Tag, ...]]:
    """Tags by content, of contents and the keys of their vectors; those without are left out."""
    import numpy as np

    every = [key for some in keys.values() for key in some]
    vectors = catalog.vectors.get(spaces.words, every, spaces.dimensions)
    if not vectors:
        return {}
    by_key = dict(zip(vectors, tagging.tags(np.stack(list(vectors.values()))), strict=True))
    found: dict[bytes, tuple[Tag, ...]] = {}
    for hash_, some in keys.items():
        seen = [by_key[key] for key in some if key in by_key]
        if len(seen) == 1:
            found[hash_] = seen[0]
        elif seen:
            from tui_selector.engine.films import together  # takes FFmpeg

            found[hash_] = together(seen, ())
    return found


def _give(catalog: Catalog, hash_: bytes, by_model: tuple[Tag, ...]) -> list[int]:
    """Give a content's photos the tags of the model; those that had others."""
    changed = []
    for photo in catalog.photos.with_hash(hash_, (State.INDEXED,)):
        before = catalog.tags.of_program(photo.id)
        kept = [tag for tag in before if tag.source != "model"]
        if {tag for tag in before if tag.source == "model"} != set(by_model):
            catalog.tags.set_program(photo.id, (*by_model, *kept))
            changed.append(photo.id)
    return changed
