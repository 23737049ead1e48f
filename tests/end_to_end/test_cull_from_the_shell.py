"""A plan made by rules from real photos: what it says, what it does, and that all comes back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from installed_command import Answer, command
from patience import LONG_PATIENCE

from tui_selector.engine.client import stop
from tui_selector.library.decisions.plan_file import Proposal, read
from tui_selector.paths import library_paths


@pytest.fixture
def folder(tmp_path: Path, shared_data: Callable[[str], Path]) -> Iterator[Path]:
    """One scene sharp and blurred, and objects from several sides, some in several files."""
    made = tmp_path / "Photos"
    made.mkdir()
    for name in ("blur", "neardup"):
        shutil.copytree(shared_data(name), made / name)
    shutil.copy(made / "blur" / "176_HONOR-7X_S.jpg", made / "copy.jpg")
    (made / "blur" / "176_HONOR-7X_M.xmp").write_text("<x/>")
    yield made
    stop(library_paths(made), LONG_PATIENCE)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def gone(proposal: Proposal) -> set[str]:
    return {photo.path for photo in proposal.photos if photo.action == "trash"}


def test_real_photos_are_judged_trashed_and_brought_back(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    plan = tmp_path / "plan.jsonl"
    answer = command("cull", folder, "--rules", "blurry, duplicates", "--trash", "-o", plan)
    assert answer.code == 0, answer.err
    proposal = read(plan)
    assert gone(proposal) >= {"blur/176_HONOR-7X_F.jpg", "blur/176_HONOR-7X_M.jpg"}
    twins = {"blur/176_HONOR-7X_S.jpg", "copy.jpg"}
    variants = {f"neardup/ukbench00120{end}.jpg" for end in ("", "_hflip", "_resize", "_rotation")}
    assert len(gone(proposal) & twins) == 1
    assert len(gone(proposal) & variants) == 3
    others = gone(proposal) - twins - variants
    assert all(path.startswith("blur/") for path in others)
    assert all(photo.reasons for photo in proposal.photos)
    assert contents(folder) == before

    # One file changes before the plan is applied: it is refused, and the others go.
    changed = folder / "blur" / "176_HONOR-7X_F.jpg"
    changed.write_bytes(changed.read_bytes() + b"\0")
    before = contents(folder)
    applied = command("plan", "apply", plan, "--yes")
    assert applied.code == 1
    assert "176_HONOR-7X_F.jpg has changed since the plan was made" in applied.err
    left = set(before) - gone(proposal) - {"blur/176_HONOR-7X_M.xmp"}
    assert set(contents(folder)) == left | {"blur/176_HONOR-7X_F.jpg"}
    undone = command("plan", "undo", plan, "--json")
    assert undone.code == 0, undone.err
    assert undone.json["done"] == len(gone(proposal)) - 1
    assert contents(folder) == before


def test_the_number_to_keep_is_kept_whatever_else(folder: Path) -> None:
    def kept(*arguments: object) -> list[str]:
        answer: Answer = command("cull", folder, *arguments, "--json")
        assert answer.code == 0, answer.err
        _, *photos = map(json.loads, answer.out.splitlines())
        return [photo["path"] for photo in photos if photo["action"] == "keep"]

    first = kept("--keep", 6)
    assert len(first) == 6
    assert kept("--keep", 6) == first
    sharp = kept("--rules", "blurry, similar", "--keep", 5)
    assert len(sharp) == 5
    assert not {"blur/176_HONOR-7X_F.jpg", "blur/176_HONOR-7X_M.jpg"} & set(sharp)
