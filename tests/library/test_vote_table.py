"""Choices between two photos: kept, contradicted, forgotten, and gone with the photos."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.vote_table import Vote
from tui_selector.library.photo import Kind
from tui_selector.paths import library_paths


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    made = Catalog.open(library_paths(tmp_path))
    made.photos.add([Found(path=f"{n}.jpg", size=1, mtime_ns=0, kind=Kind.IMAGE) for n in range(3)])
    return made


def test_votes_are_kept_in_order_and_the_last_word_counts(catalog: Catalog) -> None:
    for vote in (Vote(1, 2), Vote(2, 3), Vote(2, 1), Vote(2, 1)):
        catalog.votes.add(vote)
    assert sorted(catalog.votes.all(), key=lambda each: each.loser) == [Vote(2, 1), Vote(2, 3)]
    catalog.votes.remove([Vote(2, 1), Vote(3, 1)])
    assert catalog.votes.all() == [Vote(2, 3)]


def test_photos_that_are_gone_have_no_votes(catalog: Catalog) -> None:
    catalog.votes.add(Vote(1, 99))
    catalog.votes.add(Vote(1, 2))
    catalog.connection.execute("DELETE FROM photos WHERE id = 2")
    assert catalog.votes.all() == []
