"""The house keeps its floors: what may import what, checked in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "transformers",
    "huggingface_hub",
    "sklearn",
    "scipy",
    "faiss",
    "onnxruntime",
    "skimage",
)


def imported_by(code: str) -> set[str]:
    """The top-level modules that are loaded after running `code` in a new interpreter."""
    script = f"{code}\nimport sys\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(answer.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "tui_selector.app.app",
        "tui_selector.app.screens.cull",
        "tui_selector.chat.history",
        "tui_selector.chat.markdown",
        "tui_selector.chat.photos",
        "tui_selector.chat.planning",
        "tui_selector.chat.prompt",
        "tui_selector.cli.models",
        "tui_selector.cli.screen",
        "tui_selector.engine.client",
        "tui_selector.library.decisions.decisions",
        "tui_selector.app.widgets.search_bar",
        "tui_selector.app.widgets.search_panel",
        "tui_selector.search.completion",
        "tui_selector.search.filters",
    ],
)
def test_the_terminal_side_loads_nothing_heavy(module: str) -> None:
    loaded = imported_by(f"import {module}")
    assert loaded.isdisjoint(HEAVY)
    assert loaded.isdisjoint({"numpy", "PIL", "av", "rawpy"})


def test_the_first_bytes_need_no_import_of_ours() -> None:
    loaded = imported_by("import tui_selector.__main__")
    assert loaded.isdisjoint({"click", "msgspec", "textual", "sqlite3", "platformdirs"})


@pytest.mark.parametrize(
    "module",
    [
        "tui_selector.library.catalog.catalog",
        "tui_selector.library.folder.scan",
        "tui_selector.library.pictures.decode",
        "tui_selector.analysis.clustering",
        "tui_selector.analysis.naming",
        "tui_selector.analysis.tags",
        "tui_selector.search.filters",
        "tui_selector.search.ranking",
    ],
)
def test_ground_floors_know_neither_torch_nor_textual(module: str) -> None:
    assert imported_by(f"import {module}").isdisjoint({"torch", "transformers", "textual"})


def test_the_engine_loads_no_torch_before_it_listens() -> None:
    assert imported_by("import tui_selector.engine.server").isdisjoint({*HEAVY, "textual"})
