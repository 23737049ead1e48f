from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from tui_selector.library.photo import Kind
from tui_selector.library.pictures.budget import MemoryBudget
from tui_selector.library.pictures.colour import BACKGROUND
from tui_selector.library.pictures.decode import DecodeError, Picture, UnreadableError, decode, fit
from tui_selector.library.pictures.formats import kind_of
from tui_selector.library.pictures.metadata import read_metadata

SENTENCE = r"^[A-Z][^\n]*\.$"


def photo(width: int = 320, height: int = 240) -> Image.Image:
    """A smooth colour picture that no flip or turn maps onto itself."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [255 * x / width, 255 * y / height, 255 * (x / width) ** 2]
    return Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def shown(data: bytes, longest: int = 1024, name: str = "a.jpg") -> Picture:
    return decode(Path(name), longest=longest, data=data)


def difference(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    pair = [np.asarray(image, dtype=np.float64) for image in (one, other)]
    return float(np.abs(pair[0] - pair[1]).mean())


@pytest.mark.parametrize(
    "folder", ["broken", "formats", "exif", "video", "immich", "neardup", "blur"]
)
def test_every_real_file_decodes_or_says_why_not(
    folder: str, shared_data: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    shown_files = 0
    for path in sorted(shared_data(folder).iterdir()):
        try:
            picture = decode(path, longest=600)
        except DecodeError as error:
            sentence = str(error)
            assert sentence[0].isupper()
            assert sentence.endswith(".")
            assert "\n" not in sentence
            assert path.name not in sentence
            continue
        shown_files += 1
        assert picture.image.mode == "RGB"
        assert max(picture.image.size) >= min(600, max(picture.width, picture.height))
        ratio = picture.width / picture.height
        assert picture.image.width / picture.image.height == pytest.approx(ratio, rel=0.1)
    assert shown_files > 2
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("shape", ["landscape", "portrait"])
def test_all_orientations_come_out_the_same(shape: str, shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("exif")
    pictures = [
        decode(folder / f"jpg__orientation__{shape}_{number}.jpg", longest=600)
        for number in range(1, 9)
    ]
    first = pictures[0]
    assert (first.width > first.height) == (shape == "landscape")
    for picture in pictures[1:]:
        assert (picture.width, picture.height) == (first.width, first.height)
        # The number in the middle differs; the corners and sides must agree.
        side = (0, 0, first.width // 3, first.height)
        assert difference(picture.image.crop(side), first.image.crop(side)) < 12


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_honoured_in_every_format(kind: str, orientation: int) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = photo(160, 120)
    data = encoded(stored, kind, exif=exif.tobytes(), quality=95)
    picture = shown(data)
    facts = read_metadata(Path("a.jpg"), data)
    tagged = stored.copy()
    tagged.getexif()[0x0112] = orientation
    expected = ImageOps.exif_transpose(tagged)
    assert (picture.width, picture.height) == expected.size
    assert (facts.width, facts.height) == expected.size
    assert difference(picture.image, expected) < 6


@given(st.integers(1, 1200), st.integers(1, 1200), st.integers(1, 1500), st.sampled_from("JP"))
@settings(max_examples=25, deadline=None)
def test_the_result_covers_what_was_asked(width: int, height: int, longest: int, kind: str) -> None:
    data = encoded(Image.new("RGB", (width, height)), {"J": "JPEG", "P": "PNG"}[kind])
    picture = shown(data, longest)
    assert (picture.width, picture.height) == (width, height)
    assert max(picture.image.size) >= min(longest, max(width, height))
    assert max(picture.image.size) <= max(width, height)


def test_a_scaled_jpeg_looks_like_the_whole_one() -> None:
    image = photo(1600, 1200)
    picture = shown(encoded(image, "JPEG", quality=92), longest=400)
    assert picture.image.size == (400, 300)
    assert difference(picture.image, image.resize((400, 300), Image.Resampling.BICUBIC)) < 3


def flat(mode: str, colour: object) -> Image.Image:
    return Image.new(mode, (16, 16), colour)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (encoded(flat("RGBA", (255, 0, 0, 0)), "PNG"), BACKGROUND),
        (encoded(flat("RGBA", (255, 0, 0, 255)), "PNG"), (255, 0, 0)),
        (encoded(flat("LA", (255, 0)), "PNG"), BACKGROUND),
        (encoded(flat("L", 7), "PNG", transparency=7), BACKGROUND),
        (encoded(flat("1", 1), "TIFF"), (255, 255, 255)),
        (encoded(flat("I;16", 0x8000), "PNG"), (128, 128, 128)),
        (encoded(flat("I;16B", 0x4000), "TIFF"), (64, 64, 64)),
        (encoded(flat("CMYK", (0, 0, 0, 0)), "TIFF"), (255, 255, 255)),
        (encoded(flat("CMYK", (0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
        (encoded(flat("LAB", (255, 128, 128)), "TIFF"), (255, 255, 255)),
        (encoded(flat("RGB", (9, 9, 200)).quantize(4), "GIF"), (9, 9, 200)),
    ],
    ids=[
        "clear",
        "opaque",
        "grey-alpha",
        "key",
        "bit",
        "16",
        "16-be",
        "paper",
        "ink",
        "lab",
        "pal",
    ],
)
def test_every_mode_becomes_rgb(data: bytes, colour: tuple[int, int, int]) -> None:
    pixel = shown(data).image.getpixel((8, 8))
    assert pixel == pytest.approx(colour, abs=4)


def test_float_samples_are_stretched_and_nan_is_survived() -> None:
    samples = np.linspace(-3, 5, 256, dtype=np.float32).reshape(16, 16)
    samples[3, 3] = np.nan
    values = np.asarray(shown(encoded(Image.fromarray(samples), "TIFF")).image)
    assert values.min() == 0
    assert values.max() == 255


def test_a_foreign_colour_profile_is_applied_and_srgb_is_left_alone() -> None:
    image = flat("RGB", (200, 60, 60))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert difference(shown(encoded(image, "PNG", icc_profile=srgb)).image, image) == 0
    assert difference(shown(encoded(image, "PNG", icc_profile=b"junk")).image, image) == 0


def test_display_p3_red_becomes_srgb_red(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("formats") / "test__fixtures__p3.png"
    with Image.open(path) as stored:
        raw = stored.convert("RGB")
    assert difference(decode(path, longest=64).image, raw) > 1


def test_the_first_frame_and_the_first_page_are_shown() -> None:
    frames = [flat("RGB", colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "TIFF", "PNG", "AVIF"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert shown(data).image.getpixel((8, 8)) == pytest.approx((255, 0, 0), abs=4), kind


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_cut_file_shows_what_is_there_and_says_so(kind: str, progressive: bool) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 300, 3), dtype=np.uint8)
    options = {"progressive": progressive} if kind == "JPEG" else {}
    data = encoded(Image.fromarray(noise), kind, **options)
    picture = shown(data[: len(data) * 2 // 3])
    assert picture.note is not None
    assert picture.note.startswith("The file is cut short")
    whole = shown(data)
    assert whole.note is None
    top = (0, 0, 300, 100)
    limit = 60 if progressive else 0.1
    assert difference(picture.image.crop(top), whole.image.crop(top)) <= limit


def test_a_file_with_next_to_nothing_left_is_refused() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 300, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), "JPEG")
    with pytest.raises(DecodeError, match=r"^The file is cut short\.$"):
        shown(data[: len(data) // 20])


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "WEBP", "AVIF", "BMP"]))
    whole = bytearray(encoded(photo(64, 48), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DecodeError):
        assert shown(bytes(whole), longest=64).image.mode == "RGB"


def test_what_the_file_system_refuses_is_told(tmp_path: Path) -> None:
    for make, sentence in {
        lambda path: None: "The file is gone.",
        lambda path: path.mkdir(): "This is a folder, not a file.",
        lambda path: os.mkfifo(path): "This is a pipe or a device, not a file.",
        lambda path: path.symlink_to(path): "The link leads in a circle.",
    }.items():
        path = tmp_path / f"case{len(os.listdir(tmp_path))}\udcff\n.jpg"
        make(path)  # type: ignore[no-untyped-call]
        with pytest.raises(UnreadableError) as caught:
            decode(path, longest=64)
        assert str(caught.value) == sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_no_permission_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(UnreadableError, match="no permission"):
        decode(path, longest=64)


def test_unusable_names_and_empty_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=SENTENCE):
        decode(Path("a\0b.jpg"), longest=64)
    with pytest.raises(UnreadableError, match="name is too long"):
        decode(tmp_path / ("x" * 400), longest=64)
    with pytest.raises(DecodeError, match=r"^The file is empty\.$"):
        shown(b"")
    with pytest.raises(DecodeError, match="not a picture in a format"):
        shown(b"just some words")
    with pytest.raises(DecodeError, match="damaged or of a kind"):
        shown(b"\xff\xd8nothing")


def test_the_path_and_the_bytes_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "not-a-jpeg.jpg"
    path.write_bytes(encoded(photo(), "PNG"))
    from_path = decode(path, longest=100)
    assert difference(from_path.image, shown(path.read_bytes(), 100).image) == 0


def png_claiming(width: int, height: int) -> bytes:
    """A valid PNG header and a few bytes that claim to be a huge picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4)

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    pixels = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_exif_behind_the_pixels_of_a_png_counts() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(photo(40, 20), "PNG", exif=exif.tobytes())
    start = data.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4], "big")
    moved = data[:start] + data[end:-12] + data[start:end] + data[-12:]
    picture = shown(moved)
    assert (picture.width, picture.height) == (20, 40)
    assert difference(picture.image, shown(data).image) == 0


