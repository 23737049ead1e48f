"""Where in a photo the words of a query are found, word by word."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from tui_selector.analysis import places
from tui_selector.engine.asking import Asker
from tui_selector.engine.collection import Collection
from tui_selector.engine.protocol import Failure
from tui_selector.engine.search_messages import Explain, Explanation, WordHeat
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.folder.files import open_file
from tui_selector.library.photo import Photo, Tag
from tui_selector.library.pictures.decode import decode, sentences
from tui_selector.models.embedder import Embedder
from tui_selector.models.heat import WHOLE, Heat, find_heat
from tui_selector.search import attributes
from tui_selector.search.language import parse
from tui_selector.search.query import Term
from tui_selector.search.ranking import rank

#: Cells on the long side of the grid over a photo.
CELLS = 24
#: Most words that are told apart.
MOST_WORDS = 12
#: Sources of tags that no model needs to look for.
_TAGGED = ("pixels", "exif")
#: Share of a cell that is as red as a place can be asked to be.
_FULL_COLOUR = 0.5


class _Part(NamedTuple):
    """A piece of what is asked for.

    Attributes:
        text: What it is called; "" where it only counts in the whole.
        weight: In the whole; below 0 where it is not wanted, 0 where it only stands for itself.
        thing: What the model looks for; "" where it need not look.
        tag: The tag of the pixels or the camera; "" for none.
    """

    text: str
    weight: float
    thing: str = ""
    tag: str = ""


def explain_photo(
    catalog: Catalog,
    collection: Collection,
    embedder: Embedder,
    question: Explain,
    is_cancelled: Callable[[], bool],
) -> Explanation | Failure:
    """Find where the words of a query, or a photo's tags, are in it.

    Args:
        catalog: Knows the photo.
        collection: Of the same catalog.
        embedder: Looks.
        question: What is asked.
        is_cancelled: Asked now and then while a slow model looks.

    Raises:
        QueryError: The query cannot be understood.
        DecodeError: The photo cannot be read.
    """
    start = time.perf_counter()
    photo = catalog.photos.one(question.photo)
    if photo is None:
        return Failure(sentence="That photo is not in the library any more.")
    terms = parse(question.text).terms
    parts = _of_query(terms)
    tags = catalog.tags.of([photo.id])[photo.id]
    asked = parts or _of_tags(tags)
    if not asked:
        return Failure(
            sentence="There is nothing to look for: no words are searched for, and this photo has "
            "no tags."
        )
    longest = round(2 * embedder.input_size * _stretch(photo))
    image = _picture(catalog.root / photo.path, question.moment, longest)
    things = list(dict.fromkeys(part.thing for part in asked if part.thing))
    heat = _NOWHERE
    if things:
        found = find_heat(embedder, image, things, question.detail, is_cancelled)
        if found is None:
            return Failure(
                sentence="Something else was asked meanwhile; ask again where the words are."
            )
        heat = found
    rows, columns = _grid(*image.size)
    grids = dict(zip(things, over_photo(heat, rows, columns), strict=True))
    heats = {part: _heat_of(part, grids, image, (rows, columns)) for part in asked}
    chances = _Chances(catalog, collection, embedder, photo)
    given = {tag.name: tag.score for tag in tags} if not parts else {}
    return Explanation(
        words=_words(heats, chances, given, terms),
        rows=rows,
        columns=columns,
        seen=heat.seen,
        from_tags=not parts,
        method=heat.method,
        model=embedder.name,
        finer=heat.finer,
        milliseconds=round(1000 * (time.perf_counter() - start), 1),
    )


def _words(
    heats: dict[_Part, np.ndarray | None],
    chances: _Chances,
    given: dict[str, float],
    terms: Sequence[Term],
) -> list[WordHeat]:
    """What is told of each part, and of all together where there are several.

    Args:
        heats: The parts and where they are, from 0 to 1; None for those without a place.
        chances: How likely they are.
        given: Chances that are known already.
        terms: Of the query, whose chance is told where none are given.
    """
    words = []
    for part, cells in heats.items():
        name = part.thing or part.tag
        if part.text:
            chance = given[name] if name in given else chances.of([Term("words", name)])
            note = _note(part) if cells is None else ""
            words.append(
                WordHeat(
                    text=part.text,
                    heat=_bytes(cells),
                    chance=chance,
                    from_pixels=bool(part.tag),
                    note=note,
                )
            )
    whole = _whole(heats)
    if whole is not None and len(words) > 1:
        together = None if given else chances.of(terms)
        words.insert(0, WordHeat(text="", heat=_bytes(whole), chance=together))
    return words


#: What is known where no model was asked.
_NOWHERE = Heat(np.empty((0, 1, 1), np.float32), WHOLE, WHOLE, 1.0, "class activation")


def _picture(path: Path, moment: float | None, longest: int) -> Image.Image:
    """A photo, or a frame of a video, upright RGB.

    Raises:
        DecodeError: It cannot be decoded; the text is a sentence.
    """
    if moment is None:
        return decode(path, longest=longest).image.convert("RGB")
    from tui_selector.library.pictures.video import Film

    with sentences(), open_file(path) as stream, closing(Film(stream)) as film:
        return film.frame(moment, longest).convert("RGB")


def _stretch(photo: Photo) -> float:
    """Long side over short side, so that the short one suits the model; a strip stays small."""
    sides = photo.width or 1, photo.height or 1
    return min(max(sides) / min(sides), 4.0)


def _grid(width: int, height: int) -> tuple[int, int]:
    """Rows and columns of nearly square cells."""
    longest = max(width, height)
    return max(1, round(CELLS * height / longest)), max(1, round(CELLS * width / longest))


# -- what is looked for ----------------------------------------------------------------------------


def _of_query(terms: Sequence[Term]) -> list[_Part]:
    """The words of a query, each by itself, and their phrases as they count together."""
    parts: list[_Part] = []
    for term in terms:
        if term.kind != "words":
            continue
        sign = "-" if term.weight < 0 else ""
        wording = attributes.read(term.text)
        words = [
            word
            for word in dict.fromkeys(attributes.words_of(wording.things))
            if word not in wording.numbers
        ]
        if len(words) > 1:
            parts.append(_Part("", term.weight, thing=wording.things))
            parts += [_Part(sign + word, 0.0, thing=word) for word in words]
        elif wording.things:
            shown = words[0] if words else printable(wording.things)
            parts.append(_Part(sign + shown, term.weight, thing=wording.things))
        parts += [_Part(sign + tag, term.weight, tag=tag) for tag in wording.tags]
    return _apart(parts)


def _of_tags(tags: Sequence[Tag]) -> list[_Part]:
    """A photo's tags, colours as they are and others as words; rather those that have a place."""
    placed: list[_Part] = []
    others: list[_Part] = []
    for tag in tags:
        if tag.source not in _TAGGED:
            placed.append(_Part(printable(tag.name), tag.score, thing=tag.name))
        else:
            part = _Part(printable(tag.name), tag.score, tag=tag.name)
            (placed if places.has_place(tag.name) else others).append(part)
    return _apart(placed or others)


