"""The thread that takes a closer look at photos, while nothing else is to be done.

It also measures the photos that were indexed before there was anything to measure, or by an older
measure.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from tui_selector.analysis.quality import close, measure
from tui_selector.engine.idle import IdleThread, is_unchanged
from tui_selector.engine.measuring import (
    UNKNOWN,
    UNRECOGNISED,
    VERSION,
    look_version,
    measured,
    renew_tags,
)
from tui_selector.engine.protocol import AnyEvent, CatalogChanged
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.quality_table import Unseen
from tui_selector.library.folder.files import DecodeError, UnreadableError
from tui_selector.library.pictures.decode import decode
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Photos that are told to clients at once.
_FEW = 16


class Inspector(IdleThread):
    """See the head of this module. Methods are for any thread."""

    def __init__(
        self,
        paths: LibraryPaths,
        *,
        crashed: bool = False,
        may_work: Callable[[], bool],
        on_rest: Callable[[], None],
        publish: Callable[[AnyEvent], None],
    ) -> None:
        """Prepare the thread.

        Args:
            paths: Of the library.
            crashed: Whether the engine before this one ended by a crash; the picture that was
                looked at then is not looked at again.
            may_work: Whether nothing else is to be done; `wake` is called when that may change.
            on_rest: Called when there is nothing left to look at for now.
            publish: Tells every client.
        """
        super().__init__("inspection", paths, crashed=crashed, may_work=may_work)
        self._on_rest = on_rest
        self._publish = publish
        #: Photos whose files cannot be read at present, and those that change.
        self._skipped: set[int] = set()

    def _pass_over(self, catalog: Catalog, hash_: bytes) -> None:
        known = catalog.qualities.get(hash_) or UNKNOWN
        catalog.qualities.store(hash_, VERSION, known, UNRECOGNISED)
        catalog.qualities.store_look(hash_, look_version(), known)

    def _rest(self) -> None:
        self._on_rest()

    def _work(self, catalog: Catalog) -> None:
        tables = catalog.qualities
        self._all(catalog, lambda most: tables.unmeasured(VERSION, most), self._measure)
        self._all(catalog, lambda most: tables.unlooked(look_version(), most), self._look)

    def _all(
        self,
        catalog: Catalog,
        waiting: Callable[[int], list[Unseen]],
        inspect: Callable[[Catalog, Unseen], list[int]],
    ) -> None:
        """Inspect what is waiting until nothing is, or something else is to be done.

        Raises:
            sqlite3.Error: The catalog cannot be used.
        """
        while self._goes_on():
            found = waiting(_FEW + len(self._skipped))
            photos = [photo for photo in found if photo.id not in self._skipped][:_FEW]
            if not photos:
                return
            self._inspect(catalog, photos, inspect)

    def _inspect(
        self,
        catalog: Catalog,
        photos: list[Unseen],
        inspect: Callable[[Catalog, Unseen], list[int]],
    ) -> None:
        """Inspect photos one after the other, and tell of those whose tags have changed.

        Raises:
            sqlite3.Error: The catalog cannot be used.
        """
        told: list[int] = []
        for photo in photos:
            if not self._goes_on():
                break
            try:
                if not is_unchanged(catalog, photo):
                    self._skipped.add(photo.id)  # it will be indexed again, as another picture
                    continue
                self._take_in_hand(catalog, photo.hash)
                told += inspect(catalog, photo)
            except (OSError, UnreadableError):
                self._skipped.add(photo.id)
        self._take_in_hand(catalog, b"")
        if told:
            self._publish(CatalogChanged(photos=told))

    def _measure(self, catalog: Catalog, photo: Unseen) -> list[int]:
        """Measure a photo that was indexed without, or by another measure."""
        quality, fingerprint = UNKNOWN, UNRECOGNISED
        try:
            picture = decode(catalog.root / photo.path, longest=measure.SIDE)
            quality, fingerprint = measured(picture)
        except UnreadableError:
            raise
        except DecodeError:
            _log.info("photo %d cannot be measured", photo.id)
        except Exception:
            _log.exception("photo %d cannot be measured", photo.id)
        with catalog.transaction():
            catalog.qualities.store(photo.hash, VERSION, quality, fingerprint)
            return renew_tags(catalog, photo.hash, quality)

    def _look(self, catalog: Catalog, photo: Unseen) -> list[int]:
        """Look closely at a photo that is measured."""
        quality = catalog.qualities.get(photo.hash) or UNKNOWN
        try:
            picture = decode(catalog.root / photo.path, longest=close.SIDE)
            quality = close.look_closely(quality, picture.image)
        except UnreadableError:
            raise
        except DecodeError:
            _log.info("photo %d cannot be looked at closely", photo.id)
        except Exception:
            _log.exception("photo %d cannot be looked at closely", photo.id)
        with catalog.transaction():
            catalog.qualities.store_look(photo.hash, look_version(), quality)
            return renew_tags(catalog, photo.hash, quality)
