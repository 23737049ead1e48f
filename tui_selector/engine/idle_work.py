"""What is done while nothing else is: a closer look at photos, then what is written in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tui_selector.engine.inspector import Inspector
from tui_selector.engine.protocol import AnyEvent
from tui_selector.engine.transcriber import Transcriber
from tui_selector.models import ocr
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


class IdleWork:
    """The threads of it. Methods are for any thread."""

    def __init__(
        self,
        library: LibraryPaths,
        settings: Settings,
        *,
        cores: int,
        crashed: bool,
        may_work: Callable[[], bool],
        tell: Callable[[int, int], None],
        publish: Callable[[AnyEvent], None],
    ) -> None:
        """Prepare the threads.

        Args:
            library: Which library.
            settings: What the owner has set.
            cores: How many of the processor this process may use; text is read on half of them.
            crashed: Whether the engine before this one ended by a crash.
            may_work: Whether nothing else is to be done; `wake` is called when that may change.
            tell: Is told how many photos have been read, and of how many.
            publish: Tells every client.
        """
        self._inspector = Inspector(
            library,
            crashed=crashed,
            may_work=may_work,
            on_rest=lambda: self._transcriber.wake(),
            publish=publish,
        )
        self._transcriber = Transcriber(
            library,
            ocr.READER,
            partial(ocr.load_reader, max(1, cores // 2)),
            trouble=ocr.obstacle(settings.ocr),
            crashed=crashed,
            may_work=lambda: may_work() and not self._inspector.busy,
            tell=tell,
            publish=publish,
        )

    def start(self) -> None:
        self._inspector.start()
        self._transcriber.start()

    def close(self) -> None:
        """End after the photos in hand, where that does not take long."""
        self._inspector.close()
        self._transcriber.close()

    @property
    def busy(self) -> bool:
        """Whether photos are being worked on."""
        return self._inspector.busy or self._transcriber.busy

    def wake(self) -> None:
        """Look again whether there is something to do."""
        self._inspector.wake()
        self._transcriber.wake()
