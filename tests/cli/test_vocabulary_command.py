"""`vocabulary` and what the doctor says of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tui_selector import paths
from tui_selector.cli import doctor
from tui_selector.cli.root import run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["vocabulary", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def write(text: str) -> None:
    paths.vocabulary_file().parent.mkdir(parents=True, exist_ok=True)
    paths.vocabulary_file().write_text(text, "utf-8")


def test_words_of_ones_own_are_shown_and_ours_on_demand(call: Call) -> None:
    code, out, _ = call()
    assert code == 0
    assert out == f"No words of your own in {paths.vocabulary_file()}\n"
    write("our boat: a rowing boat\nö\x1bl\n")
    code, out, _ = call()
    assert out.splitlines()[0] == f"2 words of your own in {paths.vocabulary_file()}"
    assert "  our boat: a rowing boat\n" in out
    assert "\x1b" not in out
    listed = json.loads(call("--all", "--json")[1])
    assert listed["file"] == str(paths.vocabulary_file())
    assert listed["words"][0] == {"tag": "our boat", "asked": "a rowing boat", "facet": "own"}
    assert {"tag": "beach", "asked": "beach", "facet": "scenes"} in listed["words"]
    assert "scenes: beach, " in call("--all")[1]


def test_a_wrong_line_is_one_sentence(call: Call) -> None:
    write("dog\n: cat\n")
    code, out, err = call()
    assert (code, out) == (1, "")
    assert err.startswith("tui-selector: Line 2 of ")
    assert err.count("\n") == 1


def test_the_doctor_knows_of_them() -> None:
    (check,) = doctor._vocabulary()
    assert (check.verdict, check.finding[:4]) == ("good", "none")
    write("our boat\n")
    (check,) = doctor._vocabulary()
    assert check.finding.startswith("one word of your own in ")
    write(": x\n")
    (check,) = doctor._vocabulary()
    assert check.verdict == "remark"
    assert check.finding.startswith("Line 1 of ")
