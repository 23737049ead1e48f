"""Which folders the owner lets run code that came with a model, and which code that was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tui_selector.library.display import printable

_FILE = "trusted.json"


def untrusted(name: str) -> str:
    """The sentence that refuses a model whose code is not trusted."""
    return (
        f"{printable(name)} runs only with code that comes with it, which could do anything that "
        "you can. If you trust its makers, add --trust-remote-code."
    )


def digest(folder: Path) -> str:
    """SHA-256 over the names and the contents of the Python files in a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        name = str(path.relative_to(folder)).encode("utf-8", "surrogateescape")
        total.update(len(name).to_bytes(4, "big") + name)
        data = path.read_bytes()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def trust(models: Path, folder: Path) -> None:
    """Remember that the code that is now in a folder may run; changed code may not.

    Args:
        models: The folder for models, which holds the list.
        folder: The model's.

    Raises:
        OSError: The disk does not let us.
    """
    models.mkdir(parents=True, exist_ok=True)
    known = _load(models) | {str(folder.resolve()): digest(folder)}
    half = models / (_FILE + ".new")
    half.write_bytes(msgspec.json.encode(known))
    half.replace(models / _FILE)


def is_trusted(models: Path, folder: Path) -> bool:
    """Whether the owner trusts the code in a folder as it is now."""
    said = _load(models).get(str(folder.resolve()))
    return said is not None and said == digest(folder)


def _load(models: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode((models / _FILE).read_bytes(), type=dict[str, str])
    except (OSError, ValueError):
        return {}
