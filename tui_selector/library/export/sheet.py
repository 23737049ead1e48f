"""Contact sheets to be printed: A4 pages of small pictures, as one PDF or as JPEG files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.display import printable
from tui_selector.library.export.planning import ExportPlan
from tui_selector.library.export.prints import Print, print_of
from tui_selector.library.export.writing import Progress, new_file
from tui_selector.library.photo import Photo
from tui_selector.library.pictures.thumbnails import ThumbnailStore

if TYPE_CHECKING:
    from PIL import Image, ImageFont

    from tui_selector.library.export.execution import Exported

#: A4 at 150 dots an inch, pixels.
_DPI, _PAGE = 150, (1240, 1754)
_COLUMNS, _ROWS = 4, 5
_MARGIN, _HEAD, _GAP = 60, 60, 16
_CAPTION, _TEXT, _SMALL = 52, 18, 15
_QUALITY = 88

#: Photos on a page.
PER_PAGE = _COLUMNS * _ROWS


def write_sheets(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Write the pages of a plan's photos: one PDF, or a JPEG file for each page.

    Raises:
        RefusedError: They cannot be written.
        StoppedError: The export was stopped; no page is left.
    """
    pages = [plan.photos[at : at + PER_PAGE] for at in range(0, len(plan.photos), PER_PAGE)]
    progress.start(len(plan.photos))
    with ThumbnailStore(catalog.paths.thumbnails) as store:
        drawn = _drawn(catalog, store, plan, pages, progress)
        if plan.form == "pdf":
            _write_pdf(plan.target, drawn)
            places = [plan.target]
        else:
            places = _write_jpegs(plan.target, drawn, len(pages))
    done.places, done.files, done.photos = places, len(places), len(plan.photos)
    done.bytes = sum(place.stat().st_size for place in places)


def _write_pdf(target: Path, pages: Iterator[Image.Image]) -> None:
    """Write pages one after another, so that one at a time is in memory."""
    with new_file(target) as stream:
        part = Path(os.fsdecode(stream.name))
        for number, page in enumerate(pages):
            page.save(part, "PDF", resolution=_DPI, quality=_QUALITY, append=number > 0)


def _write_jpegs(target: Path, pages: Iterator[Image.Image], count: int) -> list[Path]:
    """Write a file for each page; all appear together at the end."""
    places = [target] if count == 1 else [_page_name(target, n) for n in range(1, count + 1)]
    for place in places:
        if os.path.lexists(place):
            raise RefusedError(
                f"There is already a file {printable(str(place))}; choose another name."
            )
    with ExitStack() as files:
        for place, page in zip(places, pages, strict=True):
            stream = files.enter_context(new_file(place))
            page.save(stream, "JPEG", quality=_QUALITY, dpi=(_DPI, _DPI))
    return places


def _page_name(target: Path, number: int) -> Path:
    return target.with_name(f"{target.stem}-{number}{target.suffix}")


def _drawn(
    catalog: Catalog,
    store: ThumbnailStore,
    plan: ExportPlan,
    pages: Sequence[Sequence[Photo]],
    progress: Progress,
) -> Iterator[Image.Image]:
    title = printable(plan.root.name)
    for number, photos in enumerate(pages, 1):
        prints: list[Print] = []
        for photo in photos:
            prints.append(print_of(catalog, store, photo))
            progress.step(1)
        yield draw_page(prints, f"{title}  {number}/{len(pages)}")


def draw_page(prints: Sequence[Print], title: str) -> Image.Image:
    """Draw one page.

    Args:
        prints: At most `PER_PAGE`.
        title: The line at its top, printable.

    Returns:
        RGB, 1240 x 1754 pixels.
    """
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("RGB", _PAGE, "white")
    pen = ImageDraw.Draw(page)
    font, small = ImageFont.load_default(_TEXT), ImageFont.load_default(_SMALL)
    pen.text((_MARGIN, _MARGIN // 2), title, "black", font)
    width = (_PAGE[0] - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) // _COLUMNS
    height = (_PAGE[1] - 2 * _MARGIN - _HEAD // 2 - (_ROWS - 1) * _GAP) // _ROWS
    for index, each in enumerate(prints):
        row, column = divmod(index, _COLUMNS)
        left = _MARGIN + column * (width + _GAP)
        top = _MARGIN + _HEAD // 2 + row * (height + _GAP)
        _paste(page, each, (left, top), (width, height - _CAPTION))
        bottom = top + height - _CAPTION + 4
        pen.text((left, bottom), _cut(each.name, font, width), "black", font)
        words = " ".join(each.words)
        # The built-in letters have no star.
        words = (
            words.replace("★" * words.count("★"), f"{words.count('★')}*") if "★" in words else words
        )
        pen.text((left, bottom + _TEXT + 4), _cut(words, small, width), "#555555", small)
    return page


def _paste(page: Image.Image, print_: Print, at: tuple[int, int], box: tuple[int, int]) -> None:
    from tui_selector.library.pictures.picture import fit

    image = print_.image()
    if image is None:
        return
    small = fit(image, box)
    left = at[0] + (box[0] - small.width) // 2
    page.paste(small, (left, at[1] + (box[1] - small.height) // 2))


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """A text, shortened so that it is at most `width` pixels wide."""
    if font.getlength(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle] + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low] + "…"
