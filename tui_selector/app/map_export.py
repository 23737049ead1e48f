"""The map as a picture: SVG, or PNG."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from tui_selector.app.map_colours import Colouring, Rgb
from tui_selector.app.map_points import MapPoints

#: Pixels of the longer side of the map, around it, and beside it for the legend.
_SIDE, _EDGE, _LEGEND = 1600, 40, 280
_LINE = 26

_GROUND: Rgb = (27, 27, 27)
_WORDS: Rgb = (212, 212, 212)
_MARK: Rgb = (255, 255, 255)


class _Sheet:
    """Where things stand on the sheet, in pixels."""

    def __init__(self, points: MapPoints) -> None:
        left, top, right, bottom = points.bounds
        self._left, self._top = left, top
        self._scale = _SIDE / max(right - left, bottom - top, 1.0)
        self.map_width = round((right - left) * self._scale) + 2 * _EDGE
        self.width = self.map_width + _LEGEND
        self.height = max(round((bottom - top) * self._scale) + 2 * _EDGE, 600)
        # Points of a few photos are large, those of many let each other through.
        self.radius = min(8.0, max(1.5, 260 / max(len(points), 1) ** 0.5))

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self._left) * self._scale + _EDGE, (y - self._top) * self._scale + _EDGE


def write_picture(file: Path, points: MapPoints, colouring: Colouring, title: str) -> None:
    """Write the whole map; the suffix says how: .svg or .png. Marked photos have a white ring.

    Args:
        file: It is overwritten.
        points: The photos.
        colouring: Of the photos, in the order of the points.
        title: Printable words over the legend.

    Raises:
        OSError: It cannot be written.
        ValueError: There is no such picture.
    """
    suffix = file.suffix.lower()
    if suffix == ".svg":
        file.write_text(svg(points, colouring, title), "utf-8")
    elif suffix == ".png":
        _png(file, points, colouring, title)
    else:
        raise ValueError("A map is written as .svg or .png; give the file such a name.")


def svg(points: MapPoints, colouring: Colouring, title: str) -> str:
    """The map as SVG 1.1."""
    sheet = _Sheet(points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width}" height="{sheet.height}"'
        f' viewBox="0 0 {sheet.width} {sheet.height}">',
        f'<rect width="100%" height="100%" fill="{_hex(_GROUND)}"/>',
    ]
    for kind, entry in enumerate(colouring.legend):
        rows = (colouring.kinds == kind).nonzero()[0].tolist()
        if not rows:
            continue
        parts.append(f'<g fill="{_hex(entry.colour)}" fill-opacity="0.8">')
        for row in rows:
            x, y = sheet.at(*map(float, points.places[row]))
            ring = f' stroke="{_hex(_MARK)}" stroke-width="1.5"' if points.marked[row] else ""
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{sheet.radius:.1f}"{ring}/>')
        parts.append("</g>")
    left = sheet.map_width
    parts.append(
        f'<g font-family="sans-serif" font-size="15" fill="{_hex(_WORDS)}">'
        f'<text x="{left}" y="{_EDGE}" font-weight="bold">{escape(title)}</text>'
    )
    for number, entry in enumerate(each for each in colouring.legend if each.count):
        y = _EDGE + (number + 1) * _LINE
        parts.append(
            f'<circle cx="{left + 7}" cy="{y - 5}" r="6" fill="{_hex(entry.colour)}"/>'
            f'<text x="{left + 22}" y="{y}">{escape(entry.name)} ({entry.count:,})</text>'
        )
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _png(file: Path, points: MapPoints, colouring: Colouring, title: str) -> None:
    from PIL import Image, ImageDraw, ImageFont

    sheet = _Sheet(points)
    image = Image.new("RGB", (sheet.width, sheet.height), _GROUND)
    draw = ImageDraw.Draw(image)
    radius = sheet.radius
    colours = [entry.colour for entry in colouring.legend]
    for row in range(len(points)):
        x, y = sheet.at(*map(float, points.places[row]))
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            fill=colours[colouring.kinds[row]],
            outline=_MARK if points.marked[row] else None,
        )
    font = ImageFont.load_default(15)
    left = sheet.map_width
    draw.text((left, _EDGE - 14), title, _WORDS, font)
    for number, entry in enumerate(each for each in colouring.legend if each.count):
        y = _EDGE + (number + 1) * _LINE
        draw.ellipse((left + 1, y - 11, left + 13, y + 1), fill=entry.colour)
        draw.text((left + 22, y - 14), f"{entry.name} ({entry.count:,})", _WORDS, font)
    image.save(file, "PNG")


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
