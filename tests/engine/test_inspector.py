"""Photos that were indexed without being measured are measured while the engine is idle."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from catalog_rows import indexed_row
from patience import PATIENCE
from PIL import Image
from skimage import data

from tui_selector.analysis.quality import close
from tui_selector.engine.inspector import Inspector
from tui_selector.engine.measuring import UNKNOWN, UNRECOGNISED, VERSION, look_version
from tui_selector.engine.protocol import AnyEvent, CatalogChanged
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind, Tag
from tui_selector.library.quality import Blur, Quality
from tui_selector.paths import LibraryPaths, library_paths

OLD = (Tag("coffee", 0.9, "model"), Tag("blurry", 1.0, "pixels"), Tag("dark", 0.7, "pixels"))


class Bench:
    """A library whose photos are indexed but not measured, and an inspector."""

    def __init__(self, paths: LibraryPaths) -> None:
        self.paths = paths
        self.quiet = True
        self.events: list[AnyEvent] = []
        self.rested = threading.Event()
        self.made: list[Inspector] = []

    def add(self, name: str, content: Image.Image | bytes, kind: Kind = Kind.IMAGE) -> bytes:
        """Put a photo into the library; return the hash of its bytes."""
        place = self.paths.root / name
        if isinstance(content, bytes):
            place.write_bytes(content)
        else:
            content.save(place, compress_level=1)  # where it is a PNG
        status = place.stat()
        hash_ = hashlib.blake2b(place.read_bytes(), digest_size=16).digest()
        with Catalog.open(self.paths) as catalog, catalog.transaction():
            size, mtime_ns = status.st_size, status.st_mtime_ns
            found = Found(path=name, size=size, mtime_ns=mtime_ns, kind=kind)
            (id_,) = catalog.photos.add([found])
            photo = indexed_row(
                id_, hash_, size=size, mtime_ns=mtime_ns, width=1, height=1, tags=OLD
            )
            catalog.photos.store_indexed([photo])
        return hash_

    def inspect(self, *, crashed: bool = False) -> None:
        """Let an inspector work until it rests."""
        self.rested.clear()
        inspector = Inspector(
            self.paths,
            crashed=crashed,
            may_work=lambda: self.quiet,
            on_rest=self.rested.set,
            publish=self.events.append,
        )
        self.made.append(inspector)
        inspector.start()
        assert self.rested.wait(PATIENCE)
        inspector.close()

    def quality(self, hash_: bytes) -> Quality:
        with Catalog.open(self.paths) as catalog:
            found = catalog.qualities.get(hash_)
        assert found is not None
        return found

    def tags(self, photo: int = 1) -> set[str]:
        with Catalog.open(self.paths) as catalog:
            return {tag.name for tag in catalog.tags.of_program(photo)}

    def left(self) -> int:
        """How many photos are still to be measured or looked at."""
        with Catalog.open(self.paths) as catalog:
            waiting = catalog.qualities.unmeasured(VERSION, 99)
            return len(waiting) + len(catalog.qualities.unlooked(look_version(), 99))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "album").mkdir()
    bench = Bench(library_paths(tmp_path / "album"))
    yield bench
    for inspector in bench.made:
        inspector.close()


@pytest.fixture
def coffee() -> Image.Image:
    return Image.fromarray(np.asarray(data.coffee())).resize((1800, 1200))


def test_a_photo_indexed_before_is_measured_looked_at_and_tagged(
    bench: Bench, coffee: Image.Image
) -> None:
    hash_ = bench.add("coffee.png", coffee)
    bench.inspect()
    quality = bench.quality(hash_)
    assert (quality.width, quality.height) == (1800, 1200)
    assert quality.blur is Blur.NONE
    assert quality.close_sharpness is not None
    assert quality.faces == 0
    assert bench.tags() == {"coffee", "dark"}  # it is not blurry after all
    assert [each.photos for each in bench.events if isinstance(each, CatalogChanged)] == [[1]]
    with Catalog.open(bench.paths) as catalog:
        (fingerprint,) = catalog.qualities.columns().fingerprints
    assert fingerprint != UNRECOGNISED
    assert bench.left() == 0


def test_a_face_is_found_with_its_eyes_and_copies_share_it(bench: Bench) -> None:
    astronaut = Image.fromarray(np.asarray(data.astronaut()))
    hash_ = bench.add("a.png", astronaut)
    assert bench.add("b.png", astronaut) == hash_
    bench.inspect()
    quality = bench.quality(hash_)
    assert (quality.faces, quality.prominent, quality.eyes) == (1, 1, 1)
    assert quality.face_x == pytest.approx(0.43, abs=0.05)
    assert quality.face_y == pytest.approx(0.22, abs=0.06)
    assert quality.eye_sharpness is not None
    assert "faces" in bench.tags(1) & bench.tags(2)


def test_without_cascades_faces_stay_untold_until_they_are_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_ = bench.add("a.png", Image.fromarray(np.asarray(data.astronaut())))
    with monkeypatch.context() as patched:
        patched.setattr(close, "can_look", lambda: False)
        bench.inspect()
        assert bench.quality(hash_).faces is None
        assert bench.left() == 0
    assert bench.left() == 1
    bench.inspect()
    assert bench.quality(hash_).faces == 1


def test_a_file_that_cannot_be_decoded_is_tried_once(bench: Bench) -> None:
    hash_ = bench.add("broken.jpg", b"\xff\xd8 not a picture")
    bench.inspect()
    assert bench.quality(hash_) == UNKNOWN
    assert bench.tags() == {"coffee", "dark"}
    assert bench.left() == 0


def test_a_file_that_changed_since_is_left_to_indexing(bench: Bench, coffee: Image.Image) -> None:
    bench.add("coffee.png", coffee)
    (bench.paths.root / "coffee.png").write_bytes(b"another picture")
    bench.add("gone.png", coffee)
    (bench.paths.root / "gone.png").unlink()
    bench.inspect()
    assert bench.left() == 2


def test_a_video_gets_no_tags_of_its_poster(bench: Bench) -> None:
    hash_ = bench.add("film.mov", Image.new("RGB", (600, 400)).tobytes(), Kind.VIDEO)
    with Catalog.open(bench.paths) as catalog, catalog.transaction():
        blank = Quality(width=600, height=400, side=480)
        catalog.qualities.store(hash_, VERSION, blank, UNRECOGNISED)
    bench.inspect()
    assert "blank" not in bench.tags()


@pytest.mark.parametrize("measured", [False, True])
def test_the_picture_of_a_crash_is_passed_over(
    bench: Bench, coffee: Image.Image, measured: bool
) -> None:
    hash_ = bench.add("coffee.png", coffee)
    known = Quality(width=1800, height=1200, side=480, sharpness=0.5)
    with Catalog.open(bench.paths) as catalog:
        catalog.store("inspection_in_hand", hash_.hex())
        if measured:
            with catalog.transaction():
                catalog.qualities.store(hash_, VERSION, known, UNRECOGNISED)
    bench.inspect(crashed=True)
    assert bench.quality(hash_) == (known if measured else UNKNOWN)
    assert bench.left() == 0


def test_nothing_is_done_while_something_else_is(
    bench: Bench, coffee: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        bench.add(f"{number}.png", coffee.resize((100 + number, 80)))
    looked: list[Callable[..., Quality]] = []
    real = close.look_closely

    def look_once(*given: object) -> Quality:
        bench.quiet = False
        looked.append(real)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(close, "look_closely", look_once)
    bench.inspect()
    assert len(looked) == 1
    assert bench.left() == 2
