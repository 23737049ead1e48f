"""A model that answers and lies in a folder: in memory from the first question until it is idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_selector.library.display import printable
from tui_selector.models import checkpoint
from tui_selector.models.batches import release
from tui_selector.models.chat_processor import ChatProcessor, load_processor
from tui_selector.models.device import choose_device
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import LanguageModel
from tui_selector.models.machine import free_memory
from tui_selector.models.sizes import in_words
from tui_selector.models.towers import load_model
from tui_selector.models.vision_input import family_of

if TYPE_CHECKING:
    import torch

#: Seconds after which a model that nobody asks gives back its memory.
IDLE = 600.0
#: What weights take in memory beyond their size: what runs of them need.
_MARGIN = 1.2


class LoadedModel(LanguageModel):
    """See the head of this module; what it is asked is for those that build on it.

    Whoever asks holds `_lock` and is within `_kept_ready`, from the first piece of the answer to
    the last.
    """

    sees = True

    def __init__(self, folder: Path, device: str, *, name: str, idle: float) -> None:
        """See `vision_language.VisionLanguageModel`.

        Raises:
            ModelError: The folder holds no such model, or not all of one.
        """
        self.name = name or folder.resolve().name
        self._folder = folder
        self._wanted = device
        self._family = family_of(folder)
        self._idle = idle
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._processor: ChatProcessor | None = None
        self._model: Any = None
        self._device = ""

    @property
    def is_loaded(self) -> bool:
        """Whether it holds memory of its device."""
        return self._model is not None

    @property
    def device(self) -> str:
        """Where it runs; "" while it is not loaded."""
        return self._device

    def close(self) -> None:
        """See `LanguageModel.close`; waits for an answer that is being written."""
        with self._lock:
            self._unload()

    def give_back(self) -> bool:
        """See `LanguageModel.give_back`."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            was_loaded = self.is_loaded
            self._unload()
            return was_loaded
        finally:
            self._lock.release()

    def _unload(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        device, self._device = self._device, ""
        self._model = self._processor = None
        if device:
            release(device)

    @contextmanager
    def _kept_ready(self) -> Iterator[None]:
        """It is not unloaded meanwhile, and later only where nobody asks it again."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            yield
        finally:
            self._timer = threading.Timer(self._idle, self.give_back)
            self._timer.daemon = True
            self._timer.start()

    def _load(self, report: Callable[[str], None]) -> None:
        """Have it in memory.

        Raises:
            ModelError: It is damaged, or the memory is too small.
        """
        if self.is_loaded:
            return
        files = checkpoint.weights(self._folder)
        size = sum(path.stat().st_size for path in files)
        report(f"Loading {printable(self.name)} ({in_words(size)}) …")
        device = choose_device(self._wanted)
        dtype = _fitting(self.name, checkpoint.count_parameters(files), device)
        self._processor = load_processor(self._folder, self._family)
        self._model = load_model(
            self._folder,
            device,
            safe=all(path.suffix == ".safetensors" for path in files),
            kind="AutoModelForImageTextToText",
            dtype=dtype,
        )
        self._device = device


def _fitting(name: str, parameters: int, device: str) -> torch.dtype | None:
    """The numbers in which a model fits a device; None is what suits the device.

    Args:
        name: Of the model.
        parameters: How many numbers its weights are.
        device: From `choose_device`.

    Raises:
        ModelError: It does not fit.
    """
    import torch

    free = free_memory(device)
    needed = int(2 * parameters * _MARGIN)
    if free and needed > free:
        raise ModelError(
            f"{printable(name)} takes about {in_words(needed)} of memory, and {device} has"
            f" {in_words(free)} free: choose a smaller chat model, or close what else uses it."
        )
    # A CPU computes 32-bit numbers faster, where there is room for them.
    return torch.bfloat16 if device == "cpu" and free and 2 * needed > free else None