def _apart(parts: Sequence[_Part]) -> list[_Part]:
    """Parts of different names, as many as are told apart."""
    named: dict[str, _Part] = {}
    phrases = [part for part in parts if not part.text]
    for part in parts:
        if part.text and len(named) < MOST_WORDS:
            named.setdefault(part.text, part)
    return [*phrases[:MOST_WORDS], *named.values()]


# -- where it is -----------------------------------------------------------------------------------


def over_photo(heat: Heat, rows: int, columns: int) -> np.ndarray:
    """Heat on a grid over the whole photo, from 0 to 1; 0 where the model does not look.

    A map whose peak is not hot stays cool, so that what is not there lights up nowhere.

    Args:
        heat: Of some texts.
        rows: Of the grid.
        columns: Of the grid.

    Returns:
        (texts, rows, columns) float32.
    """
    count, high, wide = heat.values.shape
    if not count:
        return np.zeros((0, rows, columns), np.float32)
    across = _sample(columns, wide, heat.box[0], heat.box[2])
    down = _sample(rows, high, heat.box[1], heat.box[3])
    cells = np.einsum("yr,trc,xc->tyx", down, heat.values, across)
    left, top, right, bottom = heat.seen
    x, y = (np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows
    cells *= ((y >= top) & (y <= bottom))[:, None] & ((x >= left) & (x <= right))
    peak = np.maximum(cells.max(axis=(1, 2), keepdims=True), heat.hot)
    return np.asarray(np.clip(cells / peak, 0.0, 1.0), np.float32)


def _sample(cells: int, source: int, first: float, last: float) -> np.ndarray:
    """Linear interpolation as a matrix (cells, source): from cells between two edges to a row of
    cells between 0 and 1."""
    middles = (np.arange(cells) + 0.5) / cells
    places = (middles - first) / (last - first) * source - 0.5
    return np.stack(
        [np.interp(places, np.arange(source), unit) for unit in np.eye(source)], axis=-1
    )


def _heat_of(
    part: _Part, grids: dict[str, np.ndarray], image: Image.Image, shape: tuple[int, int]
) -> np.ndarray | None:
    """Heat from 0 to 1, (rows, columns); None for what has no place."""
    if part.thing:
        return grids[part.thing]
    share = places.where(image, part.tag, *shape)
    return None if share is None else share / max(float(share.max()), _FULL_COLOUR)


def _whole(heats: dict[_Part, np.ndarray | None]) -> np.ndarray | None:
    """All that is wanted, by weight, less what is not; as hot as the hottest of the wanted."""
    known = [(part.weight, cells) for part, cells in heats.items() if cells is not None]
    wanted = [(weight, cells) for weight, cells in known if weight > 0]
    if not wanted:
        return None
    total = sum(abs(weight) for weight, _ in known)
    cells = np.clip(sum(weight / total * cells for weight, cells in known), 0.0, None)
    peak = float(cells.max())
    hottest = max(float(cells.max()) for _, cells in wanted)
    return np.asarray(cells * (hottest / peak) if peak > 0 else cells)


def _bytes(cells: np.ndarray | None) -> bytes:
    return b"" if cells is None else np.round(255 * cells).astype(np.uint8).tobytes()


def _note(part: _Part) -> str:
    return f"'{part.tag}' has no place in the picture: its shape or the camera's clock says so."


class _Chances:
    """How likely one photo shows what is asked for, as a search ranks it."""

    def __init__(
        self, catalog: Catalog, collection: Collection, embedder: Embedder, photo: Photo
    ) -> None:
        self._shelf = collection.refresh(catalog)
        self._only = collection.ids == photo.id
        self._is_known = bool((self._shelf.word_rows[self._only] >= 0).any())
        self._asker = Asker(catalog, collection, embedder, ())

    def of(self, terms: Sequence[Term]) -> float | None:
        """The chance of some words; None where there is more, or the photo has no vector yet."""
        if not self._is_known or any(term.kind != "words" for term in terms):
            return None
        ranking = rank(self._shelf, self._asker.asked(terms), allowed=self._only, wanted=1)
        return round(float(ranking.chances[0]), 4)