def test_metadata_of_a_bomb_cost_nothing() -> None:
    facts = read_metadata(Path("a.png"), png_claiming(60_000, 60_000))
    assert (facts.width, facts.height) == (60_000, 60_000)


def test_a_bomb_is_refused_with_its_size() -> None:
    with pytest.raises(DecodeError, match="100000 x 90000 pixels"):
        shown(png_claiming(100_000, 90_000))


BOMBS = r"""
import json, re, resource, sys, threading
from pathlib import Path
from tui_selector.library.pictures.decode import DecodeError, decode
results = {}
def show(path):
    try:
        picture = decode(path, longest=20000 if "giant" in path.name else 1024)
        results[path.name] = [picture.width, picture.height, max(picture.image.size)]
    except DecodeError as error:
        results[path.name] = str(error)
paths = sorted(Path(sys.argv[1]).iterdir())
for start in range(0, len(paths), 6):
    threads = [threading.Thread(target=show, args=(path,)) for path in paths[start:start + 6]]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
status = Path("/proc/self/status")
if status.exists():
    # What getrusage says counts the process that started this one, too.
    peak = 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
print(json.dumps([peak, results]))
"""


def test_bombs_stay_under_a_gigabyte_and_a_half(shared_data: Callable[[str], Path]) -> None:
    output = subprocess.run(
        [sys.executable, "-c", BOMBS, str(shared_data("formats"))],
        capture_output=True,
        text=True,
        check=True,
    )
    peak, results = json.loads(output.stdout)
    assert peak < 1.5e9
    assert output.stderr == ""
    assert results["test__fixtures__giant-image.jpg"][:2] == [20000, 14000]
    assert results["test__fixtures__giant-image.jpg"][2] >= 10000
    assert "65536 x 65536 pixels" in results["test__fixtures__65536-uint32-limit.png"]


