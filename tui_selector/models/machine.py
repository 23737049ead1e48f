"""What this machine has for a model to run on, found without importing torch."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import msgspec

#: Where Linux tells how much memory this container may use.
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


class Machine(msgspec.Struct, frozen=True):
    """The device that models run on.

    Attributes:
        device: "cpu", "cuda" or "mps".
        memory: What it has, bytes.
    """

    device: str
    memory: int


def this_machine(wanted: str = "auto") -> Machine:
    """The device that the setting `device` comes out at, as far as that is known without torch.

    A GPU that PyTorch cannot use counts as one; `device.choose_device` has the last word.
    """
    kind, _, number = wanted.partition(",")[0].strip().partition(":")
    if kind in ("auto", "cuda"):
        memory = _nvidia_memory(int(number) if number.isdecimal() else 0)
        if memory:
            return Machine("cuda", memory)
    apple = sys.platform == "darwin" and os.uname().machine == "arm64"
    return Machine("mps" if apple and kind == "mps" else "cpu", _main_memory())


def free_memory(device: str) -> int:
    """Bytes that a device has free now; 0 where that cannot be told.

    Args:
        device: From `device.choose_device`; torch is asked about a GPU.
    """
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        (free,) = (int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvail"))
    except (OSError, ValueError):
        return 0
    try:
        used = int(_CONTAINER_LIMIT.with_name("memory.current").read_text())
        return max(0, min(free, int(_CONTAINER_LIMIT.read_text()) - used))
    except (OSError, ValueError):
        return free


def _main_memory() -> int:
    """Bytes of main memory, or what a container may use of it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(memory, int(_CONTAINER_LIMIT.read_text()))
    except (OSError, ValueError):
        return memory


def _nvidia_memory(index: int) -> int:
    """Bytes of memory of an NVIDIA GPU, asked from its driver; 0 where there is none."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    gpu, memory = ctypes.c_int(0), ctypes.c_size_t(0)
    if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(gpu), index):
        return 0
    return 0 if driver.cuDeviceTotalMem_v2(ctypes.byref(memory), gpu) else memory.value
