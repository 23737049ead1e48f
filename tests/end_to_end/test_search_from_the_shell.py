"""Searching from the shell: what odd queries get for an answer, and what real photos give."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from installed_command import Answer, command
from patience import LONG_PATIENCE

from tui_selector.cli.root import run
from tui_selector.engine.client import stop
from tui_selector.paths import library_paths

Find = Callable[..., Answer]
Move = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def albums(
    home_of_the_module: Move,
    tmp_path_factory: pytest.TempPathFactory,
    shared_data: Callable[[str], Path],
) -> Iterator[Callable[[str], Path]]:
    """A function that copies folders of real photos, once for all tests: searches change nothing.
    Their engines are stopped at the end."""
    place = tmp_path_factory.mktemp("albums")
    copied: list[Path] = []

    def album(name: str) -> Path:
        folder = place / name
        if folder not in copied:
            shutil.copytree(shared_data(name), folder)
            copied.append(folder)
        return folder

    yield album
    with pytest.MonkeyPatch.context() as patch:
        home_of_the_module(patch)
        for folder in copied:
            stop(library_paths(folder), LONG_PATIENCE)


@pytest.fixture
def find(
    albums: Callable[[str], Path],
    home_of_the_module: Move,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Find:
    """A function that searches one of the albums; it runs in this process."""
    home_of_the_module(monkeypatch)

    def search(name: str, *arguments: str, words: str = "search") -> Answer:
        folder = albums(name)
        capfd.readouterr()
        code = run([*words.split(), str(folder), *arguments])
        return Answer(code, *capfd.readouterr())

    return search


def hits(answer: Answer) -> list[str]:
    return [hit["path"] for hit in answer.json["hits"]]


def test_odd_queries_get_a_sentence_or_a_result(
    find: Find, albums: Callable[[str], Path], tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("no picture")
    for query, part in {
        "colour:red": "There is no field",
        'dog "unclosed': "quote",
        str(letter): "letter.txt",
        str(tmp_path / "gone.jpg"): "gone.jpg",
        str(tmp_path): tmp_path.name,
        "@nobody": "nobody",
        "2:": "weight",
        "rating>=many": "rating",
        "a " * 50 + "#a " * 101: "at most 100 parts",
    }.items():
        answer = find("clothing", query)
        assert (answer.code, answer.out) == (2, ""), (query, answer)
        assert part in answer.err
        assert "Traceback" not in answer.err
        assert not answer.hostile
    total = len(list(albums("clothing").glob("*.jpg")))
    for query in ("", "   "):
        answer = find("clothing", query, "--json")
        assert (answer.code, answer.json["total"], answer.json["ranked"]) == (0, total, False)
    for query in (
        *("-dog", "-dog -2:cat", "🦊", "👩‍👩‍👧‍👦", "0123", "42"),
        *("\u05db\u05dc\u05d1", "\u202egnp.exe", "\ud800"),
        *("a\x01b\x1b[31mred\x07", "[bold red]dress[/]", "<b>dress</b>", "%s %d {} \\n"),
        *("x" * 10_000, "dress " * 1667),
    ):
        answer = find("clothing", query, "--json")
        assert answer.code in (0, 1), (query[:40], answer.err)
        assert len(answer.json["hits"]) == answer.json["total"] or answer.json["total"] > 50
        shown = find("clothing", query, "--why")
        assert shown.code == answer.code
        assert not shown.hostile, query[:40]
    assert find("clothing", "-shoe", "--json").json["total"] > total / 2


def test_nothing_matches_what_no_photo_shows(find: Find) -> None:
    answer = find("clothing", "helicopter", "--json")
    assert (answer.code, answer.json["hits"], answer.json["total"]) == (1, [], 0)
    assert answer.json["nearest"]
    assert find("clothing", "helicopter").err.startswith("No photo matches. Nearest:")


def test_colours_nights_and_numbers_go_by_tags(find: Find) -> None:
    red = {"302.jpg", "306.jpg"}
    assert set(hits(find("corel", "red bus", "--json"))) == red
    assert red < set(hits(find("corel", "bus", "--json")))
    nights = hits(find("immich", "night", "--json"))
    assert "metadata__dates__date-priority-test.jpg" in nights
    assert "albums__text__japanese-shop.jpg" in nights
    assert "albums__nature__notocactus_minimus.jpg" not in nights  # dark, in the afternoon
    pair = {"metadata__faces__portrait.jpg", "metadata__faces__portrait-orientation-6.jpg"}
    for query in ("two people", "Pierre Curie", "has:faces"):
        assert set(hits(find("immich", query, "--json"))) == pair, query
    assert hits(find("immich", "three people", "--json")) == []


@pytest.mark.parametrize(
    ("name", "option", "file", "result", "least"),
    [
        ("coco", "--captions", "captions.csv", "captions", {"R@1": 0.5, "R@5": 0.8, "R@10": 0.9}),
        ("corel", "--labels", "labels.csv", "labels", {"accuracy": 0.74}),
    ],
)
def test_captions_and_class_names_find_their_photos(
    find: Find,
    albums: Callable[[str], Path],
    *,
    name: str,
    option: str,
    file: str,
    result: str,
    least: dict[str, float],
) -> None:
    answer = find(name, option, str(albums(name) / file), "--json", words="evaluate search")
    assert answer.code == 0
    for measure, value in least.items():
        assert answer.json[result][measure] >= value


def test_a_search_from_the_shell_imports_nothing_heavy(
    find: Find, albums: Callable[[str], Path]
) -> None:
    assert find("clothing", words="index").code == 0
    before = ["env", "PYTHONPROFILEIMPORTTIME=1"]
    answer = command("search", albums("clothing"), "", before=before)
    assert answer.code == 0
    imported = {line.rpartition("|")[2].strip() for line in answer.err.splitlines()}
    assert "click" in imported
    assert not imported & {"numpy", "PIL", "textual", "torch", "onnxruntime", "asyncio"}
