"""What the floor of a search is worth, and how long a search from the shell takes.

    python tests/benchmarks/bench_search.py [--data FOLDER]

The floor was fitted on Caltech-101; here it is measured on other photos and other words. The photos
are those of the shared test data: COCO with its objects, Corel and clothing with their classes.
They are indexed in folders of the benchmark's own, and names of files are not looked at.

- words: each object or class is asked for by its name. Precision is the share of the photos above
  the floor that show it, recall the share of the photos that show it that are above the floor.
- absent words: nothing in the folder shows them; the search should say so.
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

from tui_selector.engine import protocol, search_messages
from tui_selector.engine.client import BlockingClient, stop
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import LibraryPaths, library_paths
from tui_selector.search import query
from tui_selector.search.query import Query, Term
from tui_selector.search.scores import Weights

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
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


class Library:
    """One indexed folder.

    Attributes:
        shown: What each photo shows, by id.
    """

    def __init__(self, folder: Path, labels: Labels) -> None:
        self.folder = folder
        self.paths: LibraryPaths = library_paths(folder)
        self.client = BlockingClient(self.paths)
        self.client.request(protocol.Settle())
        with Catalog.open(self.paths) as catalog:
            files = {id_: path for id_, _, path, _ in catalog.photos.indexed()}
        self.shown = {id_: labels[name] for id_, name in files.items() if name in labels}

    def words(self, text: str) -> set[int]:
        """Photos that match some words."""
        return self._matches(
            search_messages.Search(
                text=query.format(Query(terms=(Term("words", text),))),
                limit=len(self.shown),
                weights=Weights(name=0),
                reasons=False,
            )
        )

    def like(self, photo: int) -> set[int]:
        """Photos that match a photo of the folder, but for itself."""
        similar = search_messages.Similar(photos=[photo], limit=len(self.shown), reasons=False)
        return self._matches(similar) - {photo}

    def picture(self, file: Path) -> set[int]:
        """Photos that match a picture from elsewhere."""
        text = query.format(Query(terms=(Term("file", str(file)),)))
        return self._matches(
            search_messages.Search(text=text, limit=len(self.shown), reasons=False)
        )

    def close(self) -> None:
        self.client.close()
        stop(self.paths)

    def _matches(self, request: search_messages.Search | search_messages.Similar) -> set[int]:
        found = self.client.request(request)
        assert isinstance(found, search_messages.Found)
        return {hit.photo for hit in found.hits} & self.shown.keys()


def read(file: Path, column: str) -> Labels:
    with file.open(newline="", encoding="utf-8") as rows:
        return {row["file"]: set(row[column].split(";")) for row in csv.DictReader(rows)}


def measure(name: str, answers: Iterable[tuple[set[int], set[int]]]) -> None:
    """Print precision and recall of answers: photos found, photos that show it."""
    right = found = there = silent = asked = 0
    for ours, truth in answers:
        right += len(ours & truth)
        found += len(ours)
        there += len(truth)
        asked += 1
        silent += not ours
    print(
        f"{name:36}{asked:4} queries  precision {right / max(found, 1):.3f}"
        f"  recall {right / max(there, 1):.3f}  ({right} of {found} found, of {there} there)"
        f"  nothing found {silent}"
    )


def absent(name: str, answers: Iterable[set[int]]) -> None:
    """Print how many answers are empty, as they should be."""
    answers = list(answers)
    empty = sum(not answer for answer in answers)
    print(
        f"{name:36}{len(answers):4} queries  said so {empty / len(answers):.3f}"
        f"  ({sum(map(len, answers))} photos found wrongly)"
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


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--data", type=Path, default=Path(os.environ.get("TUI_SELECTOR_TEST_DATA", DATA))
    )
    data: Path = arguments.parse_args().data
    with tempfile.TemporaryDirectory() as home:
        for variable in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            folder = Path(home) / variable
            folder.mkdir(mode=0o700)
            os.environ[variable] = str(folder)
        libraries = [
            Library(data / name, read(data / name / file, column))
            for name, file, column in (
                ("coco", "objects.csv", "objects"),
                ("corel", "labels.csv", "class"),
                ("clothing", "labels.csv", "class"),
            )
        ]
        coco, corel, clothing = libraries
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
