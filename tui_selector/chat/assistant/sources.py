"""What the assistant asks besides the catalog, which needs the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from tui_selector.analysis.cull.shots import Alike
from tui_selector.library.groups import GroupSetting


class WordChances(Protocol):
    """How likely photos show what a text says, by the model that searches."""

    def __call__(self, text: str, photos: Sequence[int]) -> Mapping[int, float]:
        """Chances by photo id, 0 to 1; from `search.scores.FLOOR` on it is a match.

        Photos that have no vector yet are left out.
        """
        ...


class AlikePhotos(Protocol):
    """Which of some photos are nearly the same."""

    def __call__(self, photos: Sequence[int], setting: GroupSetting) -> Sequence[Alike]:
        """Groups of two and more of these photos (ids), the best photo of each first."""
        ...


class Sources(NamedTuple):
    """What there is besides the catalog; each of it may be missing.

    Attributes:
        chances: None where there is no model that knows words.
        alike: None where nothing compares photos; copies are then known by their bytes.
        model: Name of the model behind `chances`; "" for none.
        eyes: What to choose for answers from a model that sees the photos, in a few words
            ("Qwen3.5-4B, with `tui-selector models pull qwen3.5-4b`"); "" where nothing is known.
    """

    chances: WordChances | None = None
    alike: AlikePhotos | None = None
    model: str = ""
    eyes: str = ""
