"""The catalog: everything that is known about a library's photos, in one SQLite file.

A `Catalog` belongs to the thread that opened it. Any number of processes may hold the same catalog
open (write-ahead log); writers take turns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from tui_selector.library.catalog import schema
from tui_selector.library.catalog.photo_table import PhotoTable
from tui_selector.library.catalog.schema import CatalogError
from tui_selector.library.catalog.search_table import SearchTable
from tui_selector.library.catalog.tab_table import TabTable
from tui_selector.library.catalog.tag_table import TagTable
from tui_selector.paths import LibraryPaths

if TYPE_CHECKING:
    from tui_selector.library.catalog.caption_table import CaptionTable
    from tui_selector.library.catalog.companion_table import CompanionTable
    from tui_selector.library.catalog.frame_table import FrameTable
    from tui_selector.library.catalog.group_table import GroupTable
    from tui_selector.library.catalog.listing_table import ListingTable
    from tui_selector.library.catalog.map_table import MapTable
    from tui_selector.library.catalog.model_tag_table import ModelTagTable
    from tui_selector.library.catalog.quality_table import QualityTable
    from tui_selector.library.catalog.sidecar_table import SidecarTable
    from tui_selector.library.catalog.text_table import TextTable
    from tui_selector.library.catalog.vectors import VectorStore
    from tui_selector.library.catalog.vote_table import VoteTable

__all__ = ["Catalog", "CatalogError"]

T = TypeVar("T")


class Catalog:
    """One library's catalog.

    Attributes:
        root: The library's folder; `Photo.path` is relative to it.
        photos: Photos, metadata and decisions.
        companions: The files that belong to their shots.
        tags: What photos show, by the program and by the owner.
        model_tags: What models say that do not serve at present.
        texts: What is written in them.
        captions: What they show, in sentences.
        qualities: What was measured of them.
        groups: Which of them are nearly the same.
        votes: Which of two the owner found better.
        frames: The frames that stand for videos.
        tabs: Tabs and which photo is in which.
        listing: What tables show of them, and in which orders.
        maps: What the photos on a map are coloured by.
        searches: The searches that the owner keeps.
        sidecars: What XMP sidecars and the catalog agreed on.
        vectors: Embeddings, in files beside the catalog.
        set_aside: Where a corrupt predecessor of this catalog was set aside by this opening.
    """

    def __init__(
        self, connection: sqlite3.Connection, paths: LibraryPaths, set_aside: Path | None
    ) -> None:
        self.connection = connection
        self.root = paths.root
        self.paths = paths
        self.set_aside = set_aside
        self._identity = _identity(paths.catalog)
        self.photos = PhotoTable(connection)
        self.tags = TagTable(connection)
        self.tabs = TabTable(connection)
        self.searches = SearchTable(connection)

    # -- tables that photos come on screen without --------------------------------------------

    @cached_property
    def companions(self) -> CompanionTable:
        from tui_selector.library.catalog.companion_table import CompanionTable

        return CompanionTable(self.connection)

    @cached_property
    def frames(self) -> FrameTable:
        from tui_selector.library.catalog.frame_table import FrameTable

        return FrameTable(self.connection)

    @cached_property
    def model_tags(self) -> ModelTagTable:
        from tui_selector.library.catalog.model_tag_table import ModelTagTable

        return ModelTagTable(self.connection)

    @cached_property
    def texts(self) -> TextTable:
        from tui_selector.library.catalog.text_table import TextTable

        return TextTable(self.connection)

    @cached_property
    def captions(self) -> CaptionTable:
        from tui_selector.library.catalog.caption_table import CaptionTable

        return CaptionTable(self.connection)

    @cached_property
    def qualities(self) -> QualityTable:
        from tui_selector.library.catalog.quality_table import QualityTable

        return QualityTable(self.connection)

    @cached_property
    def groups(self) -> GroupTable:
        from tui_selector.library.catalog.group_table import GroupTable

        return GroupTable(self.connection)

    @cached_property
    def votes(self) -> VoteTable:
        from tui_selector.library.catalog.vote_table import VoteTable

        return VoteTable(self.connection)

    @cached_property
    def listing(self) -> ListingTable:
        from tui_selector.library.catalog.listing_table import ListingTable

        return ListingTable(self.connection)

    @cached_property
    def maps(self) -> MapTable:
        from tui_selector.library.catalog.map_table import MapTable

        return MapTable(self.connection)

    @cached_property
    def sidecars(self) -> SidecarTable:
        from tui_selector.library.catalog.sidecar_table import SidecarTable

        return SidecarTable(self.connection)

    @cached_property
    def vectors(self) -> VectorStore:
        from tui_selector.library.catalog.vectors import VectorStore

        return VectorStore(self.connection, self.paths.vectors)

    # -- opening and closing ------------------------------------------------------------------

    @classmethod
    def open(cls, paths: LibraryPaths) -> Self:
        """Open the catalog of a library, made on first use.

        A corrupt catalog is renamed and a new one begun; `set_aside` then names the old file.

        Raises:
            CatalogError: It was written by a newer version, or the disk does not let us.
        """
        try:
            paths.make()
        except OSError as error:
            raise CatalogError(
                f"The folder for the catalog cannot be made ({error}). Check permissions and "
                "space, or set XDG_DATA_HOME to a folder that can be written."
            ) from error
        connection, aside = schema.connect(paths.catalog)
        return cls(connection, paths, aside)

    def close(self) -> None:
        if "vectors" in self.__dict__:
            self.vectors.close()
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes inside one atomic change; nested uses join the outermost."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            # A full disk makes SQLite roll back by itself, or leaves the transaction open.
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def is_sound(self) -> bool:
        """Read the whole file and say whether SQLite finds it whole (takes a while when large)."""
        return schema.is_whole(self.connection)

    @property
    def is_stale(self) -> bool:
        """Whether to open the catalog anew: it was set aside meanwhile, or was found damaged."""
        path = self.paths.catalog
        return _identity(path) != self._identity or schema.is_suspect(path)

    def suspect(self, error: BaseException) -> bool:
        """Whether an error means that the catalog is damaged; if so, let all its users know.

        They open it anew (`is_stale`), and the first to do so sets it aside.
        """
        if not schema.is_corruption(error):
            return False
        schema.suspect(self.paths.catalog)
        return True

    @property
    def data_version(self) -> int:
        """A number that changes whenever another connection has changed the catalog."""
        (version,) = self.connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def load(self, key: str, kind: type[T], default: T) -> T:
        """The value stored under `key`, as `kind`; `default` where there is none that fits."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            return default
        try:
            return msgspec.json.decode(row[0], type=kind)
        except msgspec.MsgspecError:
            return default

    def store(self, key: str, value: object) -> None:
        """Keep a value (anything msgspec can encode) under `key`."""
        self.connection.execute(
            "INSERT INTO meta(key, value) VALUES(?, ?)"
            " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, msgspec.json.encode(value).decode()),
        )


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path; None where none does."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
