"""Fingerprints of many pictures, compared pair by pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.similar.hashing import (
    CLASSES,
    COLOUR_BYTES,
    FLAT,
    FRAME_BYTES,
    HARMONICS,
    HASH_BYTES,
    KEPT,
    RINGS,
    SAMPLES,
)

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

#: Pairs that are compared at a time; more would only leave the processor's cache.
_CHUNK = 4096

#: Frequencies of a frame, and harmonics of a ring, that make its outline.
_LOW_FREQUENCIES, _LOW_HARMONICS = 8, 6

# The four flips, as signs of the four parities of frequencies.
_FLIPS = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]], np.float32)

# Where the coefficient (v, u) stands in the hash, for each (u, v) in the order of the hash.
_PLACE = np.argsort(CLASSES)
_SWAPPED = _PLACE.reshape(KEPT, KEPT).T.ravel()[CLASSES]

# By how much the coefficient (v, u) was stressed; (0, 0) is none.
_STRESS = np.hypot(np.arange(KEPT)[:, None], np.arange(KEPT)[None, :]).astype(np.float32)
_STRESS[0, 0] = 1

# Where the coefficients stand that make the outline of a frame, by index pairs u < v, and u = v.
_BESIDE = np.array([_PLACE[u * KEPT + v] for v in range(1, _LOW_FREQUENCIES) for u in range(v)])
_DIAGONAL = np.array([_PLACE[u * KEPT + u] for u in range(1, _LOW_FREQUENCIES)])

# How often the square of each number of a disc counts: harmonics stand for their conjugates too.
_DISC_WEIGHT = np.tile(np.repeat([1.0, 2.0], [1, 2 * HARMONICS]), RINGS).astype(np.float32)


class Fingerprints:
    """The fingerprints of n pictures, to be compared pair by pair.

    Attributes:
        flat: (n,) bool: there is nothing to recognise; nothing is like these.
        unknown: (n,) bool: there is no fingerprint; these are flat too.
    """

    def __init__(self, numbers: NDArray[np.int8]) -> None:
        """Take the bytes of n hashes, (n, HASH_BYTES)."""
        self._numbers = numbers
        self.flat: NDArray[np.bool_] = numbers[:, 0] < FLAT
        self.unknown: NDArray[np.bool_] = (numbers[:, -COLOUR_BYTES:] == 0).all(1)
        self._frames = numbers[:, :FRAME_BYTES].copy()
        self._frames[:, 0] = 0
        self._discs = numbers[:, FRAME_BYTES:-COLOUR_BYTES]
        self._colours = numbers[:, -COLOUR_BYTES:].view(np.uint8)
        self._frame_scale = _scale(self._frames)
        self._disc_scale = _scale(self._discs, _DISC_WEIGHT)
        self._colour_scale = _scale(self._colours)

    @classmethod
    def of(cls, hashes: Sequence[bytes]) -> Fingerprints:
        """Read what `picture_hash` returned; a hash of another length counts as flat."""
        sound = [each if len(each) == HASH_BYTES else bytes(HASH_BYTES) for each in hashes]
        return cls(np.frombuffer(b"".join(sound), np.int8).reshape(-1, HASH_BYTES))

    def same(self, other: Fingerprints, mine: Rows, others: Rows) -> NDArray[np.bool_]:
        """Which of some fingerprints, (m,) rows each, are the same."""
        equal: NDArray[np.bool_] = (self._numbers[mine] == other._numbers[others]).all(axis=1)
        return equal

    def part(self, rows: Rows) -> Fingerprints:
        """Those of some pictures, (m,) rows."""
        everyone = np.array_equal(rows, np.arange(len(self)))
        return self if everyone else Fingerprints(self._numbers[rows])

    def __len__(self) -> int:
        return len(self.flat)

    def likeness(self, left: Rows, right: Rows) -> Floats:
        """How alike pictures are, however they lie: the best of the eight ways.

        Args:
            left: (m,) rows.
            right: (m,) rows.

        Returns:
            (m,) correlations, -1 to 1; 0 where one of the two is flat.
        """
        best = np.zeros(len(left), np.float32)
        for some in _chunks(len(left)):
            one = self._frames[left[some]].astype(np.float32)
            other = self._frames[right[some]].astype(np.float32)
            straight = (one * other).reshape(-1, 4, FRAME_BYTES // 4).sum(axis=2)
            mirrored = (one * other[:, _SWAPPED]).reshape(-1, 4, FRAME_BYTES // 4).sum(axis=2)
            best[some] = np.maximum(
                (straight @ _FLIPS).max(axis=1), (mirrored @ _FLIPS).max(axis=1)
            )
        best *= self._frame_scale[left] * self._frame_scale[right]
        best[self.flat[left] | self.flat[right]] = 0.0
        return best

    def turned_likeness(self, left: Rows, right: Rows) -> Floats:
        """How alike the discs in the middle of pictures are, at the best angle, flipped or not.

        Arguments and result as those of `likeness`.
        """
        best = np.zeros(len(left), np.float32)
        for some in _chunks(len(left)):
            one, other = self._rings(left[some]), self._rings(right[some])
            for turned in (other, other.conj()):
                harmonics = (one * turned.conj()).sum(axis=1)
                angles = np.fft.irfft(harmonics, SAMPLES, axis=1) * SAMPLES
                best[some] = np.maximum(best[some], angles.max(axis=1))
        best *= self._disc_scale[left] * self._disc_scale[right]
        best[self.flat[left] | self.flat[right]] = 0.0
        return best

    def colour_likeness(self, left: Rows, right: Rows) -> Floats:
        """How alike the colours of pictures are, wherever they stand.

        Arguments as those of `likeness`.

        Returns:
            (m,) Bhattacharyya coefficients, 0 to 1.
        """
        alike = np.zeros(len(left), np.float32)
        for some in _chunks(len(left)):
            one = self._colours[left[some]].astype(np.float32)
            alike[some] = np.einsum("nc,nc->n", one, self._colours[right[some]].astype(np.float32))
        alike *= self._colour_scale[left] * self._colour_scale[right]
        return alike

    def colour_rows(self, rows: Rows) -> Floats:
        """Colours (m, 147) float32 of unit length, whose products are their likeness."""
        result: Floats = self._colours[rows] * self._colour_scale[rows, None]
        return result

    def low_pass(self, rows: Rows) -> Floats:
        """The low-pass pictures that frames hold, as frequencies, edges not stressed.

        Returns:
            (m, KEPT, KEPT) float32, frequencies down and across; not scaled, and 0 at (0, 0).
        """
        return self._coefficients(rows) / _STRESS

    def pictures(self, rows: Rows, side: int) -> Floats:
        """The low-pass pictures (m, side, side) float32 that frames hold, edges stressed."""
        coefficients = self._coefficients(rows)
        sample, frequency = np.arange(side)[:, None], np.arange(KEPT)[None, :]
        basis = np.cos(np.pi * frequency * (2 * sample + 1) / (2 * side)).astype(np.float32)
        result: Floats = np.einsum("su,nuv,tv->nst", basis, coefficients, basis, optimize=True)
        return result

    def outlines(self) -> Floats:
        """What is the same however a picture lies, as far as its lowest frequencies go.

        Returns:
            (n, 63) float32: absolute values of unit-length frames, the larger of two that swap
            places first. Pictures that `likeness` finds alike are close here, by Euclid.
        """
        sizes = np.abs(self._frames.astype(np.float32))
        one, other = sizes[:, _BESIDE], sizes[:, _SWAPPED[_BESIDE]]
        parts = (np.maximum(one, other), np.minimum(one, other), sizes[:, _DIAGONAL])
        result: Floats = np.hstack(parts) * self._frame_scale[:, None]
        return result

    def turned_outlines(self) -> Floats:
        """What is the same whatever a picture is turned by, as far as the lowest harmonics go.

        Returns:
            (n, 48) float32: absolute values of the harmonics of unit-length discs. Pictures that
            `turned_likeness` finds alike are close here, by Euclid.
        """
        rings = self._discs.reshape(-1, RINGS, 1 + 2 * HARMONICS)
        real = rings[..., 1 : 1 + _LOW_HARMONICS].astype(np.float32)
        imaginary = rings[..., 1 + HARMONICS : 1 + HARMONICS + _LOW_HARMONICS].astype(np.float32)
        sizes = np.sqrt(2 * (real * real + imaginary * imaginary))
        sizes = sizes.reshape(len(self), RINGS * _LOW_HARMONICS)
        result: Floats = sizes * self._disc_scale[:, None]
        return result

    def _coefficients(self, rows: Rows) -> Floats:
        """The frequencies of frames, (m, KEPT, KEPT), down and across, not scaled."""
        numbers = self._frames[rows][:, _PLACE].reshape(-1, KEPT, KEPT)
        result: Floats = numbers.astype(np.float32)
        return result

    def _rings(self, rows: Rows) -> NDArray[np.complex64]:
        """The harmonics of the rings, (m, 8, 9), not scaled."""
        numbers = self._discs[rows].astype(np.float32).reshape(-1, RINGS, 1 + 2 * HARMONICS)
        rings = numbers[..., : HARMONICS + 1].astype(np.complex64)
        rings[..., 1:] += 1j * numbers[..., HARMONICS + 1 :]
        return rings


def _chunks(count: int) -> Iterator[slice]:
    for start in range(0, count, _CHUNK):
        yield slice(start, start + _CHUNK)


def _scale(rows: NDArray[np.int8] | NDArray[np.uint8], weight: float | Floats = 1.0) -> Floats:
    """What makes rows of unit length; a weight counts each square so many times."""
    numbers = rows.astype(np.float32)
    squares = (numbers * numbers * weight).sum(axis=1)
    result: Floats = (1 / np.sqrt(np.maximum(squares, 1e-6))).astype(np.float32)
    return result
