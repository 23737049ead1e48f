"""The table of counts: as it is drawn and walked about in, and as a picture."""

from __future__ import annotations

import xml.dom.minidom
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from tui_selector.app.matrix import Matrix
from tui_selector.app.matrix_heads import folded_name, heads, shortened
from tui_selector.app.matrix_picture import PictureError, write_matrix
from tui_selector.app.widgets.matrix_view import MatrixView

ODD = "<b>&\x1b[2J кошка 海"
SMALL = Matrix(
    rows=("bus", ODD),
    columns=("red", "green things", "none"),
    counts=((5, 1, 0), (0, 0, 0)),
    row_word="class",
    column_word="group",
    head=("recall",),
    notes=(("0.83",), ("0.00",)),
    pairs=(0, 1),
)


class Shown(App[None]):
    CSS = "MatrixView { width: 60; height: 10; }"

    def __init__(self, matrix: Matrix) -> None:
        super().__init__()
        self.matrix = matrix
        self.chosen: list[tuple[int | None, int | None]] = []

    def compose(self) -> ComposeResult:
        yield MatrixView(empty="nothing")

    def on_mount(self) -> None:
        self.query_one(MatrixView).show(self.matrix)

    def on_matrix_view_chosen(self, event: MatrixView.Chosen) -> None:
        self.chosen.append((event.row, event.column))


async def test_cells_are_reached_by_keys_and_by_clicks() -> None:
    app = Shown(SMALL)
    async with app.run_test() as pilot:
        view = app.query_one(MatrixView)
        view.focus()
        lines = [view.render_line(y).text for y in range(5)]
        assert lines[0].split() == ["green"]
        assert lines[1].split() == ["class", "red", "things", "none", "recall"]
        assert lines[2].split() == ["bus", "5", "1", "0.83"]
        assert "\x1b" not in "".join(lines)
        assert all(len(line) <= 60 for line in lines)
        await pilot.press("enter", "l", "enter", "j", "l", "enter", "g", "enter", "j", "enter")
        await pilot.press("k", "l", "enter", "h", "h")
        assert app.chosen == [(0, 0), (0, 1), (1, 2), (None, None), (0, None), (None, 0)]
        x = lines[2].index("1")
        await pilot.click(MatrixView, offset=(x, 2))
        await pilot.click(MatrixView, offset=(1, 3))
        await pilot.click(MatrixView, offset=(x, 1))
        await pilot.click(MatrixView, offset=(x, 6))
        await pilot.click(MatrixView, offset=(lines[2].index("0.83"), 2))
        assert app.chosen[6:] == [(0, 1), (1, None), (None, 1)]


async def test_names_stay_in_sight_in_a_table_larger_than_the_screen() -> None:
    names = tuple(f"name {n}" for n in range(40))
    counts = tuple(tuple(row * 100 + column for column in range(40)) for row in range(40))
    app = Shown(Matrix(rows=names, columns=names, counts=counts))
    async with app.run_test() as pilot:
        view = app.query_one(MatrixView)
        view.focus()
        await pilot.press("G")
        lines = [view.render_line(y).text for y in range(view.size.height)]
        assert "3,939" in lines[view.size.height - 2]
        assert any(line.startswith(" name 39") for line in lines)
        assert "39" in lines[1].split()
        cells = [line.index("3,939") for line in lines if "3,939" in line]
        await pilot.click(MatrixView, offset=(cells[0], view.size.height - 2))
        assert app.chosen == [(39, 39)]
        await pilot.press("g", "j")
        assert (view.row, view.column) == (0, None)
        assert view.render_line(2).text.startswith(" name 0")


