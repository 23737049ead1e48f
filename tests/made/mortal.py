"""Processes that are killed at a moment of a decision, forked from one that is small.

A process that runs tests may hold more than a gigabyte, which each fork of it would have to copy
the page tables of.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions import file_actions, moves, trash
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.decisions.journal import Journal
from tui_selector.paths import LibraryPaths

#: What a decision does, step by step; a process may die before and after each, and in the middle of
#: writing.
STEPS: tuple[tuple[Any, str], ...] = (
    (Journal, "write"),
    (os, "write"),
    (trash, "write_note"),
    (trash, "forget_note"),
    (trash, "rename_new"),
    (file_actions, "rename_new"),
    (moves, "_rename"),
    (moves, "discard"),
    (Path, "unlink"),
)


class Mortals:
    """Decides in processes that die. The process they are forked from ends with `close`."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def die_at(self, moment: int, paths: LibraryPaths, method: str, *arguments: Any) -> bool:
        """Call a method of `Decisions` in a process that is killed at the n-th moment.

        Returns:
            Whether it came to that.
        """
        asked, answered = self._parent.stdin, self._parent.stdout
        assert asked is not None
        assert answered is not None
        pickle.dump((dict(os.environ), moment, paths, method, arguments), asked)
        asked.flush()
        status = pickle.load(answered)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return True
        assert os.waitstatus_to_exitcode(status) == 0
        return False

    def close(self) -> None:
        self._parent.communicate()


class _Fuse:
    """Kills the process at the n-th moment."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def burn(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def lay(self) -> None:
        for owner, name in STEPS:
            self._wrap(owner, name)
        whole = Catalog.transaction

        @contextlib.contextmanager
        def transaction(catalog: Catalog) -> Iterator[None]:
            with whole(catalog):
                yield
                self.burn()
            self.burn()

        Catalog.transaction = transaction  # type: ignore[method-assign,assignment]

    def _wrap(self, owner: Any, name: str) -> None:
        step = getattr(owner, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            if name == "write" and owner is os and self.left == 0:
                step(given[0], bytes(given[1])[: len(given[1]) // 2])
            self.burn()
            answer = step(*given, **named)
            # What is written is part of another step, and whole after that.
            if owner is not os:
                self.burn()
            return answer

        setattr(owner, name, wrapped)


def _live(
    environment: dict[str, str],
    moment: int,
    paths: LibraryPaths,
    method: str,
    arguments: tuple[Any, ...],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    # A killed process loses nothing that it wrote; only a power cut would.
    os.fsync = lambda descriptor: None
    decisions = Decisions(Catalog.open(paths))
    _Fuse(moment).lay()
    getattr(decisions, method)(*arguments)


def _serve() -> None:
    while True:
        try:
            request = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        child = os.fork()
        if child == 0:
            code = 3
            try:
                _live(*request)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        pickle.dump(status, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
