"""Rows of catalogs as indexing stores them, of photos of which tests say only what matters."""

from __future__ import annotations

from typing import Any

from tui_selector.library.catalog.photo_table import Indexed


def indexed_row(id_: int, hash_: bytes, **facts: Any) -> Indexed:
    """What indexing learned of a photo: nothing but these facts.

    Args:
        id_: Of the photo.
        hash_: Of its bytes.
        facts: Fields of `Indexed`; by default one byte of 4 x 3 pixels without a time or tags.
    """
    values: dict[str, Any] = {
        "size": 1,
        "mtime_ns": 1,
        "width": 4,
        "height": 3,
        "taken": None,
        "metadata": "{}",
        "tags": (),
    }
    return Indexed(id=id_, hash=hash_, **{**values, **facts})
