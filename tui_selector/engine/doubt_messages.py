"""What a client asks the engine about photos whose tab is uncertain, and what it is answered."""

from __future__ import annotations

from tui_selector.engine.messages import Answer, Request


class AskDoubts(Request, frozen=True, kw_only=True):
    """Ask which photos are nearest to the border of their tab. Answered by `Doubtful`.

    Attributes:
        limit: At most so many photos.
    """

    limit: int = 10_000


class Doubtful(Answer, frozen=True, kw_only=True):
    """Photos by how uncertain their tab is, the most uncertain first.

    Photos that the owner has put into a tab are certain and not among them.

    Attributes:
        photos: Their ids.
        doubts: Of each, 0 in the midst of its tab, 0.5 on the border, 1 in the midst of the other;
            as `tui_selector.analysis.doubts` measures it.
        others: The tab that each is in doubt with: an id.
        certain: How many photos the owner has put into tabs.
        note: One sentence where nothing can be told; "" otherwise.
    """

    photos: list[int]
    doubts: list[float]
    others: list[int]
    certain: int = 0
    note: str = ""
