"""The photos of a catalog as grouping takes them."""

from __future__ import annotations

import numpy as np

from tui_selector.analysis.similar.fingerprints import Fingerprints
from tui_selector.analysis.similar.shots import Shots, exposure_value
from tui_selector.engine.store import Spaces
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.group_table import ShotFacts
from tui_selector.library.photo import Kind


def load_shots(catalog: Catalog, spaces: Spaces | None) -> Shots:
    """Read what is known of every indexed photo.

    A video is known by its bytes alone: what its first frame shows says little about it.
    """
    facts = catalog.groups.facts()
    count = len(facts)
    ids = np.fromiter((each.id for each in facts), np.int64, count)
    still = np.fromiter((each.kind is not Kind.VIDEO for each in facts), np.bool_, count)
    numbers = np.array([each.numbers for each in facts], np.float64).reshape(count, 5)
    taken = np.array([each.taken for each in facts], np.float64)
    measured = catalog.qualities.columns()
    row_of = {photo: row for row, photo in enumerate(measured.photos.tolist())}
    rows = np.fromiter((row_of.get(each.id, -1) for each in facts), np.intp, count)
    seconds, f_number, iso, focal_length, bias = numbers.T

    def signal(name: str) -> np.ndarray:
        values = np.append(measured.values[name].astype(np.float64), np.nan)
        return values[rows]

    return Shots(
        ids=ids,
        contents=_numbered([each.hash for each in facts]),
        names=[each.path.rpartition("/")[2] for each in facts],
        prints=Fingerprints.of(
            [
                measured.fingerprints[row] if row >= 0 and is_still else b""
                for row, is_still in zip(rows.tolist(), still.tolist(), strict=True)
            ]
        ),
        vectors=_vectors(catalog, spaces, facts) * still[:, None],
        taken=np.where(still, taken, np.nan),
        cameras=_numbered([each.camera for each in facts]),
        exposures=exposure_value(seconds, f_number, iso),
        biases=bias,
        seconds=seconds,
        focal_lengths=focal_length,
        pixels=np.fromiter((each.width * each.height for each in facts), np.int64, count),
        shapes=np.fromiter(
            (max(each.width, 1) / max(each.height, 1) for each in facts), np.float64, count
        ),
        sharpest=np.stack([signal("sharpest_x"), signal("sharpest_y")], axis=1),
    )


def _numbered(values: list[bytes] | list[str]) -> np.ndarray:
    """The same number for the same value, (n,) int."""
    numbers: dict[bytes | str, int] = {}
    return np.fromiter(
        (numbers.setdefault(value, len(numbers)) for value in values), np.intp, len(values)
    )


def _vectors(catalog: Catalog, spaces: Spaces | None, facts: list[ShotFacts]) -> np.ndarray:
    """The vector of each photo, (n, d) float32; zeros where it has none."""
    if spaces is None:
        return np.zeros((len(facts), 0), np.float32)
    known = catalog.vectors.rows(spaces.pictures)
    _, vectors = catalog.vectors.load(spaces.pictures, spaces.dimensions)
    nothing = np.zeros((1, spaces.dimensions), np.float32)
    rows = [known.get(each.hash, -1) for each in facts]
    rows = [row if row < len(vectors) else -1 for row in rows]
    return np.concatenate([vectors, nothing])[rows]
