"""The picture network of a dual encoder through ONNX Runtime: found in the cache, made once, run.

Whether that is faster than PyTorch, and whether 8-bit weights keep the vectors, depends on the
model and on the processor. Both are measured when a network is converted (`convert_tower`), and
what was found is kept, also where PyTorch stays.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np

from tui_selector.library.display import printable
from tui_selector.models import checkpoint, conversion
from tui_selector.models.embedder import ModelError
from tui_selector.models.machine import free_memory
from tui_selector.models.preprocessing import Preprocessing
from tui_selector.models.runtime import open_session
from tui_selector.models.sizes import in_words
from tui_selector.models.towers import unit_rows

_log = logging.getLogger(__name__)

NETWORK = "pictures.onnx"
_MANIFEST = "manifest.json"
#: Raise when the files, or what is demanded of them, change.
FORMAT = 1
#: What another build of may decide otherwise.
_DECIDERS = ("onnxruntime", "torch", "transformers")

#: Numbers in the weights from which on a conversion pays off before its minute is over; there is
#: hardly a dual encoder with fewer than a hundred million.
LEAST_NUMBERS = 10_000_000
#: Memory and disk space that a conversion takes, in sizes of the weights.
_MEMORY, _SPACE = 3, 2


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a conversion.

    Attributes:
        version: What it was made by and of.
        numbers: "fp32", "int8" (8-bit weights, 32-bit sums), or "" where PyTorch stays.
        reason: Why, as the end of a sentence that begins with the model.
        digest: Of the network, BLAKE2b-256 in hexadecimal; "" where there is none.
    """

    version: str
    numbers: str
    reason: str
    digest: str = ""


class ConvertedPictures:
    """Runs a converted network on the CPU; see `towers.PictureTower`.

    Several threads may call it at once, each of which computes by itself.
    """

    def __init__(self, path: Path, numbers: str) -> None:
        """
        Args:
            path: Of the network: (n, h, w, 3) uint8 in, (n, d) float32 out.
            numbers: See `Verdict.numbers`.
        """
        self.runs_on = f"CPU (ONNX Runtime, {numbers})"
        self._session = open_session(path, 1)

    def load(self, batch: Sequence[np.ndarray]) -> np.ndarray:
        """Prepared pictures as the network takes them."""
        return np.stack(batch)

    def pictures(self, loaded: np.ndarray) -> np.ndarray:
        """Vectors of pictures from `load`, (n, d) float32, unit rows.

        Raises:
            ModelError: The numbers overflow.
            MemoryError: There is not enough for them.
        """
        try:
            (rows,) = self._session.run(None, {"pixels": loaded})
        except Exception as error:  # its errors have no common kind, nor one of their own for this
            if "alloc" in str(error).lower():
                raise MemoryError(str(error)) from error
            raise
        return unit_rows(rows, self.runs_on)


# -- where it lies -------------------------------------------------------------------------------


def folder_in(cache: Path, folder: Path, preprocessing: Preprocessing) -> Path:
    """Where the converted network of a model lies.

    Raises:
        ModelError: The model's folder holds no whole model.
    """
    what = hashlib.blake2b(str(preprocessing).encode(), digest_size=4).hexdigest()
    return cache / f"pictures-{checkpoint.fingerprint(folder)}-{what}"


def made_by() -> str:
    """What a verdict must have been made by to be of use."""
    return " ".join([f"format {FORMAT}", *(f"{name} {version(name)}" for name in _DECIDERS)])


def read(made: Path) -> Verdict | None:
    """What came of a conversion; None where there was none, or its files are damaged."""
    try:
        verdict = msgspec.json.decode((made / _MANIFEST).read_bytes(), type=Verdict)
        sound = not verdict.numbers or conversion.digest(made / NETWORK) == verdict.digest
    except (OSError, msgspec.MsgspecError):
        return None
    return verdict if sound and verdict.version == made_by() else None


def seal(made: Path, numbers: str, reason: str) -> Verdict:
    """Write down what came of a conversion whose files are complete."""
    digest = conversion.digest(made / NETWORK) if numbers else ""
    verdict = Verdict(version=made_by(), numbers=numbers, reason=reason, digest=digest)
    (made / _MANIFEST).write_bytes(msgspec.json.encode(verdict))
    return verdict


def forget(folder: Path, cache: Path) -> int:
    """Delete what was made of a model, and tell how many bytes that freed."""
    try:
        fingerprint = checkpoint.fingerprint(folder)
    except ModelError:
        return 0  # it was never whole, so nothing was made of it
    freed = 0
    for made in cache.glob(f"pictures-{fingerprint}-*"):
        freed += sum(path.stat().st_size for path in made.iterdir())
        shutil.rmtree(made, ignore_errors=True)
    return freed


# -- the way there -------------------------------------------------------------------------------


def ensure(
    folder: Path, weights: Sequence[Path], preprocessing: Preprocessing, cache: Path
) -> ConvertedPictures | None:
    """Give the picture network of a model as ONNX Runtime runs it, converting once where needed.

    Args:
        folder: Of the model.
        weights: Its files from `checkpoint.weights`.
        preprocessing: How it wants its pictures.
        cache: The folder for converted models.

    Returns:
        None where PyTorch is to run it; the log says why.
    """
    shown = printable(str(folder))
    if checkpoint.count_parameters(weights) < LEAST_NUMBERS:
        _log.info("%s is small and stays on PyTorch", shown)
        return None
    try:
        made = folder_in(cache, folder, preprocessing)
        verdict = read(made)
        if verdict is None:
            verdict = _convert(folder, weights, made, cache)
        _log.info("%s %s", shown, verdict.reason)
        return ConvertedPictures(made / NETWORK, verdict.numbers) if verdict.numbers else None
    except ModelError as error:
        _log.warning("%s stays on PyTorch for now: %s", shown, error)
    except Exception:  # whatever ONNX Runtime raises at a file that was sound when it was made
        _log.warning("%s stays on PyTorch: its converted network fails", shown, exc_info=True)
    return None


def _convert(folder: Path, weights: Sequence[Path], made: Path, cache: Path) -> Verdict:
    """
    Raises:
        ModelError: Nothing came of it, and the next start may try again.
    """
    with conversion.turn(cache) as lock:
        verdict = read(made)  # another process may have been faster
        if verdict is None:
            _check_room(sum(path.stat().st_size for path in weights), cache)
            arguments = [str(folder), str(cache)]
            conversion.convert("tui_selector.models.convert_tower", arguments, lock)
            verdict = read(made)
    if verdict is None:
        raise ModelError("The conversion of the model failed: its files are damaged.")
    return verdict


def _check_room(size: int, cache: Path) -> None:
    """
    Raises:
        ModelError: A conversion would fill the memory or the disk.
    """
    free = free_memory("cpu")
    if 0 < free < _MEMORY * size:
        raise ModelError(f"{in_words(free)} of free memory are too few to convert it.")
    try:
        space = shutil.disk_usage(cache).free
    except OSError as error:
        raise ModelError(f"The folder {cache} cannot be written ({error.strerror}).") from error
    if space < _SPACE * size:
        raise ModelError(f"{in_words(space)} of free space are too few to convert it.")