async def test_an_empty_table_says_so() -> None:
    app = Shown(Matrix())
    async with app.run_test() as pilot:
        view = app.query_one(MatrixView)
        view.show(Matrix(), "There is nothing.")
        view.focus()
        await pilot.press("enter", "j", "l")
        assert view.render_line(0).text.strip() == "There is nothing."
        assert app.chosen == []


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("red", ["red"]),
        ("green things", ["green", "things"]),
        ("helicopter", None),
        ("hot_air-fly", ["hot_", "air-", "fly"]),
        ("one two three four five", None),
        ("", [""]),
        ("海海海海", ["海海海", "海"]),
    ],
)
def test_names_are_folded_between_words(name: str, lines: list[str] | None) -> None:
    assert folded_name(name, 6) == lines


def test_long_names_lose_whole_words() -> None:
    assert shortened("grand piano", 11) == "grand piano"
    assert shortened("grand piano player", 14) == "grand piano…"
    assert shortened("grand piano player", 12) == "grand piano…"
    assert shortened("incomprehensibilities", 8) == "incompr…"


def test_columns_without_room_for_their_names_are_numbered() -> None:
    names = ["red", "helicopter", "dalmatian"]
    assert heads(names, 11, 60).listed == 0
    numbered = heads(names, 6, 26)
    assert [numbered.text(n, numbered.height - 1) for n in range(3)] == ["1", "2", "3"]
    lines = [numbered.list_line(line, 0) for line in range(numbered.listed)]
    assert lines == [[(0, " 1 red "), (1, " 2 helicopter ")], [(2, " 3 dalmatian ")]]
    assert numbered.listed_at(8, 0, 0) == 1
    assert numbered.listed_at(24, 0, 0) is None
    assert numbered.list_line(0, 2) == [(2, " 3 dalmatian ")]
    assert numbered.list_line(1, 2) == []


async def test_the_list_of_columns_is_clicked_as_they_are() -> None:
    names = tuple(f"helicopter{n}" for n in range(12))
    app = Shown(Matrix(rows=names, columns=names, counts=((1,) * 12,) * 12))
    async with app.run_test() as pilot:
        view = app.query_one(MatrixView)
        view.focus()
        lines = [view.render_line(y).text for y in range(view.size.height)]
        assert "2 helicopter1" in lines[0]
        top = next(y for y, line in enumerate(lines) if line.split()[:2] == ["1", "2"])
        await pilot.click(MatrixView, offset=(lines[0].index("2 helicopter1"), 0))
        await pilot.click(MatrixView, offset=(lines[top].index(" 2 ") + 1, top))
        await pilot.click(MatrixView, offset=(lines[top].index(" 2 ") + 1, top + 1))
        assert app.chosen == [(None, 1), (None, 1), (0, 1)]


def test_pictures_are_written_whatever_the_names(tmp_path: Path) -> None:
    for suffix in ("svg", "png"):
        write_matrix(SMALL, ODD, tmp_path / f"m.{suffix}")
    drawn = xml.dom.minidom.parse(str(tmp_path / "m.svg"))
    texts = [each.firstChild.data for each in drawn.getElementsByTagName("text")]
    assert "<b>&\\x1b[2J кошка 海" in texts
    assert "5" in texts
    assert "0" not in texts
    cells = drawn.getElementsByTagName("rect")
    assert len(cells) == 1 + 6
    assert sum(cell.hasAttribute("stroke") for cell in cells) == 2
    from PIL import Image

    with Image.open(tmp_path / "m.png") as image:
        assert image.size == (
            int(drawn.documentElement.getAttribute("width")),
            int(drawn.documentElement.getAttribute("height")),
        )
        assert len(image.convert("RGB").getcolors(1 << 24) or ()) > 10


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"ends neither in \.svg nor in \.png"):
        write_matrix(SMALL, "", tmp_path / "m.gif")
    with pytest.raises(PictureError, match="cannot be written: No such file"):
        write_matrix(SMALL, "", tmp_path / "no" / "m.svg")
    many = Matrix(rows=("a",) * 201, columns=("b",), counts=((1,),) * 201)
    with pytest.raises(PictureError, match="200 rows"):
        write_matrix(many, "", tmp_path / "m.svg")
