from __future__ import annotations

import io
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from patience import PATIENCE
from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat
from textual.geometry import Size

from tui_selector.app.graphics.encoded import fade_png, png_size
from tui_selector.app.graphics.kitty import KittyPainter
from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.painter import EncodedPicture, PictureRequest
from tui_selector.app.graphics.pictures import ENTRY_OVERHEAD, Pictures
from tui_selector.library.pictures.thumbnails import (
    ThumbnailStore,
    Tile,
    encode_thumbnail,
    encode_tile,
)

HASH = bytes(range(32))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    Image.linear_gradient("L").resize((300, 200)).convert("RGB").save(path)
    return path


@pytest.fixture
def source() -> Iterator[Pictures]:
    pictures = Pictures()
    yield pictures
    pictures.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ThumbnailStore]:
    with ThumbnailStore.open(tmp_path / "thumbnails.sqlite") as opened:
        yield opened


def png_request(path: Path, key: str = "", **changes: object) -> PictureRequest:
    values: dict[str, object] = {
        "key": key or str(path),
        "path": str(path),
        "columns": 12,
        "rows": 4,
        "width": 120,
        "height": 80,
        "encoding": "png",
    }
    return PictureRequest(**(values | changes))  # type: ignore[arg-type]


def fetch(source: Pictures, *requests: PictureRequest) -> list[EncodedPicture]:
    """Ask and wait until every request is answered."""
    came = threading.Event()
    source.request(came.set, requests)
    deadline = time.monotonic() + PATIENCE
    while True:
        answers = [source.get(request) for request in requests]
        if all(answer is not None for answer in answers):
            return [answer for answer in answers if answer is not None]
        assert came.wait(deadline - time.monotonic()), "the pictures never came"
        came.clear()


def test_a_file_becomes_a_palette_png_of_the_size_asked_for(source: Pictures, photo: Path) -> None:
    request = png_request(photo)
    assert source.get(request) is None
    (picture,) = fetch(source, request)
    image = Image.open(io.BytesIO(picture.data))
    assert (image.format, image.mode, image.size) == ("PNG", "P", (120, 80))
    assert (picture.width, picture.height) == image.size
    assert picture.problem == ""


@pytest.mark.parametrize(("encoding", "size"), [("truecolor", 3), ("256", 1), ("ramp", 1)])
def test_half_cell_encodings_are_bare_pixels(
    source: Pictures, photo: Path, encoding: str, size: int
) -> None:
    (picture,) = fetch(source, png_request(photo, encoding=encoding, width=12, height=8))
    assert (picture.width, picture.height) == (12, 8)
    assert len(picture.data) == 12 * 8 * size


