"""What a client asks the engine about the map of a library, and what it is answered.

Places travel in a file of the library's cache (`library.map_file`), not in messages: those of
100,000 photos take two megabytes, and the screen can show them while the engine still starts.
"""

from __future__ import annotations

from tui_selector.engine.messages import Answer, Request
from tui_selector.library.map_file import Projection


class FindMap(Request, frozen=True, kw_only=True):
    """Lay out the map of the library. Answered by `FoundMap`, at once with the best that there is.

    A newer `FindMap` of the same client makes an older one that still waits answer `Failure`.

    Attributes:
        method: How.
        after: The version that the client has; it is answered when there is another one, where
            another one is being made. "" where it has none.
    """

    method: Projection = "pacmap"
    after: str = ""


class FoundMap(Answer, frozen=True, kw_only=True):
    """A map of the library.

    Attributes:
        file: Its name among the maps in the cache.
        method: How it was made; another way than was asked for where that is not ready, or where
            `note` says why.
        version: Of what is in the file.
        photos: How many are on it.
        placed: How many of them were put between those that they look like.
        waiting: How many are not, since they are not indexed yet.
        coming: Whether a better one is being made; ask again, after this version.
        note: One sentence on what could not be done as it was asked; "" otherwise.
        milliseconds: That it took in the engine.
    """

    file: str
    method: Projection
    version: str
    photos: int
    placed: int = 0
    waiting: int = 0
    coming: bool = False
    note: str = ""
    milliseconds: float = 0.0
