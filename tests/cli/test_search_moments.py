"""What the search command says of videos: the best time for people, every frame for programs."""

from __future__ import annotations

import pytest

from tui_selector.cli import search
from tui_selector.engine.search_messages import Found, Hit

VIDEO = Hit(photo=1, score=0.9, moments=((0.0, 0.1), (62.5, 0.9), (70.0, 0.3)))
PHOTO = Hit(photo=2, score=0.6)


def found(*hits: Hit) -> Found:
    return Found(
        query="dog",
        hits=list(hits),
        total=len(hits),
        nearest=[],
        floor=0.5,
        ranked=True,
        complete=True,
        histogram=[],
        notes=[],
        encoding_ms=0.0,
        searching_ms=0.0,
    )


def test_programs_are_told_every_frame() -> None:
    fields = search._fields(found(VIDEO, PHOTO), {1: "a.mp4", 2: "b.jpg"})
    video, photo = fields["hits"]
    assert video["moments"] == [
        {"seconds": 0.0, "score": 0.1},
        {"seconds": 62.5, "score": 0.9},
        {"seconds": 70.0, "score": 0.3},
    ]
    assert "moments" not in photo


def test_people_are_told_the_best_time(capsys: pytest.CaptureFixture[str]) -> None:
    search._print(found(VIDEO, PHOTO), {1: "a.mp4", 2: "b.jpg"}, why=False)
    assert capsys.readouterr().out.splitlines() == ["0.90  a.mp4  at 1:02", "0.60  b.jpg"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (59.99, "0:59"), (61, "1:01"), (3723.4, "1:02:03")]
)
def test_times_are_whole_seconds(seconds: float, text: str) -> None:
    assert search.time_code(seconds) == text
