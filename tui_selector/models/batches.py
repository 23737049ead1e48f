"""How many inputs a device takes at once: found by trying, and fewer when its memory is full."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Generic, TypeVar

from tui_selector.models import lending
from tui_selector.models.embedder import ModelError

Input = TypeVar("Input")
Loaded = TypeVar("Loaded")
Output = TypeVar("Output")

#: Sizes that are tried, and the gain in inputs a second for which a batch is doubled.
_FEWEST, _MOST, _GAIN = 8, 512, 1.05


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device, or the machine itself, had no memory left for a tensor."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # MPS and the CPU's allocator raise a plain RuntimeError.
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text
    )


def release(device: str) -> None:
    """Give back what a run that failed still holds of a device's memory."""
    import torch

    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()


class Batches(Generic[Input, Loaded, Output]):
    """Runs a network on any number of inputs, no more at once than fit the device.

    It may be called from several threads: each brings its inputs to the device by itself, while
    another runs the network. There they take turns, since two batches at once would need twice the
    memory; on a CPU, where every thread has its core, they do not.

    Attributes:
        size: Most inputs of one run. It is halved where memory runs out, and stays so.
    """

    def __init__(
        self,
        load: Callable[[Sequence[Input]], Loaded],
        run: Callable[[Loaded], Output],
        size: int,
        device: str = "cpu",
    ) -> None:
        """
        Args:
            load: Brings inputs to the device.
            run: Runs the network on them and brings back what it gives.
            size: See above.
            device: Where.
        """
        self.size = size
        self._load = load
        self._run = run
        self._device = device
        self._turn = nullcontext() if device == "cpu" else threading.Lock()

    def __call__(self, inputs: Sequence[Input]) -> list[Output]:
        """Run all inputs in their order; one output for each run.

        Raises:
            ModelError: Not even one input fits the memory.
        """
        outputs: list[Output] = []
        done = 0
        while done < len(inputs):
            part = inputs[done : done + self.size]
            output = self._try(part)
            if output is None and lending.call_back():
                output = self._try(part)
            if output is not None:
                outputs.append(output)
                done += len(part)
            elif len(part) > 1:
                self.size = min(self.size, len(part) // 2)
            else:
                raise ModelError(
                    f"The memory of {self._device} does not hold the model and one input; close"
                    " what else uses it, or choose a smaller model or another device."
                )
        return outputs

    def _try(self, part: Sequence[Input]) -> Output | None:
        """What the network gives; None where the memory does not hold that."""
        try:
            return self._once(part)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # Outside of `except`, where the traceback would keep the tensors of the failed run alive.
        release(self._device)
        return None

    def _once(self, part: Sequence[Input]) -> Output:
        loaded = self._load(part)
        with self._turn:
            return self._run(loaded)


def find_batch_size(
    run: Callable[[int], object],
    device: str,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """The smallest batch from which a larger one is hardly faster, or that just fits.

    Args:
        run: Runs a batch of so many inputs and waits until it is done.
        device: Whose memory is given back after a batch that did not fit.
        clock: Seconds.

    Returns:
        A power of two; half of the smallest that is tried where that does not fit.
    """
    size, best, speed = _FEWEST, _FEWEST // 2, 0.0
    while size <= _MOST:
        try:
            run(size)  # compiles, allocates
            start = clock()
            run(size)
            faster = size / max(clock() - start, 1e-9)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            fits = False
        else:
            fits = True
        if not fits:
            release(device)
            break
        if faster < _GAIN * speed:
            break
        size, best, speed = 2 * size, size, faster
    return best
