"""What the engine answers about groups, and what it keeps as photos come and go."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalog_rows import indexed_row
from patience import PATIENCE
from PIL import Image

from tui_selector.analysis.quality.measure import measure
from tui_selector.analysis.similar.hashing import picture_hash
from tui_selector.engine import protocol
from tui_selector.engine.group_messages import FindGroups, FoundGroups
from tui_selector.engine.grouper import Grouper
from tui_selector.engine.protocol import AnyAnswer, AnyEvent, CatalogChanged, Failure
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.groups import LIMITS, GroupWish
from tui_selector.library.photo import Kind, State
from tui_selector.library.quality import Quality
from tui_selector.paths import LibraryPaths, library_paths

SPACES = Spaces("model", 8)


def scene(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (7, 9, 3)).astype(np.uint8))
    return np.asarray(coarse.resize((120, 90), Image.Resampling.BICUBIC))


class Album:
    """A catalog, a grouper on it, and its events."""

    def __init__(self, paths: LibraryPaths) -> None:
        self.events: list[AnyEvent] = []
        self.rested = threading.Event()
        self.catalog = Catalog.open(paths)
        self.grouper = Grouper(paths, self.events.append, on_rest=self.rested.set)

    def add(
        self,
        name: str,
        picture: np.ndarray,
        *,
        taken: float | None = None,
        hash_: bytes = b"",
        sharpness: float | None = 1.0,
        kind: Kind = Kind.IMAGE,
        vector: Sequence[float] = (1.0, *[0.0] * 7),
        **facts: Any,
    ) -> int:
        """Index a photo; without `sharpness` it is not measured."""
        catalog = self.catalog
        hash_ = hash_ or name.encode()
        with catalog.transaction():
            (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=1, kind=kind)])
            catalog.vectors.append(SPACES.pictures, [hash_], np.array([vector], np.float32))
            catalog.photos.store_indexed(
                [
                    indexed_row(
                        id_,
                        hash_,
                        width=120,
                        height=90,
                        taken=taken,
                        metadata=json.dumps(facts | {"taken": taken}),
                    )
                ]
            )
            if sharpness is not None:
                quality = Quality(
                    width=120,
                    height=90,
                    side=120,
                    sharpness=sharpness,
                    contrast=50.0,
                    luma_95=200.0,
                )
                catalog.qualities.store(hash_, "1", quality, picture_hash(picture))
        return id_

    def ask(self, photos: list[int] | None = None, keep: bool = False, **wish: Any) -> AnyAnswer:
        request = FindGroups(wish=GroupWish(**wish), photos=photos, keep=keep)
        return self.grouper.ask(request, 1).result(PATIENCE)

    def find(self, **wish: Any) -> FoundGroups:
        answer = self.ask(**wish)
        assert isinstance(answer, FoundGroups)
        travelled = protocol.decode_from_engine(protocol.encode(answer))
        assert travelled == answer
        return answer

    def wait_until_kept(self, key_of: int, members: list[int]) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            place = self.catalog.groups.of([key_of]).get(key_of)
            if (self.catalog.groups.members(place.key) if place else []) == members:
                return
            assert time.monotonic() < until
            self.rested.wait(0.05)
            self.rested.clear()


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Album]:
    (tmp_path / "Photos").mkdir()
    album = Album(library_paths(tmp_path / "Photos"))
    album.grouper.start()
    album.grouper.use(SPACES)
    yield album
    album.grouper.close()
    album.catalog.close()


def test_groups_come_best_first_with_reasons(album: Album) -> None:
    one = scene(1)
    a = album.add("a.jpg", one, taken=10.0, sharpness=0.5)
    b = album.add("b.jpg", one, taken=10.5, sharpness=1.0)
    album.add("c.jpg", scene(2), taken=50.0, vector=(0.0, 1.0, *[0.0] * 6))
    found = album.find(setting="bursts")
    (group,) = found.groups
    assert (group.kind, group.protected, group.photos) == ("burst", False, [b, a])
    assert (group.start, group.end) == (10.0, 10.5)
    assert group.reasons[0].startswith("sharper")
    assert group.reasons[1].startswith("less sharp")
    assert group.best > 0.9
    assert found.wish.threshold is not None
    assert found.photos == 3
    assert found.note == ""


def test_where_quality_ties_the_original_comes_before_what_was_made_of_it(album: Album) -> None:
    one = scene(1)
    named = album.add("IMG_1 (2).jpg", one)
    mirrored = album.add("a.jpg", one[:, ::-1], sharpness=1.01)
    later = album.add("b.jpg", one, taken=20.0, camera="X", sharpness=1.02)
    original = album.add("IMG_1.jpg", one, taken=10.0, camera="X")
    (group,) = album.find(setting="duplicate").groups
    assert group.photos == [original, later, mirrored, named]
    assert group.best == 0.5


def test_of_real_duplicates_the_original_is_the_best(
    album: Album, shared_data: Callable[[str], Path]
) -> None:
    folder = shared_data("neardup")
    ids = {}
    for end in ("_hflip", "_rotation", ""):
        with Image.open(folder / f"ukbench00120{end}.jpg") as picture:
            camera = str(picture.getexif().get(272, ""))
            rgb = picture.convert("RGB")
        ids[end] = album.add(f"ukbench00120{end}.jpg", np.asarray(rgb), camera=camera)
        with album.catalog.transaction():
            album.catalog.qualities.store(
                f"ukbench00120{end}.jpg".encode(), "1", measure(rgb), picture_hash(np.asarray(rgb))
            )
    (group,) = album.find(setting="duplicate").groups
    assert group.photos == [ids[""], ids["_hflip"], ids["_rotation"]]


def test_a_group_tells_when_it_was_by_the_clock_of_the_place(album: Album) -> None:
    # 10 hours after the epoch in UTC; five hours less on the clock over there.
    for number in range(2):
        moment = 36000.0 + number / 2
        album.add(f"{number}.jpg", scene(1), taken=moment, taken_offset=-300, camera="X")
    album.add("3.jpg", scene(2), vector=(0.0, 1.0, *[0.0] * 6))
    album.add("4.jpg", scene(2), vector=(0.0, 1.0, *[0.0] * 6))
    there, undated = album.find(setting="similar").groups
    assert (there.start, there.end, there.clock) == (36000.0, 36000.5, 18000.0)
    assert (undated.start, undated.clock) == (None, None)


def test_a_bracket_is_protected_and_stays_in_order(album: Album) -> None:
    exposures = {"exposure_time": 0.01, "f_number": 8.0, "iso": 100, "camera": "X"}
    ids = [
        album.add(
            f"{number}.jpg",
            scene(1),
            taken=10.0 + number,
            sharpness=number + 1.0,
            **(exposures | {"exposure_time": 0.01 * 2**ev, "exposure_bias": ev}),
        )
        for number, ev in enumerate((0, -2, 2))
    ]
    (group,) = album.find(setting="similar").groups
    assert (group.kind, group.protected, group.photos) == ("bracket", True, ids)
    assert group.reasons == ["+0.0 EV", "−2.0 EV", "+2.0 EV"]
    assert "stay together" in group.why


def test_the_answer_holds_what_each_threshold_gives(album: Album) -> None:
    for number in range(4):
        album.add(f"{number}.jpg", scene(number // 2))
    found = album.find(setting="duplicate")
    assert [(each.threshold) for each in (found.counts[0], found.counts[-1])] == list(
        LIMITS["duplicate"]
    )
    assert {(each.groups, each.photos) for each in found.counts[:-1]} == {(2, 4)}
    assert album.grouper.ask(FindGroups(counts=False), 1).result(PATIENCE).counts == []  # type: ignore[union-attr]


def test_only_some_photos_are_grouped_where_only_these_are_asked_for(album: Album) -> None:
    ids = [album.add(f"{number}.jpg", scene(1)) for number in range(4)]
    answer = album.ask(photos=[ids[1], ids[3], 999], setting="duplicate")
    assert isinstance(answer, FoundGroups)
    assert [sorted(group.photos) for group in answer.groups] == [[ids[1], ids[3]]]
    assert answer.photos == 2


def test_a_video_is_grouped_by_its_bytes_alone(album: Album) -> None:
    a = album.add("a.mp4", scene(1), kind=Kind.VIDEO, hash_=b"same")
    b = album.add("b.mp4", scene(1), kind=Kind.VIDEO, hash_=b"same")
    album.add("c.mp4", scene(1), kind=Kind.VIDEO)
    album.add("d.jpg", scene(1))
    (group,) = album.find(setting="similar").groups
    assert (group.kind, sorted(group.photos)) == ("copies", [a, b])


def test_a_threshold_that_makes_no_sense_is_refused(album: Album) -> None:
    answer = album.ask(setting="duplicate", threshold=0.2)
    assert answer == Failure(
        sentence="The threshold for duplicate must lie between 0.85 and 1, not 0.2."
    )


def test_photos_that_are_not_measured_are_told_of(album: Album) -> None:
    a = album.add("a.jpg", scene(1), sharpness=None, hash_=b"same")
    b = album.add("b.jpg", scene(1), sharpness=None, hash_=b"same")
    album.catalog.photos.add([Found(path="new.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE)])
    found = album.find(setting="similar")
    assert [group.kind for group in found.groups] == ["copies"]
    assert sorted(found.groups[0].photos) == [a, b]
    assert found.note == "2 photos are not measured yet; only their copies are found."
    assert found.waiting == 1


def test_without_a_model_fingerprints_decide(tmp_path: Path) -> None:
    (tmp_path / "Photos").mkdir()
    album = Album(library_paths(tmp_path / "Photos"))
    ids = [album.add(f"{number}.jpg", scene(1), taken=100.0 * number) for number in range(2)]
    album.grouper.start()
    album.grouper.fail("There is no model.")
    try:
        found = album.find(setting="similar")
    finally:
        album.grouper.close()
        album.catalog.close()
    assert [sorted(group.photos) for group in found.groups] == [ids]
    assert found.note == "There is no model. Photos are compared by their fingerprints alone."


def test_kept_groups_follow_photos_that_come_and_go(album: Album) -> None:
    a, b = (album.add(f"{number}.jpg", scene(1)) for number in range(2))
    album.add("other.jpg", scene(2), vector=(0.0, 1.0, *[0.0] * 6))
    album.ask(keep=True, setting="duplicate")
    assert sorted(album.catalog.groups.of([a, b])) == [a, b]
    assert CatalogChanged(groups=True) in album.events
    c = album.add("late.jpg", scene(1))
    album.grouper.note_photos(all_indexed=True)
    album.wait_until_kept(a, [a, b, c])
    album.catalog.photos.set_state([a], State.MISSING)
    album.grouper.note_photos(all_indexed=True)
    album.wait_until_kept(b, [b, c])
    assert album.catalog.groups.of([a]) == {}


def test_comparing_new_photos_alone_finds_what_comparing_all_finds(album: Album) -> None:
    for number in range(12):
        album.add(f"{number}.jpg", scene(number // 3))
    for number in range(12, 20):
        before = album.find(setting="duplicate")
        assert before.photos == number
        album.add(f"{number}.jpg", scene(number // 3))
        album.catalog.photos.set_state([number - 7], State.MISSING)
        album.catalog.photos.set_state([number - 7], State.INDEXED)
    step_by_step = album.find(setting="duplicate").groups
    fresh = Album(album.catalog.paths)
    fresh.grouper.start()
    fresh.grouper.use(SPACES)
    try:
        assert fresh.find(setting="duplicate").groups == step_by_step
    finally:
        fresh.grouper.close()
        fresh.catalog.close()


def test_a_question_that_waits_is_replaced_by_a_newer_one(tmp_path: Path) -> None:
    (tmp_path / "Photos").mkdir()
    album = Album(library_paths(tmp_path / "Photos"))
    album.add("a.jpg", scene(1))
    first = album.grouper.ask(FindGroups(), 1)
    other = album.grouper.ask(FindGroups(), 2)
    second = album.grouper.ask(FindGroups(), 1)
    assert isinstance(first.result(PATIENCE), Failure)
    album.grouper.start()
    album.grouper.use(SPACES)
    try:
        assert isinstance(other.result(PATIENCE), FoundGroups)
        assert isinstance(second.result(PATIENCE), FoundGroups)
    finally:
        album.grouper.close()
        album.catalog.close()
