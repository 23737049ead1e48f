"""A limit on the memory that all decodes of a process hold at one time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Bytes. With the interpreter and a model beside it, a process stays under 1.5 GB.
DECODING = 768 * 2**20


class MemoryBudget:
    """Bytes that threads borrow before they allocate; who does not fit waits for the others.

    A thread borrows once at a time, so no two of them can wait for each other.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._left = total
        self._changed = threading.Condition()

    def fits(self, amount: int) -> bool:
        """Whether `amount` bytes can be borrowed at all, now or later."""
        return amount <= self.total

    @contextmanager
    def borrow(self, amount: int) -> Iterator[None]:
        """Hold `amount` bytes for the length of a `with` block.

        Raises ValueError where they are more than the whole budget.
        """
        if not self.fits(amount):
            raise ValueError(f"{amount} bytes are more than the budget of {self.total}.")
        with self._changed:
            self._changed.wait_for(lambda: self._left >= amount)
            self._left -= amount
        try:
            yield
        finally:
            with self._changed:
                self._left += amount
                self._changed.notify_all()
