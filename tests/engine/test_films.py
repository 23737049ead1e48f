"""Videos on their way: the poster first, then the frames; killed, changed, damaged in between."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from engine_library import Library, Make
from intake_bench import Bench, old
from mean_colour import MeanColour
from PIL import Image

from tui_selector.engine.films import look_through
from tui_selector.engine.pipeline import Content, Failed, Frames, Item, process
from tui_selector.engine.protocol import CatalogChanged
from tui_selector.engine.store import Spaces
from tui_selector.engine.tabs import load_album
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.frame_table import frame_key
from tui_selector.library.folder.files import DecodeError
from tui_selector.library.folder.identity import hash_file
from tui_selector.library.photo import Kind, State, Tag
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.library.pictures.video import Film
from tui_selector.models.embedder import Embedding, ModelError

RED, GREEN, BLUE = (220, 30, 30), (30, 200, 40), (30, 40, 220)


def film(path: Path, *scenes: tuple[int, int, int], seconds: float = 1.0) -> Path:
    """Write a video of plain scenes; each begins with a key frame."""
    with av.open(str(path), "w") as container:
        track = container.add_stream("mpeg4", rate=10)
        assert isinstance(track, av.VideoStream)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        track.codec_context.gop_size = 10
        number = 0
        for colour in scenes:
            for _ in range(round(10 * seconds)):
                pixels = np.full((48, 64, 3), colour, np.uint8)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 10)
                container.mux(track.encode(frame))
                number += 1
        container.mux(track.encode())
    old([path])
    return path


def of(path: Path) -> tuple[Item, Content]:
    status = path.stat()
    content = Content(hash_file(path), status.st_size, status.st_mtime_ns)
    return Item(1, path, Kind.VIDEO, status.st_size, content), content


def seen(path: Path, model: MeanColour, go_on: Callable[[], bool] = lambda: True) -> Frames:
    found = look_through(*of(path), model, go_on)
    assert isinstance(found, Frames)
    return found


def nearest(vectors: np.ndarray) -> list[str]:
    """Which primary colour each vector of the model is nearest to."""
    return ["RGB"[channel] for channel in vectors.argmax(axis=1)]


def test_every_scene_gets_a_vector(model: MeanColour, tmp_path: Path) -> None:
    found = seen(film(tmp_path / "a.mp4", RED, GREEN, BLUE), model)
    assert found.seconds == pytest.approx((0.0, 1.0, 2.0), abs=0.11)
    assert nearest(found.vectors) == ["R", "G", "B"]
    assert found.words.shape == (3, 2)
    assert found.sentence == ""
    assert model.embedded == 3


def test_tags_are_what_any_frame_shows_and_what_all_look_like(
    model: MeanColour, tmp_path: Path
) -> None:
    embed = model.embed

    def tagged(batch: Sequence[np.ndarray]) -> Embedding:
        names = {"R": "fire", "G": "grass", "B": "sea"}
        vectors, words, _ = embed(batch)
        tags = [Tag(names[each], 0.8, "model") for each in nearest(vectors)]
        return Embedding(vectors, words, [(tag,) for tag in tags])

    model.embed = tagged  # type: ignore[method-assign]
    found = seen(film(tmp_path / "a.mp4", RED, GREEN, RED, RED), model)
    by_source = {
        source: {tag.name for tag in found.tags if tag.source == source}
        for source in ("model", "pixels")
    }
    assert by_source["model"] == {"fire", "grass"}
    assert {"red", "landscape"} <= by_source["pixels"]
    assert "green" not in by_source["pixels"]


def test_a_video_that_cannot_be_gone_through_is_known_by_its_poster(
    model: MeanColour, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(500))
    found = seen(path, model)
    assert found.seconds == ()
    assert found.sentence.startswith("Only the poster of the video is searched. ")
    assert found.sentence.count(". ") == 1
    assert found.sentence.endswith(".")


def test_a_frame_that_is_damaged_is_left_out(
    model: MeanColour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Film.frame

    def damaged(film: Film, moment: float, longest: int) -> Image.Image:
        if 0.9 < moment < 1.5:
            raise DecodeError("This part of the video cannot be decoded.")
        return whole(film, moment, longest)

    monkeypatch.setattr(Film, "frame", damaged)
    found = seen(film(tmp_path / "a.mp4", RED, GREEN, BLUE), model)
    assert nearest(found.vectors) == ["R", "B"]
    assert found.seconds == pytest.approx((0.0, 2.0), abs=0.11)
    monkeypatch.setattr(Film, "frame", lambda *_: damaged(_[0], 1.0, 8))
    assert "Only the poster" in seen(tmp_path / "a.mp4", model).sentence


def test_another_attempt_is_for_what_may_change(model: MeanColour, tmp_path: Path) -> None:
    item, content = of(film(tmp_path / "a.mp4", RED))
    os.utime(item.path, (2_000_000_000, 2_000_000_000))
    changed = look_through(item, content, model, lambda: True)
    item.path.unlink()
    gone = look_through(item, content, model, lambda: True)
    assert isinstance(changed, Failed)
    assert isinstance(gone, Failed)
    assert (changed.again, gone.again) == ("soon", "later")


def test_whoever_leaves_stores_nothing(model: MeanColour, tmp_path: Path) -> None:
    item, content = of(film(tmp_path / "a.mp4", RED, GREEN))
    assert isinstance(look_through(item, content, model, lambda: False), Failed)
    assert model.embedded == 0


def test_a_model_that_fails_blames_no_video(model: MeanColour, tmp_path: Path) -> None:
    model.broken = True
    with pytest.raises(ModelError):
        seen(film(tmp_path / "a.mp4", RED), model)


def test_photos_come_before_frames(bench: Bench, model: MeanColour, make_photos: Make) -> None:
    root = bench.catalog.root
    film(root / "a.mp4", RED, GREEN)
    old(make_photos(root, 30))
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.intake.is_done)
    told = [photo for e in bench.events if isinstance(e, CatalogChanged) for photo in e.photos]
    video = bench.photo("a.mp4")
    assert told.count(video.id) == 3  # found, indexed, gone through
    assert told[-1] == video.id
    assert bench.intake.left == 0


def test_the_vector_of_a_video_is_the_mean_of_its_frames(bench: Bench, model: MeanColour) -> None:
    film(bench.catalog.root / "a.mp4", RED, RED, GREEN)
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.intake.is_done)
    video = bench.photo("a.mp4")
    assert video.hash is not None
    catalog, space = bench.catalog, str(model.key)
    times = catalog.frames.of(video.hash)
    keys = [frame_key(video.hash, second) for second in times]
    frames = catalog.vectors.get(space, keys, 3)
    mean = np.mean([frames[key] for key in keys], axis=0)
    own = catalog.vectors.get(space, [video.hash], 3)[video.hash]
    np.testing.assert_allclose(own, mean / np.linalg.norm(mean), atol=2e-3)
    assert len(times) == 2
    assert video.hash in catalog.vectors.get(f"{space}/words", [video.hash], 2)


def test_clusters_are_made_of_what_the_frames_show(bench: Bench, model: MeanColour) -> None:
    film(bench.catalog.root / "a.mp4", RED, GREEN)
    bench.intake.compare()
    bench.intake.use(model)
    spaces = Spaces(str(model.key), 3)
    bench.until(lambda: bench.catalog.photos.count(State.INDEXED))
    by_poster = load_album(bench.catalog, spaces, None)
    bench.until(lambda: bench.intake.is_done)
    by_frames = load_album(bench.catalog, spaces, by_poster)
    assert nearest(by_poster.space.vectors) == ["R"]
    red, green, _ = by_frames.space.vectors[0]
    assert red == pytest.approx(green, rel=0.2)
    assert load_album(bench.catalog, spaces, by_frames) is by_frames
    assert bench.catalog.tabs.unsorted() != []


def test_frames_are_looked_at_again_after_a_kill_and_only_then(
    catalog: Catalog, thumbnails: ThumbnailStore, model: MeanColour
) -> None:
    film(catalog.root / "a.mp4", RED, GREEN)
    first = Bench(catalog, thumbnails)
    first.intake.compare()
    item, _ = of(catalog.root / "a.mp4")
    photo = first.photo("a.mp4").id
    # The engine was killed after it had stored the poster.
    (poster,) = process([Item(photo, item.path, Kind.VIDEO, item.size)], model)
    first.intake.use(model)
    first.intake._store.write([(Item(photo, item.path, Kind.VIDEO, item.size), poster)])  # type: ignore[union-attr]
    first.close()
    assert catalog.frames.lacking(str(model.key)) == [photo]
    model.embedded = 0
    for expected in (2, 2):
        again = Bench(catalog, thumbnails)
        again.intake.compare()
        again.intake.use(model)
        again.until(lambda bench=again: bench.intake.is_done)  # type: ignore[misc]
        again.close()
        assert model.embedded == expected
    assert catalog.frames.lacking(str(model.key)) == []


def test_a_copy_of_a_video_costs_nothing(bench: Bench, model: MeanColour) -> None:
    path = film(bench.catalog.root / "a.mp4", RED, GREEN)
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.intake.is_done)
    before = model.embedded
    copy = path.with_name("b.mp4")
    copy.write_bytes(path.read_bytes())
    old([copy])
    bench.intake.compare()
    bench.until(lambda: bench.intake.is_done)
    assert model.embedded == before
    ids = [bench.photo(name).id for name in ("a.mp4", "b.mp4")]
    tags = [bench.catalog.tags.of_program(id_) for id_ in ids]
    assert set(tags[0]) == set(tags[1]) != set()


def test_a_video_that_changes_gets_the_frames_of_its_new_bytes(
    bench: Bench, model: MeanColour
) -> None:
    path = film(bench.catalog.root / "a.mp4", RED, GREEN)
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.intake.is_done)
    before = bench.photo("a.mp4").hash
    film(path, BLUE, RED, GREEN, seconds=2)
    bench.intake.compare()
    bench.until(lambda: bench.intake.is_done)
    after = bench.photo("a.mp4").hash
    assert before != after
    assert after is not None
    assert list(bench.catalog.frames.all()) == [after]
    assert len(bench.catalog.frames.of(after)) == 3


def test_a_video_that_goes_while_its_frames_are_wanted_holds_nothing_up(
    bench: Bench, model: MeanColour
) -> None:
    paths = [film(bench.catalog.root / f"{n}.mp4", (40 * n, 90, 30)) for n in range(5)]
    bench.intake.compare()
    bench.intake.use(model)
    bench.until(lambda: bench.catalog.photos.count(State.INDEXED) > 0)
    for path in paths:
        path.unlink()
    bench.intake.compare()
    bench.until(lambda: bench.intake.is_done)
    assert bench.catalog.photos.count(State.INDEXED) == 0
    assert bench.intake.left == 0


def test_a_damaged_video_is_said_once(
    bench: Bench, model: MeanColour, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(bench.catalog.root / "a.mp4", RED, GREEN)
    from tui_selector.engine import films

    tried = []

    def damaged(*_: object, **__: object) -> list[float]:
        tried.append(1)
        raise DecodeError("The file is cut short.")

    monkeypatch.setattr(films, "choose_moments", damaged)
    for _ in range(2):
        bench.intake.compare()
        bench.intake.use(model)
        bench.until(lambda: bench.intake.is_done)
    video = bench.photo("a.mp4")
    assert video.state is State.INDEXED
    assert video.problem == "Only the poster of the video is searched. The file is cut short."
    assert video.hash is not None
    assert bench.catalog.frames.all() == {video.hash: [(0.0, video.hash)]}
    assert len(tried) == 1


def test_the_video_that_crashes_the_engine_alone_is_left_alone(
    catalog: Catalog, thumbnails: ThumbnailStore, model: MeanColour
) -> None:
    film(catalog.root / "a.mp4", RED, GREEN)
    first = Bench(catalog, thumbnails)
    first.intake.compare()
    first.intake.use(model)
    first.until(lambda: first.intake.is_done)
    video = first.photo("a.mp4")
    assert video.hash is not None
    first.close()
    catalog.frames.set(video.hash, ())
    catalog.store("in_hand", [video.id])
    second = Bench(catalog, thumbnails, crashed=True)
    second.intake.compare()
    second.intake.use(model)
    before = model.embedded
    second.until(lambda: second.intake.is_done)
    second.close()
    assert model.embedded == before
    row = second.photo("a.mp4")
    assert row.state is State.INDEXED
    assert "crashed at this file" in row.problem


def test_a_killed_engine_goes_on_with_the_frames(library: Library) -> None:
    """The real engine and the real model, killed while it works."""
    for number in range(3):
        colours = [(60 * number, 20 * scene, 200 - 10 * scene) for scene in range(8)]
        film(library.root / f"{number}.mp4", *colours, seconds=0.6)
    with library.client():
        pid = library.status().pid
        library.kill(pid)
    library.settle()
    with library.catalog() as catalog:
        assert catalog.photos.count(State.INDEXED) == 3
        spaces = catalog.vectors.spaces()
        assert all(catalog.frames.lacking(space) == [] for space in spaces)
        videos = catalog.frames.all()
        assert len(videos) == 3
        for space in spaces:
            stored = catalog.vectors.rows(space)
            frames = sum(map(len, videos.values()))
            assert len(stored) == frames + 3
