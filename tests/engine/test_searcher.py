"""What the engine answers to searches, with a model whose vectors are made by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from catalog_rows import indexed_row
from dictionary import Dictionary
from patience import PATIENCE
from PIL import Image

from tui_selector.engine.protocol import AnyAnswer, Failure
from tui_selector.engine.search_messages import Found, IndexFacts, IndexInfo, Search, Similar
from tui_selector.engine.searcher import AnyQuestion, Searcher
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found as File
from tui_selector.library.catalog.text_table import TextLine
from tui_selector.library.photo import Kind, State, Tag
from tui_selector.models.embedder import Embedding
from tui_selector.paths import LibraryPaths
from tui_selector.search.index import Choice
from tui_selector.search.scores import Weights

A = TypeVar("A", bound=AnyAnswer)

#: What the model knows, each a direction in the space of words.
THINGS = ("dog", "bus", "sea", "tuba", "cat", "tree", "cake", "boat")
#: And the colours that are its picture vectors.
COLOURS = {"dog": "red", "bus": "lime", "sea": "blue"}


class ColouredThings(Dictionary):
    """Pictures are their mean colour to it."""

    dimensions = 3

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        vectors = np.stack([each.reshape(-1, 3).mean(axis=0) for each in batch]) + 1e-3
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return Embedding(vectors, np.zeros((len(batch), 40), np.float32), [()] * len(batch))


MODEL = ColouredThings(THINGS)


def add(catalog: Catalog, *names: str, tags: Sequence[Tag] = ()) -> list[int]:
    """Index photos that show the thing that their name begins with."""
    with catalog.transaction():
        ids = catalog.photos.add(
            [File(path=name, size=10, mtime_ns=1, kind=Kind.IMAGE) for name in names]
        )
        things = [re.split(r"\W", name.rpartition("/")[2])[0] for name in names]
        hashes = [name.encode() for name in names]
        colours = [Image.new("RGB", (8, 8), COLOURS.get(thing, "gray")) for thing in things]
        vectors = MODEL.embed([MODEL.prepare(colour) for colour in colours]).vectors
        catalog.vectors.append(str(MODEL.key), hashes, vectors)
        catalog.vectors.append(f"{MODEL.key}/words", hashes, MODEL.embed_texts(things))
        catalog.photos.store_indexed(
            indexed_row(id_, hash_, size=10, width=60, height=40, tags=tuple(tags))
            for id_, hash_ in zip(ids, hashes, strict=True)
        )
    return ids


class Running:
    """A searcher that answers at once."""

    def __init__(self, paths: LibraryPaths, choice: Choice) -> None:
        self.searcher = Searcher(paths, choice)
        self.searcher.start()

    def ask(self, question: AnyQuestion) -> AnyAnswer:
        return self.searcher.ask(question, 1).result(PATIENCE)

    def find(self, text: str, **more: object) -> Found:
        answer = self.ask(Search(text=text, **more))  # type: ignore[arg-type]
        assert isinstance(answer, Found), answer
        return answer

    def refusal(self, question: AnyQuestion) -> str:
        answer = self.ask(question)
        assert isinstance(answer, Failure)
        return answer.sentence


Start = Callable[..., Running]


@pytest.fixture
def start(paths: LibraryPaths, catalog: Catalog) -> Iterator[Start]:
    started: list[Running] = []

    def start(choice: Choice = "auto", *, model: bool = True) -> Running:
        running = Running(paths, choice)
        started.append(running)
        if model:
            running.searcher.use(MODEL)
        return running

    yield start
    for running in started:
        running.searcher.close()


def photos(found: Found) -> list[int]:
    return [hit.photo for hit in found.hits]


def test_words_find_what_is_shown_and_say_why(catalog: Catalog, start: Start) -> None:
    dog, bus, sea = add(catalog, "dog.jpg", "bus.jpg", "sea.jpg")
    found = start().find("bus", weights=Weights(name=0))
    assert photos(found) == [bus]
    assert found.total == 1
    assert found.hits[0].reasons[0].kind == "meaning"
    assert {hit.photo for hit in found.nearest} == {dog, sea}
    assert sum(found.histogram) == 3


def test_words_find_what_is_written(catalog: Catalog, start: Start) -> None:
    dog, bus = add(catalog, "dog.jpg", "bus.jpg")
    lines = [TextLine("TUBA Platz", 0.9, (0.0, 0.0, 1.0, 1.0))]
    catalog.texts.store(b"bus.jpg", "reader", lines)
    running = start()
    found = running.find("tuba", weights=Weights(name=0))
    assert photos(found) == [bus]
    assert {signal.kind for signal in found.hits[0].reasons if signal.raw} >= {"text"}
    assert photos(running.find("tuba", weights=Weights(name=0, text=0))) == []
    assert photos(running.find("text:platz")) == [bus]
    assert photos(running.find("-has:text")) == [dog]
    assert "1 of 2 photos" in " ".join(running.find("has:text").notes)
    assert photos(running.find("tuba platz", weights=Weights(name=0))) == [bus]
    assert photos(running.find("tuba strasse", weights=Weights(name=0))) == []


def test_words_find_what_is_described(catalog: Catalog, start: Start) -> None:
    dog, bus = add(catalog, "dog.jpg", "bus.jpg")
    catalog.captions.store(b"bus.jpg", "A tuba lies on a seat.", "model")
    running = start()
    found = running.find("tuba", weights=Weights(name=0))
    assert photos(found) == [bus]
    assert {signal.kind for signal in found.hits[0].reasons if signal.raw} >= {"caption"}
    assert photos(running.find("tuba", weights=Weights(name=0, caption=0))) == []
    assert photos(running.find("tuba", weights=Weights(name=0), among=[dog])) == []
    assert photos(running.find("-has:caption")) == [dog]


def test_tags_of_the_owner_and_what_was_taken_away_count(catalog: Catalog, start: Start) -> None:
    dog, bus = add(catalog, "dog.jpg", "bus.jpg", tags=[Tag("animal", 0.8, "model")])
    running = start()
    assert photos(running.find("#animal")) == [bus, dog]
    catalog.tags.set_verdict(bus, "animal", False)
    catalog.tags.set_verdict(bus, "[my] favourite", True)
    assert photos(running.find("#animal")) == [dog]
    assert photos(running.find("-#animal")) == [bus]
    assert photos(running.find('#"[my] favourite"')) == [bus]
    catalog.tags.set_threshold("animal", 0.9)
    assert photos(running.find("#animal")) == []


def test_nothing_matches_what_is_not_there(catalog: Catalog, start: Start) -> None:
    add(catalog, "dog.jpg", "bus.jpg")
    found = start().find("tuba")
    assert (found.hits, found.total) == ([], 0)
    assert len(found.nearest) == 2
    assert len(start().find("tuba", floor=0.0).hits) == 2


def test_new_photos_are_found_and_deleted_ones_are_not(catalog: Catalog, start: Start) -> None:
    first, _ = add(catalog, "dog.jpg", "bus.jpg")
    running = start()
    assert photos(running.find("dog")) == [first]
    (second,) = add(catalog, "dog 2.jpg")
    assert set(photos(running.find("dog"))) == {first, second}
    catalog.photos.set_state([first], State.TRASHED)
    assert photos(running.find("dog")) == [second]
    catalog.photos.set_state([first], State.INDEXED)
    assert set(photos(running.find("dog"))) == {first, second}


def test_filters_and_tags_choose_among_the_ranked(catalog: Catalog, start: Start) -> None:
    add(catalog, "dog.jpg")
    (red,) = add(catalog, "dog 2.jpg", tags=[Tag("red", 0.9, "pixels")])
    catalog.photos.set_rating(red, 4)
    running = start()
    assert photos(running.find("dog #red")) == [red]
    assert photos(running.find("dog rating>=3")) == [red]
    assert photos(running.find("red dog")) == [red]
    assert photos(running.find("#red")) == [red]
    assert not running.find("#red").ranked
    assert running.find("").total == 2


def test_the_owner_outweighs_the_program_about_a_tag(catalog: Catalog, start: Start) -> None:
    wrong, right = add(catalog, "tree 1.jpg", "tree 2.jpg", tags=[Tag("cake", 0.9, "model")])
    catalog.connection.execute("INSERT INTO tags VALUES(?, 'cake', 'owner', 0)", (wrong,))
    assert photos(start().find("cakes")) == [right]


def test_what_cannot_be_known_is_said(catalog: Catalog, start: Start) -> None:
    add(catalog, "dog.jpg")
    running = start()
    assert "No photo has the tag night." in running.find("dog at night").notes
    assert any("counts" in note for note in running.find("two dog").notes)
    assert running.find("dog").notes == []


def test_dark_photos_may_be_of_the_night_where_no_clock_says_otherwise(
    catalog: Catalog, start: Start
) -> None:
    dark = Tag("dark", 0.9, "pixels")
    (night,) = add(catalog, "dog 1.jpg", tags=[Tag("night", 1.0, "exif")])
    (maybe,) = add(catalog, "dog 2.jpg", tags=[dark])
    (noon,) = add(catalog, "dog 3.jpg", tags=[dark, Tag("noon", 1.0, "exif")])
    (dim,) = add(catalog, "dog 4.jpg", tags=[Tag("dark", 0.6, "pixels")])
    (refused,) = add(catalog, "dog 5.jpg", tags=[dark])
    catalog.connection.execute("INSERT INTO tags VALUES(?, 'night', 'owner', 0)", (refused,))
    found = start().find("night")
    assert photos(found) == [night, maybe]
    assert {hit.photo for hit in found.nearest} == {noon, dim, refused}


def test_people_are_counted_where_their_faces_are_marked(catalog: Catalog, start: Start) -> None:
    add(catalog, "tree.jpg")
    (pair,) = add(
        catalog, "sea.jpg", tags=[Tag(name, 1.0, "exif") for name in ("people", "two people")]
    )
    running = start()
    for text in ("two people", "2 persons", "the people", "has:faces"):
        found = running.find(text)
        assert photos(found) == [pair], text
        assert found.notes == []


def test_a_page_follows_the_other(catalog: Catalog, start: Start) -> None:
    ids = add(catalog, *(f"dog {number}.jpg" for number in range(25)), "bus.jpg")
    running = start()
    first, second = (running.find("dog", limit=10, offset=at) for at in (0, 10))
    third = running.find("dog", limit=10, offset=20)
    assert photos(first) + photos(second) + photos(third) == ids[:25]
    assert (first.nearest, second.nearest) == ([], [])
    assert [hit.photo for hit in third.nearest] == ids[25:]
    past = running.find("dog", limit=10, offset=40)
    assert (past.hits, past.nearest, past.total) == ([], [], 25)


def test_pictures_are_found_by_pictures(catalog: Catalog, start: Start, tmp_path: Path) -> None:
    dog, bus, sea = add(catalog, "a/dog.jpg", "a/bus.jpg", "b/sea.jpg")
    running = start()
    assert photos(running.find("@bus.jpg")) == [bus]
    assert photos(running.find("@b/sea.jpg")) == [sea]
    assert photos(running.find("@marked", marked=[dog])) == [dog]
    outside = tmp_path / "outside.png"
    Image.new("RGB", (30, 30), "blue").save(outside)
    assert photos(running.find(str(outside))) == [sea]


def test_similar_to_some_and_not_to_others(catalog: Catalog, start: Start) -> None:
    dog, bus, sea = add(catalog, "dog.jpg", "bus.jpg", "sea.jpg")
    running = start()
    both = running.ask(Similar(photos=[dog, bus]))
    assert isinstance(both, Found)
    assert set(photos(both)) == {dog, bus}
    one = running.ask(Similar(photos=[dog, bus], unlike=[bus]))
    assert isinstance(one, Found)
    assert photos(one) == [dog]
    catalog.photos.set_rating(bus, 2)
    rated = running.ask(Similar(photos=[dog, bus], text="rating:2"))
    assert isinstance(rated, Found)
    assert photos(rated) == [bus]
    assert "not" not in both.query
    assert sea in {hit.photo for hit in both.nearest}


def test_similar_to_a_region(paths: LibraryPaths, catalog: Catalog, start: Start) -> None:
    dog, _, sea = add(catalog, "dog.png", "bus.png", "sea.png")
    picture = Image.new("RGB", (400, 200), "red")
    picture.paste("blue", (300, 100, 400, 200))
    picture.save(paths.root / "dog.png")
    running = start()
    corner = running.ask(Similar(photos=[dog], region=(0.8, 0.6, 0.95, 0.95)))
    assert isinstance(corner, Found)
    assert photos(corner) == [sea]
    nothing = Similar(photos=[dog], region=(0.5, 0.5, 0.5, 0.9))
    assert "empty" in running.refusal(nothing)


def test_bad_questions_are_refused_in_sentences(
    catalog: Catalog, start: Start, tmp_path: Path
) -> None:
    add(catalog, "dog 1.jpg", "dog 2.jpg")
    running = start()
    text = tmp_path / "letter.txt"
    text.write_text("no picture")
    for asked, part in {
        "@nowhere": "No indexed photo",
        "@dog": "Several photos",
        "@marked": "No photo is marked",
        str(text): "letter.txt",
        str(tmp_path / "gone.png"): "gone.png",
        str(tmp_path): str(tmp_path.name),
        'dog "unclosed': "quot",
        "colour:red": "colour",
    }.items():
        sentence = running.refusal(Search(text=asked))
        assert part in sentence, sentence
        assert "Traceback" not in sentence
    assert "indexed" in running.refusal(Similar(photos=[999]))


@pytest.mark.parametrize(
    "text",
    ["-dog", "🦊", "\u05db\u05dc\u05d1", "0123", "a\x00b\x1b[31m", "[bold]dog[/]", "dog " * 2500],
)
def test_strange_words_find_something_or_nothing(catalog: Catalog, start: Start, text: str) -> None:
    add(catalog, "dog.jpg", "bus.jpg")
    found = start().find(text)
    assert len(found.hits) + len(found.nearest) == 2


def test_only_the_newest_of_a_client_waits(catalog: Catalog, start: Start) -> None:
    add(catalog, "dog.jpg")
    running = start(model=False)
    older = running.searcher.ask(Search(text="dog"), 1)
    other = running.searcher.ask(Search(text="dog"), 2)
    newer = running.searcher.ask(Search(text="bus"), 1)
    assert isinstance(older.result(PATIENCE), Failure)
    running.searcher.use(MODEL)
    assert isinstance(newer.result(PATIENCE), Found)
    assert isinstance(other.result(PATIENCE), Found)


def test_without_a_model_the_reason_is_told(catalog: Catalog, start: Start) -> None:
    running = start(model=False)
    running.searcher.fail("The model is not there.")
    assert running.refusal(Search(text="dog")) == "The model is not there."


def test_leaving_refuses_who_waits(catalog: Catalog, start: Start) -> None:
    running = start(model=False)
    waiting = running.searcher.ask(Search(text="dog"), 1)
    running.searcher.close()
    assert isinstance(waiting.result(PATIENCE), Failure)


@pytest.mark.parametrize("choice", ["auto", "exact", "rotated", "hnsw", "faiss-ivf"])
def test_the_index_is_measured(catalog: Catalog, start: Start, choice: Choice) -> None:
    add(catalog, *(f"{THINGS[number % 8]} {number}.jpg" for number in range(120)))
    running = start(choice)
    facts = running.ask(IndexInfo())
    assert isinstance(facts, IndexFacts)
    assert facts.photos == 120
    assert [space.space for space in facts.spaces] == ["pictures", "words"]
    for space in facts.spaces:
        assert space.kind == ("exact" if choice == "auto" else choice)
        assert space.vectors == 120
        assert 0.0 <= space.recall <= 1.0
    (late,) = add(catalog, "dog late.jpg")
    assert late in photos(running.find("dog"))


def test_an_empty_library_has_an_index_too(catalog: Catalog, start: Start) -> None:
    facts = start().ask(IndexInfo())
    assert isinstance(facts, IndexFacts)
    assert facts.photos == 0
    assert start().find("dog").total == 0


def add_film(catalog: Catalog, name: str, *scenes: str) -> int:
    """Index a video whose scenes, two seconds each, show these things."""
    (id_,) = add(catalog, name)
    photo = catalog.photos.one(id_)
    assert photo is not None
    assert photo.hash is not None
    with catalog.transaction():
        keys = catalog.frames.set(photo.hash, [2.0 * number for number in range(len(scenes))])
        images = [Image.new("RGB", (8, 8), COLOURS.get(scene, "gray")) for scene in scenes]
        vectors = MODEL.embed([MODEL.prepare(image) for image in images]).vectors
        catalog.vectors.append(str(MODEL.key), keys, vectors)
        catalog.vectors.append(f"{MODEL.key}/words", keys, MODEL.embed_texts(scenes))
    return id_


def test_a_video_is_found_at_its_moments(catalog: Catalog, start: Start) -> None:
    dog, _ = add(catalog, "dog.jpg", "cake.jpg")
    film = add_film(catalog, "holiday.mp4", "bus", "dog", "sea")
    running = start()
    found = running.find("dog")
    assert set(photos(found)) == {dog, film}
    hits = {hit.photo: hit for hit in found.hits}
    assert [seconds for seconds, _ in hits[film].moments] == [0.0, 2.0, 4.0]
    assert hits[film].moment == 2.0
    assert hits[film].score == hits[film].moments[1][1]
    assert (hits[dog].moments, hits[dog].moment) == ((), None)
    assert photos(running.find("bus")) == [film]
    similar = running.ask(Similar(photos=[dog], floor=0.9))
    assert isinstance(similar, Found)
    assert {hit.photo: hit.moment for hit in similar.hits} == {dog: None, film: 2.0}


def test_frames_come_and_go_with_their_video(catalog: Catalog, start: Start) -> None:
    running = start()
    film = add_film(catalog, "holiday.mp4", "bus", "dog")
    assert photos(running.find("dog")) == [film]
    other = add_film(catalog, "other.mp4", "dog", "tuba")
    assert set(photos(running.find("dog"))) == {film, other}
    catalog.photos.set_state([film], State.TRASHED)
    assert photos(running.find("dog")) == [other]
    catalog.photos.remove([other])
    assert photos(running.find("dog")) == []
