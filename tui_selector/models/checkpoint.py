"""A folder with a model in it: looked through before anything of it is loaded.

Imports neither torch nor transformers, so that a folder can be told from a model in milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tui_selector.library.display import printable
from tui_selector.models.embedder import ModelError

CONFIG = "config.json"
#: Weights in one file or in parts that an index names, what is safest first.
WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
#: Files that decide what a text becomes.
_WORDS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
)
#: Bytes of each place at which weights are sampled for their digest.
_SAMPLE = 1 << 20
#: Largest header that a safetensors file may have, bytes, as its own library has it.
_LONGEST_HEADER = 100_000_000
_POINTER = b"version https://git-lfs"
#: What torch.save wrote until 2020 begins with; since then it writes a zip.
_OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def read_config(folder: Path) -> dict[str, Any]:
    """What config.json says.

    Raises:
        ModelError: The folder or the file is missing, or the file is damaged.
    """
    if not folder.is_dir():
        raise ModelError(
            f"There is no folder {_shown(folder)}; give the folder of a model, or fetch one with"
            " tui-selector models pull."
        )
    config = _json(folder / CONFIG, f"{_shown(folder)} holds no model: {CONFIG} is missing.")
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise ModelError(f"{_shown(folder / CONFIG)} does not say what kind of model it is.")
    return config


def weights(folder: Path) -> list[Path]:
    """The files that hold the weights, each of them there and whole.

    Raises:
        ModelError: One is missing, cut off, or only stands for a file that was never fetched.
    """
    found = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if found is None:
        partial = next((path for path in folder.glob("*.incomplete")), None)
        unfinished = f" ({_shown(partial)} is half a download)" if partial else ""
        raise ModelError(
            f"{_shown(folder)} has no weights{unfinished}: {WEIGHTS[0]} is missing; fetch the"
            " model again."
        )
    files = [found]
    if found.name.endswith(".index.json"):
        files = [found.parent / name for name in _parts(found)]
    for path in files:
        _check(path)
    return files


def count_parameters(files: Sequence[Path]) -> int:
    """How many numbers files of weights from `weights` hold, however they are stored."""
    total = 0
    for path in files:
        if path.suffix != ".safetensors":
            total += path.stat().st_size // 2  # as 16-bit numbers, which most are
            continue
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            header = json.loads(stream.read(length))
        shapes = [entry["shape"] for name, entry in header.items() if name != "__metadata__"]
        total += sum(map(math.prod, shapes))
    return total


def fingerprint(folder: Path) -> str:
    """Which model this is, 16 hexadecimal digits, in milliseconds however large it is.

    It covers every small file that decides what a vector is, and the size, the beginning, the
    middle and the end of the weights: no training leaves them as they were.
    """
    sum_ = hashlib.blake2b(digest_size=8)
    for path in (folder / name for name in (CONFIG, *_WORDS)):
        if path.is_file():
            sum_.update(path.name.encode() + b"\0" + hashlib.blake2b(path.read_bytes()).digest())
    for path in weights(folder):
        size = path.stat().st_size
        sum_.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as stream:
            for start in (0, size // 2, max(size - _SAMPLE, 0)):
                stream.seek(start)
                sum_.update(stream.read(_SAMPLE))
    return sum_.hexdigest()


def _parts(index: Path) -> list[str]:
    """Names of the files that an index of weights lists."""
    content = _json(index, f"{_shown(index)} is missing.")
    listed = content.get("weight_map") if isinstance(content, dict) else None
    names = list(listed.values()) if isinstance(listed, dict) else []
    if not names or any(not isinstance(name, str) or Path(name).name != name for name in names):
        raise ModelError(f"{_shown(index)} is damaged; fetch the model again.")
    return sorted(set(names))


def _check(path: Path) -> None:
    """
    Raises:
        ModelError: The file of weights is missing or not whole.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(64)
    except OSError as error:
        raise ModelError(
            f"{_shown(path)} cannot be read ({error.strerror or error}); fetch the model again."
        ) from error
    if start.startswith(_POINTER):
        raise ModelError(
            f"{_shown(path)} only stands for the weights, which Git LFS did not fetch; run git lfs"
            " pull in its folder, or fetch the model again."
        )
    if path.suffix == ".safetensors":
        whole = _is_whole(path, size)
    else:
        whole = zipfile.is_zipfile(path) or start.startswith(_OLD_TORCH)
    if not whole:
        raise ModelError(f"{_shown(path)} is cut off or damaged; fetch the model again.")


def _is_whole(path: Path, size: int) -> bool:
    """Whether a safetensors file is as long as its header says.

    Source: https://github.com/huggingface/safetensors, "Format".
    """
    with path.open("rb") as stream:
        prefix = stream.read(8)
        if len(prefix) < 8:
            return False
        (length,) = struct.unpack("<Q", prefix)
        if length > min(_LONGEST_HEADER, size):
            return False
        try:
            header = json.loads(stream.read(length))
            ends = [
                entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"
            ]
            return 8 + int(length) + max(ends, default=0) == size
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return False


def _json(path: Path, missing: str) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelError(f"{missing} Fetch the model again or choose another folder.") from error
    except OSError as error:
        raise ModelError(
            f"{_shown(path)} cannot be read ({error.strerror or error}); check its permissions."
        ) from error
    except ValueError as error:
        raise ModelError(f"{_shown(path)} is damaged; fetch the model again.") from error


def _shown(path: Path) -> str:
    return printable(str(path))
