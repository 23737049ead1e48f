"""A closer look than indexing takes: fine detail, faces, their eyes and how sharp they are.

Faces are found by the cascades that come with OpenCV 4.

A cascade (Viola and Jones 2001) finds upright faces that look at the camera. What it does not find
may be there all the same, and an eye that it does not find may be open: the answers are hints.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from tui_selector.analysis.quality.blocks import filtered
from tui_selector.analysis.quality.noise import measure_noise
from tui_selector.analysis.quality.planes import Grey, opencv, shrunk
from tui_selector.analysis.quality.sharpness import detail_of, measure_sharpness
from tui_selector.library.quality import Quality

if TYPE_CHECKING:
    from PIL import Image

#: Goes up whenever the same picture would get other answers: it is then looked at again.
VERSION = 1

#: Long side to decode to, pixels: detail and eyes are looked at in it.
SIDE = 1600
#: Long side in which faces are looked for, and the least width of a face there, pixels.
_SEARCHED, _LEAST = 640, 32
#: Step from one scale to the next, and how many windows have to agree.
_STEP, _AGREEING = 1.2, 5
#: Width of the widest face in relation to the others from which a face is prominent.
_PROMINENT = 0.5
#: Most faces that are looked at closely.
_MOST = 12
#: Width to which a face is scaled down for its eyes and its sharpness, pixels.
_FACE = 192
#: Least width of a face, at the size of decoding, whose eyes can be told, pixels.
_LEAST_FOR_EYES = 60
#: The eyes' region of a face: top and bottom, left and right, shares of its box.
_EYES_ROWS, _EYES_COLUMNS = (0.20, 0.52), (0.10, 0.90)

_FACE_CASCADE = "haarcascade_frontalface_alt2.xml"
_EYE_CASCADE = "haarcascade_eye_tree_eyeglasses.xml"

Box = tuple[int, int, int, int]

_local = threading.local()


@cache
def can_look() -> bool:
    """Whether the cascades are there; OpenCV 5 has none."""
    try:
        cv2 = opencv()
        folder = Path(cv2.data.haarcascades)
        return hasattr(cv2, "CascadeClassifier") and all(
            (folder / name).is_file() for name in (_FACE_CASCADE, _EYE_CASCADE)
        )
    except (ImportError, AttributeError):
        return False


def look_closely(quality: Quality, image: Image.Image) -> Quality:
    """Add what a closer look tells to the signals of a picture.

    Faces stay untold where nobody `can_look` for them.

    Args:
        quality: Its other signals.
        image: Upright, RGB, at least `SIDE` pixels wide or high where the original is.
    """
    factor = max(image.size) // SIDE
    grey = np.asarray((image.reduce(factor) if factor > 1 else image).convert("L"), np.uint8)
    grey = shrunk(grey, SIDE)
    if 2 * max(grey.shape) >= SIDE:
        blocks = filtered(grey)
        sharpness = measure_sharpness(blocks, measure_noise(blocks)).sharpness
        quality = msgspec.structs.replace(quality, close_sharpness=sharpness)
    return _with_faces(quality, grey) if can_look() else quality


def _with_faces(quality: Quality, grey: Grey) -> Quality:
    boxes = _faces(grey)
    if not boxes:
        return msgspec.structs.replace(quality, faces=0, prominent=0)
    height, width = grey.shape
    widest = max(boxes, key=lambda box: box[2])
    prominent = [box for box in boxes if box[2] >= _PROMINENT * widest[2]][:_MOST]
    looked = [_look(grey, box) for box in prominent]
    seen = [eyes for eyes, _, _ in looked if eyes is not None]
    return msgspec.structs.replace(
        quality,
        faces=len(boxes),
        prominent=len(prominent),
        eyes=sum(eyes > 0 for eyes in seen) if len(seen) == len(looked) else None,
        face_x=(widest[0] + widest[2] / 2) / width,
        face_y=(widest[1] + widest[3] / 2) / height,
        face_width=widest[2] / width,
        face_sharpness=_least(face for _, face, _ in looked),
        eye_sharpness=_least(eye for _, _, eye in looked),
    )


def _least(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return min(known, default=None)


def _cascade(name: str) -> Any:
    """A cascade for this thread alone: it keeps a state while it searches."""
    known: dict[str, Any] = _local.__dict__.setdefault("cascades", {})
    if name not in known:
        cv2 = opencv()
        known[name] = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / name))
    return known[name]


def _faces(grey: Grey) -> list[Box]:
    """Boxes (left, top, width, height) in pixels of `grey`, the widest first."""
    small = shrunk(grey, _SEARCHED)
    if min(small.shape) < _LEAST:
        return []
    found = _cascade(_FACE_CASCADE).detectMultiScale(
        opencv().equalizeHist(small), _STEP, _AGREEING, minSize=(_LEAST, _LEAST)
    )
    scale = max(grey.shape) / max(small.shape)
    boxes = [tuple(round(float(value) * scale) for value in box) for box in found]
    return sorted(((x, y, w, h) for x, y, w, h in boxes), key=lambda box: -box[2])


def _look(grey: Grey, box: Box) -> tuple[int | None, float | None, float | None]:
    """Eyes found (None: too small to tell), detail of the face and of the eyes' region."""
    left, top, width, height = box
    face = np.ascontiguousarray(grey[top : top + height, left : left + width])
    patch = shrunk(face, _FACE)
    rows = slice(*(round(share * patch.shape[0]) for share in _EYES_ROWS))
    columns = slice(*(round(share * patch.shape[1]) for share in _EYES_COLUMNS))
    eyes: int | None = None
    if width >= _LEAST_FOR_EYES:
        upper = opencv().equalizeHist(np.ascontiguousarray(patch[: round(0.6 * patch.shape[0])]))
        size = round(patch.shape[1] / 8)
        found = _cascade(_EYE_CASCADE).detectMultiScale(upper, 1.1, 3, minSize=(size, size))
        eyes = min(len(found), 2)
    return eyes, detail_of(patch), detail_of(np.ascontiguousarray(patch[rows, columns]))
