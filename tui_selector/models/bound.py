"""Answers that have to be taken from a list: what a model may write next, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import torch


class Bound(NamedTuple):
    """What an answer has to be: lines "1: TEXT", "2: TEXT", …, each with one of some texts.

    Attributes:
        texts: What may stand in a line; none is empty or has a line break.
        lines: How many lines.
    """

    texts: tuple[str, ...]
    lines: int = 1


#: By token what may follow it; `_WHOLE` where the text may end here.
_Node: TypeAlias = "dict[int, _Node]"
_WHOLE = -1


class BoundTokens:
    """Tells which tokens may come next, as the `prefix_allowed_tokens_fn` of `generate`.

    The texts of each line are kept as a tree of their tokens; where one is whole, the next line
    begins, and behind the last line stands the end.
    """

    def __init__(self, tokenizer: Any, bound: Bound, ends: Sequence[int], read: int) -> None:
        """
        Args:
            tokenizer: Of transformers.
            bound: What is to be written.
            ends: Tokens that end an answer; one at least.
            read: How many tokens the model was given.
        """
        self._ends, self._read = list(ends), read
        self._lines: list[_Node] = []
        for line in range(1, bound.lines + 1):
            root: _Node = {}
            for text in bound.texts:
                written = f"{line}: {text}" if line == 1 else f"\n{line}: {text}"
                node = root
                for token in tokenizer.encode(written, add_special_tokens=False):
                    node = node.setdefault(token, {})
                node[_WHOLE] = {}
            self._lines.append(root)

    def __call__(self, row: int, ids: torch.Tensor) -> list[int]:
        """The tokens that may follow those that were read and written."""
        lines = iter(self._lines)
        node = next(lines)
        for token in ids[self._read :].tolist():
            if token not in node:
                node = next(lines, {})
            if token not in node:
                return self._ends  # it has ended; what follows is padding
            node = node[token]
        allowed = [token for token in node if token != _WHOLE]
        if _WHOLE in node:
            following = next(lines, None)
            allowed += self._ends if following is None else list(following)
        return allowed
