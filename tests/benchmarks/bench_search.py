"""What the floor of a search is worth, and how long a search from the shell takes.

    python tests/benchmarks/bench_search.py [--data FOLDER] [--model MODEL]

MODEL is what `tui-selector models list` names, or a folder; the built-in model, if nothing is
named. The floor of the built-in model was fitted on Caltech-101, that of others comes out of their
training; here it is measured on other photos and other words. The photos are those of the shared
test data: COCO with its objects, Corel and clothing with their classes. They are indexed in folders
of the benchmark's own, and names of files are not looked at.

- words: each object or class is asked for by its name. Precision is the share of the photos above
  the floor that show it, recall the share of the photos that show it that are above the floor. The
  floor with the best F1 is printed beside: far from 0.5, the calibration does not suit the model.
- absent words: nothing in the folder shows them; the search should say so.
- tags: those of the model that are objects or classes of the folder, and whether they are right.
- pictures: each photo is asked for what looks like it; photos of its class count as alike.
- absent pictures: photos of clothing are asked for among Corel's, and the other way round.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tui_selector import paths
from tui_selector.engine import protocol, search_messages
from tui_selector.engine.client import BlockingClient, stop
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.search import query
from tui_selector.search.query import Query, Term
from tui_selector.search.scores import FLOOR, Weights

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SHELL_LIMIT_MS, SHELL_RUNS = 400, 10
#: The categories of COCO (Lin et al. 2014); those in no photo are absent words.
COCO = (
    "person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant|"
    "stop sign|parking meter|bench|bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe|"
    "backpack|umbrella|handbag|tie|suitcase|frisbee|skis|snowboard|sports ball|kite|baseball bat|"
    "baseball glove|skateboard|surfboard|tennis racket|bottle|wine glass|cup|fork|knife|spoon|bowl|"
    "banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake|chair|couch|"
    "potted plant|bed|dining table|toilet|tv|laptop|mouse|remote|keyboard|cell phone|microwave|"
    "oven|toaster|sink|refrigerator|book|clock|vase|scissors|teddy bear|hair drier|toothbrush"
)
#: What neither Corel's ten classes nor the clothes show; no names of Caltech-101 among them.
ABSENT = (
    "traffic light|toaster|microwave|keyboard|violin|microscope|submarine|penguin|tractor|"
    "telescope|polar bear|typewriter|lighthouse|washing machine|snowmobile|trombone|goldfish|"
    "refrigerator|parachute|printer|vacuum cleaner|harp|jellyfish|toilet|parking meter|"
    "tennis racket|tank|hammer|space shuttle|screwdriver"
)
Labels = dict[str, set[str]]
Scores = dict[int, float]


class Library:
    """One indexed folder.

    Attributes:
        shown: What each photo shows, by id.
        tags: What the model says it shows.
        model: What the engine calls it.
    """

    def __init__(self, folder: Path, labels: Labels) -> None:
        self.folder = folder
        self.paths: LibraryPaths = library_paths(folder)
        self.client = BlockingClient(self.paths)
        self.client.request(protocol.Settle())
        status = self.client.request(protocol.GetStatus())
        assert isinstance(status, protocol.Status)
        self.model = status.progress.model
        with Catalog.open(self.paths) as catalog:
            files = {id_: path for id_, _, path, _ in catalog.photos.indexed()}
            of = catalog.tags.of(list(files))
        self.shown = {id_: labels[name] for id_, name in files.items() if name in labels}
        self.tags = {
            id_: {tag.name for tag in of[id_] if tag.source == "model"} for id_ in self.shown
        }

    def words(self, text: str) -> Scores:
        """How well photos match some words."""
        return self._matches(
            search_messages.Search(
                text=query.format(Query(terms=(Term("words", text),))),
                limit=len(self.shown),
                floor=0.0,
                weights=Weights(name=0),
                reasons=False,
            )
        )

    def like(self, photo: int) -> Scores:
        """How well photos match a photo of the folder, but for itself."""
        similar = search_messages.Similar(
            photos=[photo], limit=len(self.shown), floor=0.0, reasons=False
        )
        scores = self._matches(similar)
        scores.pop(photo, None)
        return scores

    def picture(self, file: Path) -> Scores:
        """How well photos match a picture from elsewhere."""
        text = query.format(Query(terms=(Term("file", str(file)),)))
        return self._matches(
            search_messages.Search(text=text, limit=len(self.shown), floor=0.0, reasons=False)
        )

    def close(self) -> None:
        self.client.close()
        stop(self.paths)

    def _matches(self, request: search_messages.Search | search_messages.Similar) -> Scores:
        found = self.client.request(request)
        assert isinstance(found, search_messages.Found)
        return {hit.photo: hit.score for hit in found.hits if hit.photo in self.shown}


def read(file: Path, column: str) -> Labels:
    with file.open(newline="", encoding="utf-8") as rows:
        return {row["file"]: set(row[column].split(";")) for row in csv.DictReader(rows)}


def measure(name: str, answers: Iterable[tuple[Scores, set[int]]]) -> None:
    """Print precision and recall of answers: the scores of photos, photos that show it."""
    scores: list[tuple[float, bool]] = []
    there = silent = asked = 0
    for ours, truth in answers:
        scores += [(score, photo in truth) for photo, score in ours.items()]
        there += len(truth)
        asked += 1
        silent += all(score < FLOOR for score in ours.values())
    found = [right for score, right in scores if score >= FLOOR]
    print(
        f"{name:36}{asked:4} queries  precision {sum(found) / max(len(found), 1):.3f}"
        f"  recall {sum(found) / max(there, 1):.3f}  ({sum(found)} of {len(found)} found,"
        f" of {there} there)  nothing found {silent}{best_floor(scores, there)}"
    )


def best_floor(scores: list[tuple[float, bool]], there: int) -> str:
    """Where the floor would have the best F1, and how good that is."""
    best, floor, right = 0.0, FLOOR, 0
    for place, (score, is_right) in enumerate(sorted(scores, reverse=True), 1):
        right += is_right
        if 2 * right / (place + there) > best:
            best, floor = 2 * right / (place + there), score
    found = [is_right for score, is_right in scores if score >= FLOOR]
    ours = 2 * sum(found) / max(len(found) + there, 1)
    return f"  F1 {ours:.3f} (best {best:.3f} at {floor:.2f})"


def absent(name: str, answers: Iterable[Scores]) -> None:
    """Print how many answers are empty, as they should be."""
    wrong = [sum(score >= FLOOR for score in answer.values()) for answer in answers]
    print(
        f"{name:36}{len(wrong):4} queries  said so {wrong.count(0) / len(wrong):.3f}"
        f"  ({sum(wrong)} photos found wrongly)"
    )


def by_tags(name: str, library: Library, words: Iterable[str]) -> None:
    """Print how many of the tags that could be wrong are right, and how many are there."""
    names = {word.replace("_", " ") for word in words}
    right = given = there = 0
    for photo, tags in library.tags.items():
        shown = {word.replace("_", " ") for word in library.shown[photo]} & names
        right += len(tags & shown)
        given += len(tags & names)
        there += len(shown)
    print(
        f"{'tags, ' + name:36}{len(library.tags):4} photos   precision {right / max(given, 1):.3f}"
        f"  recall {right / max(there, 1):.3f}  ({right} of {given} given, of {there} there)"
    )


def by_words(name: str, library: Library, words: Iterable[str]) -> None:
    words = list(words)
    known = set().union(*library.shown.values())
    measure(
        f"words, {name}",
        (
            (
                library.words(word.replace("_", " ")),
                {photo for photo, shown in library.shown.items() if word in shown},
            )
            for word in words
            if word in known
        ),
    )
    missing = [word for word in words if word not in known]
    absent(f"absent words, {name}", map(library.words, missing or ABSENT.split("|")))
    by_tags(name, library, words)


def by_pictures(name: str, library: Library) -> None:
    measure(
        f"pictures, {name}",
        (
            (
                library.like(photo),
                {other for other, label in library.shown.items() if label == shown} - {photo},
            )
            for photo, shown in library.shown.items()
        ),
    )


def shell(folder: Path) -> None:
    """Print how long the whole command takes while the engine is warm.

    The processor time tells on a machine that others use too; the engine's is not in it.
    """
    command = [sys.executable, "-m", "tui_selector", "search", str(folder), "red bus", "--json"]
    for name, words in {"a bare Python": [sys.executable, "-c", "pass"], "search": command}.items():
        taken, worked = [], []
        for _ in range(SHELL_RUNS + 1):
            start, before = time.perf_counter(), processor()
            subprocess.run(words, capture_output=True, check=True)
            taken.append(1e3 * (time.perf_counter() - start))
            worked.append(1e3 * (processor() - before))
        limit = f"  limit {SHELL_LIMIT_MS} ms" if words is command else ""
        print(
            f"shell, {name:29}{statistics.median(taken[1:]):6.0f} ms  quickest {min(taken):6.0f} ms"
            f"  processor {statistics.median(worked[1:]):6.0f} ms{limit}"
        )


def processor() -> float:
    """Processor time of the commands that have ended, seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def set_apart(home: Path, model: str) -> None:
    """Let engines keep their things in a folder of the benchmark's own, but for pulled models."""
    pulled = paths.models_folder()
    for variable in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        folder = home / variable
        folder.mkdir(mode=0o700)
        os.environ[variable] = str(folder)
    named = Path(model).expanduser()
    os.environ["TUI_SELECTOR_MODEL"] = str(named.resolve()) if named.is_dir() else model
    if pulled.is_dir():
        paths.models_folder().parent.mkdir(parents=True, exist_ok=True)
        paths.models_folder().symlink_to(pulled.resolve())


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--data", type=Path, default=Path(os.environ.get("TUI_SELECTOR_TEST_DATA", DATA))
    )
    arguments.add_argument("--model", default="builtin")
    chosen = arguments.parse_args()
    data: Path = chosen.data
    with tempfile.TemporaryDirectory() as home:
        set_apart(Path(home), chosen.model)
        libraries = [
            Library(data / name, read(data / name / file, column))
            for name, file, column in (
                ("coco", "objects.csv", "objects"),
                ("corel", "labels.csv", "class"),
                ("clothing", "labels.csv", "class"),
            )
        ]
        coco, corel, clothing = libraries
        print(coco.model)
        try:
            by_words("COCO objects", coco, COCO.split("|"))
            for name, library in (("Corel", corel), ("clothing", clothing)):
                by_words(f"{name} classes", library, sorted(set().union(*library.shown.values())))
                by_pictures(f"{name} classes", library)
            for name, library, other in (("clothes in Corel", corel, clothing.folder),
                                         ("Corel in clothes", clothing, corel.folder)):  # fmt: skip
                files = sorted(other.glob("*.jpg"))
                absent(f"absent pictures, {name}", map(library.picture, files))
            shell(corel.folder)
        finally:
            for library in libraries:
                library.close()


if __name__ == "__main__":
    main()
