"""Networks made ready for this machine: once, by a process of its own, kept in the cache.

A conversion needs PyTorch and much memory for a minute; what uses its result needs neither.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector.models.embedder import ModelError

if TYPE_CHECKING:
    import torch

#: Longest a conversion may take, seconds; half a minute is usual.
PATIENCE = 900.0
#: Seconds after which a folder that another conversion left behind is removed.
STALE = 3600.0

_PREFIX = ".making-"


# -- the process that wants it -------------------------------------------------------------------


def digest(path: Path) -> str:
    """BLAKE2b-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).hexdigest()


@contextmanager
def turn(cache: Path) -> Iterator[tuple[int, ...]]:
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


def convert(module: str, arguments: Sequence[str], inherited: tuple[int, ...] = ()) -> None:
    """Run a conversion in a process of its own, to its end.

    Args:
        module: Its name; what it is to run with ends like `main` does here.
        arguments: Of its command line.
        inherited: Descriptors that it keeps open.

    Raises:
        ModelError: It failed; the text says why.
    """
    package = Path(__file__).resolve().parents[2]
    search = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    try:
        # -P keeps whatever lies in the current folder from being imported.
        finished = subprocess.run(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env=os.environ | {"PYTHONPATH": search},
            pass_fds=inherited,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelError(f"The conversion of the model did not finish: {error}.") from error
    if finished.returncode != 0:
        raise ModelError(f"The conversion of the model failed: {_reason(finished)}")


def _reason(finished: subprocess.CompletedProcess[bytes]) -> str:
    """Why a process failed, as the end of a sentence."""
    if finished.returncode < 0:
        # What it wrote at its end is where it was, not why.
        number = -finished.returncode
        name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
        memory = ", as when memory runs out" if number == signal.SIGKILL else ""
        return f"it was ended by {name}{memory}."
    lines = finished.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"its exit code is {finished.returncode}."


# -- the process that makes it -------------------------------------------------------------------


@contextmanager
def making(cache: Path) -> Iterator[Path]:
    """Give an empty folder beside those in the cache, for `publish`; what stays in it is removed.

    Raises:
        ModelError: The cache cannot be written.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for folder in cache.glob(f"{_PREFIX}*"):
            if time.time() - folder.stat().st_mtime > STALE:
                shutil.rmtree(folder, ignore_errors=True)
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=cache))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            f"The folder {cache} cannot be written ({error.strerror or error})."
        ) from error


def publish(made: Path, target: Path, is_sound: Callable[[Path], bool]) -> None:
    """Put a whole folder in its place; of two that were made at once, one sound one stays."""
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


def export(
    network: torch.nn.Module,
    example: tuple[torch.Tensor, ...],
    path: Path,
    *,
    inputs: dict[str, tuple[str, ...]],
    outputs: Sequence[str],
) -> None:
    """Write a network as ONNX.

    Args:
        network: In evaluation mode.
        example: What it is run on to see what it does.
        path: Where to.
        inputs: Names of what it takes, each with the names of its first dimensions, which may have
            any length.
        outputs: Names of what it gives; the first dimension of each has the length of that of the
            first input.
    """
    import torch

    (first, *_), *_ = inputs.values()
    free = {name: dict(enumerate(dimensions)) for name, dimensions in inputs.items()}
    free |= {name: {0: first} for name in outputs}
    with warnings.catch_warnings():
        # PyTorch prefers its newer exporter, which needs onnxscript, a package for this alone.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        torch.onnx.export(
            network,
            example,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=free,
            opset_version=17,
            dynamo=False,
        )


def main(run: Callable[[], object]) -> int:
    """Do a conversion and give the exit code; the reason of a failure ends stderr."""
    warnings.filterwarnings("ignore")
    try:
        run()
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except Exception as error:  # the exporter's errors are of many kinds and fill pages
        sys.stderr.write(f"{brief(error)}\n")
        return 1
    return 0


def brief(error: Exception) -> str:
    """The kind of an error and the first line of what it says."""
    first = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"
