"""What the code that comes with a model imports, and whether that is here: told before it runs.

Only names are looked at, none of the code is run. What it imports where it can do without (inside a
`try`, an `if` or a function) is left to it.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tui_selector.library.display import printable
from tui_selector.models import borrowed_code, checkpoint
from tui_selector.models.embedder import ModelError

#: The library whose modules and names come and go under the code of models.
_LIBRARY = "transformers"


class _Import(NamedTuple):
    """What code needs: a module, and a name in it or ""."""

    module: str
    name: str = ""


def check_needs(folder: Path, shown: str) -> None:
    """See that all is here that the code in a folder cannot do without.

    Args:
        folder: Of a model that brings its code.
        shown: What the model is called.

    Raises:
        ModelError: Something is not, and which version would have it; or the code is damaged.
    """
    needed = sorted({each for path in _reached(folder) for each in _imports(path)})
    for each in needed:
        if each.module.partition(".")[0] == _LIBRARY and not _has(each):
            what = f"{each.name} from {each.module}" if each.name else each.module
            raise ModelError(
                f"The code of {printable(shown)} imports {printable(what)}, which {_LIBRARY}"
                f" {version(_LIBRARY)} does not have{_written_for(folder)}; use another model."
            )
    for each in needed:
        package = each.module.partition(".")[0]
        if not _is_installed(package):
            raise ModelError(
                f"The code of {printable(shown)} needs the package {printable(package)}, which is"
                " not installed; install it, or use another model."
            )


def _reached(folder: Path) -> list[Path]:
    """The files with the code that settings name, and with what that imports beside it."""
    waiting = [name.rpartition(".")[0] for name in borrowed_code.named(folder)]
    found: dict[str, Path] = {}
    while waiting:
        module = waiting.pop()
        path = folder / f"{module}.py"
        if module not in found and path.is_file():
            found[module] = path
            waiting += _beside(path)
    return list(found.values())


def _statements(path: Path) -> list[ast.stmt]:
    """
    Raises:
        ModelError: It is no Python.
    """
    try:
        return ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ModelError(
            f"The code {printable(str(path))} cannot be read; fetch the model again."
        ) from error


def _beside(path: Path) -> Iterator[str]:
    """Modules in the same folder that a file imports."""
    for statement in _statements(path):
        if isinstance(statement, ast.ImportFrom) and statement.level == 1:
            if statement.module:
                yield statement.module
            else:
                yield from (alias.name for alias in statement.names)


def _imports(path: Path) -> Iterator[_Import]:
    """What a file imports from elsewhere."""
    for statement in _statements(path):
        if isinstance(statement, ast.Import):
            yield from (_Import(alias.name) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
            yield from (_Import(statement.module, alias.name) for alias in statement.names)


def _has(wanted: _Import) -> bool:
    """Whether the library has a module and a name in it, which may be a module, too."""
    try:
        module = importlib.import_module(wanted.module)
        if wanted.name in ("", "*") or hasattr(module, wanted.name):
            return True
        importlib.import_module(f"{wanted.module}.{wanted.name}")
    except Exception:  # what it lacks itself it tells in many ways, and the code would fail there
        return False
    return True


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _written_for(folder: Path) -> str:
    """Which version would do, as far as the model says so; a part of a sentence."""
    said = checkpoint.read_config(folder).get("transformers_version")
    if not isinstance(said, str) or said.partition(".")[0] == version(_LIBRARY).partition(".")[0]:
        return ""
    return f" (it was made with {printable(said)}, which is too old for the rest of this program)"
