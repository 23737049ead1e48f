"""Reading what a terminal pastes when files are dropped on it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

#: A longer paste is no list of files.
_LONGEST = 1 << 20


def dropped_paths(text: str) -> list[Path]:
    r"""The files and folders that a pasted text names and that exist, each once.

    Understands one path per line, several on a line, quotes ('it'\''s.jpg', "a b.jpg"), escaped
    spaces (a\ b.jpg), a leading ~, and file:// addresses. Looks at the disk, which can take time.
    """
    if len(text) > _LONGEST:
        return []
    found: dict[Path, None] = {}
    for line in text.replace("\r", "\n").split("\n"):
        line = line.strip().strip("\0")
        if not line:
            continue
        whole = _existing(line)
        for path in [whole] if whole is not None else _words(line):
            found.setdefault(path)
    return list(found)


def looks_like_paths(text: str) -> bool:
    """Whether a pasted text is meant as paths, whether or not they exist."""
    start = text.lstrip().lstrip("'\"")
    return start.startswith(("/", "~", "file://"))


def _words(line: str) -> Iterator[Path]:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    for word in words:
        path = _existing(word)
        if path is not None:
            yield path


def _existing(word: str) -> Path | None:
    """The absolute path that a word names, where something is there."""
    try:
        if word.startswith("file://"):
            address = urlsplit(word)
            if address.netloc not in ("", "localhost"):
                return None
            path = Path(_decoded(address.path))
        else:
            path = Path(word).expanduser()
        return path if path.is_absolute() and path.exists() else None
    except (OSError, ValueError, RuntimeError):
        # A name that is too long, holds a NUL, or a home that nobody has.
        return None


def _decoded(quoted: str) -> str:
    return unquote_to_bytes(quoted).decode("utf-8", "surrogateescape")
