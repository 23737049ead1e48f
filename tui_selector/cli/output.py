"""How commands take folders and photos, and how they answer: text for people, JSON for scripts."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from tui_selector.cli.failure import CommandError
from tui_selector.library.display import printable

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


class FolderArgument(click.ParamType[Path]):
    """A folder that exists and can be read, as an absolute path."""

    name = "folder"

    def __init__(self, *, exists: bool = True) -> None:
        """With `exists` False, the folder may be gone."""
        self._exists = exists

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if not str(value):
            raise CommandError("FOLDER is empty; name a folder, or . for this one.", 2)
        given = Path(value).expanduser()
        shown = printable(str(value))
        if not self._exists:
            return given.resolve()
        try:
            path = given.resolve(strict=True)
            if not path.is_dir():
                raise CommandError(f"{shown} is a file; name the folder it lies in.", 2)
            with os.scandir(path):
                pass
        except FileNotFoundError:
            near = _near(str(value))
            hint = f" Did you mean {near}?" if near else ""
            raise CommandError(f"There is no folder {shown}.{hint}", 2) from None
        except PermissionError:
            raise CommandError(
                f"The folder {shown} may not be read by you; ask its owner for access.", 2
            ) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise CommandError(f"The folder {shown} cannot be opened: {error}.", 2) from error
        return path


def _near(word: str) -> str | None:
    """A command that the user may have meant."""
    import difflib

    from tui_selector.cli.words import COMMANDS

    near = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.75)
    return f"`tui-selector {near[0]}`" if near else None


def emit(value: object) -> None:
    """Print a value as JSON, indented for reading when a person looks at it.

    Characters that a terminal would act on are escaped, which JSON reads as the same characters.
    """
    import msgspec

    data = msgspec.json.encode(value)
    if sys.stdout.isatty():
        data = msgspec.json.format(data, indent=2)
    click.echo(re.sub(r"[^\x20-\x7e\n]+", _escaped, data.decode()))


def _escaped(found: re.Match[str]) -> str:
    text = found[0]
    return text if text.isprintable() else json.dumps(text)[1:-1]


def say(lines: Iterable[str] | str) -> None:
    """Print lines for people; text that came from files is to be `printable` already."""
    for line in (lines,) if isinstance(lines, str) else lines:
        click.echo(line)


def path_fields(path: str) -> dict[str, str]:
    """A path for JSON: `path`, and `path_base64` where its bytes are not UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raw = os.fsencode(path)
        return {
            "path": raw.decode("utf-8", "backslashreplace"),
            "path_base64": base64.b64encode(raw).decode(),
        }
    return {"path": path}
