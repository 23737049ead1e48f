"""A table of counts as a picture: SVG or PNG, for a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tui_selector.app.matrix import Matrix
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

#: Pixels: side of a cell, between parts, height of a letter, and the longest name in letters.
_CELL, _GAP, _LETTER, _LONGEST = 46, 12, 13, 28

#: Colours of an empty and a full cell, of the letters on them, and round what is right.
_EMPTY, _FULL, _DARK, _PALE, _RIGHT = "#f7fbff", "#08519c", "#1b1b1b", "#ffffff", "#d07a00"

#: Most rows, and most columns, of a picture.
_MOST = 200

_Rgb = tuple[int, int, int]


class PictureError(Exception):
    """The picture was not made; the message is a sentence."""


def write_matrix(matrix: Matrix, title: str, file: Path) -> None:
    """Write a picture of a table, SVG or PNG by the suffix of the file.

    Args:
        matrix: The table.
        title: A line above it.
        file: Where to; what is there is replaced.

    Raises:
        PictureError: The table is too large, the suffix is another one, or the file cannot be
            written.
    """
    makers: dict[str, Callable[[Matrix, str], bytes]] = {".svg": svg, ".png": png}
    make = makers.get(file.suffix.lower())
    shown = printable(str(file))
    if make is None:
        raise PictureError(f"{shown} ends neither in .svg nor in .png.")
    if max(len(matrix.rows), len(matrix.columns)) > _MOST:
        raise PictureError(f"A picture has {_MOST} rows and columns at most; write JSON instead.")
    content = make(matrix, title)
    try:
        file.write_bytes(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PictureError(f"{shown} cannot be written: {reason}.") from error


class _Text(msgspec.Struct, frozen=True):
    """A text: where its anchor is, where it stands to that, and whether it is turned upwards."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    fill: str = _DARK
    turned: bool = False


class _Cell(msgspec.Struct, frozen=True):
    """A filled square, with a frame where it is right."""

    x: int
    y: int
    fill: str
    right: bool


class _Drawing(msgspec.Struct, frozen=True):
    """What either kind of picture draws."""

    width: int
    height: int
    cells: list[_Cell]
    texts: list[_Text]


def _drawing(matrix: Matrix, title: str) -> _Drawing:
    letter = 0.62 * _LETTER
    names = [_name(row) for row in matrix.rows]
    heads = [_name(column) for column in matrix.columns]
    left = _GAP + round(letter * max(map(len, names), default=0)) + _GAP
    top = 3 * _GAP + _LETTER + round(letter * max(map(len, heads), default=0))
    right = left + _CELL * len(heads)
    notes = round(letter * 7)
    cells, texts = [], [_Text(_GAP, _GAP + _LETTER, printable(title))]
    for column, head in enumerate(heads):
        middle = left + _CELL * column + _CELL / 2 + _LETTER / 3
        texts.append(_Text(middle, top - 5, head, turned=True))
    for number, words in enumerate(matrix.head):
        texts.append(_Text(right + _GAP + notes * (number + 1), top - 5, words, "end"))
    for row, name in enumerate(names):
        line = top + _CELL * row
        base = line + _CELL / 2 + _LETTER / 3
        texts.append(_Text(left - 6, base, name, "end"))
        for column, count in enumerate(matrix.counts[row]):
            heat, x = matrix.heat(row, column), left + _CELL * column
            cells.append(_Cell(x, line, _shade(heat), matrix.is_right(row, column)))
            if count:
                fill = _PALE if heat > 0.5 else _DARK
                texts.append(_Text(x + _CELL / 2, base, f"{count}", "middle", fill))
        for number, words in enumerate(matrix.notes[row] if matrix.notes else ()):
            texts.append(_Text(right + _GAP + notes * (number + 1), base, words, "end"))
    wide = right + _GAP + notes * len(matrix.head) + _GAP
    return _Drawing(
        width=max(wide, round(letter * len(title)) + 2 * _GAP),
        height=top + _CELL * len(names) + _GAP,
        cells=cells,
        texts=texts,
    )


