"""Measures a dual encoder once: where its labels lie, and how alike different pictures are.

What was measured is kept in a file by model, so that it costs nothing the next time, and is added
to when the vocabulary grows. A measurement that was cut short goes on where it stood.
"""

from __future__ import annotations

import hashlib
import logging
import os
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

_log = logging.getLogger(__name__)

#: Raise when a measurement would come out different.
FORMAT = 1
#: Labels that are embedded before they are written.
_STEP = 256
#: Photographs of different things that installed packages hold: scikit-image, scikit-learn.
PICTURES = {
    "skimage/data": (
        *("astronaut.png", "brick.png", "camera.png", "chelsea.png", "clock_motion.png"),
        *("coffee.png", "coins.png", "color.png", "grass.png", "gravel.png"),
        *("hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png", "page.png"),
        *("retina.jpg", "rocket.jpg"),
    ),
    "sklearn/datasets/images": ("china.jpg", "flower.jpg"),
}


class Measured(NamedTuple):
    """What is known of a model.

    Attributes:
        rows: Vectors of labels, (n, d) float32, unit rows, in the order in which they were asked.
        mean: Of the cosines of different pictures.
        spread: Their standard deviation.
    """

    rows: np.ndarray
    mean: float
    spread: float


def measure(
    key: str,
    asked: Sequence[str],
    embed_labels: Callable[[Sequence[str]], np.ndarray],
    embed_pictures: Callable[[Iterable[Path]], np.ndarray],
    folder: Path | None,
) -> Measured:
    """Measure a model, or read what was measured.

    Args:
        key: Which model, and what its labels are put into.
        asked: What is asked, each once.
        embed_labels: Gives the vectors of labels.
        embed_pictures: Gives the vectors of picture files.
        folder: Where measurements are kept; None keeps none.
    """
    file = None
    if folder is not None:
        digest = hashlib.blake2b(f"{FORMAT} {key}".encode(), digest_size=12).hexdigest()
        file = folder / f"calibration-{digest}.npz"
    known, alike = _read(file)
    if alike is None:
        alike = _alike(embed_pictures(picture_files()))
    missing = [text for text in dict.fromkeys(asked) if text not in known]
    for start in range(0, len(missing), _STEP):
        some = missing[start : start + _STEP]
        known.update(zip(some, embed_labels(some), strict=True))
        _write(file, known, alike)
    return Measured(np.stack([known[text] for text in asked]), *alike)


def picture_files() -> list[Path]:
    """The photographs that there are."""
    from importlib.util import find_spec

    found: list[Path] = []
    for place, names in PICTURES.items():
        package, _, folder = place.partition("/")
        spec = find_spec(package)
        if spec is not None and spec.origin:
            found += [Path(spec.origin).parent / folder / name for name in names]
    return [path for path in found if path.is_file()]


def _alike(vectors: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the cosines between pictures; between directions that are
    none of any model's where there are too few."""
    if len(vectors) < 3:
        return 0.0, float(1.0 / np.sqrt(vectors.shape[1]))
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return float(cosines.mean()), float(cosines.std())


def _read(file: Path | None) -> tuple[dict[str, np.ndarray], tuple[float, float] | None]:
    """Vectors by what was asked, and what is known of pictures; nothing where there is no file."""
    if file is None or not file.is_file():
        return {}, None
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            mean, spread = kept["alike"].tolist()
            return dict(zip(kept["asked"].tolist(), kept["rows"], strict=True)), (mean, spread)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _log.warning("%s is damaged and made anew: %s", file, error)
        return {}, None


def _write(file: Path | None, known: dict[str, np.ndarray], alike: tuple[float, float]) -> None:
    """Keep what is known; a disk that is full costs only the time of measuring again."""
    if file is None:
        return
    half = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with half.open("wb") as stream:
            np.savez(
                stream,
                asked=np.array(list(known)),
                rows=np.stack(list(known.values())),
                alike=np.array(alike),
            )
        half.replace(file)
    except OSError as error:
        _log.warning("%s cannot be written: %s", file, error)
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
