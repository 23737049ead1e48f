"""In which order tiles get their pictures, and what is not sent any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from rich.style import Style
from simulated_line import Line
from textual.geometry import Size

from tui_selector.app.graphics.kitty import KittyPainter
from tui_selector.app.graphics.link import QUERY
from tui_selector.app.graphics.painter import EncodedPicture, PictureRequest
from tui_selector.app.graphics.quality import LADDER, ladder
from tui_selector.app.widgets.tile import Tile
from tui_selector.app.widgets.tile_pictures import TilePictures

BOX = Size(20, 7)
CARD = Style()


class Source:
    """Has every picture at hand, of the size that its rung costs."""

    def __init__(self) -> None:
        self.broken: set[str] = set()

    def get(self, request: PictureRequest) -> EncodedPicture:
        if request.key in self.broken:
            return EncodedPicture(problem="It is broken.")
        share = request.width * request.height * request.colours / (200 * 140 * 256)
        return EncodedPicture(request.width, request.height, b"x" * max(1, int(12_000 * share)))

    def request(
        self,
        listener: Callable[[], None],
        wishes: Sequence[PictureRequest],
        *,
        patient: bool = False,
    ) -> None:
        assert not wishes

    def forget(self, key: str) -> None:
        return


class Model:
    def __len__(self) -> int:
        return 1000

    def tile(self, index: int) -> Tile:
        return Tile(f"{index:04}", f"/{index}.jpg", f"{index}.jpg")


class Sending(Line):
    """A line with a painter that sends over it."""

    def __init__(self, rate: float, round_trip: float = 0.08, *, known: bool = True) -> None:
        super().__init__(rate, round_trip, known=round_trip if known else 0)
        if known:
            self.link.speed.rate = rate
            self.link.speed.measured = True
        self.painter = KittyPainter(self.write, link=self.link, first_id=1)

    def turn(self, seconds: float, pictures: TilePictures) -> list[int]:
        """Let time pass as a view does; return the tiles that were drawn again."""
        drawn: list[int] = []
        until = self.now + seconds
        while self.now < until:
            self.run(self.now + 1 / 30)
            drawn += pictures.pump()
        return drawn

    @property
    def text(self) -> str:
        return "".join(text for text in self.written if text != QUERY)


def sent(painter: KittyPainter) -> list[PictureRequest]:
    """What the painter has sent, in the order in which it arrived."""
    return list(painter._uploads)


@pytest.fixture
def slow() -> tuple[Sending, TilePictures]:
    line = Sending(250_000)
    return line, TilePictures(Source(), line.painter, lambda: None)


def test_the_screen_first_then_a_page_ahead_then_better_versions(
    slow: tuple[Sending, TilePictures],
) -> None:
    line, pictures = slow
    visible, ahead = [5, *(index for index in range(24) if index != 5)], range(24, 48)
    pictures.plan(Model(), visible, ahead, BOX)
    drawn = line.turn(20, pictures)
    order = sent(line.painter)
    full = [pictures.request(Model().tile(index), BOX) for index in range(48)]
    level = ladder(full[5]).index(order[0])
    assert 0 < level < len(LADDER) - 1
    expected = [ladder(full[index])[level] for index in (*visible, *ahead)]
    assert order[:48] == expected
    assert order[48:] == [full[index] for index in visible]
    # Every tile on screen is drawn with the lesser picture, then with the better one.
    assert sorted(drawn) == sorted([*range(24), *range(24)])
    assert not line.painter.busy
    strips = pictures.rows(5, full[5], CARD)
    assert strips is not None
    assert strips[0] == full[5]


def test_on_a_fast_line_everything_is_sent_in_full_and_then_the_screen_in_its_finest() -> None:
    line = Sending(50_000_000)
    pictures = TilePictures(Source(), line.painter, lambda: None)
    pictures.plan(Model(), range(24), range(24, 48), BOX)
    line.turn(2, pictures)
    full = [pictures.request(Model().tile(index), BOX) for index in range(48)]
    finest = [line.painter.finest(request) for request in full[:24]]
    assert sent(line.painter) == [*full, *finest]
    strips = pictures.rows(5, full[5], CARD)
    assert strips is not None
    assert strips[0] == finest[5]
    assert strips[0].dithered
    # They are not sent again, and what is out of sight has its lesser picture.
    pictures.plan(Model(), range(24), range(24, 48), BOX)
    line.turn(2, pictures)
    assert len(line.painter._uploads) == 72
    assert not pictures.outdated


def test_a_line_that_becomes_fast_is_noticed() -> None:
    line = Sending(250_000)
    pictures = TilePictures(Source(), line.painter, lambda: None)
    pictures.plan(Model(), range(24), range(0), BOX)
    assert not line.painter.refines
    assert not pictures.outdated
    line.link.speed.rate = 50_000_000
    assert pictures.outdated
    assert line.painter.refines


@pytest.mark.parametrize(("rate", "round_trip"), [(40_000_000, 0.002), (10_000_000, 0.04)])
def test_an_unknown_line_that_is_fast_has_the_best_within_a_second(
    rate: float, round_trip: float
) -> None:
    line = Sending(rate, round_trip, known=False)
    pictures = TilePictures(Source(), line.painter, lambda: None)
    for _ in range(30):
        pictures.plan(Model(), range(24), range(24, 48), BOX)
        line.turn(1 / 30, pictures)
    full = [pictures.request(Model().tile(index), BOX) for index in range(24)]
    assert all(request in line.painter for request in full)


def test_what_scrolled_away_is_never_sent(slow: tuple[Sending, TilePictures]) -> None:
    line, pictures = slow
    for page in range(20):
        before = len(line.text)
        pictures.plan(Model(), range(24 * page, 24 * page + 24), range(0), BOX)
        line.turn(0.1, pictures)
        # What begins to be sent is of this page; what was under way was ended in a few bytes.
        assert {int(request.key) // 24 for request in line.painter._sending} <= {page}
        assert {int(request.key) // 24 for request in line.painter._offers} <= {page}
        assert len(line.text) - before < 0.1 * line.rate + 0.1 * line.rate
    begun = transmitted(line.text)
    assert len(begun) < 20 * 10
    line.turn(10, pictures)
    after = transmitted(line.text)[len(begun) :]
    pages = [int(request.key) // 24 for request in sent(line.painter)][-len(after) :]
    assert set(pages) == {19}
    assert not line.painter.busy


def transmitted(text: str) -> list[str]:
    return [part.split(",")[2] for part in text.split("\x1b_G") if part.startswith("a=t")]


def test_a_picture_cut_short_is_ended_and_its_id_freed(slow: tuple[Sending, TilePictures]) -> None:
    line, pictures = slow
    pictures.plan(Model(), [0], [], BOX)
    line.turn(0.02, pictures)
    transfer, upload = next(iter(line.painter._sending.values()))
    assert 0 < transfer.position < len(transfer.pieces)
    pictures.close()
    assert line.text.endswith(f"\x1b_Gq=2,m=0;\x1b\\\x1b_Ga=d,d=I,i={upload.image_id},q=2\x1b\\")
    line.turn(1, pictures)
    assert sent(line.painter) == []


def test_another_speed_makes_the_plan_outdated(slow: tuple[Sending, TilePictures]) -> None:
    line, pictures = slow
    pictures.plan(Model(), range(24), [], BOX)
    assert not pictures.outdated
    line.link.speed.rate = 25_000_000
    assert pictures.outdated
    pictures.plan(Model(), range(24), [], BOX)
    assert not pictures.outdated
    line.turn(1, pictures)
    assert {request.on_disk for request in sent(line.painter)[:24]} == {True}
    assert {request.dithered for request in sent(line.painter)[24:]} == {True}


def test_a_broken_photo_says_why_and_holds_nobody_up(slow: tuple[Sending, TilePictures]) -> None:
    line, pictures = slow
    source = pictures._source
    assert isinstance(source, Source)
    source.broken = {"0003"}
    pictures.plan(Model(), range(6), [], BOX)
    line.turn(5, pictures)
    request = pictures.request(Model().tile(3), BOX)
    assert pictures.rows(3, request, CARD) == "It is broken."
    assert {request.key for request in sent(line.painter)} == {
        "0000",
        "0001",
        "0002",
        "0004",
        "0005",
    }


def test_what_came_just_before_a_new_plan_is_drawn_all_the_same(
    slow: tuple[Sending, TilePictures],
) -> None:
    line, pictures = slow
    drawn: list[int] = []
    while line.now < 5:
        pictures.plan(Model(), range(24), [], BOX)
        drawn += pictures.pump()
        # Pictures arrive in the terminal between two frames; nobody has looked yet.
        line.run(line.now + 1 / 30)
    assert len(sent(line.painter)) == 48
    assert all(drawn.count(index) == 2 for index in range(24))


def test_tiles_that_left_without_a_picture_are_named(slow: tuple[Sending, TilePictures]) -> None:
    line, pictures = slow
    for index in (0, 1):
        assert pictures.rows(index, pictures.request(Model().tile(index), BOX), CARD) is None
    assert pictures.plan(Model(), [1, 2], [0], BOX) == [0]
    line.turn(5, pictures)
    assert pictures.plan(Model(), [3], [], BOX) == [1]
    assert pictures.plan(Model(), [4], [], BOX) == []
