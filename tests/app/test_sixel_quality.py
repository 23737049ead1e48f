"""Sixel tiles over a slow line: fewer colours and larger pixels first, then the better version."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from drawn_album import driver_to
from PIL import Image
from piloted import until
from simulated_line import Line
from sixel_screen import SixelScreen
from textual.app import App, ComposeResult

from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.output import make_painter
from tui_selector.app.graphics.painter import EncodedPicture, PictureRequest
from tui_selector.app.graphics.pictures import in_blocks
from tui_selector.app.graphics.probe import TerminalGraphics
from tui_selector.app.graphics.quality import SIXEL_LADDER, QualityChoice, ladder
from tui_selector.app.graphics.sixel import SixelPainter
from tui_selector.app.graphics.sixel_picture import ST
from tui_selector.app.widgets.tile_grid import Tile, TileGrid
from tui_selector.library.pictures.sixel import encode_sixel

REQUEST = PictureRequest("k", "/k", 20, 7, 200, 140, "sixel", colours=32)


def test_variants_keep_their_size_and_lose_colours() -> None:
    variants = ladder(REQUEST)
    assert len(set(variants)) == len(SIXEL_LADDER)
    assert {(variant.width, variant.height) for variant in variants} == {(200, 140)}
    assert [variant.colours for variant in variants] == [32, 16, 16, 8]
    assert [variant.block for variant in variants] == [1, 1, 2, 2]
    few = PictureRequest("k", "/k", 20, 7, 200, 140, "sixel", colours=4)
    assert {variant.colours for variant in ladder(few)} == {4}


@pytest.mark.parametrize("size", [(120, 90), (121, 91), (61, 300)])
def test_blocks_have_one_colour_and_cost_less(size: tuple[int, int]) -> None:
    image = Image.effect_noise((400, 300), 80).convert("RGB").resize(size)
    coarse = in_blocks(image, (200, 140), 2)
    assert in_blocks(image, (200, 140), 1) is image
    width, height = coarse.size
    assert width <= 200
    assert height <= 140
    # The share of an edge picture's last block is what is left of it.
    few = coarse.resize(((width + 1) // 2, (height + 1) // 2), Image.Resampling.NEAREST)
    assert few.resize(coarse.size, Image.Resampling.NEAREST).tobytes() == coarse.tobytes()
    coarse_bytes, bytes_ = (len(encode_sixel(each, 200, 140, 16)) for each in (coarse, image))
    assert coarse_bytes < 0.8 * bytes_


def test_a_page_over_two_megabits_is_coarse_and_over_a_hundred_fine() -> None:
    levels = []
    for rate in (60_000, 250_000, 12_000_000):
        line = Line(rate, 0.08)
        line.link.speed.rate = rate
        levels.append(QualityChoice(line.link, SIXEL_LADDER).choose([REQUEST] * 32))
    assert levels == [3, 2, 0]


class Source:
    """Encodes a noisy picture the moment it is wished for."""

    def __init__(self) -> None:
        self.made: dict[PictureRequest, EncodedPicture] = {}

    def get(self, request: PictureRequest) -> EncodedPicture | None:
        return self.made.get(request)

    def request(
        self,
        listener: Callable[[], None],
        wishes: Sequence[PictureRequest],
        *,
        patient: bool = False,
    ) -> None:
        for wish in wishes:
            box = wish.width, wish.height
            image = in_blocks(Image.effect_noise(box, 90).convert("RGB"), box, wish.block)
            self.made[wish] = EncodedPicture(*box, encode_sixel(image, *box, wish.colours))
        if wishes:
            listener()

    def forget(self, key: str) -> None:
        return


class Model:
    def __len__(self) -> int:
        return 4

    def tile(self, index: int) -> Tile:
        return Tile(f"{index:04}", f"/{index}.jpg", f"{index}.jpg")


class GridApp(App[None]):
    def __init__(self, written: list[str]) -> None:
        super().__init__(driver_class=driver_to(written.append))
        self.link = TerminalLink()
        self.link.listen(lambda question: self.link.speed.forget_question())
        self.link.speed.rate = 15_000
        self.source = Source()
        self.painter = make_painter(self, TerminalGraphics("sixel"), link=self.link)

    def compose(self) -> ComposeResult:
        yield TileGrid(self.source, self.painter, Model())


async def test_the_better_version_is_painted_over_the_first_one() -> None:
    written: list[str] = []
    app = GridApp(written)
    async with app.run_test(headless=False, size=(50, 40)) as pilot:
        painter, grid = app.painter, app.query_one(TileGrid)
        assert isinstance(painter, SixelPainter)
        full = [grid._pictures.request(Model().tile(at), grid._grid.picture) for at in range(4)]
        await until(pilot, lambda: painted(written) >= 4)
        assert painter.quality == "8 colours 1/2"
        first = len(written)
        assert not all(request in painter for request in full)
        app.link.typed()
        assert painter.pump(full) == [], "a key was just pressed"
        app.link.speed.rate = 4e6
        await until(pilot, lambda: all(request in painter for request in full))
        await until(pilot, lambda: painted(written) >= 8)
        later = "".join(written[first:])
        # Text goes around the pictures that are there, so none of them is blanked in between.
        text = "".join(part.partition(ST)[2] for part in later.split("\x1bP"))
        assert " " * 20 not in text
        assert painted(written) == 8


def painted(written: list[str]) -> int:
    """How many pictures were painted, in however many stripes."""
    screen = SixelScreen(50, 40)
    screen.feed("".join(written).encode())
    return len(screen.begun)
