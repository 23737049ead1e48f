"""The line under the loupe: which photo this is, what was decided, how it is looked at."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from tui_selector.app.graphics.painter import Overlay
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag, Photo

_FLAGS = {Flag.PICK: ("✔ picked", "text-success"), Flag.REJECT: ("✘ rejected", "text-error")}
_OVERLAYS: Mapping[Overlay, str] = {
    "clipping": "lost: ■ shadows ■ highlights",
    "focus": "■ in focus",
}
#: Colours of the squares, as the overlays paint them.
_SQUARES: Mapping[Overlay, tuple[str, ...]] = {
    "clipping": ("#286eff", "#ff2828"),
    "focus": ("#50ff3c",),
}

_MAP_CELLS = 6

# Bits of a braille pattern by column and row: Unicode, U+2800.
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def caption(
    photo: Photo | None,
    place: str,
    view: str,
    overlay: Overlay,
    theme: Mapping[str, str],
    marked: bool,
) -> Text:
    """Put the line together.

    Args:
        photo: What is shown; None while it is not known.
        place: Which one of how many.
        view: How it is looked at: zoom and map; "" in the fit.
        overlay: What is painted over it.
        theme: Colours by name.
        marked: Whether the photo is marked.
    """
    text = Text(place + "  ", no_wrap=True, overflow="ellipsis")
    if photo is None:
        return text
    text.append(printable(photo.name), f"bold {theme['foreground']}")
    if view:
        text.append(f"  {view}", theme["text-accent"])
    if overlay:
        start = len(text) + 2
        text.append("  " + _OVERLAYS[overlay])
        squares = [at for at in range(start, len(text)) if text.plain[at] == "■"]
        for at, colour in zip(squares, _SQUARES[overlay], strict=True):
            text.stylize(colour, at, at + 1)
    words, colour = _FLAGS.get(photo.flag, ("", ""))
    if words:
        text.append(f"  {words}", theme[colour])
    if photo.rating:
        text.append("  " + "★" * photo.rating, theme["text-warning"])
    if photo.label:
        text.append(f"  ● {photo.label}", photo.label)
    if marked:
        text.append("  ◆ marked", theme["text-accent"])
    if photo.problem:
        text.append(f"  {printable(photo.problem)}", theme["text-error"])
    return text


def percent(zoom: float) -> str:
    """A zoom in words, e.g. "100 %" or "6.2 %"."""
    value = round(100 * zoom, 1)
    return f"{value:g} %"


def small_map(seen: tuple[float, float, float, float], cells: int = _MAP_CELLS) -> str:
    """The photo as a few braille cells, dots where it is in sight.

    Args:
        seen: Left, top, right and bottom of what is in sight, as fractions of the photo.
        cells: Width of the map.
    """
    left, top, right, bottom = seen
    across, down = 2 * cells, 4
    # What is in sight is at least one dot.
    first, last = int(left * across), max(int(left * across) + 1, round(right * across))
    upper, lower = int(top * down), max(int(top * down) + 1, round(bottom * down))
    pattern = [0] * cells
    for x in range(min(first, across - 1), min(last, across)):
        for y in range(min(upper, down - 1), min(lower, down)):
            pattern[x // 2] |= _DOTS[x % 2][y]
    return "▕" + "".join(chr(0x2800 + bits) for bits in pattern) + "▏"
