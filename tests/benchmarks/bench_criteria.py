"""How well photos are sorted by a criterion without a language model, on recorded material.

`python tests/benchmarks/bench_criteria.py FOLDER` reads what IC|TC recorded on PPMI (700 photos of
seven instruments; FOLDER is `ictc/ppmi` of the test material) and prints the accuracy from
descriptions and from raw labels, beside that of the recorded answers of GPT-4 by the same measure;
and the agreement with GPT-4 on indoors and outdoors, of which the truth is not known. Then the
accuracy of colour, shape and number on generated pictures, beside k-means of their vectors.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "criteria"))

from figures import figures

from tui_selector.analysis.kmeans import spherical_kmeans
from tui_selector.analysis.metrics import clustering_accuracy
from tui_selector.criteria import pixels
from tui_selector.criteria.job import Job, new_run
from tui_selector.criteria.rows import Subject
from tui_selector.criteria.run import OTHER, Wish
from tui_selector.criteria.store import RunStore
from tui_selector.criteria.ways.by_captions import CaptionSorting
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin

_CLASS = re.compile(r"_([A-Za-z]+)\.jpg")


def sort(wish: Wish, texts: Sequence[str], builtin: BuiltinEmbedder) -> list[str]:
    """The class of each description."""
    subjects = [Subject(f"{n:04x}", (n + 1,), f"{n}.jpg") for n in range(len(texts))]
    described = {each.key: text for each, text in zip(subjects, texts, strict=True)}
    with tempfile.TemporaryDirectory() as folder, RunStore.open(Path(folder)) as store:
        sorting = CaptionSorting(wish, builtin.embed_texts, "MiniLM")
        job = Job(new_run(wish), subjects, store, sorting, described)
        while not job.is_done:
            job.advance()
    return [row.final or OTHER for row in job.rows]


def accuracy(truth: Sequence[object], given: Sequence[str]) -> float:
    """Best matching of classes and truth; what is in `OTHER` counts as wrong."""
    places = {name: place for place, name in enumerate(dict.fromkeys(given))}
    labels = [-1 if name == OTHER else places[name] for name in given]
    return clustering_accuracy([str(each) for each in truth], labels)


def recorded(file: Path) -> tuple[list[str], list[str]]:
    """Answers of a recorded step and the true classes of the files."""
    lines = file.read_text("utf-8").splitlines()
    if file.suffix == ".jsonl":
        found = [json.loads(line) for line in lines]
        texts, names = [each["text"] for each in found], [each["image_file"] for each in found]
    else:
        texts, names = [line.partition("Answer: ")[2].strip() for line in lines], lines
    return texts, [match[1] for name in names if (match := _CLASS.search(name))]


def instruments(folder: Path, builtin: BuiltinEmbedder) -> None:
    answers, truth = recorded(folder / "step3_result.txt")
    print(f"{'recorded answers of GPT-4':<44} {accuracy(truth, answers):.4f}")
    for name, file in (("descriptions", "step1_result.jsonl"), ("raw labels", "step2a_result.txt")):
        texts, truth = recorded(folder / file)
        for k in (7, None):
            start = time.perf_counter()
            given = sort(Wish(criterion="which instrument", k=k), texts, builtin)
            wanted = f"K = {k}" if k else "K found"
            print(
                f"{f'from {name}, {wanted}':<44} {accuracy(truth, given):.4f}"
                f"  ({time.perf_counter() - start:.1f} s, {len(set(given))} classes)"
            )


def places(folder: Path, builtin: BuiltinEmbedder) -> None:
    told, _ = recorded(folder / "step3_result.txt")
    for name, file in (("descriptions", "step1_result.jsonl"), ("raw labels", "step2a_result.txt")):
        texts, _ = recorded(folder / file)
        given = sort(Wish(criterion="where is the person", k=2), texts, builtin)
        same = sum(one == f"{two.casefold()}s" for one, two in zip(given, told, strict=True))
        print(f"{f'indoors or outdoors as GPT-4, from {name}':<44} {same / len(told):.4f}")


def generated(builtin: BuiltinEmbedder) -> None:
    made = figures(each=3, seed=1)
    small = [pixels.numpy_of(each.image) for each in made]
    vectors = np.concatenate(
        [
            builtin.embed(
                [builtin.prepare(each.image) for each in made[first : first + 16]]
            ).vectors
            for first in range(0, len(made), 16)
        ]
    )
    asked: tuple[tuple[str, Callable[..., pixels.Seen], list[str]], ...] = (
        ("colour", pixels.colour, [each.colour for each in made]),
        ("shape", pixels.shape, [each.shape for each in made]),
        ("count", pixels.count, [str(each.number) for each in made]),
    )
    for name, look, truth in asked:
        right = accuracy(truth, [look(each).label for each in small])
        k = len(set(truth))
        plain = clustering_accuracy(truth, spherical_kmeans(vectors, k).labels.tolist())
        print(f"{name:<8} {right:.4f}   k-means of vectors {plain:.4f}   chance {1 / k:.2f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as cache:
        builtin = load_builtin(Path(cache), "cpu")
        if len(sys.argv) > 1:
            recordings = Path(sys.argv[1]) / "gpt4" / "llava"
            instruments(recordings / "instrument_7_classes", builtin)
            places(recordings / "location_2_classes", builtin)
        generated(builtin)


if __name__ == "__main__":
    main()
