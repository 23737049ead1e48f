"""Runs that the command makes again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import structs

from tui_selector.cli import criteria as command
from tui_selector.cli.root import run
from tui_selector.criteria.run import Run, Wish
from tui_selector.engine import protocol
from tui_selector.engine.criteria_messages import GetRun, RunInfo, RunResult, StartRun

WISH = Wish(criterion="what colour", classes=("red", "blue"), prompts={"describe": "Look."})


class Engine:
    """Has made one run, and makes it again at once."""

    def __init__(self) -> None:
        self.asked: list[StartRun] = []

    def request(self, request: object) -> object:
        done = Run(id="the run", wish=WISH, way="facts", state="done")
        match request:
            case StartRun():
                self.asked.append(request)
                return RunInfo(run=done)
            case GetRun():
                return RunResult(run=done, members=[], waiting=[])
        return protocol.Done()


@pytest.mark.parametrize(
    ("arguments", "wish"),
    [
        ([], WISH),
        (["-k", "3", "--no-other"], structs.replace(WISH, k=3, other=False)),
        (["where"], Wish(criterion="where")),
    ],
)
def test_a_run_is_made_again_by_its_own_wish_or_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], wish: Wish
) -> None:
    engine = Engine()

    @contextmanager
    def engine_of(folder: Path, **_: object) -> Iterator[Engine]:
        yield engine

    monkeypatch.setattr(command, "engine_of", engine_of)
    run(["criteria", str(tmp_path), *arguments, "--again", "the run"])
    assert [(each.run, each.wish) for each in engine.asked] == [("the run", wish)]
