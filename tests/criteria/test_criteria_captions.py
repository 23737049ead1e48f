"""Descriptions and raw labels become classes without a language model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from tui_selector.analysis.metrics import clustering_accuracy
from tui_selector.criteria.caption_file import read_captions
from tui_selector.criteria.facets import about, facet, subject
from tui_selector.criteria.folding import fold
from tui_selector.criteria.job import Job, new_run
from tui_selector.criteria.phrases import label_all
from tui_selector.criteria.rows import Subject
from tui_selector.criteria.run import OTHER, LabelCount, Wish
from tui_selector.criteria.store import RunStore
from tui_selector.criteria.ways.by_captions import CaptionSorting
from tui_selector.models.builtin import BuiltinEmbedder

Embed = Callable[[Sequence[str]], NDArray[np.float32]]

INSTRUMENTS = "ictc/ppmi/gpt4/llava/instrument_7_classes"
PLACES = "ictc/ppmi/gpt4/llava/location_2_classes"


@pytest.fixture(scope="module")
def embed(builtin: BuiltinEmbedder) -> Embed:
    """The space of texts; what was embedded once is kept for the other tests."""
    known: dict[str, NDArray[np.float32]] = {}

    def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        known.update(zip(new, builtin.embed_texts(new), strict=True))
        return np.stack([known[text] for text in texts])

    return vectors


def sort(wish: Wish, texts: Sequence[str], embed: Embed, folder: Path) -> Job:
    """A whole run by descriptions."""
    subjects = [
        Subject(f"{place:04x}", (place + 1,), f"{place}.jpg") for place in range(len(texts))
    ]
    described = {each.key: text for each, text in zip(subjects, texts, strict=True)}
    with RunStore.open(folder) as store:
        sorting = CaptionSorting(wish, embed, "MiniLM")
        job = Job(new_run(wish), subjects, store, sorting, described)
        while not job.is_done:
            job.advance()
    return job


def accuracy(truth: Sequence[str], job: Job) -> float:
    """Best matching of classes and truth; what is in `OTHER` counts as wrong."""
    names = [each.name for each in job.run.classes]
    labels = [-1 if row.final == OTHER else names.index(row.final or "") for row in job.rows]
    return clustering_accuracy(truth, labels)


def descriptions(folder: Path) -> tuple[list[str], list[str]]:
    """Recorded descriptions, and the true class that their files are named by."""
    lines = (folder / "step1_result.jsonl").read_bytes().splitlines()
    found = [msgspec.json.decode(line) for line in lines]
    truth = [re.search(r"_([A-Za-z]+)\.jpg", each["image_file"]) for each in found]
    return [each["text"] for each in found], [match[1] for match in truth if match]


def test_recorded_descriptions_become_the_seven_instruments(
    shared_data: Callable[[str], Path], embed: Embed, tmp_path: Path
) -> None:
    texts, truth = descriptions(shared_data(INSTRUMENTS))
    job = sort(Wish(criterion="which instrument", k=7), texts, embed, tmp_path)
    assert accuracy(truth, job) >= 0.95
    names = {each.name for each in job.run.classes} - {OTHER}
    assert names == {name.casefold() for name in truth}


def test_recorded_raw_labels_become_classes_even_of_a_number_that_is_found(
    shared_data: Callable[[str], Path], embed: Embed, tmp_path: Path
) -> None:
    lines = (shared_data(INSTRUMENTS) / "step2a_result.txt").read_text().splitlines()
    truth = [match[1] for line in lines if (match := re.search(r"_([A-Za-z]+)\.jpg", line))]
    labels = [line.partition("Answer: ")[2] for line in lines]
    for k in (7, None):
        job = sort(Wish(criterion="which instrument", k=k), labels, embed, tmp_path / str(k))
        assert accuracy(truth, job) >= 0.95
    # No label is left out for being rare.
    assert sum(each.photos for each in job.run.histogram) == 700
    assert {"recorder", "lyre"} <= {each.label for each in job.run.histogram if each.class_}


def test_places_part_into_indoors_and_outdoors(
    shared_data: Callable[[str], Path], embed: Embed, tmp_path: Path
) -> None:
    folder = shared_data(PLACES)
    lines = (folder / "step2a_result.txt").read_text().splitlines()
    labels = [line.partition("Answer: ")[2] for line in lines]
    answers = (folder / "step3_result.txt").read_text().splitlines()
    told = [line.rpartition(": ")[2].strip().casefold() + "s" for line in answers]
    job = sort(Wish(criterion="where is the person", k=2), labels, embed, tmp_path)
    assert {each.name for each in job.run.classes} == {"indoors", "outdoors", OTHER}
    # The true places are not known; a large language model said these.
    same = sum(row.final == each for row, each in zip(job.rows, told, strict=True))
    assert same / len(told) > 0.93


def test_a_few_descriptions_are_enough(embed: Embed, tmp_path: Path) -> None:
    texts = [
        "A man in a park plays the guitar for his friends.",
        "A woman on a stage holds a violin and smiles at the crowd.",
        "Somebody plays a guitar in a dark room with other people.",
    ]
    job = sort(Wish(criterion="which instrument"), texts, embed, tmp_path)
    assert [row.final for row in job.rows] == ["guitar", "violin", "guitar"]
    assert job.rows[0].reason == "Its description says “guitar”."
    assert job.run.classes[0].labels == ("guitar",)


def test_one_description_no_description_and_k_beyond_the_labels(
    embed: Embed, tmp_path: Path
) -> None:
    job = sort(Wish(criterion="which animal", k=5), ["A dog lies on the sofa."], embed, tmp_path)
    assert [row.final for row in job.rows] == ["dog"]
    assert "only 1 different label, not 5" in job.run.note
    job = sort(Wish(criterion="which animal"), ["", ""], embed, tmp_path / "none")
    assert job.run.state == "done"
    assert [row.final for row in job.rows] == [OTHER, OTHER]
    assert "2 photos have no usable answer" in job.run.note


def test_named_classes_take_their_own_labels_only(embed: Embed, tmp_path: Path) -> None:
    texts = ["dog", "puppy", "cat", "bicycle", "kitten"]
    wish = Wish(criterion="which animal", classes=("dog", "cat"))
    job = sort(wish, texts, embed, tmp_path)
    assert [row.final for row in job.rows][::2] == ["dog", "cat", "cat"]
    assert job.rows[3].final == OTHER
    assert "bicycle" in {each.label for each in job.run.offers}
    everything = msgspec.structs.replace(wish, other=False)
    job = sort(everything, texts, embed, tmp_path / "all")
    assert OTHER not in {row.final for row in job.rows}


def test_colours_come_from_a_closed_list(embed: Embed) -> None:
    texts = ["A man in a red coat walks past a shop.", "The woman wears a blue dress in a room."]
    found = label_all(texts, "colour of the clothes", embed, facet("colour"))
    assert [each.text for each in found] == ["red", "blue"]
    found = label_all(["A long room with some people in it today."], "c", embed, facet("colour"))
    assert found[0].text == ""


def test_labels_are_folded_without_vectors_too() -> None:
    labels = [LabelCount(label=name, photos=9 - place) for place, name in enumerate("abcde")]
    classes, note = fold(labels, 3, None)
    assert [each.name for each in classes] == ["a", "b", "c"]
    assert not note
    assert fold([], 3, None)[1]


def test_synonyms_are_one_class(embed: Embed) -> None:
    labels = [
        LabelCount(label="sofa", photos=5),
        LabelCount(label="bicycle", photos=4),
        LabelCount(label="couch", photos=3),
    ]
    classes, _ = fold(labels, 2, embed)
    assert {frozenset(each.labels) for each in classes} == {
        frozenset(("sofa", "couch")),
        frozenset(("bicycle",)),
    }


@pytest.mark.parametrize(
    ("criterion", "name", "asked"),
    [
        ("what colour", "colour", "colour"),
        ("Which instrument is being played?", "", "instrument"),
        ("how many people are in it", "people", "how many people are in it"),
        ("how many apples", "count", "many apples"),
        ("portrait or landscape", "orientation", "portrait landscape"),
        ("where is the person", "place", "where"),
        ("in which season", "season", "season"),
        ("???", "", "???"),
    ],
)
def test_what_a_criterion_is_about(criterion: str, name: str, asked: str) -> None:
    assert about(criterion) == name
    if name != "people":
        assert subject(criterion) == asked


def test_caption_files(tmp_path: Path) -> None:
    file = tmp_path / "captions.jsonl"
    file.write_text(
        '{"image_file": "/elsewhere/a.jpg", "text": " one "}\n\n'
        '{"image_file": "x/b.jpg", "text": "two\\u001b[31m", "answer_id": 3}\n'
        '{"image_file": "nowhere.jpg", "text": "three"}\n'
    )
    found = read_captions(file, ["a.jpg", "x/b.jpg", "y/b.jpg"])
    assert found["a.jpg"] == "one"
    assert set(found) == {"a.jpg", "x/b.jpg"}
    assert "\x1b" not in found["x/b.jpg"]
    with pytest.raises(ValueError, match="None of the 3 descriptions"):
        read_captions(file, ["z.jpg"])
    file.write_text('{"image": 1}\n')
    with pytest.raises(ValueError, match=r"Line 1 of captions\.jsonl"):
        read_captions(file, ["a.jpg"])
    with pytest.raises(ValueError, match="cannot be read"):
        read_captions(tmp_path / "none", ["a.jpg"])


def test_descriptions_of_the_same_words_do_not_all_fall_to_one_frequent_word(embed: Embed) -> None:
    texts = [
        f"The musician is on stage with a {name} in the evening." for name in ("harp", "cello")
    ]
    found = label_all(texts * 8, "instrument", embed)
    assert Counter(each.text for each in found) == {"harp": 8, "cello": 8}
