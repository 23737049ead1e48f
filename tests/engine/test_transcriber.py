"""Text in photos is read in the background, with a reader that knows what it was given."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from catalog_rows import indexed_row
from patience import PATIENCE
from PIL import Image

from tui_selector.engine.protocol import AnyEvent, CatalogChanged, Notice
from tui_selector.engine.transcriber import Transcriber
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.text_table import TROUBLE_KEY, TextLine
from tui_selector.library.photo import Kind
from tui_selector.models.embedder import ModelError
from tui_selector.models.ocr import TextReader
from tui_selector.paths import LibraryPaths, library_paths


class ColourReader:
    """Reads "RED" in red pictures and nothing in others; fails at black ones."""

    longest = 32

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def read(self, picture: Image.Image) -> list[TextLine]:
        self.sizes.append(picture.size)
        red, green, blue = picture.convert("RGB").resize((1, 1)).getpixel((0, 0))
        if red + green + blue < 30:
            raise RuntimeError("the networks fail")
        return [TextLine("RED", 0.9, (0.0, 0.0, 1.0, 1.0))] if red > green + blue else []


class Bench:
    """A library with photos and a transcriber; `quiet` is whether nothing else is to be done."""

    def __init__(self, paths: LibraryPaths) -> None:
        self.paths = paths
        self.quiet = True
        self.reader = ColourReader()
        self.events: list[AnyEvent] = []
        self.progresses: list[tuple[int, int]] = []
        self.heard = threading.Condition()
        self.made: list[Transcriber] = []

    def add(self, name: str, colour: str, data: bytes | None = None) -> int:
        place = self.paths.root / name
        if data is None:
            Image.new("RGB", (120, 80), colour).save(place)
        else:
            place.write_bytes(data)
        status = place.stat()
        with Catalog.open(self.paths) as catalog, catalog.transaction():
            found = Found(
                path=name, size=status.st_size, mtime_ns=status.st_mtime_ns, kind=Kind.IMAGE
            )
            (id_,) = catalog.photos.add([found])
            photo = indexed_row(
                id_,
                hashlib.blake2b(name.encode(), digest_size=16).digest(),
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                width=120,
                height=80,
            )
            catalog.photos.store_indexed([photo])
        return id_

    def start(
        self,
        load: Callable[[], TextReader] | None = None,
        *,
        trouble: str = "",
        crashed: bool = False,
    ) -> Transcriber:
        transcriber = Transcriber(
            self.paths,
            "colours",
            load or (lambda: self.reader),
            trouble=trouble,
            crashed=crashed,
            may_work=lambda: self.quiet,
            tell=lambda *progress: self.progresses.append(progress),
            publish=self.hear,
        )
        self.made.append(transcriber)
        transcriber.start()
        return transcriber

    def hear(self, event: AnyEvent) -> None:
        with self.heard:
            self.events.append(event)
            self.heard.notify_all()

    def wait(self, fits: Callable[[AnyEvent], bool]) -> None:
        """Wait for an event."""
        with self.heard:
            assert self.heard.wait_for(lambda: any(map(fits, self.events)), PATIENCE)

    def told(self) -> set[int]:
        changed = [event for event in self.events if isinstance(event, CatalogChanged)]
        return {photo for event in changed for photo in event.photos}

    def with_text(self) -> set[int]:
        with Catalog.open(self.paths) as catalog:
            return catalog.texts.with_text()

    def progress(self) -> tuple[int, int]:
        with Catalog.open(self.paths) as catalog:
            return catalog.texts.progress()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "Photos").mkdir()
    bench = Bench(library_paths(tmp_path / "Photos"))
    yield bench
    for transcriber in bench.made:
        transcriber.close()


def test_every_photo_is_read_once(bench: Bench) -> None:
    red = [bench.add(f"red{number}.png", "red") for number in range(20)]
    bench.add("blue.png", "blue")
    transcriber = bench.start()
    bench.wait(lambda event: bench.told() == set(red))
    transcriber.close()
    assert bench.with_text() == set(red)
    assert bench.progress() == (21, 21)
    assert len(bench.reader.sizes) == 21
    assert max(map(max, bench.reader.sizes)) == 32
    assert bench.progresses[0] == (0, 21)
    reading = [each for each in bench.progresses if each != (0, 0)]
    assert reading == [(read, 21) for read in range(21)]
    assert bench.progresses[-1] == (0, 0)
    again = bench.start()
    later = bench.add("later.png", "red")
    again.wake()
    bench.wait(lambda event: later in bench.told())
    assert len(bench.reader.sizes) == 22


def test_it_waits_until_nothing_else_is_to_be_done(bench: Bench) -> None:
    bench.quiet = False
    red = bench.add("red.png", "red")
    transcriber = bench.start()
    transcriber.wake()
    assert not transcriber.busy
    assert bench.reader.sizes == []
    bench.quiet = True
    transcriber.wake()
    bench.wait(lambda event: bench.told() == {red})


def test_files_that_cannot_be_read_are_no_hindrance(bench: Bench) -> None:
    bench.add("1 black.png", "black")
    bench.add("2 broken.png", "", b"no picture at all")
    gone = bench.add("3 gone.png", "red")
    changed = bench.add("4 changed.png", "red")
    (bench.paths.root / "3 gone.png").unlink()
    (bench.paths.root / "4 changed.png").write_bytes(b"others by now")
    red = bench.add("5 red.png", "red")
    transcriber = bench.start()
    bench.wait(lambda event: bench.told() == {red})
    transcriber.close()
    assert bench.progress() == (3, 5)
    with Catalog.open(bench.paths) as catalog:
        assert [each.id for each in catalog.texts.unread("colours", 9)] == [gone, changed]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_picture_that_ended_the_engine_is_passed_over(bench: Bench) -> None:
    bench.add("1 red.png", "red")
    other = bench.add("2 red.png", "red")

    class Deadly(ColourReader):
        def read(self, picture: Image.Image) -> list[TextLine]:
            raise SystemExit  # ends the thread as a crash ends the process

    dying = bench.start(Deadly)
    dying._thread.join(PATIENCE)
    assert bench.progress() == (0, 2)
    bench.start(crashed=True)
    bench.wait(lambda event: bench.told() == {other})
    assert bench.progress() == (2, 2)


def test_why_nothing_is_read_is_kept_for_searches(bench: Bench) -> None:
    bench.add("red.png", "red")

    def load() -> TextReader:
        raise ModelError("The reader is not there.")

    bench.start(load)
    bench.wait(lambda event: isinstance(event, Notice))
    with Catalog.open(bench.paths) as catalog:
        assert catalog.load(TROUBLE_KEY, str, "") == "The reader is not there."


def test_a_reader_that_is_not_wanted_is_not_loaded(bench: Bench) -> None:
    bench.add("red.png", "red")
    bench.start(trouble="It is switched off.").close()
    assert bench.reader.sizes == []
    with Catalog.open(bench.paths) as catalog:
        assert catalog.load(TROUBLE_KEY, str, "") == "It is switched off."
    bench.start()
    bench.wait(lambda event: bool(bench.told()))
    with Catalog.open(bench.paths) as catalog:
        assert catalog.load(TROUBLE_KEY, str, "-") == ""
