"""The converted model in the cache: found, verified, made once.

The packaged weights are PyTorch's; a CPU runs them four to eight times faster through ONNX
Runtime, and without the seconds and the memory that importing torch takes. The conversion runs in
a process of its own (`convert`), so the engine never holds torch.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tui_selector.models.embedder import ModelError, ModelKey
from tui_selector.models.labels import labels

#: The built-in model. Raise the number in `preprocessing` when a vector would come out different.
KEY = ModelKey("builtin/efficientnet-lite2", "9656183e", "p260-bicubic-1")

PICTURES, WORDS = "pictures.onnx", "words.onnx"
#: Text vectors of the classes, and the weights of the classifier.
CLASSES, CLASSIFIER = "classes.npy", "classifier.npy"
FILES = (PICTURES, WORDS, CLASSES, CLASSIFIER)

#: Raise when the files themselves change.
FORMAT = 2
#: Longest a conversion may take, seconds; half a minute is usual.
PATIENCE = 900.0


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


def digest(path: Path) -> str:
    """BLAKE2b-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).hexdigest()


def is_sound(folder: Path) -> bool:
    """Whether every file is there, of this version, and byte for byte what was written."""
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        return manifest.version == version() and all(
            digest(folder / name) == manifest.digests.get(name) for name in FILES
        )
    except (OSError, msgspec.MsgspecError):
        return False


def seal(folder: Path) -> None:
    """Write the manifest of a folder whose files are complete."""
    manifest = Manifest(version(), {name: digest(folder / name) for name in FILES})
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))


def publish(made: Path, target: Path) -> None:
    """Put a sealed folder in its place; of two that were made at once, one sound one stays."""
    try:
        made.rename(target)
    except OSError:
        if is_sound(target):
            shutil.rmtree(made, ignore_errors=True)
            return
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        made.rename(target)


def ensure(cache: Path) -> Path:
    """Give the folder of sound converted files, converting once where there is none.

    Who comes while another process converts waits for it, and takes what it made.

    Raises:
        ModelError: The conversion failed; the text says why.
    """
    folder = folder_in(cache)
    if is_sound(folder):
        return folder
    with _turn(cache) as lock:
        if not is_sound(folder):
            _convert(cache, lock)
    return folder


@contextmanager
def _turn(cache: Path) -> Iterator[tuple[int, ...]]:
    """Wait until no other process converts into this cache.

    Gives the descriptor of the lock. The conversion inherits it, and so holds the lock to its end
    even where whoever started it has ended before. Where nothing can be locked there is none; a
    folder that cannot be written is for the conversion to tell.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(cache / ".converting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield ()
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            yield ()
        else:
            yield (descriptor,)
    finally:
        os.close(descriptor)


def _convert(cache: Path, inherited: tuple[int, ...]) -> None:
    package = Path(__file__).resolve().parents[2]
    search = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    try:
        # -P keeps whatever lies in the current folder from being imported.
        finished = subprocess.run(
            [sys.executable, "-P", "-m", "tui_selector.models.convert", str(cache)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env=os.environ | {"PYTHONPATH": search},
            pass_fds=inherited,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelError(f"The conversion of the model did not finish: {error}.") from error
    if finished.returncode != 0 or not is_sound(folder_in(cache)):
        lines = finished.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"exit code {finished.returncode}"
        raise ModelError(f"The conversion of the model failed: {reason}")
