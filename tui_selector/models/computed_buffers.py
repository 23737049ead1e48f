"""Tensors that a network computes for itself: filled in where transformers leaves them unfilled.

`from_pretrained` of transformers 5 builds a network without memory, and afterwards gives memory to
what the weights do not have. Of its own networks it then computes the buffers that are not saved
(positions, frequencies of rotary embeddings); of code that comes with a model it keeps whatever
lay in that memory, and the vectors are wrong without a word.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def fill_computed(model: Any) -> None:
    """Give the buffers that are not saved the values that the network's constructor computes.

    Args:
        model: From `from_pretrained`, of a class that takes its configuration.

    Raises:
        Exception: Whatever the constructor raises.
        ValueError: It computes other buffers than the network has.
    """
    lost = _not_saved(model)
    if not lost:
        return
    with _without_weights():
        computed = _not_saved(type(model)(copy.deepcopy(model.config)))
    for name, buffer in lost.items():
        value = computed.get(name)
        if value is None or value.shape != buffer.shape or value.is_meta:
            raise ValueError(f"the code does not compute {name}")
        buffer.data.copy_(value)


def _not_saved(model: Any) -> dict[str, torch.Tensor]:
    return {
        f"{place}.{name}" if place else name: module._buffers[name]
        for place, module in model.named_modules()
        for name in sorted(module._non_persistent_buffers_set)
        if module._buffers.get(name) is not None
    }


@contextmanager
def _without_weights() -> Iterator[None]:
    """Let the networks that this thread builds have no memory for weights, but for buffers."""
    import torch

    register, owner = torch.nn.Module.register_parameter, threading.get_ident()

    def without(module: torch.nn.Module, name: str, parameter: torch.nn.Parameter | None) -> None:
        if parameter is not None and threading.get_ident() == owner:
            parameter = torch.nn.Parameter(parameter.data.to("meta"), parameter.requires_grad)
        register(module, name, parameter)

    torch.nn.Module.register_parameter = without  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        torch.nn.Module.register_parameter = register  # type: ignore[method-assign]
