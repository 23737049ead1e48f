"""Videos among photos: each of their frames is compared, and the best one counts.

A photo is one entry of a ranking; a video with frames is an entry for each of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Frames(NamedTuple):
    """Frames of videos, by video and then by time.

    Attributes:
        positions: (f,) int64, ascending, of the video among the photos.
        seconds: (f,) float64, times in the video.
        word_rows: (f,) int64, the row of each frame in the index of words; -1 for none.
        picture_rows: (f,) int64.
    """

    positions: np.ndarray
    seconds: np.ndarray
    word_rows: np.ndarray
    picture_rows: np.ndarray


_NO_ROWS = np.empty(0, np.int64)
NO_FRAMES = Frames(_NO_ROWS, np.empty(0), _NO_ROWS, _NO_ROWS)


class Entries(NamedTuple):
    """What is compared of some photos, c of them: e entries, in the order of the photos.

    Attributes:
        positions: (c,) int64, ascending, of the photos.
        first: (c,) int64, the first entry of each photo.
        photo: (e,) int64, which of the c photos each entry belongs to.
        seconds: (e,) float64, times in videos; NaN for photos.
        word_rows: (e,) int64.
        picture_rows: (e,) int64.
    """

    positions: np.ndarray
    first: np.ndarray
    photo: np.ndarray
    seconds: np.ndarray
    word_rows: np.ndarray
    picture_rows: np.ndarray

    def best(self, scores: np.ndarray) -> np.ndarray:
        """The highest score (c,) of each photo's entries, of scores (e,)."""
        if len(self.photo) == len(self.positions):
            return scores
        return np.asarray(np.maximum.reduceat(scores, self.first))

    def span(self, photo: int) -> slice:
        """The entries of one of the photos."""
        end = self.first[photo + 1] if photo + 1 < len(self.first) else len(self.photo)
        return slice(int(self.first[photo]), int(end))


def entries(
    positions: np.ndarray, word_rows: np.ndarray, picture_rows: np.ndarray, frames: Frames
) -> Entries:
    """List what is compared of some photos.

    Args:
        positions: (c,) int64, ascending.
        word_rows: (n,) int64, the row of every photo.
        picture_rows: (n,) int64.
        frames: Of all videos; those of photos that are not asked for are left out.
    """
    begin = np.searchsorted(frames.positions, positions, "left")
    counts = np.searchsorted(frames.positions, positions, "right") - begin
    every = np.arange(len(positions))
    if not counts.any():
        nowhen = np.full(len(positions), np.nan)
        return Entries(
            positions, every, every, nowhen, word_rows[positions], picture_rows[positions]
        )
    sizes = np.maximum(counts, 1)
    first = np.cumsum(sizes) - sizes
    photo = np.repeat(every, sizes)
    is_frame = counts[photo] > 0
    frame = (begin[photo] + np.arange(len(photo)) - first[photo])[is_frame]
    seconds = np.full(len(photo), np.nan)
    words, pictures = word_rows[positions][photo], picture_rows[positions][photo]
    seconds[is_frame] = frames.seconds[frame]
    words[is_frame], pictures[is_frame] = frames.word_rows[frame], frames.picture_rows[frame]
    return Entries(positions, first, photo, seconds, words, pictures)
