"""The converted model in the cache: found, verified, made once.

The packaged weights are PyTorch's; a CPU runs them four to eight times faster through ONNX
Runtime, and without the seconds and the memory that importing torch takes. The conversion runs in
a process of its own (`convert`), so the engine never holds torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tui_selector.models import conversion
from tui_selector.models.embedder import ModelError, ModelKey
from tui_selector.models.labels import labels

#: The built-in model. Raise the number in `preprocessing` when a vector would come out different.
KEY = ModelKey("builtin/efficientnet-lite2", "9656183e", "p260-bicubic-1")

PICTURES, WORDS = "pictures.onnx", "words.onnx"
#: Text vectors of the classes, and the weights of the classifier.
CLASSES, CLASSIFIER = "classes.npy", "classifier.npy"
FILES = (PICTURES, WORDS, CLASSES, CLASSIFIER)
#: What a start needs. The text network is three quarters of the bytes, and looked at when a text
#: comes.
FIRST = (PICTURES, CLASSES, CLASSIFIER)

#: Raise when the files themselves change.
FORMAT = 2


class Manifest(msgspec.Struct, frozen=True):
    """What a folder of converted files holds; `digests` are BLAKE2b-256 by file name."""

    version: str
    digests: dict[str, str]


def version() -> str:
    """What the files must have been made from to be of use."""
    phrases = hashlib.blake2b("\n".join(labels().phrases).encode(), digest_size=8).hexdigest()
    return f"{KEY} format {FORMAT} phrases {phrases}"


def folder_in(cache: Path) -> Path:
    """The folder of the converted files."""
    return cache / f"efficientnet-lite2-{KEY.revision}"


def is_sound(folder: Path, files: Sequence[str] = FILES) -> bool:
    """Whether these files are there, of this version, and byte for byte what was written."""
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        return manifest.version == version() and all(
            conversion.digest(folder / name) == manifest.digests.get(name) for name in files
        )
    except (OSError, msgspec.MsgspecError):
        return False


def seal(folder: Path) -> None:
    """Write the manifest of a folder whose files are complete."""
    manifest = Manifest(version(), {name: conversion.digest(folder / name) for name in FILES})
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))


def publish(made: Path, target: Path) -> None:
    """Put a sealed folder in its place; see `conversion.publish`."""
    conversion.publish(made, target, is_sound)


def ensure(cache: Path, files: Sequence[str] = FILES) -> Path:
    """Give the folder of sound converted files, converting once where there is none.

    Who comes while another process converts waits for it, and takes what it made.

    Args:
        cache: Folder for converted models.
        files: Those that are to be used now.

    Raises:
        ModelError: The conversion failed; the text says why.
    """
    folder = folder_in(cache)
    if is_sound(folder, files):
        return folder
    with conversion.turn(cache) as lock:
        if not is_sound(folder, files):
            conversion.convert("tui_selector.models.convert", [str(cache)], lock)
            if not is_sound(folder):
                raise ModelError("The conversion of the model failed: its files are damaged.")
    return folder
