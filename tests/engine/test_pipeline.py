"""A batch of files through the pipeline, and outcomes into the catalog, with a tiny model."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
from engine_library import Make
from intake_bench import Bench, old
from mean_colour import MeanColour
from PIL import Image
from threadpoolctl import threadpool_info

from tui_selector.engine.feed import Feed, Work, Workers
from tui_selector.engine.pipeline import Copied, Failed, Item, Outcome, Signals, process
from tui_selector.engine.protocol import CatalogChanged, Notice
from tui_selector.engine.store import Spaces, Store
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.vectors import VectorStore
from tui_selector.library.photo import Kind, State
from tui_selector.library.pictures.thumbnails import ThumbnailStore, TileSize
from tui_selector.models.embedder import ModelError
from tui_selector.paths import LibraryPaths


def item(path: Path, photo: int = 1, kind: Kind = Kind.IMAGE) -> Item:
    return Item(photo, path, kind, path.stat().st_size if path.exists() else 0)


def one(outcomes: list[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def test_everything_comes_from_one_picture(model: MeanColour, make_photos: Make, tmp_path: Path):
    (path,) = make_photos(tmp_path / "Photos", 1)
    outcome = one(process([item(path)], model, tile_sizes=[TileSize(64, 64)]))
    assert isinstance(outcome, Signals)
    assert (outcome.width, outcome.height, outcome.remark) == (200, 150, "")
    assert outcome.content.size == path.stat().st_size
    assert len(outcome.content.hash) == 16
    assert outcome.thumbnail.startswith(b"\xff\xd8")
    assert [(tile.width, tile.image[:4]) for tile in outcome.tiles] == [(64, b"\x89PNG")]
    assert {tag.source for tag in outcome.tags} >= {"model", "pixels"}
    assert np.linalg.norm(outcome.vector) == pytest.approx(1, abs=1e-5)


def test_a_panorama_is_decoded_large_enough_for_the_model(model: MeanColour, tmp_path: Path):
    model.input_size = 100
    seen = []
    prepare = model.prepare
    model.prepare = lambda image: (seen.append(image.size), prepare(image))[1]  # type: ignore[method-assign]
    path = tmp_path / "wide.jpg"
    Image.effect_noise((6000, 300), 50).save(path)
    process([item(path)], model)
    assert min(seen[0]) >= 100


def test_one_bad_file_stops_nothing(model: MeanColour, make_photos: Make, tmp_path: Path) -> None:
    good = make_photos(tmp_path, 3)
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(good[0].read_bytes()[:200])
    gone = tmp_path / "gone.jpg"
    batch = [
        item(path, number) for number, path in enumerate([good[0], bad, good[1], gone, good[2]])
    ]
    outcomes = {outcome.photo: outcome for outcome in process(batch, model)}
    assert [type(outcomes[number]) for number in range(5)] == [
        Signals,
        Failed,
        Signals,
        Failed,
        Signals,
    ]
    assert outcomes[1].again == "never"  # type: ignore[union-attr]
    assert outcomes[3].again == "later"  # type: ignore[union-attr]
    assert all(
        outcome.sentence.endswith(".") and str(tmp_path) not in outcome.sentence
        for outcome in outcomes.values()
        if isinstance(outcome, Failed)
    )


def test_a_model_that_fails_blames_no_file(
    model: MeanColour, make_photos: Make, tmp_path: Path
) -> None:
    model.broken = True
    with pytest.raises(ModelError, match="mean colour failed: out of memory"):
        process([item(path) for path in make_photos(tmp_path, 2)], model)


def test_a_file_that_grows_while_it_is_read_is_tried_soon(
    model: MeanColour, make_photos: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = make_photos(tmp_path, 1)
    from tui_selector.library.folder import identity

    monkeypatch.setattr(identity, "_is_unchanged", lambda before, after: False)
    outcome = one(process([item(path)], model))
    assert isinstance(outcome, Failed)
    assert outcome.again == "soon"


def test_known_bytes_are_not_embedded(model: MeanColour, make_photos: Make, tmp_path: Path) -> None:
    outcome = one(process([item(*make_photos(tmp_path, 1))], model, known=lambda item, hash_: True))
    assert isinstance(outcome, Copied)
    assert model.embedded == 0


def test_the_feed_shares_and_promotes() -> None:
    feed = Feed(workers=2)
    path = Path("x")
    feed.add(Item(number, path, Kind.IMAGE, 1000) for number in range(10))
    feed.add([Item(3, path, Kind.IMAGE, 1000)])
    assert feed.waiting == len(feed) == 10
    feed.promote([7, 5, 99])
    assert [each.photo for each in feed.take(8)] == [7, 5, 0, 1]
    assert [each.photo for each in feed.take(8)] == [2, 3, 4]
    assert 3 in feed
    feed.finish([2, 3, 4])
    assert 3 not in feed
    feed.add([Item(50, path, Kind.IMAGE, 30 * 2**20)], first=True)
    feed.add([Item(51, path, Kind.IMAGE, 1)])
    assert [each.photo for each in feed.take(8)] == [50]
    feed.discard()
    assert feed.waiting == 0
    feed.close()
    assert feed.take(8) == []


def test_workers_that_begin_together_do_not_go_on_in_step() -> None:
    feed = Feed(workers=3)
    items = [Item(number, Path("x"), Kind.IMAGE, 1000) for number in range(60)]
    for _ in range(2):
        feed.add(items)
        assert [len(feed.take(6)) for _ in range(4)] == [2, 4, 6, 6]
        feed.discard()
        feed.finish(item.photo for item in items)


def test_a_batch_multiplies_in_the_thread_of_its_worker(tmp_path: Path) -> None:
    counts: set[int] = set()
    done: SimpleQueue[object] = SimpleQueue()

    def work(batch: list[Item]) -> list[Outcome]:
        counts.update(
            each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"
        )
        return []

    @contextmanager
    def open_work() -> Iterator[Work]:
        yield work

    feed = Feed(workers=1)
    Workers(feed, 1, 8, open_work, lambda batch, result: done.put(result))
    feed.add([Item(7, tmp_path / "a.jpg", Kind.IMAGE, 1)])
    assert done.get(timeout=60) == []
    feed.close()
    assert counts == {1}


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        sqlite3.OperationalError("database or disk is full"),
    ],
)
def test_a_full_disk_is_said_once_and_nothing_is_lost(
    bench: Bench,
    model: MeanColour,
    make_photos: Make,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    old(make_photos(bench.catalog.root, 12))
    full, refused = True, 0
    append = VectorStore.append

    def maybe(*arguments: object) -> None:
        nonlocal refused
        if full:
            refused += 1
            raise error
        append(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(VectorStore, "append", maybe)
    monkeypatch.setattr("tui_selector.engine.intake._DISK_PAUSE", 0.05)
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: refused >= 4)
    assert "cannot be written" in bench.intake.disk_trouble
    assert bench.catalog.photos.count(State.FOUND) == 12
    assert not bench.intake.is_done
    full = False
    bench.until(lambda: bench.intake.is_done)
    assert bench.intake.disk_trouble == ""
    assert bench.catalog.photos.count(State.INDEXED) == 12
    assert model.embedded == 12
    notices = [event for event in bench.events if isinstance(event, Notice)]
    assert len(notices) == 1
    assert "make room" in notices[0].sentence


def test_a_model_that_keeps_failing_is_given_up(
    bench: Bench, model: MeanColour, make_photos: Make
) -> None:
    old(make_photos(bench.catalog.root, 16))
    model.broken = True
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.intake.failed)
    assert "mean colour failed" in bench.intake.model_trouble
    assert bench.catalog.photos.count(State.FOUND) == 16


def test_a_model_that_recovers_indexes_everything(
    bench: Bench, model: MeanColour, make_photos: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_selector.engine.retries._SOON", 0.01)
    old(make_photos(bench.catalog.root, 4))
    model.broken = True
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.intake.model_trouble)
    model.broken = False
    bench.until(lambda: bench.intake.is_done)
    assert bench.intake.model_trouble == ""
    assert bench.catalog.photos.count(State.INDEXED) == 4


def test_copies_are_embedded_once_and_get_all_that_is_known(
    bench: Bench, model: MeanColour, make_photos: Make
) -> None:
    (path,) = old(make_photos(bench.catalog.root, 1))
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.intake.is_done)
    copy = path.with_name("copy.jpg")
    copy.write_bytes(path.read_bytes())
    old([copy])
    bench.intake.compare()
    bench.until(lambda: bench.intake.is_done)
    first, second = bench.photo(path.name), bench.photo("copy.jpg")
    assert model.embedded == 1
    assert (second.hash, second.width, second.state) == (first.hash, 200, State.INDEXED)
    tags = bench.catalog.tags.of([first.id, second.id])
    assert tags[first.id] == tags[second.id] != []


def test_what_is_looked_at_comes_first(bench: Bench, model: MeanColour, make_photos: Make) -> None:
    old(make_photos(bench.catalog.root, 60))
    bench.intake.compare()
    last = bench.catalog.photos.pending(100)[-3:]
    bench.intake.look([photo.id for photo in last])
    bench.intake.use(model)
    bench.until(lambda: bench.intake.is_done)
    changed = [e.photos for e in bench.events if isinstance(e, CatalogChanged) and not e.tabs]
    assert set(changed[0][:3]) == {photo.id for photo in last}


def test_an_empty_place_on_another_disk_changes_nothing(
    bench: Bench, model: MeanColour, make_photos: Make
) -> None:
    made = old(make_photos(bench.catalog.root, 3))
    bench.intake.compare()
    bench.catalog.store("disk", 1)
    for path in made:
        path.unlink()
    bench.intake.compare()
    assert "on another disk" in bench.intake.folder.trouble
    assert bench.catalog.photos.count(State.MISSING) == 0
    bench.catalog.store("disk", bench.catalog.root.stat().st_dev)
    bench.intake.compare()
    assert bench.intake.folder.trouble == ""
    assert bench.catalog.photos.count(State.MISSING) == 3


def test_a_photo_that_left_meanwhile_stays_where_it_went(
    catalog: Catalog, thumbnails: ThumbnailStore, model: MeanColour, make_photos: Make
) -> None:
    (path,) = make_photos(catalog.root, 1)
    (photo,) = catalog.photos.add(
        [Found(path=path.name, size=path.stat().st_size, mtime_ns=1, kind=Kind.IMAGE)]
    )
    outcomes = process([item(path, photo)], model)
    catalog.photos.set_state([photo], State.TRASHED)
    store = Store(catalog, thumbnails, Spaces(str(model.key), 3))
    stored = store.write([(item(path, photo), outcomes[0])])
    assert stored.indexed == []
    row = catalog.photos.one(photo)
    assert row is not None
    assert row.state is State.TRASHED


def test_lost_vectors_are_made_again(
    bench: Bench, model: MeanColour, make_photos: Make, paths: LibraryPaths
) -> None:
    old(make_photos(bench.catalog.root, 10))
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.intake.is_done)
    (file,) = [f for f in paths.vectors.iterdir() if f.stat().st_size == 10 * 3 * 2]
    with file.open("r+b") as stream:
        stream.truncate(7 * 3 * 2 + 1)
    bench.intake.use(model)
    bench.until(lambda: bench.intake.is_done)
    hashes, vectors = bench.catalog.vectors.load(str(model.key), 3)
    assert len(set(hashes)) == len(vectors) == 10
    assert model.embedded == 13


def test_after_a_crash_suspects_come_last_and_alone(
    catalog: Catalog, thumbnails: ThumbnailStore, model: MeanColour, make_photos: Make
) -> None:
    old(make_photos(catalog.root, 20))
    first = Bench(catalog, thumbnails)
    first.intake.compare()
    suspects = [photo.id for photo in catalog.photos.pending(3)]
    catalog.store("in_hand", suspects)
    batches: list[list[int]] = []
    second = Bench(catalog, thumbnails, crashed=True)
    receive = second.intake.receive
    second.intake.receive = lambda batch, result: (  # type: ignore[method-assign]
        batches.append([item.photo for item in batch]),
        receive(batch, result),
    )[1]
    second.intake.use(model)
    second.until(lambda: second.intake.is_done)
    assert sorted(batches[-3:]) == sorted([photo] for photo in suspects)
    assert catalog.photos.count(State.INDEXED) == 20
    assert catalog.load("in_hand", list[int], [0]) == []
    first.close()
    second.close()


@pytest.mark.parametrize("crashed", [True, False])
def test_the_photo_that_crashes_the_engine_alone_is_left_alone(
    catalog: Catalog,
    thumbnails: ThumbnailStore,
    model: MeanColour,
    make_photos: Make,
    crashed: bool,
) -> None:
    old(make_photos(catalog.root, 5))
    first = Bench(catalog, thumbnails)
    first.intake.compare()
    (guilty,) = catalog.photos.pending(1)
    catalog.store("in_hand", [guilty.id])
    second = Bench(catalog, thumbnails, crashed=crashed)
    second.intake.use(model)
    second.until(lambda: second.intake.is_done)
    problems = [(guilty.path, "crashed at this file")] if crashed else []
    told = catalog.photos.problems()
    assert len(told) == len(problems)
    assert all(
        (each.path, True) == (path, part in each.sentence)
        for each, (path, part) in zip(told, problems, strict=True)
    )
    assert catalog.photos.count(State.INDEXED) == 5 - len(problems)
    first.close()
    second.close()
