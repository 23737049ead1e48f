"""Code that a model's settings name in other repositories of the hub, brought beside the model.

transformers writes such a reference as `owner/name--module.Class` and would ask the hub for the
newest code each time the model loads. Beside the model the code stays what the owner trusted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tui_selector.library.display import printable
from tui_selector.models.embedder import ModelError

#: Files whose `auto_map` may name code.
_SETTINGS = (
    "config.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
    "processor_config.json",
)
_ELSEWHERE = "--"


def named(folder: Path) -> list[str]:
    """Every `module.Class` that settings in a folder name.

    Raises:
        ModelError: A file of settings cannot be read.
    """
    return [
        reference
        for path in _settings(folder)
        for reference in _references(json.loads(path.read_bytes()))
    ]


def lenders(folder: Path) -> list[str]:
    """The repositories that settings in a folder name code in; see `named`."""
    parts = [reference.partition(_ELSEWHERE) for reference in named(folder)]
    return sorted({repository for repository, mark, _ in parts if mark})


def settle(folder: Path) -> None:
    """Let the settings in a folder name code beside them instead of in other repositories."""
    for path in _settings(folder):
        settings = json.loads(path.read_bytes())
        named = settings["auto_map"]
        if any(_ELSEWHERE in reference for reference in _references(settings)):
            settings["auto_map"] = {
                name: [_here(each) for each in value] if isinstance(value, list) else _here(value)
                for name, value in named.items()
            }
            new = path.with_name(path.name + ".new")
            new.write_text(json.dumps(settings, indent=2, ensure_ascii=False), "utf-8")
            new.replace(path)


def _here(reference: Any) -> Any:
    return reference.rpartition(_ELSEWHERE)[2] if isinstance(reference, str) else reference


def _settings(folder: Path) -> list[Path]:
    """The files of settings that name code.

    Raises:
        ModelError: One of them cannot be read.
    """
    found = []
    for path in (folder / name for name in _SETTINGS):
        try:
            settings = json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise ModelError(f"{printable(str(path))} cannot be read: {error}.") from error
        if isinstance(settings, dict) and isinstance(settings.get("auto_map"), dict):
            found.append(path)
    return found


def _references(settings: dict[str, Any]) -> list[str]:
    """Every `module.Class` in an `auto_map`, whose values are one of them or a list."""
    values = settings["auto_map"].values()
    several = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return [reference for reference in several if isinstance(reference, str)]
