"""Which processor a model runs on, found without importing torch where that can be avoided."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from tui_selector.models.embedder import ModelError

if TYPE_CHECKING:
    import numpy as np
    import torch

Loaded = TypeVar("Loaded")

#: What the setting `device` may say; "cuda:1" is the second GPU.
DEVICES = ("auto", "cpu", "cuda", "mps")
ALL_GPUS = "cuda:all"


def has_nvidia_driver() -> bool:
    """Ask the NVIDIA driver whether it sees a GPU; takes no torch and some milliseconds."""
    if sys.platform == "darwin":
        return False
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return False
    return count.value > 0


def choose_device(wanted: str = "auto") -> str:
    """The first of `choose_devices`, for what runs on one alone."""
    return choose_devices(wanted)[0]


def choose_devices(wanted: str = "auto") -> tuple[str, ...]:
    """Decide between "cpu", "cuda", one of several GPUs as "cuda:1", and "mps".

    "auto" is the NVIDIA GPU where the driver and torch both see one, else the CPU. Several are
    named with commas between them; "cuda:all" is every GPU. torch is only imported where a GPU is
    asked for or likely.

    Raises:
        ModelError: A name is unknown, or a device that was asked for is not there.
    """
    chosen: list[str] = []
    for name in wanted.split(","):
        chosen += _gpus() if name.strip() == ALL_GPUS else [_one(name.strip())]
    return tuple(chosen)


def _gpus() -> list[str]:
    """
    Raises:
        ModelError: There is none.
    """
    import torch

    found = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return found or [_one("cuda")]


def _one(wanted: str) -> str:
    """
    Raises:
        ModelError: The name is unknown, or the device that was asked for is not there.
    """
    numbered = re.fullmatch(r"cuda:(\d{1,3})", wanted)
    if wanted not in DEVICES and not numbered:
        raise ModelError(f"{wanted!r} is no device; choose one of {', '.join(DEVICES)}.")
    if wanted == "cpu" or (wanted == "auto" and not has_nvidia_driver()):
        return "cpu"
    import torch

    if wanted in ("auto", "cuda") and torch.cuda.is_available():
        return "cuda"
    if numbered and torch.cuda.is_available() and int(numbered[1]) < torch.cuda.device_count():
        return wanted
    if wanted == "auto":
        return "cpu"
    if wanted == "mps" and torch.backends.mps.is_available():
        return "mps"
    raise ModelError(
        f"There is no {wanted} device here that this PyTorch ({torch.__version__}) can use;"
        " set the device to auto or cpu."
    )


def choose_dtype(device: str) -> torch.dtype:
    """The fastest numbers of a device that keep vectors what they are.

    bfloat16 from Ampere on (compute capability 8.0), float16 where it runs at full speed (7.0, and
    6.0 of the older ones) and on MPS, float32 elsewhere.

    Args:
        device: From `choose_device`.
    """
    import torch

    if device.startswith("cuda"):
        capability = torch.cuda.get_device_capability(device)
        if capability >= (8, 0):
            return torch.bfloat16
        return torch.float16 if capability >= (7, 0) or capability == (6, 0) else torch.float32
    return torch.float16 if device == "mps" else torch.float32


class Copies:
    """Brings arrays to a device, beside what runs there.

    On CUDA the copy is made from pinned memory on a stream of its own. Any thread may call it.
    """

    def __init__(self, device: str) -> None:
        import torch

        self._device = device
        self._stream: torch.cuda.Stream | None = None
        if device.startswith("cuda"):
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def bring(self, load: Callable[[Callable[[np.ndarray], torch.Tensor]], Loaded]) -> Loaded:
        """Have a batch brought.

        Args:
            load: Makes the batch, with what copies one array of it.

        Returns:
            What `load` makes; all of it is there.
        """
        import torch

        if self._stream is None:
            return load(lambda array: torch.tensor(array).to(self._device))
        with torch.cuda.stream(self._stream):
            loaded = load(
                lambda array: torch.tensor(array).pin_memory().to(self._device, non_blocking=True)
            )
        self._stream.synchronize()
        return loaded


def one_thread_each() -> None:
    """Let every thread that calls torch on the CPU compute by itself.

    Pictures are embedded by one worker for each core. With more threads under each of them the
    cores mostly wait for each other: 310 instead of 155 ms of CPU time a picture (ViT-B/32, eight
    pictures a batch, two cores that others used too).
    """
    import torch

    torch.set_num_threads(1)
