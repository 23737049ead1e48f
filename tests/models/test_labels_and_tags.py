"""The vocabulary, the calibrated tags and ConSE, on made-up logits."""

from __future__ import annotations

import numpy as np
import pytest

from tui_selector.models.conse import word_vectors
from tui_selector.models.labels import labels
from tui_selector.models.tags import MAX_TAGS, MIN_SCORE, model_tags, softmax


def logits_of(probabilities: dict[int, float], temperature: float) -> np.ndarray:
    """Logits whose softmax at `temperature` is as given; the rest is spread over all classes."""
    rest = 1.0 - sum(probabilities.values())
    row = np.full(1000, max(rest, 1e-6) / (1000 - len(probabilities)))
    for number, probability in probabilities.items():
        row[number] = probability
    return np.asarray(temperature * np.log(row), np.float32)[None]


def names(probabilities: dict[int, float]) -> list[str]:
    return [tag.name for tag in model_tags(logits_of(probabilities, 0.7))[0]]


def test_vocabulary() -> None:
    vocabulary = labels()
    assert len(vocabulary.names) == len(vocabulary.phrases) == 1000
    assert len(set(vocabulary.words)) == len(vocabulary.words)
    assert vocabulary.members.shape == (1000, len(vocabulary.words))
    assert vocabulary.members.sum(axis=0).min() >= 1
    # Fixed points of the synset order.
    for number, name in {0: "tench", 207: "golden retriever", 504: "coffee mug"}.items():
        assert vocabulary.names[number] == name
    assert vocabulary.names[999] == "toilet paper"
    assert vocabulary.phrases[207] == "golden retriever, dog, animal"


def test_every_name_is_short_lower_case_english() -> None:
    for word in labels().words:
        assert word == word.strip().lower()
        assert 2 <= len(word) <= 30, word
        assert not set(word) & set(",;/()_\t"), word


@pytest.mark.parametrize(
    ("group", "inside", "outside"),
    [
        ("dog", (151, 207, 251, 268), (150, 269, 281)),
        ("cat", (281, 285), (280, 286)),
        ("bird", (7, 100, 127, 146), (6, 101, 147)),
        ("car", (436, 817), (779, 847)),
        ("food", (933, 963), (968, 970)),
        ("vehicle", (404, 779, 814), (525, 538)),
        ("elephant", (101, 385, 386), (102, 387)),
    ],
)
def test_groups(group: str, inside: tuple[int, ...], outside: tuple[int, ...]) -> None:
    vocabulary = labels()
    members = vocabulary.members[:, vocabulary.words.index(group)]
    assert members[list(inside)].all()
    assert not members[list(outside)].any()


def test_three_breeds_make_a_dog() -> None:
    assert names({151: 0.2, 207: 0.2, 250: 0.2}) == ["animal", "dog"]


def test_a_sure_breed_is_named_with_its_groups() -> None:
    assert names({207: 0.9}) == ["animal", "dog", "golden retriever"]


def test_unsure_is_no_tag() -> None:
    assert names({}) == []
    assert names({504: 0.3, 814: 0.3}) == []


def test_two_classes_of_one_name_are_one_word() -> None:
    tags = model_tags(logits_of({836: 0.4, 837: 0.4}, 0.7))[0]
    assert [tag.name for tag in tags] == ["sunglasses"]
    assert tags[0].score == pytest.approx(0.8, abs=0.01)


def test_tags_are_sorted_and_bounded() -> None:
    rng = np.random.default_rng(1)
    for tags in model_tags(rng.normal(0, 6, (50, 1000)).astype(np.float32)):
        scores = [tag.score for tag in tags]
        assert scores == sorted(scores, reverse=True)
        assert len(tags) <= MAX_TAGS
        assert all(MIN_SCORE - 0.001 <= score <= 1.0 for score in scores)


def test_softmax_survives_huge_logits() -> None:
    rows = softmax(np.array([[1e4, 0, -1e4], [3, 3, 3]], np.float32), 0.7)
    assert np.isfinite(rows).all()
    assert np.allclose(rows.sum(axis=1), 1)
    assert np.allclose(rows[1], 1 / 3)


def test_conse_is_the_weighted_mean_of_the_likeliest() -> None:
    classes = np.eye(1000, 384, dtype=np.float32)
    vector = word_vectors(logits_of({3: 0.6, 7: 0.3}, 1.0), classes)
    assert vector.shape == (1, 384)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)
    assert vector[0, 3] / vector[0, 7] == pytest.approx(2.0, rel=1e-4)
