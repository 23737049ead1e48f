"""Photos decoded in full, for zooming, in a memory of limited size.

One thread decodes what is looked at and then its neighbours, so that the next photo is there before
it is asked for. What nobody wants any more is not begun.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector.app.graphics.painter import Overlay

if TYPE_CHECKING:
    from PIL.Image import Image

Listener = Callable[[], None]
Wish = tuple[str, str]
"""The key of a photo and its path."""

BUDGET = 512 << 20
"""Most bytes of decoded photos: ten of 12 megapixels."""

_BYTES_PER_PIXEL = 4
_EVERY_PIXEL = 1 << 30

#: Values of the pixels of a mask.
SHADOW, HIGHLIGHT, EDGE = 1, 2, 3


class Original:
    """A decoded photo.

    Attributes:
        image: RGB, upright; smaller than the original where that is beyond the memory allowed.
        width: Upright width of the original in pixels.
        height: Upright height of the original in pixels.
        masks: What is painted over it: one byte per pixel of the image, 0 or `SHADOW`, `HIGHLIGHT`
            or `EDGE`.
    """

    def __init__(self, image: Image, width: int, height: int) -> None:
        self.image, self.width, self.height = image, width, height
        self.masks: dict[Overlay, Image] = {}

    def mask(self, overlay: Overlay) -> Image:
        """The mask of an overlay, made on this thread where it is not there yet."""
        if overlay not in self.masks:
            self.masks[overlay] = make_mask(self.image, overlay)
        return self.masks[overlay]

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return self.image.width * self.image.height * (_BYTES_PER_PIXEL + len(self.masks))


class Originals:
    """Decoded photos by key, the least recently used dropped first."""

    def __init__(self, *, bytes_budget: int = BUDGET) -> None:
        """
        Args:
            bytes_budget: Most bytes of photos in memory; one photo takes at most half of them.
        """
        self._budget = bytes_budget
        self._kept: OrderedDict[str, Original] = OrderedDict()
        self._problems: dict[str, str] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        self._wishes: dict[Listener, tuple[Sequence[Wish], Overlay]] = {}
        self._loading: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def get(self, key: str) -> Original | None:
        """A decoded photo if it is in memory; never waits."""
        with self._changed:
            original = self._kept.get(key)
            if original is not None:
                self._kept.move_to_end(key)
            return original

    def size(self, key: str) -> tuple[int, int] | None:
        """Upright width and height of a photo that has been decoded once; None of others."""
        return self._sizes.get(key)

    def ready(self, key: str, overlay: Overlay) -> bool:
        """Whether a photo is decoded, and its mask made where an overlay is named."""
        original = self._kept.get(key)
        return original is not None and (not overlay or overlay in original.masks)

    def problem(self, key: str) -> str:
        """The sentence that says why a photo that is wanted cannot be decoded; "" otherwise."""
        return self._problems.get(key, "")

    def want(self, listener: Listener, wishes: Sequence[Wish], overlay: Overlay = "") -> None:
        """Replace what this listener has asked for, the most urgent first.

        Args:
            listener: Called from another thread after each photo that comes in, or cannot; it must
                not wait for anything.
            wishes: The photos.
            overlay: Whose mask to make as well.
        """
        with self._changed:
            if not wishes or self._closed:
                self._wishes.pop(listener, None)
            else:
                self._wishes[listener] = (tuple(wishes), overlay)
            wanted = {key for each, _ in self._wishes.values() for key, _ in each}
            # A file that could not be read is tried again when it is looked at again.
            self._problems = {key: why for key, why in self._problems.items() if key in wanted}
            if wishes and self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="originals", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def forget(self, key: str) -> None:
        """Drop a photo whose file has changed."""
        with self._changed:
            self._kept.pop(key, None)
            self._problems.pop(key, None)
            self._sizes.pop(key, None)

    def close(self) -> None:
        """Begin no other photo."""
        with self._changed:
            self._closed = True
            self._wishes.clear()
            self._kept.clear()
            self._changed.notify_all()

    def load(self, key: str, path: str) -> Original:
        """The decoded photo, decoded now on this thread where it is not in memory.

        Raises:
            DecodeError: It cannot be decoded; the text is a sentence.
        """
        with self._changed:
            self._changed.wait_for(lambda: key not in self._loading)
            original = self._kept.get(key)
            if original is not None:
                return original
            self._loading.add(key)
        try:
            original = decode_original(path, self._budget // 2)
            self._keep(key, original)
        finally:
            with self._changed:
                self._loading.discard(key)
                self._changed.notify_all()
        return original

    def _work(self) -> None:
        from tui_selector.library.pictures.decode import DecodeError

        while (wish := self._next()) is not None:
            key, path, overlay = wish
            problem = ""
            try:
                original = self.load(key, path)
                if overlay:
                    original.mask(overlay)
                    self._make_room()
            except DecodeError as error:
                problem = str(error)
            except Exception as error:  # A defect in a codec must not end the thread.
                problem = f"The picture cannot be shown: {error}"
            with self._changed:
                if problem:
                    self._problems[key] = problem
                listeners = [
                    listener
                    for listener, (wishes, _) in self._wishes.items()
                    if any(key == wanted for wanted, _ in wishes)
                ]
            for listener in listeners:
                listener()

    def _next(self) -> tuple[str, str, Overlay] | None:
        """Wait for a wish that is not fulfilled; None when closed."""
        with self._changed:
            while not self._closed:
                ranks = max((len(wishes) for wishes, _ in self._wishes.values()), default=0)
                for rank in range(ranks):
                    for wishes, overlay in self._wishes.values():
                        if rank < len(wishes):
                            key, path = wishes[rank]
                            if not self.ready(key, overlay) and key not in self._problems:
                                if rank and not self._has_room(rank):
                                    continue
                                return key, path, overlay
                self._changed.wait()
            return None

    def _has_room(self, rank: int) -> bool:
        """Whether a neighbour can be kept beside what is more urgent, if it is of its size."""
        urgent = {key for wishes, _ in self._wishes.values() for key, _ in wishes[:rank]}
        taken = [self._kept[key].bytes for key in urgent if key in self._kept]
        return sum(taken) + max(taken, default=0) <= self._budget

    def _keep(self, key: str, original: Original) -> None:
        with self._changed:
            self._kept[key] = original
            self._kept.move_to_end(key)
            self._sizes[key] = (original.width, original.height)
        self._make_room()

    def _make_room(self) -> None:
        with self._changed:
            wanted = {key for wishes, _ in self._wishes.values() for key, _ in wishes}
            # What is wanted goes last, and the latest stays in any case.
            order = sorted(list(self._kept)[:-1], key=wanted.__contains__)
            total = sum(original.bytes for original in self._kept.values())
            for key in order:
                if total <= self._budget:
                    return
                total -= self._kept.pop(key).bytes


def decode_original(path: str, most_bytes: int) -> Original:
    """Decode a photo in full.

    Args:
        path: Of the file.
        most_bytes: Memory that the image may take; a larger one is halved until it does.

    Raises:
        DecodeError: It cannot be decoded; the text is a sentence.
    """
    from tui_selector.library.pictures.decode import decode

    picture = decode(Path(path), longest=_EVERY_PIXEL)
    image = picture.image
    while image.width * image.height * _BYTES_PER_PIXEL > most_bytes:
        image = image.reduce(2)
    return Original(image, picture.width, picture.height)


def make_mask(image: Image, overlay: Overlay) -> Image:
    """What an overlay paints on an image: one byte per pixel, 0 where nothing."""
    import numpy as np
    from PIL import Image as pillow  # noqa: N813

    from tui_selector.library.pictures import examination

    pixels = np.asarray(image)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    if overlay == "clipping":
        shadows, highlights = examination.clipped(pixels)
        mask[shadows] = SHADOW
        mask[highlights] = HIGHLIGHT
    else:
        mask[examination.focus_peaks(pixels)] = EDGE
    return pillow.fromarray(mask)
