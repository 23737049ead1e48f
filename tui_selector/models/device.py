"""Which processor a model runs on, found without importing torch where that can be avoided."""

from __future__ import annotations

import ctypes
import sys

from tui_selector.models.embedder import ModelError

#: What the setting `device` may say.
DEVICES = ("auto", "cpu", "cuda", "mps")


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
    """Decide between "cpu", "cuda" and "mps".

    "auto" is the NVIDIA GPU where the driver and torch both see one, else the CPU. torch is only
    imported where a GPU is asked for or likely.

    Raises:
        ModelError: The name is unknown, or the device that was asked for is not there.
    """
    if wanted not in DEVICES:
        raise ModelError(f"{wanted!r} is no device; choose one of {', '.join(DEVICES)}.")
    if wanted == "cpu" or (wanted == "auto" and not has_nvidia_driver()):
        return "cpu"
    import torch

    if wanted in ("auto", "cuda") and torch.cuda.is_available():
        return "cuda"
    if wanted == "auto":
        return "cpu"
    if wanted == "mps" and torch.backends.mps.is_available():
        return "mps"
    raise ModelError(
        f"There is no {wanted} device here that this PyTorch ({torch.__version__}) can use;"
        " set the device to auto or cpu."
    )