def test_the_budget_makes_others_wait_and_is_given_back() -> None:
    budget = MemoryBudget(100)
    order: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with budget.borrow(60):
            order.append("second")

    with budget.borrow(60):
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait()
        with budget.borrow(40):
            order.append("first")
    thread.join()
    assert order == ["first", "second"]
    with budget.borrow(100):
        pass
    with pytest.raises(ValueError, match="more than the budget"), budget.borrow(101):
        pass


@pytest.mark.parametrize(
    ("head", "suffix", "kind"),
    [
        (b"\xff\xd8\xff\xe0", ".mp4", Kind.IMAGE),
        (b"\0\0\0\x18ftypheic", ".jpg", Kind.IMAGE),
        (b"\0\0\0\x18ftypcrx ", ".cr3", Kind.RAW),
        (b"\0\0\0\x18ftypqt  ", ".jpg", Kind.VIDEO),
        (b"\x1aE\xdf\xa3", ".mkv", Kind.VIDEO),
        (b"RIFF\0\0\0\0AVI ", "", Kind.VIDEO),
        (b"RIFF\0\0\0\0WEBP", "", Kind.IMAGE),
        (b"II*\0\x08\0\0\0", ".nef", Kind.RAW),
        (b"II*\0\x08\0\0\0", ".tif", Kind.IMAGE),
        (b"II*\0\x10\0\0\0CR\2\0", ".tif", Kind.RAW),
        (b"G@\0\x10", ".mts", Kind.VIDEO),
        (b"GIF89a", ".gif", Kind.IMAGE),
    ],
)
def test_content_tells_the_kind(head: bytes, suffix: str, kind: Kind) -> None:
    assert kind_of(head, suffix) is kind


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 400), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_fit_keeps_inside_the_box(width: int, height: int, wide: int, high: int) -> None:
    small = fit(Image.new("L", (width, height)), (wide, high))
    assert small.width <= max(wide, 1)
    assert small.height <= max(high, 1)
    assert small.width <= width
    assert small.height <= height
    if width > wide or height > high:
        assert small.width == wide or small.height == high
