"""The thread that reads what is written in photos, while nothing else is to be done."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable

from tui_selector.engine.protocol import AnyEvent, CatalogChanged, Notice
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.catalog.text_table import TROUBLE_KEY, Unread
from tui_selector.library.folder.files import DecodeError, UnreadableError
from tui_selector.library.pictures.decode import decode
from tui_selector.library.pictures.picture import fit
from tui_selector.models.embedder import ModelError
from tui_selector.models.ocr import TextReader
from tui_selector.paths import LibraryPaths

#: Key of the catalog under which the hash of the picture is kept that is being read.
_IN_HAND_KEY = "text_in_hand"

_log = logging.getLogger(__name__)

#: Photos that are told to clients at once.
_FEW = 16
#: Longest wait for the photo in hand at the end, seconds; it is read again by the next engine.
_LEAVING = 1.0
#: Seconds until a catalog that could not be used is tried again.
_PAUSE = 5.0


class Transcriber:
    """See the head of this module. Methods are for any thread."""

    def __init__(
        self,
        paths: LibraryPaths,
        name: str,
        load: Callable[[], TextReader],
        *,
        trouble: str = "",
        crashed: bool = False,
        may_work: Callable[[], bool],
        tell: Callable[[int, int], None],
        publish: Callable[[AnyEvent], None],
    ) -> None:
        """Prepare the thread.

        Args:
            paths: Of the library.
            name: Of the reader; what another one has read is read again.
            load: Loads the reader; called once, when there is something to read. Raises
                `ModelError` where it cannot.
            trouble: Why nothing can be read; "" where `load` is worth a try.
            crashed: Whether the engine before this one ended by a crash; the picture that was being
                read then is not read again.
            may_work: Whether nothing else is to be done; `wake` is called when that may change.
            tell: Is told how many photos have been read, and of how many; 0 and 0 after a while.
            publish: Tells every client.
        """
        self._paths = paths
        self._name = name
        self._load = load
        self._trouble = trouble
        self._crashed = crashed
        self._may_work = may_work
        self._tell = tell
        self._publish = publish
        self._reader: TextReader | None = None
        self._changed = threading.Condition()
        self._woken = True
        self._working = False
        self._stopping = False
        #: Photos whose files cannot be read at present, and those that change.
        self._skipped: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="transcriber", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End after the photo in hand, where that does not take long."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(_LEAVING)

    @property
    def busy(self) -> bool:
        """Whether photos are being read."""
        with self._changed:
            return self._working

    def wake(self) -> None:
        """Look again whether there is something to read."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    # -- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            try:
                with Catalog.open(self._paths) as catalog:
                    if catalog.load(TROUBLE_KEY, str, "-") != self._trouble:
                        catalog.store(TROUBLE_KEY, self._trouble)
                    self._pass_over_the_guilty(catalog)
                    while not self._trouble and self._wait() and not catalog.is_stale:
                        self._read_all(catalog)
            except (CatalogError, sqlite3.Error) as error:
                _log.warning("what is written in photos cannot be stored: %s", error)
            with self._changed:
                self._working = False
                if self._trouble:
                    return
                self._woken = True
                self._changed.wait_for(lambda: self._stopping, _PAUSE)

    def _pass_over_the_guilty(self, catalog: Catalog) -> None:
        """Take the picture for read at which the engine before this one may have crashed.

        Raises:
            sqlite3.Error: The catalog cannot be written.
        """
        in_hand = bytes.fromhex(catalog.load(_IN_HAND_KEY, str, ""))
        if self._crashed and in_hand:
            _log.warning("the text of picture %s is passed over after a crash", in_hand.hex())
            with catalog.transaction():
                catalog.texts.store(in_hand, self._name, [])
        self._crashed = False

    def _wait(self) -> bool:
        """Wait until there may be something to read; False at the end."""
        with self._changed:
            self._working = False
            self._changed.wait_for(lambda: self._stopping or (self._woken and self._may_work()))
            self._woken = False
            self._working = not self._stopping
            return not self._stopping

    def _goes_on(self) -> bool:
        with self._changed:
            return not self._stopping and self._may_work()

    def _read_all(self, catalog: Catalog) -> None:
        """Read until all is read, or something else is to be done.

        Raises:
            sqlite3.Error: The catalog cannot be used.
        """
        while self._goes_on() and (photos := self._next(catalog)):
            if self._reader is None and not self._load_reader(catalog):
                return
            told = []
            read, everything = catalog.texts.progress()
            for photo in photos:
                if not self._goes_on():
                    break
                self._tell(read, everything)
                if self._read(catalog, photo):
                    told.append(photo.id)
                read += 1
            if told:
                self._publish(CatalogChanged(photos=told))
        self._tell(0, 0)

    def _next(self, catalog: Catalog) -> list[Unread]:
        waiting = catalog.texts.unread(self._name, _FEW + len(self._skipped))
        return [photo for photo in waiting if photo.id not in self._skipped][:_FEW]

    def _load_reader(self, catalog: Catalog) -> bool:
        """Load the reader; where that cannot be, say and keep why."""
        try:
            self._reader = self._load()
        except ModelError as error:
            self._trouble = str(error)
        except Exception:
            _log.exception("the reader of text cannot be loaded")
            self._trouble = (
                "The reader of text in photos cannot be loaded; the engine's log says why."
            )
        else:
            return True
        catalog.store(TROUBLE_KEY, self._trouble)
        self._publish(Notice(sentence=self._trouble, severity="warning"))
        return False

    def _read(self, catalog: Catalog, photo: Unread) -> bool:
        """Read one photo and store what is written there; whether that is anything.

        Raises:
            sqlite3.Error: The catalog cannot be written.
        """
        assert self._reader is not None
        place = catalog.root / photo.path
        try:
            found = place.stat()
            if (found.st_size, found.st_mtime_ns) != (photo.size, photo.mtime_ns):
                self._skipped.add(photo.id)  # it will be indexed again, as another picture
                return False
            catalog.store(_IN_HAND_KEY, photo.hash.hex())
            longest = self._reader.longest
            picture = decode(place, longest=longest)
            lines = self._reader.read(fit(picture.image, (longest, longest)))
        except (OSError, UnreadableError):
            self._skipped.add(photo.id)
            return False
        except DecodeError:
            lines = []
        except Exception:
            _log.exception("the text of photo %d cannot be read", photo.id)
            lines = []
        with catalog.transaction():
            catalog.texts.store(photo.hash, self._name, lines)
            catalog.store(_IN_HAND_KEY, "")
        return bool(lines)
