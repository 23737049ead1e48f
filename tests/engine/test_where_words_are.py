"""Where in a photo words are found, as the engine tells it, with a model of colours."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import av
import numpy as np
import pytest
from catalog_rows import indexed_row
from patience import PATIENCE
from PIL import Image

from tui_selector.engine.explaining import CELLS, MOST_WORDS, over_photo
from tui_selector.engine.protocol import AnyAnswer, Failure, decode_from_engine, encode
from tui_selector.engine.search_messages import Explain, Explanation, Found, Search
from tui_selector.engine.searcher import Searcher
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found as File
from tui_selector.library.photo import Kind, Tag
from tui_selector.models.calibration import Standardised
from tui_selector.models.embedder import Embedding, ModelKey
from tui_selector.models.heat import Heat
from tui_selector.paths import LibraryPaths

#: Things are colours to this model.
THINGS = {"dog": (1.0, 0.0, 0.0), "bus": (0.0, 0.0, 1.0)}


class Colours:
    """A model that can only be asked, one picture after the other."""

    key = ModelKey("colours", "1", "p24")
    name = "colours"
    notice = ""
    dimensions = 3
    input_size = 24
    batch_size = 4
    calibration = Standardised(np.eye(8, dtype=np.float32))

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()
        self.looking = threading.Event()

    def prepare(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.convert("RGB").resize((24, 24)))

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        self.looking.set()
        assert self.go_on.wait(PATIENCE)
        vectors = np.stack([each.reshape(-1, 3).mean(axis=0) for each in batch]) + 1e-3
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        words = np.pad(vectors, ((0, 0), (0, 5)))
        return Embedding(vectors, words, [()] * len(batch))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.full((len(texts), 8), 0.01, np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.split():
                vector[:3] += THINGS.get(word, (0.0, 0.0, 0.0))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture
def model() -> Colours:
    return Colours()


@pytest.fixture
def searcher(paths: LibraryPaths, catalog: Catalog, model: Colours) -> Iterator[Searcher]:
    searcher = Searcher(paths)
    searcher.start()
    searcher.use(model)
    yield searcher
    model.go_on.set()
    searcher.close()


def add(catalog: Catalog, paths: LibraryPaths, *tags: Tag, vector: bool = True) -> int:
    """Index a grey photo, 240 x 120, red at the left top and blue at the right bottom."""
    image = Image.new("RGB", (240, 120), "gray")
    image.paste("red", (0, 0, 60, 60))
    image.paste("blue", (180, 60, 240, 120))
    image.save(paths.root / "photo.png")
    model = Colours()
    with catalog.transaction():
        (id_,) = catalog.photos.add([File(path="photo.png", size=10, mtime_ns=1, kind=Kind.IMAGE)])
        if vector:
            embedded = model.embed([model.prepare(image)])
            catalog.vectors.append(str(model.key), [b"photo"], embedded.vectors)
            catalog.vectors.append(f"{model.key}/words", [b"photo"], embedded.words)
        catalog.photos.store_indexed(
            [indexed_row(id_, b"photo", size=10, width=240, height=120, tags=tags)]
        )
    return id_


def explained(searcher: Searcher, photo: int, text: str = "", detail: int = 1) -> Explanation:
    answer = searcher.ask(Explain(photo=photo, text=text, detail=detail), 1).result(PATIENCE)
    assert isinstance(answer, Explanation), answer
    return answer


def cells(answer: Explanation, word: str) -> np.ndarray:
    (found,) = (each for each in answer.words if each.text == word)
    return np.frombuffer(found.heat, np.uint8).reshape(answer.rows, answer.columns)


def middle(heat: np.ndarray) -> tuple[float, float]:
    """Where heat lies on the whole, as shares of width and height."""
    rows, columns = np.indices(heat.shape)
    total = float(heat.sum())
    return (
        float(((columns + 0.5) * heat).sum() / total / heat.shape[1]),
        float(((rows + 0.5) * heat).sum() / total / heat.shape[0]),
    )


def test_each_word_lies_where_it_is(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths)
    answer = explained(searcher, photo, "dog bus")
    assert [word.text for word in answer.words] == ["", "dog", "bus"]
    assert (answer.rows, answer.columns) == (CELLS // 2, CELLS)
    assert middle(cells(answer, "dog")) == pytest.approx((0.125, 0.25), abs=0.06)
    assert middle(cells(answer, "bus")) == pytest.approx((0.875, 0.75), abs=0.06)
    both = cells(answer, "")
    assert both[2, 2] > 100
    assert both[-3, -3] > 100
    assert not answer.from_tags
    assert answer.model == "colours"
    assert decode_from_engine(encode(answer)) == answer


def test_a_chance_is_the_score_of_a_search(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths, Tag("dog", 0.8, "model"))
    for text in ("dog", "bus", "dog -bus", "red dog"):
        found = searcher.ask(Search(text=text), 1).result(PATIENCE)
        assert isinstance(found, Found)
        (hit,) = [*found.hits, *found.nearest]
        answer = explained(searcher, photo, text, 0)
        assert answer.words[0].chance == hit.score
    # Beside a photo, words are not the whole of the search.
    assert explained(searcher, photo, "@photo.png red dog", 0).words[0].chance is None


def test_places_get_finer_step_by_step(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths)
    answers = [explained(searcher, photo, "dog", detail) for detail in range(3)]
    assert [answer.finer for answer in answers] == [True, True, False]
    assert all(cells(answer, "dog").max() == 255 for answer in answers)


def test_what_is_not_there_stays_cool(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths)
    answer = explained(searcher, photo, "helicopter")
    assert cells(answer, "helicopter").max() < 128
    assert answer.words[0].chance is not None
    assert answer.words[0].chance < 0.5


def test_unwanted_words_have_their_place_too(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths)
    answer = explained(searcher, photo, "2:dog -bus")
    assert [word.text for word in answer.words] == ["", "dog", "-bus"]
    assert middle(cells(answer, "-bus")) == pytest.approx((0.875, 0.75), abs=0.06)
    whole = cells(answer, "")
    assert whole[2, 2] > 200
    assert whole[-3, -3] == 0


def test_colours_are_where_the_pixels_are(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths, Tag("night", 1.0, "exif"))
    answer = explained(searcher, photo, "red bus at night")
    red = cells(answer, "red")
    assert (red > 200).sum() == red.size // 8
    assert red[0, 0] == 255
    assert [word.text for word in answer.words if word.from_pixels] == ["red", "night"]
    night = next(word for word in answer.words if word.text == "night")
    assert night.heat == b""
    assert "no place" in night.note
    assert night.chance is not None
    assert night.chance > 0.9


def test_without_words_tags_are_looked_for(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths, Tag("dog", 0.8, "model"), Tag("blue", 0.6, "pixels"))
    for text in ("", "rating>=3", "#dog"):
        answer = explained(searcher, photo, text)
        assert answer.from_tags
        assert [word.text for word in answer.words] == ["", "dog", "blue"]
        assert [word.chance for word in answer.words] == [None, 0.8, 0.6]


def film(path: Path) -> None:
    """A second of red at the left, then a second of red at the right."""
    with av.open(str(path), "w", format="mp4") as out:
        track = out.add_stream("mpeg4", rate=4)
        track.width, track.height, track.pix_fmt = 160, 80, "yuv420p"
        track.codec_context.gop_size = 1
        for number in range(8):
            image = Image.new("RGB", (160, 80), "gray")
            left = 0 if number < 4 else 120
            image.paste("red", (left, 0, left + 40, 80))
            out.mux(track.encode(av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")))
        out.mux(track.encode(None))


def test_a_frame_of_a_video_is_looked_at_by_itself(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths)
    film(paths.root / "photo.png")
    for moment, across in ((None, 0.125), (0.1, 0.125), (1.6, 0.875)):
        question = Explain(photo=photo, text="dog", moment=moment, detail=1)
        answer = searcher.ask(question, 1).result(PATIENCE)
        assert isinstance(answer, Explanation), answer
        assert middle(cells(answer, "dog"))[0] == pytest.approx(across, abs=0.06)


def test_tags_without_a_place_are_left_out_where_others_have_one(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths
) -> None:
    photo = add(catalog, paths, Tag("landscape", 1.0, "pixels"), Tag("night", 1.0, "exif"))
    words = explained(searcher, photo).words
    assert [(word.text, word.heat) for word in words] == [("landscape", b""), ("night", b"")]
    with catalog.transaction():
        catalog.connection.execute("INSERT INTO tags VALUES (?, 'blue', 'pixels', 0.6)", (photo,))
    assert [word.text for word in explained(searcher, photo).words] == ["blue"]


def test_refusals_are_sentences(searcher: Searcher, catalog: Catalog, paths: LibraryPaths) -> None:
    photo = add(catalog, paths, vector=False)

    def refusal(id_: int, text: str) -> str:
        answer = searcher.ask(Explain(photo=id_, text=text), 1).result(PATIENCE)
        assert isinstance(answer, Failure)
        return answer.sentence

    assert "not in the library" in refusal(999, "dog")
    assert "no tags" in refusal(photo, "")
    assert "quot" in refusal(photo, '"dog')
    frame = searcher.ask(Explain(photo=photo, text="dog", moment=1.0), 1).result(PATIENCE)
    assert isinstance(frame, Failure)
    # A photo that has no vector yet has places all the same.
    assert explained(searcher, photo, "dog").words[0].chance is None
    (paths.root / "photo.png").write_bytes(b"no picture")
    assert "picture" in refusal(photo, "dog")
    (paths.root / "photo.png").unlink()
    assert refusal(photo, "dog").endswith(".")


@pytest.mark.parametrize("text", ["🦊 \x1b[31m", "[bold]dog[/]", "dog " * 2500, "a b " * 40, "7"])
def test_strange_words_are_no_trouble(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths, text: str
) -> None:
    photo = add(catalog, paths)
    answer = explained(searcher, photo, text, 0)
    assert 1 <= len(answer.words) <= MOST_WORDS + 1
    assert all(word.text.isprintable() for word in answer.words)


def test_a_newer_question_ends_a_slow_one_and_spares_the_search(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths, model: Colours
) -> None:
    photo = add(catalog, paths)
    model.go_on.clear()
    slow = searcher.ask(Explain(photo=photo, text="dog", detail=2), 1)
    assert model.looking.wait(PATIENCE)
    search: Future[AnyAnswer] = searcher.ask(Search(text="dog"), 1)
    other = searcher.ask(Explain(photo=photo, text="dog"), 2)
    newer = searcher.ask(Explain(photo=photo, text="bus"), 1)
    model.go_on.set()
    assert isinstance(slow.result(PATIENCE), Failure)
    assert not isinstance(search.result(PATIENCE), Failure)
    assert isinstance(other.result(PATIENCE), Explanation)
    answer = newer.result(PATIENCE)
    assert isinstance(answer, Explanation)
    assert answer.words == [word for word in answer.words if word.text == "bus"]


def test_searches_do_not_wait_for_a_slow_model(
    searcher: Searcher, catalog: Catalog, paths: LibraryPaths, model: Colours
) -> None:
    photo = add(catalog, paths)
    model.go_on.clear()
    slow = searcher.ask(Explain(photo=photo, text="dog", detail=2), 1)
    assert model.looking.wait(PATIENCE)
    search = searcher.ask(Search(text="dog"), 2)
    model.go_on.set()
    assert isinstance(slow.result(PATIENCE), Failure)
    assert isinstance(search.result(PATIENCE), Found)


def test_only_what_the_model_sees_is_warm() -> None:
    """A grid over the middle third of a wide photo, hottest in its left upper cell."""
    values = np.array([[[8.0, 0.0], [0.0, -8.0]]], np.float32)
    third = (1 / 3, 0.0, 2 / 3, 1.0)
    grid = over_photo(Heat(values, third, third, 4.0, "patches"), 6, 18)[0]
    assert (grid[:, :6] == 0).all()
    assert (grid[:, 12:] == 0).all()
    assert np.unravel_index(grid.argmax(), grid.shape) == (0, 6)
    assert grid.max() == 1.0
    assert grid[-1, 11] == 0.0
    cool = over_photo(Heat(values / 8, third, third, 4.0, "patches"), 6, 18)[0]
    assert cool.max() == pytest.approx(0.25)
