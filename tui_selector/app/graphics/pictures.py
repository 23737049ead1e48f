"""Encoded pictures for painters, from the cache or decoded, never on the UI thread."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui_selector.app.graphics import halfcell
from tui_selector.app.graphics.encoded import fade_png, fade_sixel, png_size, sixel_size
from tui_selector.app.graphics.painter import EncodedPicture, PictureRequest

if TYPE_CHECKING:
    from PIL.Image import Image

    from tui_selector.app.graphics.films import Films
    from tui_selector.app.graphics.originals import Originals
    from tui_selector.library.pictures.thumbnails import ThumbnailStore, TileEncoding, TileSize

Listener = Callable[[], None]

ENTRY_OVERHEAD = 512
"""Bytes that a cached picture costs beside its data."""
GOOD_ENOUGH = 0.6
"""An embedded thumbnail is used when one side has this share of the pixels asked for."""


class PictureSource(Protocol):
    """Gives encoded pictures: at once from memory, or later by way of a listener."""

    def get(self, request: PictureRequest) -> EncodedPicture | None:
        """The answer to a request if it is in memory; never waits."""
        ...

    def request(
        self, listener: Listener, wishes: Sequence[PictureRequest], *, patient: bool = False
    ) -> None:
        """Replace everything this listener has asked for, most urgent first.

        What is `patient` is not itself what a key shows, and gives way to the frame that does.
        `listener` is called from another thread after each picture that comes in; it must not
        wait for anything.
        """
        ...

    def forget(self, key: str) -> None:
        """Drop what is in memory of a photo whose file has changed."""
        ...


class Pictures:
    """A picture source with a few decoding threads and a memory of limited size."""

    def __init__(
        self,
        store: ThumbnailStore | None = None,
        *,
        threads: int = 2,
        bytes_budget: int = 64 << 20,
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            store: Thumbnails and tiles made when the library was indexed; None to decode every
                file.
            threads: How many pictures are decoded at a time.
            bytes_budget: Most bytes of encoded pictures in memory.
            give_way: Waits, before a picture that is patient, for what is more urgent.
        """
        self._store = store
        self._give_way = give_way
        self._thread_count = threads
        self._threads: list[threading.Thread] = []
        self._budget = bytes_budget
        self._memory: OrderedDict[PictureRequest, EncodedPicture] = OrderedDict()
        self._bytes = 0
        self._changed = threading.Condition()
        self._wishes: OrderedDict[Listener, deque[PictureRequest]] = OrderedDict()
        self._patient: set[Listener] = set()
        self._loading: dict[PictureRequest, set[Listener]] = {}
        self._registered: set[TileSize] = set()
        self._closed = False

    @cached_property
    def originals(self) -> Originals:
        """Photos decoded in full, for zooming and overlays."""
        from tui_selector.app.graphics.originals import Originals

        return Originals()

    @cached_property
    def films(self) -> Films:
        """The video whose frames are looked at."""
        from tui_selector.app.graphics.films import Films

        return Films()

    def get(self, request: PictureRequest) -> EncodedPicture | None:
        with self._changed:
            picture = self._memory.get(request)
            if picture is not None:
                self._memory.move_to_end(request)
            return picture

    def request(
        self, listener: Listener, wishes: Sequence[PictureRequest], *, patient: bool = False
    ) -> None:
        with self._changed:
            if wishes and not self._closed:
                self._wishes[listener] = deque(wishes)
                (self._patient.add if patient else self._patient.discard)(listener)
                self._start_threads()
                self._changed.notify_all()
            else:
                self._wishes.pop(listener, None)
                self._patient.discard(listener)

    def forget(self, key: str) -> None:
        with self._changed:
            for request in [request for request in self._memory if request.key == key]:
                self._bytes -= len(self._memory.pop(request).data) + ENTRY_OVERHEAD
        self.originals.forget(key)

    def close(self) -> None:
        """Stop the threads; each first finishes the picture it is at."""
        with self._changed:
            self._closed = True
            self._wishes.clear()
            self._changed.notify_all()
        self.originals.close()
        for thread in self._threads:
            thread.join()
        self.films.close()

    def _start_threads(self) -> None:
        while len(self._threads) < self._thread_count:
            thread = threading.Thread(
                target=self._work, name=f"pictures-{len(self._threads)}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (request := self._next()) is not None:
            with self._changed:
                patient = self._patient >= self._loading[request]
            if patient:
                self._give_way()
            picture = self._load(request)
            with self._changed:
                self._remember(request, picture)
                listeners = self._loading.pop(request, set())
            for listener in listeners:
                listener()

    def _next(self) -> PictureRequest | None:
        """Wait for the next wish, listeners taking turns; None when the source is closed."""
        with self._changed:
            while not self._closed:
                for listener in list(self._wishes):
                    wishes = self._wishes.pop(listener)
                    request = wishes.popleft()
                    if wishes:
                        self._wishes[listener] = wishes
                    if request in self._memory:
                        listener()
                    elif request in self._loading:
                        self._loading[request].add(listener)
                    else:
                        self._loading[request] = {listener}
                        return request
                if not self._wishes:
                    self._changed.wait()
            return None

    def _remember(self, request: PictureRequest, picture: EncodedPicture) -> None:
        self._memory[request] = picture
        self._bytes += len(picture.data) + ENTRY_OVERHEAD
        while self._bytes > self._budget and len(self._memory) > 1:
            _, dropped = self._memory.popitem(last=False)
            self._bytes -= len(dropped.data) + ENTRY_OVERHEAD

    def _load(self, request: PictureRequest) -> EncodedPicture:
        from tui_selector.library.pictures.decode import DecodeError

        try:
            if request.encoding == "png" or request.encoding == "sixel":
                return self._load_file(request, request.encoding)
            return halfcell.encode(
                self._image(request),
                request.width,
                request.height,
                request.encoding,
                stretch=1.0 if request.crop else request.stretch,
                dimmed=request.dimmed,
            )
        except DecodeError as error:
            return EncodedPicture(problem=str(error))
        except (
            Exception
        ) as error:  # A defect in a codec must not end the thread that shows pictures.
            return EncodedPicture(problem=f"The picture cannot be shown: {error}")

    def _load_file(self, request: PictureRequest, encoding: TileEncoding) -> EncodedPicture:
        from tui_selector.library.pictures.thumbnails import TileSize

        photo = content_hash(request)
        data: bytes | None = None
        if photo is not None and self._store is not None and request.on_disk:
            size = TileSize(request.width, request.height, request.colours, encoding)
            if size not in self._registered:
                self._registered.add(size)
                self._store.want_size(*size)
            data = self._store.get_tile(photo, *size)
        if data is None:
            data = self._encode_file(request, encoding, photo)
        if encoding == "sixel":
            return EncodedPicture(*sixel_size(data), fade_sixel(data) if request.dimmed else data)
        if request.dimmed:
            data = fade_png(data)
        return EncodedPicture(*png_size(data), data)

    def _encode_file(
        self, request: PictureRequest, encoding: TileEncoding, photo: bytes | None
    ) -> bytes:
        from tui_selector.app.graphics.large import WHOLE, encode_large, within
        from tui_selector.library.pictures.thumbnails import Tile, encode_tile

        size = request.width, request.height, request.colours
        if encoding == "sixel":
            image = within(self._image(request).convert("RGB"), request.crop or WHOLE)
            # A part is as large as the photo lets it be; anything else fills its box.
            box = image.size if request.crop else size[:2]
            image = in_blocks(image, box, request.block)
            data = encode_tile(image, *box, request.colours, "sixel")
        elif request.dithered or not request.colours:
            return encode_large(self._image(request), request.colours, request.crop or WHOLE)
        else:
            data = encode_tile(self._image(request), *size)
        if photo is not None and self._store is not None and request.on_disk:
            self._store.put_tiles([Tile(photo, *size, data, encoding)])
        return data

    def _image(self, request: PictureRequest) -> Image:
        """What a request shows, not shrunk yet but for a large picture; raises DecodeError."""
        if request.on_disk:
            return self._sized(request, request.width, request.height)
        from tui_selector.app.graphics.large import WHOLE, painted, part
        from tui_selector.library.pictures.picture import fit
        from tui_selector.library.pictures.thumbnails import THUMBNAIL_SIDE

        crop = request.crop
        left, top, right, bottom = crop or WHOLE
        block = request.block if crop else 1
        width = ceil(request.width / block / (right - left))
        height = ceil(request.height / block / (bottom - top))
        original = self.originals.get(request.key) if request.moment is None else None
        if request.moment is not None:
            image = self.films.frame(request.path, request.moment, max(width, height))
        elif (
            original is not None
            or request.overlay
            or (crop and max(width, height) > THUMBNAIL_SIDE)
        ):
            original = original or self.originals.load(request.key, request.path)
            image = original.image
        else:
            image = self._sized(request, width, height)
        if crop is not None:
            crisp = original is not None and image.width == original.width
            image = part(image, crop, (request.width, request.height), crisp=crisp)
        else:
            image = fit(image, (ceil(request.width * request.stretch), request.height))
        if original is not None and request.overlay:
            image = painted(image, original.mask(request.overlay), crop or WHOLE)
        if request.heat is not None:
            from tui_selector.app.graphics.heat import warmed

            image = warmed(image, request.heat, crop or WHOLE)
        return image

    def _sized(self, request: PictureRequest, width: int, height: int) -> Image:
        """The smallest image of the whole photo at hand that is large enough.

        Args:
            request: Names the photo.
            width: Pixels that can be used.
            height: Pixels that can be used.
        """
        import io

        from PIL import Image as pillow  # noqa: N813

        from tui_selector.library.pictures.thumbnails import THUMBNAIL_SIDE

        photo = content_hash(request)
        longest = max(width, height)
        if photo is not None and self._store is not None and longest <= THUMBNAIL_SIDE:
            thumbnail = self._store.get(photo)
            if thumbnail is not None:
                with pillow.open(io.BytesIO(thumbnail)) as image:
                    image.draft("RGB", (width, height))
                    return image.convert("RGB")
        from tui_selector.library.pictures.decode import decode
        from tui_selector.library.pictures.metadata import embedded_thumbnail

        path = Path(request.path)
        embedded = embedded_thumbnail(path)
        if embedded is not None and (
            embedded.width >= GOOD_ENOUGH * width or embedded.height >= GOOD_ENOUGH * height
        ):
            return embedded
        return decode(path, longest=longest).image


def in_blocks(image: Image, box: tuple[int, int], side: int) -> Image:
    """A picture fitted into a box, in squares of one colour with so many pixels on a side."""
    if side == 1:
        return image
    from PIL import Image as pillow  # noqa: N813

    from tui_selector.library.pictures.picture import fit

    fitted = fit(image, box, enlarge=True)
    few = fitted.resize(
        (ceil(fitted.width / side), ceil(fitted.height / side)), pillow.Resampling.BOX
    )
    return few.resize(fitted.size, pillow.Resampling.NEAREST)


def content_hash(request: PictureRequest) -> bytes | None:
    """The photo's content hash, None while the request is keyed by the path."""
    if request.key == request.path:
        return None
    try:
        return bytes.fromhex(request.key)
    except ValueError:
        return None
