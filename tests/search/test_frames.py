"""Videos among photos: the best frame counts, and k photos are still found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.models.calibration import Standardised
from tui_selector.search.frames import NO_FRAMES, Frames, entries
from tui_selector.search.index import Kind, build
from tui_selector.search.ranking import Asked, Marks, Shelf, explain, moments, rank
from tui_selector.search.scores import Weights

THINGS = np.eye(40, 48, dtype=np.float32)
MODEL = Standardised(THINGS)
DOG, BUS, SEA = THINGS[0], THINGS[1], THINGS[2]


def near(*things: np.ndarray) -> np.ndarray:
    vector = sum(things) + 0.02
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def shelf(photos: list[np.ndarray], videos: dict[int, list[np.ndarray]], kind: Kind) -> Shelf:
    """Photos, some of which are videos with frames two seconds apart."""
    rows = np.arange(len(photos))
    frames = [
        (at, 2.0 * n, each) for at, each_ in sorted(videos.items()) for n, each in enumerate(each_)
    ]
    frame_rows = len(photos) + np.arange(len(frames))
    matrix = np.stack([*photos, *(each for _, _, each in frames)])
    return Shelf(
        build(kind, matrix),
        rows,
        build(kind, matrix),
        rows,
        MODEL,
        np.zeros(len(matrix), np.float32),
        Frames(
            np.array([at for at, _, _ in frames], np.int64),
            np.array([seconds for _, seconds, _ in frames]),
            frame_rows,
            frame_rows,
        ),
    )


@pytest.fixture
def library() -> Shelf:
    """A bus; a video that begins with a dog and ends at the sea; the sea."""
    return shelf(
        [near(BUS), near(DOG, SEA), near(SEA)], {1: [near(DOG), near(BUS), near(SEA)]}, "exact"
    )


def test_a_video_is_found_by_each_of_its_scenes(library: Shelf) -> None:
    for thing, found in ((DOG, {1}), (BUS, {0, 1}), (SEA, {1, 2})):
        ranking = rank(library, [Asked("thing", words=thing)])
        assert set(ranking.positions[: ranking.matches()].tolist()) == found


def test_moments_say_where(library: Shelf) -> None:
    (none, video) = moments(library, [Asked("sea", words=SEA)], np.array([2, 1]), Weights())
    assert none == []
    assert [seconds for seconds, _ in video] == [0.0, 2.0, 4.0]
    scores = [score for _, score in video]
    assert scores.index(max(scores)) == 2
    assert scores[0] < 0.5 < scores[2]
    ranking = rank(library, [Asked("sea", words=SEA)])
    place = ranking.positions.tolist().index(1)
    assert ranking.chances[place] == pytest.approx(max(scores))


def test_both_things_must_be_seen_at_the_same_moment(library: Shelf) -> None:
    asked = [Asked("dog", words=DOG), Asked("sea", words=SEA)]
    assert rank(library, asked).matches() == 0
    without = [Asked("dog", words=DOG), Asked("sea", words=SEA, weight=-1.0)]
    ranking = rank(library, without)
    assert ranking.positions[: ranking.matches()].tolist() == [1]


def test_tags_of_the_whole_video_do_not_hide_where(library: Shelf) -> None:
    tagged = Asked("dog", words=DOG, labels=Marks(np.array([1]), np.array([1.0])))
    (video,) = moments(library, [tagged], np.array([1]), Weights())
    assert video[0][1] > 0.5 > video[2][1]
    (why,) = explain(library, [tagged], np.array([1]), Weights())
    assert {signal.kind: signal.chance > 0.5 for signal in why} == {"meaning": True, "tag": True}


def test_reasons_are_those_of_the_best_frame(library: Shelf) -> None:
    for position in (1, 2):
        (why,) = explain(library, [Asked("sea", words=SEA)], np.array([position]), Weights())
        assert why[0].chance > 0.5
    pictures = [Asked("like this", picture=near(DOG))]
    (why,) = explain(library, pictures, np.array([1]), Weights())
    assert why[0].raw == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("kind", ["exact", "rotated", "hnsw", "faiss-ivf"])
def test_a_long_video_takes_no_photo_its_place(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the index gives rows, and most of the nearest are of one video."""
    from tui_selector.search import ranking

    monkeypatch.setattr(ranking, "CANDIDATES", 20)
    generator = np.random.default_rng(3)
    noise = generator.normal(0, 0.05, (400, 48)).astype(np.float32)
    photos = [each / np.linalg.norm(each) for each in THINGS[np.arange(400) % 40] + noise]
    video = [near(DOG) for _ in range(64)]
    library = shelf(photos, {5: video}, kind)
    allowed = np.ones(400, bool)
    allowed[::3] = False
    found = rank(library, [Asked("dog", picture=near(DOG))], allowed=allowed, wanted=30)
    assert len(found.positions) >= 30
    assert len(set(found.positions.tolist())) == len(found.positions)
    assert allowed[found.positions].all()
    assert found.positions[0] == 5
    dogs = {position for position in range(0, 400, 40) if allowed[position]}
    assert dogs <= set(found.positions.tolist())


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(0, 4), min_size=1, max_size=12),
    data=st.data(),
)
def test_entries_are_the_frames_or_the_photo(sizes: list[int], data: st.DataObject) -> None:
    count = len(sizes)
    positions = np.array(
        sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=1))), np.int64
    )
    word_rows, picture_rows = np.arange(count), 100 + np.arange(count)
    at = np.repeat(np.arange(count), sizes)
    rows = 1000 + np.arange(len(at))
    frames = Frames(at, np.arange(len(at), dtype=float), rows, rows + 5000)
    these = entries(positions, word_rows, picture_rows, frames)
    for place, position in enumerate(positions.tolist()):
        span = these.span(place)
        assert (these.photo[span] == place).all()
        if sizes[position]:
            assert these.word_rows[span].tolist() == rows[at == position].tolist()
            assert these.picture_rows[span].tolist() == (rows[at == position] + 5000).tolist()
            assert these.seconds[span].tolist() == frames.seconds[at == position].tolist()
        else:
            assert these.word_rows[span].tolist() == [position]
            assert these.picture_rows[span].tolist() == [100 + position]
            assert np.isnan(these.seconds[span]).all()
    scores = np.sin(np.arange(len(these.photo)))
    best = [scores[these.span(place)].max() for place in range(len(positions))]
    assert these.best(scores).tolist() == best


def test_without_videos_nothing_is_copied_out() -> None:
    rows = np.arange(4)
    these = entries(np.array([1, 3]), rows, rows, NO_FRAMES)
    assert these.word_rows.tolist() == [1, 3]
    scores = np.array([0.2, 0.4])
    assert these.best(scores) is scores
