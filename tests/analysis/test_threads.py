"""Tests of the one thread that small multiplications get."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
import threadpoolctl

from tui_selector.analysis import threads as module
from tui_selector.analysis.threads import single_threaded_algebra


def threads() -> list[int]:
    """Threads of every library of linear algebra in this process."""
    return [
        library["num_threads"]
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
    ]


def test_there_is_one_thread_until_the_last_is_out() -> None:
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = threads()
        with single_threaded_algebra():
            with single_threaded_algebra():
                assert set(threads()) == {1}
            assert set(threads()) == {1}
        assert threads() == before


def test_libraries_are_looked_for_where_modules_were_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[threadpoolctl.ThreadpoolController] = []

    class Controller(threadpoolctl.ThreadpoolController):  # type: ignore[misc]
        def __init__(self) -> None:
            searched.append(self)
            super().__init__()

    monkeypatch.setattr(module, "_modules", 0)
    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", Controller)
    monkeypatch.setitem(sys.modules, "a_library_of_algebra", ModuleType("a_library_of_algebra"))
    for _ in range(3):
        with single_threaded_algebra():
            pass
    assert len(searched) == 1
    monkeypatch.setitem(sys.modules, "another_library", ModuleType("another_library"))
    with single_threaded_algebra():
        pass
    assert len(searched) == 2
