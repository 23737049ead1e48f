"""What a worker does with a batch: photos are indexed, videos are gone through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tui_selector.engine.feed import Work
from tui_selector.engine.pipeline import Item, Outcome, process
from tui_selector.engine.store import Spaces, twin_of
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.models.embedder import Embedder
from tui_selector.paths import LibraryPaths


@contextmanager
def opened(
    paths: LibraryPaths,
    thumbnails: ThumbnailStore,
    embedder: Embedder,
    spaces: Spaces,
    *,
    go_on: Callable[[], bool],
) -> Iterator[Work]:
    """Give one thread its work; the catalog is only read.

    Args:
        paths: Of the library.
        thumbnails: Of the library.
        embedder: The model.
        spaces: Of its vectors.
        go_on: Whether a long piece of work is still wanted.
    """
    with Catalog.open(paths) as catalog:

        def known(item: Item, hash_: bytes) -> bool:
            """Whether another photo with these bytes has its vector and thumbnail stored."""
            return bool(
                twin_of(catalog.photos.with_hash(hash_), item.photo)
                and catalog.vectors.present(spaces.pictures, (hash_,))
                and thumbnails.get(hash_) is not None
            )

        def work(batch: list[Item]) -> list[Outcome]:
            sizes = thumbnails.wanted_sizes()
            whole = [item for item in batch if item.film is None]
            outcomes = process(whole, embedder, tile_sizes=sizes, known=known)
            for item in batch:
                if item.film is not None:
                    # It takes FFmpeg, which many libraries never need.
                    from tui_selector.engine.films import look_through

                    outcomes.append(look_through(item, item.film, embedder, go_on))
            return outcomes

        yield work
