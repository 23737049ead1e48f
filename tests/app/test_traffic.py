"""What the status line says of the line to the terminal, and how one gets to see it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from simulated_line import Line

from tui_selector.app.graphics.kitty import KittyPainter
from tui_selector.app.keymap import sections
from tui_selector.app.palette import ActionCommands
from tui_selector.app.status import traffic_text
from tui_selector.app.widgets.status_bar import StatusBar
from tui_selector.paths import LibraryPaths


def said(line: Line) -> str:
    painter = KittyPainter(line.write, link=line.link)
    app: Any = SimpleNamespace(terminal_link=line.link, painter=painter)
    return traffic_text(app)


def test_bytes_speed_round_trip_and_quality_are_said() -> None:
    line = Line(250_000, 0.08)
    line.send(100)
    line.run(1)
    # Never full, so that it is as fast as that at least.
    assert said(line) == "sent 0 kB, link ≥ 250 kB/s, 80 ms, 256 colours"
    for _ in range(60):
        line.send(20_000)
    line.run(10)
    words = said(line).split(", ")
    assert words[0] == "sent 1.2 MB"
    assert 220 < int(words[1].removeprefix("link ").removesuffix(" kB/s")) < 280
    assert words[2:] == ["80 ms", "256 colours"]


async def test_a_key_and_the_palette_show_and_hide_it(
    small_library: LibraryPaths, open_app: Any
) -> None:
    async with open_app(small_library, size=(200, 24)) as (app, pilot):

        def text() -> str:
            return str(app.screen_stack[0].query_one(StatusBar).text)

        assert "link" not in text()
        await pilot.press("T")
        assert "the link is not measured" in text(), "as in a test without a terminal"
        await pilot.press("T")
        assert "link" not in text()
        found = [hit async for hit in ActionCommands(app.screen).discover()]
        (offered,) = (hit for hit in found if "link's speed" in str(hit.text))
        assert offered.help == "T"
        await offered.command()
        assert app.shows_traffic
        rows = dict(row for _, section in sections(app.keys) for row in section)
        assert rows["T"] == "Show the link's speed"
