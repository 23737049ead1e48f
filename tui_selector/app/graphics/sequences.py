"""Escape sequences that more than one kind of frame is made of."""

from __future__ import annotations


def move_to(x: int, y: int) -> str:
    """The escape sequence that moves the cursor to a cell, both counted from 0."""
    return f"\x1b[{y + 1};{x + 1}H"