def test_the_finest_tile_shows_a_sky_without_bands(source: Pictures, tmp_path: Path) -> None:
    sky = Image.linear_gradient("L").resize((400, 280))
    photo = tmp_path / "sky.png"
    colours = (sky.point([level // 3 + offset for level in range(256)]) for offset in (20, 60, 110))
    Image.merge("RGB", tuple(colours)).save(photo)
    link = TerminalLink()
    link.listen(lambda text: None)
    painter = KittyPainter(lambda text: None, link=link)
    plain = painter.request(str(photo), str(photo), Size(20, 7), dimmed=False)
    errors = []
    for request in (plain, painter.finest(plain)):
        (shown,) = fetch(source, request)
        with Image.open(photo) as whole, Image.open(io.BytesIO(shown.data)) as tile:
            assert tile.mode == "P"
            # From where the eye is, neighbouring pixels are one.
            blur = ImageFilter.GaussianBlur(2)
            wanted = whole.resize(tile.size, Image.Resampling.BICUBIC).filter(blur)
            difference = ImageChops.difference(wanted, tile.convert("RGB").filter(blur))
        errors.append(sum(ImageStat.Stat(difference).rms))
    assert errors[1] < 0.6 * errors[0]


def test_a_stored_tile_is_taken_as_it_is(store: ThumbnailStore, tmp_path: Path) -> None:
    stored = encode_tile(Image.new("RGB", (120, 80), "green"), 120, 80)
    store.put_tiles([Tile(HASH, 120, 80, 256, stored)])
    source = Pictures(store)
    (picture,) = fetch(source, png_request(tmp_path / "gone.jpg", HASH.hex()))
    source.close()
    assert picture.data == stored
    assert [size[:2] for size in store.wanted_sizes()] == [(120, 80)]


def test_a_thumbnail_saves_the_decoding_and_its_tile_is_stored(
    store: ThumbnailStore, tmp_path: Path
) -> None:
    store.put_many([(HASH, encode_thumbnail(Image.new("RGB", (600, 300), "blue")))])
    source = Pictures(store)
    request = png_request(tmp_path / "gone.jpg", HASH.hex())
    picture, small = fetch(
        source, request, png_request(tmp_path / "gone.jpg", HASH.hex(), encoding="truecolor")
    )
    source.close()
    assert (picture.width, picture.height) == (120, 60)
    assert store.get_tile(HASH, 120, 80) == picture.data
    assert small.data[2] > 200 > small.data[0]


def test_an_embedded_thumbnail_serves_small_tiles_only(source: Pictures, tmp_path: Path) -> None:
    path = tmp_path / "camera.jpg"
    thumbnail = io.BytesIO()
    Image.new("RGB", (160, 120), "red").save(thumbnail, "JPEG")
    Image.new("RGB", (1600, 1200), "blue").save(path, exif=exif_with(thumbnail.getvalue()))
    small, large = fetch(
        source,
        png_request(path, width=200, height=126),
        png_request(path, width=600, height=400),
    )
    assert colour_of(small) == "red"
    assert colour_of(large) == "blue"


def exif_with(thumbnail: bytes) -> bytes:
    """An EXIF block whose second directory is a JPEG thumbnail."""
    first = struct.pack(">HI", 0, 8 + 2 + 4)
    offset = 8 + 2 + 4 + 2 + 3 * 12 + 4
    entries = b"".join(
        struct.pack(">HHI", tag, kind, 1) + value
        for tag, kind, value in (
            (0x0103, 3, struct.pack(">HH", 6, 0)),
            (0x0201, 4, struct.pack(">I", offset)),
            (0x0202, 4, struct.pack(">I", len(thumbnail))),
        )
    )
    second = struct.pack(">H", 3) + entries + struct.pack(">I", 0)
    return b"Exif\0\0MM\0*\0\0\0\x08" + first + second + thumbnail


def colour_of(picture: EncodedPicture) -> str:
    red, _, blue = Image.open(io.BytesIO(picture.data)).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    return "red" if red > blue else "blue"


def test_a_photo_is_shown_upright(source: Pictures, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 200)).save(path, exif=exif)
    (picture,) = fetch(source, png_request(path, width=100, height=100))
    assert (picture.width, picture.height) == (67, 100)


@pytest.mark.parametrize("content", [b"", b"not a picture", None])
def test_what_cannot_be_shown_is_a_sentence(
    source: Pictures, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.jpg"
    if content is not None:
        path.write_bytes(content)
    (picture,) = fetch(source, png_request(path))
    assert picture.data == b""
    assert picture.problem.endswith(".")


def test_a_damaged_tile_in_the_cache_ends_in_a_sentence_too(
    store: ThumbnailStore, tmp_path: Path
) -> None:
    store.put_tiles([Tile(HASH, 120, 80, 256, b"short")])
    source = Pictures(store)
    (picture,) = fetch(source, png_request(tmp_path / "gone.jpg", HASH.hex()))
    source.close()
    assert picture.problem


def test_a_faded_png_differs_in_its_palette_only() -> None:
    image = ImageOps.colorize(Image.linear_gradient("L"), "navy", "yellow")
    data = encode_tile(image, 64, 64)
    faded = fade_png(data)
    assert png_size(faded) == (64, 64)
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(faded))
    assert before.tobytes() == after.tobytes()
    assert after.convert("L").getextrema()[1] < before.convert("L").getextrema()[1] / 2  # type: ignore[operator]
    at = faded.index(b"PLTE")
    (length,) = struct.unpack_from(">I", faded, at - 4)
    (checksum,) = struct.unpack_from(">I", faded, at + 4 + length)
    assert checksum == zlib.crc32(faded[at : at + 4 + length])
    true_colour = io.BytesIO()
    image.save(true_colour, "PNG")
    assert fade_png(true_colour.getvalue()) == true_colour.getvalue()


class SlowPictures(Pictures):
    """Loads one picture whenever it is let."""

    def __init__(self, **options: int) -> None:
        super().__init__(threads=1, **options)
        self.loaded: list[str] = []
        self.started = threading.Semaphore(0)
        self.let = threading.Semaphore(0)

    def _load(self, request: PictureRequest) -> EncodedPicture:
        self.loaded.append(request.key)
        self.started.release()
        assert self.let.acquire(timeout=PATIENCE)
        return EncodedPicture(1, 1, b"x" * 1000)


def test_a_small_photo_fills_its_box_as_sixel_data(tmp_path: Path, source: Pictures) -> None:
    path = tmp_path / "small.png"
    Image.new("RGB", (40, 30), "teal").save(path)
    sizes: dict[str, object] = {"encoding": "sixel", "width": 200, "height": 120}
    for changes in ({}, {"on_disk": False}, {"on_disk": False, "block": 4}):
        (picture,) = fetch(source, png_request(path, **(sizes | changes)))
        assert (picture.width, picture.height) == (160, 120)


def test_sixel_data_of_a_part_ends_with_the_photo(photo: Path, source: Pictures) -> None:
    with Image.open(photo) as image:
        width, height = image.size
    # As many cells of 10 x 20 pixels as the photo takes at 100 %: the last reach beyond it.
    box = (width + 7, height + 11)
    crop = (0.0, 0.0, box[0] / width, box[1] / height)
    request = png_request(
        photo, encoding="sixel", on_disk=False, crop=crop, width=box[0], height=box[1]
    )
    (picture,) = fetch(source, request)
    assert (picture.width, picture.height) == (width, height)


def test_what_is_patient_gives_way_and_what_a_key_shows_does_not(photo: Path) -> None:
    ways: list[str] = []
    pictures = Pictures(give_way=lambda: ways.append("gave way"))
    came = threading.Semaphore(0)
    try:
        for request, patient in ((png_request(photo), True), (png_request(photo, rows=5), False)):
            pictures.request(came.release, [request], patient=patient)
            assert came.acquire(timeout=PATIENCE)
            assert ways == ["gave way"]
    finally:
        pictures.close()


def named(*names: str) -> list[PictureRequest]:
    return [png_request(Path(f"/{name}"), name) for name in names]


@pytest.fixture
def slow() -> Iterator[SlowPictures]:
    pictures = SlowPictures()
    yield pictures
    for _ in range(20):
        pictures.let.release()
    pictures.close()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_new_wishes_replace_the_old_ones(slow: SlowPictures) -> None:
    came = threading.Semaphore(0)

    def listener() -> None:
        came.release()

    slow.request(listener, named("a", "b", "c"))
    assert slow.started.acquire(timeout=PATIENCE)
    slow.request(listener, named("d", "e"))
    for _ in range(3):
        slow.let.release()
        assert came.acquire(timeout=PATIENCE)
    assert slow.loaded == ["a", "d", "e"]
    slow.request(listener, [])
    assert slow.get(named("b")[0]) is None


def test_listeners_take_turns_and_share_what_is_loading(slow: SlowPictures) -> None:
    told: list[str] = []

    def first() -> None:
        told.append("first")

    def second() -> None:
        told.append("second")

    slow.request(first, named("a", "b"))
    assert slow.started.acquire(timeout=PATIENCE)
    slow.request(second, named("a", "c"))
    for _ in range(3):
        slow.let.release()
    wait_for(lambda: len(told) == 4)
    assert sorted(slow.loaded) == ["a", "b", "c"]
    assert sorted(told) == ["first", "first", "second", "second"]


def test_memory_is_bounded_and_what_changed_is_forgotten() -> None:
    slow = SlowPictures(bytes_budget=3 * (1000 + ENTRY_OVERHEAD))
    for _ in range(10):
        slow.let.release()
    requests = named("a", "b", "c")
    fetch(slow, *requests)
    assert slow.get(requests[0]) is not None
    fetch(slow, *named("d"))
    assert [slow.get(request) is not None for request in requests] == [True, False, True]
    slow.forget("a")
    assert slow.get(requests[0]) is None
    slow.close()
    slow.request(lambda: None, requests)
    assert slow.loaded == ["a", "b", "c", "d"]


def test_nothing_heavy_is_imported_before_the_first_picture() -> None:
    code = (
        "import sys, tui_selector.app.graphics.output, tui_selector.app.widgets.tile_grid;"
        "print(sorted({'PIL', 'numpy', 'sqlite3', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_probe_does_not_wait_for_textual() -> None:
    code = (
        "import sys, tui_selector.app.graphics.probe;"
        "print(sorted({'textual', 'rich', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
