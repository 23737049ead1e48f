"""Bytes in words."""

from __future__ import annotations

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def in_words(count: int) -> str:
    """A number of bytes in decimal units, e.g. "1.54 GB", "610 MB"."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.2f} {name}" if unit == 10**9 else f"{count / unit:.0f} {name}"
    return f"{count} bytes"
