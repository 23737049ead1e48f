"""Vocabularies, the tags they give without training, and what is measured of a model once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
import tiny_models
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tui_selector.models import calibrating
from tui_selector.models.calibration import Contrastive, Sigmoid
from tui_selector.models.dual_encoder import DualEncoder, load_dual_encoder
from tui_selector.models.embedder import ModelError
from tui_selector.models.labels import labels
from tui_selector.models.tags import MIN_SCORE
from tui_selector.models.vocabulary import (
    OWN,
    THINGS,
    Label,
    facets,
    fingerprint,
    own_list,
    owner_list,
)
from tui_selector.models.zero_shot import Tagger

# -- vocabularies --------------------------------------------------------------------------------


def test_our_list_has_every_class_and_facets_of_an_album() -> None:
    known = facets(own_list())
    assert set(labels().names) == set(known.pop(THINGS))
    assert list(known) == ["scenes", "activities", "people", "occasions", "kinds", "colours"]
    for tags in known.values():
        assert len(tags) == len(set(tags)) >= 10
    assert "{}" not in "".join(label.asked for label in own_list())


def test_the_owners_words_are_read_once_each(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text(
        "\ufeff# ours\n\nOur Boat:  a small   rowing boat\n  Grandma's house \nour boat\n#dog\n"
        "Öl: Öl\n",
        "utf-8",
    )
    assert owner_list(file) == (
        Label("our boat", "a small rowing boat", OWN),
        Label("grandma's house", "Grandma's house", OWN),
        Label("öl", "Öl", OWN),
    )
    assert owner_list(tmp_path / "none.txt") == ()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"dog\n: a dog\n", "Line 2 of"),
        (b"dog:\n", "1 to 200 characters"),
        (b"x" * 300, "1 to 200 characters"),
        (b"\xff\xfe\xff", "cannot be read"),
        ("\n".join(map(str, range(1001))).encode(), "more than 1,000 words"),
    ],
)
def test_a_file_of_words_that_is_wrong_is_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "wo\x1brds.txt"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=sentence) as caught:
        owner_list(file)
    assert "\x1b" not in str(caught.value)


def test_a_vocabulary_is_known_by_every_word_of_it() -> None:
    dog, asked = Label("dog", "dog", OWN), Label("dog", "puppy", OWN)
    ids = [fingerprint(v) for v in ([], [dog], [asked], [dog, asked], [dog._replace(facet="x")])]
    assert len(set(ids)) == len(ids)
    assert fingerprint([dog]) == fingerprint((dog,)) != fingerprint([dog], ["{}"])


# -- tags ----------------------------------------------------------------------------------------

GOLDEN, TENCH = labels().names[207], labels().names[0]
WORDS = (
    *(Label(name, name, THINGS) for name in dict.fromkeys(labels().names)),
    *(Label(f"scene {number}", "", "scenes") for number in range(40)),
    *(Label(f"own {number}", "", OWN) for number in range(3)),
)
PLACES = {label.tag: place for place, label in enumerate(WORDS)}
COHORT = sum(label.facet != OWN for label in WORDS)


def tagger(bias: float | None) -> Tagger:
    """Labels that are directions, so that a photo's vector is its cosines with them."""
    rows = np.eye(len(WORDS), dtype=np.float32)
    return Tagger(Contrastive(100.0, bias, rows[:COHORT], Sigmoid(1, 0)), WORDS, rows)


def tags(bias: float | None, everything: float = 0.15, **cosines: float) -> dict[str, float]:
    """Tags of a photo that has these cosines with labels, and another one with all others."""
    vector = np.full(len(WORDS), everything, np.float32)
    for name, cosine in cosines.items():
        vector[PLACES[name.replace("_", " ")]] = cosine
    return {tag.name: tag.score for tag in tagger(bias).tags(vector[None])[0]}


BIASES = pytest.mark.parametrize("bias", [None, -25.0])


@BIASES
def test_a_thing_is_named_with_its_groups_and_a_scene_beside_it(bias: float | None) -> None:
    found = tags(bias, **{GOLDEN: 0.30, "scene_3": 0.28})
    assert set(found) == {"animal", "dog", GOLDEN, "scene 3"}
    assert min(found.values()) > 0.8


@BIASES
def test_breeds_that_cannot_be_told_apart_are_a_dog(bias: float | None) -> None:
    three = dict.fromkeys((labels().names[151], GOLDEN, labels().names[250]), 0.3)
    assert set(tags(bias, **three)) == {"animal", "dog"}


@BIASES
def test_nothing_is_a_possible_answer(bias: float | None) -> None:
    assert tags(bias) == {}
    # A best scene there always is; next to what the photo surely shows it is none.
    assert set(tags(bias, **{TENCH: 0.3, "scene_3": 0.2})) == {"animal", "fish", TENCH}


@BIASES
def test_words_of_the_owner_do_not_exclude_each_other(bias: float | None) -> None:
    found = tags(bias, own_0=0.30, own_2=0.29, scene_3=0.28)
    assert set(found) == {"own 0", "own 2", "scene 3"}


def test_with_a_bias_a_photo_of_nothing_known_stays_without_tags() -> None:
    """The best of many bad answers is clear, but no pair."""
    assert tags(-25.0, 0.0, scene_3=0.15) == {}
    assert "scene 3" in tags(None, 0.0, scene_3=0.15)


