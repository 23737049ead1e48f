"""The thread that reads what is written in photos, while nothing else is to be done."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tui_selector.engine.idle import IdleThread, is_unchanged
from tui_selector.engine.protocol import AnyEvent, CatalogChanged, Notice
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.text_table import TROUBLE_KEY, Unread
from tui_selector.library.folder.files import DecodeError, UnreadableError
from tui_selector.library.pictures.decode import decode
from tui_selector.library.pictures.picture import fit
from tui_selector.models.embedder import ModelError
from tui_selector.models.ocr import TextReader
from tui_selector.paths import LibraryPaths

_log = logging.getLogger(__name__)

#: Photos that are told to clients at once.
_FEW = 16


class Transcriber(IdleThread):
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
        super().__init__("text", paths, crashed=crashed, may_work=may_work)
        self._name = name
        self._load = load
        self._trouble = trouble
        self._tell = tell
        self._publish = publish
        self._reader: TextReader | None = None
        #: Photos whose files cannot be read at present, and those that change.
        self._skipped: set[int] = set()

    # -- the thread --------------------------------------------------------------------------

    def _begin(self, catalog: Catalog) -> None:
        if catalog.load(TROUBLE_KEY, str, "-") != self._trouble:
            catalog.store(TROUBLE_KEY, self._trouble)

    @property
    def _is_given_up(self) -> bool:
        return bool(self._trouble)

    def _pass_over(self, catalog: Catalog, hash_: bytes) -> None:
        catalog.texts.store(hash_, self._name, [])

    def _work(self, catalog: Catalog) -> None:
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
            if not is_unchanged(catalog, photo):
                self._skipped.add(photo.id)  # it will be indexed again, as another picture
                return False
            self._take_in_hand(catalog, photo.hash)
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
            self._take_in_hand(catalog, b"")
        return bool(lines)