def _name(name: str) -> str:
    shown = printable(name)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _shade(heat: float) -> str:
    return "#{:02x}{:02x}{:02x}".format(*_mixed(heat))


def _mixed(heat: float) -> _Rgb:
    empty, full = _rgb(_EMPTY), _rgb(_FULL)
    red, green, blue = (
        round(least + (most - least) * heat) for least, most in zip(empty, full, strict=True)
    )
    return red, green, blue


def _rgb(colour: str) -> _Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


# -- SVG -------------------------------------------------------------------------------------------


def svg(matrix: Matrix, title: str) -> bytes:
    """The table as an SVG picture, UTF-8."""
    drawing = _drawing(matrix, title)
    size = f'width="{drawing.width}" height="{drawing.height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
        f'font-family="sans-serif" font-size="{_LETTER}">',
        f'<rect {size} fill="#ffffff"/>',
        *_svg_cells(drawing),
        *_svg_texts(drawing),
        "</svg>",
    ]
    return "\n".join(lines).encode("utf-8", "replace") + b"\n"


def _svg_cells(drawing: _Drawing) -> Iterator[str]:
    for cell in drawing.cells:
        frame = f' stroke="{_RIGHT}" stroke-width="2"' if cell.right else ""
        side = _CELL - 2
        yield (
            f'<rect x="{cell.x + 1}" y="{cell.y + 1}" width="{side}" height="{side}" '
            f'fill="{cell.fill}"{frame}/>'
        )


def _svg_texts(drawing: _Drawing) -> Iterator[str]:
    for text in drawing.texts:
        turned = f' transform="rotate(-90 {text.x:.1f} {text.y:.1f})"' if text.turned else ""
        yield (
            f'<text x="{text.x:.1f}" y="{text.y:.1f}" text-anchor="{text.anchor}" '
            f'fill="{text.fill}"{turned}>{escape(text.text)}</text>'
        )


# -- PNG -------------------------------------------------------------------------------------------


def png(matrix: Matrix, title: str) -> bytes:
    """The table as a PNG picture."""
    from PIL import Image, ImageDraw

    drawing = _drawing(matrix, title)
    image = Image.new("RGB", (drawing.width, drawing.height), "#ffffff")
    draw = ImageDraw.Draw(image)
    for cell in drawing.cells:
        box = (cell.x + 1, cell.y + 1, cell.x + _CELL - 2, cell.y + _CELL - 2)
        draw.rectangle(box, cell.fill, _RIGHT if cell.right else None, 2 if cell.right else 0)
    for text in drawing.texts:
        if text.turned:
            _turned(image, text)
        else:
            place = {"start": "ls", "middle": "ms", "end": "rs"}[text.anchor]
            draw.text((text.x, text.y), text.text, text.fill, font=_font(text.text), anchor=place)
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _turned(image: Image, text: _Text) -> None:
    """Draw a text that runs upwards from its anchor."""
    from PIL import Image, ImageDraw

    font, base = _font(text.text), round(1.4 * _LETTER)
    width = round(ImageDraw.Draw(image).textlength(text.text, font=font)) + 2
    stencil = Image.new("L", (width, 2 * _LETTER), 0)
    ImageDraw.Draw(stencil).text((0, base), text.text, 255, font=font, anchor="ls")
    upright = stencil.transpose(Image.Transpose.ROTATE_90)
    image.paste(text.fill, (round(text.x) - base, round(text.y) - width), upright)


#: Fonts that have letters of most scripts, where they are installed.
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "Arial.ttf")


def _font(text: str) -> FreeTypeFont | ImageFont:
    """A font for a text: Pillow's own for Latin letters, else the system's where it has one."""
    from PIL import ImageFont

    if not text.isascii():
        for name in _FONTS:
            try:
                return ImageFont.truetype(name, _LETTER)
            except OSError:
                continue
    return ImageFont.load_default(_LETTER)
