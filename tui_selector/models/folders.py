"""Folders that hold a model: what lies in them, which are whole, how they are given up.

A pulled model has a folder of its own with a manifest. It is filled under another name (`partial`)
and gets its own only when every file is there and has the right digest, so a folder with a manifest
is whole unless somebody changed it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from tui_selector.library.display import printable
from tui_selector.models import checkpoint
from tui_selector.models.chat_families import CHAT_FAMILIES
from tui_selector.models.embedder import ModelError
from tui_selector.models.families import FAMILIES
from tui_selector.models.registry import Model, known

MANIFEST = "tui-selector.json"
_PARTIAL = ".partial"

#: Weights as safetensors: in one file, or in numbered parts that an index names.
WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
#: Weights in formats that run code when they are opened, or that are not read here.
PICKLED = re.compile(r".*\.(bin|pt|pth|ckpt|pkl|h5|msgpack|npz|onnx|gguf)")

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


class File(msgspec.Struct, frozen=True):
    """A file of a model: its size in bytes and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was pulled.

    Attributes:
        hub: The model's id on the hub.
        revision: The commit.
        licence: As its makers name it; "" where they do not.
        files: By name.
    """

    hub: str
    revision: str
    licence: str = ""
    files: dict[str, File]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())


class Pulled(msgspec.Struct, frozen=True):
    """A model that is whole and on this machine."""

    folder: Path
    manifest: Manifest

    @property
    def model(self) -> Model | None:
        """What is known of it beforehand."""
        return known(self.manifest.hub)

    @property
    def name(self) -> str:
        """Its short name, or its id on the hub."""
        return self.model.name if self.model else self.manifest.hub


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder says of the model in it.

    Attributes:
        family: What transformers calls its kind.
        dimensions: Length of a vector; 0 where it does not say.
        size: Bytes of the weights.
        remote_code: Whether it runs code that lies in the folder.
        chats: Whether it answers questions about pictures, and embeds none.
    """

    family: str
    dimensions: int
    size: int
    remote_code: bool
    chats: bool = False


def is_hub_id(name: str) -> bool:
    """Whether a name has the form `owner/name` that the hub uses."""
    return _HUB_ID.fullmatch(name) is not None and ".." not in name


def folder_of(models: Path, hub: str) -> Path:
    """Where a model of the hub lies under `models` once it is whole."""
    return models / hub.replace("/", "--")


def partial_of(models: Path, hub: str) -> Path:
    """Where a model of the hub is filled."""
    return models / (hub.replace("/", "--") + _PARTIAL)


def pulled(models: Path) -> list[Pulled]:
    """All whole models under `models`, by name."""
    found = [read(folder) for folder in _folders(models)]
    return sorted((each for each in found if each), key=lambda each: each.name)


def halves(models: Path) -> dict[str, int]:
    """Pulls that were begun and not finished: the hub's id, and bytes that are there."""
    return {
        folder.name.removesuffix(_PARTIAL).replace("--", "/", 1): space(folder)
        for folder in _folders(models)
        if folder.name.endswith(_PARTIAL)
    }


def _folders(models: Path) -> list[Path]:
    try:
        return sorted(each for each in models.iterdir() if each.is_dir())
    except OSError:
        return []


def read(folder: Path) -> Pulled | None:
    """The pulled model in a folder; None where it is not whole (by the files' sizes)."""
    if folder.name.endswith(_PARTIAL):
        return None
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        sound = all(
            (folder / name).stat().st_size == file.size for name, file in manifest.files.items()
        )
    except (OSError, ValueError):
        return None
    return Pulled(folder, manifest) if sound else None


def spoilt(each: Pulled) -> list[str]:
    """Names of files that are not byte for byte what was pulled; reads all of them."""
    return [
        name
        for name, file in each.manifest.files.items()
        if not (each.folder / name).is_file() or sha256(each.folder / name) != file.sha256
    ]


def sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def space(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def remove(folder: Path) -> int:
    """Delete a pulled model, whole or half, and tell how many bytes that freed.

    Raises:
        ModelError: The disk does not let us.
    """
    freed = space(folder)
    try:
        # Without its manifest it counts as no model, however far the rest comes.
        (folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(f"{printable(str(folder))} cannot be deleted: {error}.") from error
    return freed


def examine(folder: Path) -> Contents:
    """Read what a folder says of its model, without running or loading anything in it.

    Raises:
        ModelError: It holds neither a dual encoder nor a model that answers, or not all of one.
    """
    config = checkpoint.read_config(folder)
    remote_code = _runs_code(folder, config)
    return Contents(
        family=config["model_type"],
        dimensions=_dimensions(config),
        size=sum(path.stat().st_size for path in checkpoint.weights(folder)),
        remote_code=remote_code,
        chats=config["model_type"] in CHAT_FAMILIES,
    )


def runs_code(folder: Path) -> bool:
    """Whether the model in a folder, whole or half, can only run with code that comes with it.

    Raises:
        ModelError: It is of no kind that is of use here.
    """
    return _runs_code(folder, checkpoint.read_config(folder))


def _runs_code(folder: Path, config: dict[str, Any]) -> bool:
    if config["model_type"] in FAMILIES or config["model_type"] in CHAT_FAMILIES:
        return False
    if "AutoModel" in (config.get("auto_map") or {}):
        return True
    raise ModelError(
        f"The model in {printable(str(folder))} is of the kind {printable(config['model_type'])}, "
        "which does not put pictures and text into one space, nor answers questions about them; "
        f"those are {', '.join((*FAMILIES, *CHAT_FAMILIES))}."
    )


def refuse_pickles(shown: str, names: Iterable[str]) -> None:
    """
    Raises:
        ModelError: Among the names of a model's files are no weights as safetensors.
    """
    names = set(names)
    if any(WEIGHTS.fullmatch(name) for name in names):
        return
    others = sorted(name for name in names if PICKLED.fullmatch(name))
    if others:
        raise ModelError(
            f"{shown} has its weights only as {printable(others[0])}, a format that may run code "
            "when it is opened or that is not read here; only safetensors are."
        )
    raise ModelError(f"{shown} has no weights (model.safetensors).")


def _dimensions(config: dict[str, Any]) -> int:
    """Length of a vector: the projection's, or for the SigLIP kinds the towers' own; 0 unsaid."""
    text, vision = config.get("text_config") or {}, config.get("vision_config") or {}
    if config["model_type"].startswith("siglip"):
        said = text.get("projection_size") or vision.get("hidden_size")
    else:
        said = config.get("projection_dim") or text.get("projection_dim")
    return said if isinstance(said, int) else 0
