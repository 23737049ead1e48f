"""Which quality tiles are sent at, by the speed of the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.app.graphics.link import TerminalLink
from tui_selector.app.graphics.painter import PictureRequest
from tui_selector.app.graphics.quality import LADDER, PAGE_SECONDS, QualityChoice, ladder

REQUEST = PictureRequest("k", "/k", 20, 7, 200, 140, "png")


def choice(rate: float) -> QualityChoice:
    link = TerminalLink(call_later=lambda delay, callback: pytest.fail("a timer"))
    link.listen(lambda text: None)
    link.speed.rate = rate
    return QualityChoice(link)


def test_rungs_fall_in_cost_and_their_variants_in_pixels_or_colours() -> None:
    shares = [rung.share for rung in LADDER]
    assert shares == sorted(shares, reverse=True)
    variants = ladder(REQUEST)
    assert variants[0] is REQUEST
    assert len(set(variants)) == len(LADDER)
    assert [variant.on_disk for variant in variants] == [True] + [False] * (len(LADDER) - 1)
    assert (variants[-1].width, variants[-1].height, variants[-1].colours) == (100, 70, 32)


@given(st.floats(1e4, 1e9), st.integers(1, 300))
def test_the_best_rung_that_is_in_time(rate: float, tiles: int) -> None:
    chosen = choice(rate)
    level = chosen.choose([REQUEST] * tiles)
    seconds = tiles * 200 * 140 * 0.55 / rate
    assert seconds * LADDER[level].share <= PAGE_SECONDS or level == len(LADDER) - 1
    if level:
        assert seconds * LADDER[level - 1].share > PAGE_SECONDS


def test_faster_lines_never_get_less() -> None:
    levels = [choice(10_000 * 2**step).choose([REQUEST] * 24) for step in range(12)]
    assert levels == sorted(levels, reverse=True)
    assert (levels[0], levels[-1]) == (len(LADDER) - 1, 0)
    # 24 tiles over 2 Mbit/s: neither the best nor the least.
    assert 0 < choice(250_000).choose([REQUEST] * 24) < len(LADDER) - 1


def test_a_speed_at_the_border_does_not_change_the_rung_to_and_fro() -> None:
    chosen = choice(250_000)
    level = chosen.choose([REQUEST] * 24)
    border = 24 * 200 * 140 * 0.55 * LADDER[level - 1].share / PAGE_SECONDS
    for factor in (1.01, 0.99, 1.1, 0.98, 1.05):
        chosen._link.speed.rate = border * factor
        assert chosen.choose([REQUEST] * 24) == level
    chosen._link.speed.rate = border * 1.3
    assert chosen.choose([REQUEST] * 24) < level


def test_what_tiles_cost_is_learned_at_any_rung() -> None:
    chosen = choice(250_000)
    before = chosen.choose([REQUEST] * 24)
    for variant in ladder(REQUEST)[3:5] * 20:
        rung = LADDER[ladder(REQUEST).index(variant)]
        chosen.weigh(REQUEST, variant, round(200 * 140 * 1.1 * rung.share))
    assert chosen._bytes_per_pixel == pytest.approx(1.1, rel=0.05)
    assert chosen.choose([REQUEST] * 24) > before


def test_words_say_colours_and_size() -> None:
    assert [rung.words for rung in LADDER][::3] == [
        "256 colours",
        "256 colours 3/4",
        "64 colours 1/2",
    ]


def test_a_line_that_is_not_measured_gets_the_best() -> None:
    assert QualityChoice(TerminalLink()).choose([REQUEST] * 1000) == 0
