"""What choices teach, read from a catalog: suggested where it is foreseen, else not."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from catalog_rows import indexed_row

from tui_selector.engine.group_messages import Judged, Taste
from tui_selector.engine.judging import judged
from tui_selector.engine.tasting import taste
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.vote_table import Vote
from tui_selector.library.photo import Kind
from tui_selector.library.quality import Quality
from tui_selector.paths import LibraryPaths, library_paths

PHOTOS = 60


@pytest.fixture
def library(tmp_path: Path) -> LibraryPaths:
    """Photos 1 to 60, each a little sharper than the one before, of much the same contrast."""
    paths = library_paths(tmp_path)
    chance = random.Random(0)
    with Catalog.open(paths) as catalog, catalog.transaction():
        for number in range(1, PHOTOS + 1):
            name, hash_ = f"{number}.jpg", number.to_bytes(16, "big")
            (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=0, kind=Kind.IMAGE)])
            catalog.photos.store_indexed([indexed_row(id_, hash_, mtime_ns=0, width=40, height=30)])
            quality = Quality(
                width=40,
                height=30,
                side=40,
                sharpness=number / 30,
                contrast=chance.uniform(40, 60),
            )
            catalog.qualities.store(hash_, "1", quality, b"")
    return paths


def vote(library: LibraryPaths, choose: Callable[[int, int], int]) -> None:
    """Choose in 15 groups of 4, each photo against each."""
    with Catalog.open(library) as catalog, catalog.transaction():
        for first in range(1, PHOTOS, 4):
            group = range(first, first + 4)
            for one in group:
                for other in range(one + 1, group.stop):
                    winner = choose(one, other)
                    catalog.votes.add(Vote(winner, other if winner == one else one))


def test_one_who_likes_sharp_photos_is_understood(library: LibraryPaths) -> None:
    vote(library, max)
    answer = taste(library, [3, 50, 20])
    assert isinstance(answer, Taste)
    assert answer.choices == 90
    assert answer.agreement > 0.9
    assert answer.scores[0] < answer.scores[2] < answer.scores[1]


def test_one_who_throws_dice_is_not(library: LibraryPaths) -> None:
    chance = random.Random(1)
    vote(library, lambda one, other: chance.choice((one, other)))
    answer = taste(library, [3, 50, 20])
    assert isinstance(answer, Taste)
    assert answer.choices == 90
    assert answer.scores == []


def test_nothing_is_learnt_from_nothing(library: LibraryPaths) -> None:
    assert taste(library, [1, 2]) == Taste()


def test_some_photos_are_judged_against_each_other_alone(library: LibraryPaths) -> None:
    answer = judged(library, [1, 60])
    assert isinstance(answer, Judged)
    assert answer.order == [60, 1]
    assert answer.reasons[0].startswith("less sharp, −")
    assert answer.reasons[1].startswith("sharper, +")
    assert answer.confidence > 0.5


def test_a_photo_that_was_not_measured_cannot_be_judged(library: LibraryPaths) -> None:
    answer = judged(library, [1, 1000])
    assert isinstance(answer, Judged)
    assert answer.reasons == ["can't tell: not every photo is measured", "not measured"]
    assert answer.confidence == 0.0
