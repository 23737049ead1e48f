"""Names at the target of an export, so that no file is ever written over another one.

All files of a shot get the same number: `IMG.CR2` and `IMG.CR2.xmp` become `IMG (2).CR2` and
`IMG (2).CR2.xmp`. Names that differ in case alone count as the same, as they are on many disks.
"""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.display import printable
from tui_selector.library.folder.companions import numbered, shot_keys

#: Numbers that are tried for a name that is taken.
_MOST = 10_000

#: Characters that programs which unpack archives take for something else.
_APART = '\\:*?"<>|'


class Names:
    """The names that are taken at a target.

    Attributes:
        renamed: How many files got a number.
    """

    def __init__(self, target: Path | None, root: Path) -> None:
        """
        Args:
            target: A folder that may hold files already; None for an archive, which is new.
            root: The library's folder; nothing is named so that it would stand in there.
        """
        self.renamed = 0
        self._target = target
        self._root = root
        self._taken: dict[str, set[str]] = {}
        self._next: dict[tuple[str, str], int] = {}
        self._checked: set[str] = set()

    def take(
        self, folder: str, names: Sequence[str], sources: Sequence[Path], form: str
    ) -> list[tuple[str, bool]]:
        """Names for the files of one shot, and whether the very same file has that name already.

        Args:
            folder: Relative to the target; "" is the target itself.
            names: The files' own names, the photo's first.
            sources: The files.
            form: What is to stand at the target: copies, moved files or links.

        Raises:
            RefusedError: The folder lies in the library, or too many files have that name.
        """
        self._check(folder)
        taken = self._taken.setdefault(folder.casefold(), set())
        stem = min(shot_keys(names[0]), key=len)
        number = self._next.get((folder.casefold(), stem), 1)
        while number < _MOST:
            wanted = [numbered(name, stem, number) for name in names]
            folded = {name.casefold() for name in wanted}
            if folded.isdisjoint(taken):
                there = self._there(folder, wanted, sources, form)
                if there is not None:
                    taken |= folded
                    self._next[folder.casefold(), stem] = number + 1
                    self.renamed += len(wanted) if number > 1 else 0
                    return list(zip(wanted, there, strict=True))
            number += 1
        raise RefusedError(f"There are too many files called {printable(names[0])}.")

    def _check(self, folder: str) -> None:
        if self._target is None or folder in self._checked:
            return
        real = Path(os.path.realpath(self._target / folder))
        if real == self._root or real.is_relative_to(self._root):
            raise RefusedError(f"{printable(str(self._target / folder))} is inside the library.")
        self._checked.add(folder)

    def _there(
        self, folder: str, names: Sequence[str], sources: Sequence[Path], form: str
    ) -> list[bool] | None:
        """Whether each name stands for the very same file; None where one is another's."""
        if self._target is None:
            return [False] * len(names)
        found: list[bool] = []
        for name, source in zip(names, sources, strict=True):
            place = self._target / folder / name
            if not os.path.lexists(place):
                found.append(False)
            elif is_there(source, place, form):
                found.append(True)
            else:
                return None
        return found


def is_there(source: Path, place: Path, form: str) -> bool:
    """Whether what an export would put at `place` stands there already.

    A copy is the same by size and time, else by its bytes. What is to be moved never is.
    """
    try:
        if form == "symlink":
            return place.is_symlink() and place.readlink() == source
        if place.is_symlink() or form == "move":
            return False
        mine, other = source.stat(), place.stat()
        if form == "hardlink":
            return os.path.samestat(mine, other)
        if not stat.S_ISREG(other.st_mode) or mine.st_size != other.st_size:
            return False
        return mine.st_mtime_ns == other.st_mtime_ns or filecmp.cmp(source, place, shallow=False)
    except OSError:
        return False


def archive_name(path: str) -> str:
    """A path as an archive may hold it: UTF-8, nothing that programs would take for a command.

    Bytes that are not UTF-8, control characters and what Windows keeps for itself become `_`.
    """
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(
        "_" if not char.isprintable() or char in _APART or char == "\ufffd" else char
        for char in text
    )
