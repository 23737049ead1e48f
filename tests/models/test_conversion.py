"""A conversion that fails in its process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_selector.models.conversion import convert
from tui_selector.models.embedder import ModelError


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import os; os.abort()", "it was ended by SIGABRT."),
        ("import os; os.kill(os.getpid(), 9)", "it was ended by SIGKILL, as when memory runs out."),
        ("import sys; sys.exit('No space is left.')", "No space is left."),
        ("import sys; sys.exit(3)", "its exit code is 3."),
    ],
)
def test_a_conversion_that_fails_says_why(
    program: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ends_early.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ModelError) as failed:
        convert("ends_early", [])
    assert str(failed.value) == f"The conversion of the model failed: {reason}"