def test_no_photos_have_no_tags() -> None:
    assert tagger(None).tags(np.empty((0, len(WORDS)), np.float32)) == []


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([None, -25.0]), st.floats(0.01, 0.2))
def test_tags_are_sure_sorted_and_each_there_once(
    seed: int, bias: float | None, spread: float
) -> None:
    vectors = np.random.default_rng(seed).normal(0.1, spread, (3, len(WORDS))).astype(np.float32)
    for found in tagger(bias).tags(vectors):
        scores = [tag.score for tag in found]
        assert scores == sorted(scores, reverse=True)
        assert all(MIN_SCORE <= score <= 1 and math.isfinite(score) for score in scores)
        assert len({tag.name for tag in found}) == len(found)
        assert sum(tag.name.startswith("scene") for tag in found) <= 2


# -- measuring -----------------------------------------------------------------------------------


class Counted:
    """A model that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.files = 0
        self.fails_at = 10**9

    def labels(self, names: Sequence[str]) -> np.ndarray:
        if len(self.asked) + len(names) > self.fails_at:
            raise ModelError("out of memory")
        self.asked += names
        rows = np.array([[len(name), ord(name[0])] for name in names], np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    def pictures(self, paths: Iterable[Path]) -> np.ndarray:
        self.files += len(list(paths))
        return np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)

    def measure(self, asked: Sequence[str], folder: Path | None) -> calibrating.Measured:
        return calibrating.measure("model", asked, self.labels, self.pictures, folder)


def test_a_model_is_measured_once_and_new_words_alone_are_asked(tmp_path: Path) -> None:
    model = Counted()
    first = model.measure(["dog", "cat", "dog"], tmp_path / "new")
    assert model.asked == ["dog", "cat"]
    assert model.files == len(calibrating.picture_files()) >= 15
    assert (first.rows[0] == first.rows[2]).all()
    assert first.mean == pytest.approx((0 + 0.6 + 0.8) / 3)
    again = model.measure(["boat", "cat"], tmp_path / "new")
    assert model.asked == ["dog", "cat", "boat"]
    assert (again.rows[1] == first.rows[1]).all()
    assert (again.mean, again.spread) == (first.mean, first.spread)
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_measurement_that_was_cut_short_goes_on(tmp_path: Path) -> None:
    words = [f"word {number}" for number in range(600)]
    model = Counted()
    model.fails_at = 300
    with pytest.raises(ModelError):
        model.measure(words, tmp_path)
    model.fails_at = 10**9
    done = len(model.asked)
    assert done > 0
    assert len(model.measure(words, tmp_path).rows) == 600
    assert model.asked == words


@pytest.mark.parametrize("damage", [b"", b"no zip at all", b"PK\x03\x04"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    model = Counted()
    model.measure(["dog"], tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert len(model.measure(["dog"], tmp_path).rows) == 1
    assert model.asked == ["dog", "dog"]
    assert model.measure(["dog"], tmp_path).rows.shape == (1, 2)
    assert model.asked == ["dog", "dog"]


def test_where_nothing_can_be_kept_it_is_measured_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert len(Counted().measure(["dog"], tmp_path / "file").rows) == 1


# -- dual encoders -------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["clip", "siglip2", "chinese_clip"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        folder = tmp_path_factory.mktemp("tiny") / request.param
        return tiny_models.write(folder, request.param).folder


def grey(model: DualEncoder) -> np.ndarray:
    return model.prepare(Image.new("RGB", (40, 40), (90, 160, 30)))


def test_photos_get_tags_once_the_model_is_calibrated(tiny: Path, tmp_path: Path) -> None:
    model = load_dual_encoder(tiny, "cpu")
    (before,) = model.embed([grey(model)]).tags
    assert before == ()
    # What a photo surely shows: a label with the photo's own direction.
    vector = model.embed_images([grey(model)])
    prompts = model.family.templates[:1]
    own = Label("ours", "our own word", OWN)
    model.calibrate(tmp_path, [own])
    rows = model.embed_labels([label.asked for label in (*own_list(), own)], prompts)
    expected = Tagger(
        Contrastive(model.scale, model.bias, rows[:-1], Sigmoid(1, 0)), (*own_list(), own), rows
    )
    assert model.embed([grey(model)]).tags == expected.tags(vector) == model.tags(vector)


def test_a_second_load_reads_what_the_first_has_measured(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_dual_encoder(tiny, "cpu")
    first.calibrate(tmp_path)
    second = load_dual_encoder(tiny, "cpu")

    def refuse(*_: object) -> None:
        raise AssertionError("it was measured again")

    monkeypatch.setattr(DualEncoder, "embed_labels", refuse)
    monkeypatch.setattr(DualEncoder, "embed_images", refuse)
    second.calibrate(tmp_path)
    assert first.vocabulary == second.vocabulary != ""
    vectors = np.eye(first.dimensions, dtype=np.float32)
    raw = np.linspace(-1, 1, len(vectors))
    one, other = first.calibration, second.calibration
    assert (one.log_partition(vectors) == other.log_partition(vectors)).all()
    assert (one.pictures(raw) == other.pictures(raw)).all()


def test_a_query_of_few_words_is_put_into_the_familys_prompt(tiny: Path, tmp_path: Path) -> None:
    model = load_dual_encoder(tiny, "cpu")
    model.calibrate(tmp_path)
    (prompt,) = model.calibration.prompts("dog")
    assert prompt == model.family.templates[0].replace("{}", "dog")
    assert prompt != "dog"
