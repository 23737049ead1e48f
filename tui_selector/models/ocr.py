"""Reads what is written in pictures, through RapidOCR and the PP-OCR networks it ships.

The optional extra `ocr` brings it. Its three networks lie in the package; their paths are given to
it, as it would fetch from the network what it does not find.
"""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tui_selector.library.catalog.text_table import TextLine
from tui_selector.models.embedder import ModelError

if TYPE_CHECKING:
    from PIL import Image

#: What is kept with what was read; another name has every photo read again.
READER = "rapidocr/PP-OCRv6-small"
#: What to read with: "auto" where it is installed.
Ocr = Literal["auto", "off"]

MISSING = (
    "What is written in photos is not read: install the extra with"
    " pip install 'tui-selector[ocr]', then open the folder again."
)
OFF = 'Reading text in photos is switched off: set ocr = "auto" in the settings.'

#: Pixels of the long side from which more would find little more.
LONGEST = 1280
#: Lines that the networks are less sure of are noise, most of the time.
LEAST = 0.7

_NETWORKS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}


class TextReader(Protocol):
    """Reads text in pictures."""

    @property
    def longest(self) -> int:
        """Pixels that the long side of a picture should have."""
        ...

    def read(self, picture: Image.Image) -> list[TextLine]:
        """The lines in an upright RGB picture, from above to below."""
        ...


def obstacle(wanted: Ocr) -> str:
    """Why text is not read, in a sentence; "" where it can be."""
    if wanted == "off":
        return OFF
    return "" if importlib.util.find_spec("rapidocr") is not None else MISSING


def load_reader(threads: int) -> TextReader:
    """Load the reader that the extra `ocr` brings.

    Args:
        threads: Of one network.

    Raises:
        ModelError: It is not installed, or its networks are not where they should be.
    """
    try:
        import rapidocr
    except ImportError as error:
        raise ModelError(MISSING) from error
    # It says at every start what it loads from where.
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    folder = Path(rapidocr.__file__).parent / "models"
    lacking = [name for name in _NETWORKS.values() if not (folder / name).is_file()]
    if lacking:
        raise ModelError(
            f"The package rapidocr lacks {lacking[0]}, so that no text is read in photos;"
            " reinstall it with pip install --force-reinstall 'tui-selector[ocr]'."
        )
    parameters: dict[str, Any] = {
        "Global.log_level": "error",
        "Global.text_score": LEAST,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        **{f"{part}.model_path": str(folder / name) for part, name in _NETWORKS.items()},
    }
    return RapidReader(rapidocr.RapidOCR(params=parameters))


class RapidReader:
    """RapidOCR as a `TextReader`; for one thread at a time."""

    longest = LONGEST

    def __init__(self, networks: Any) -> None:
        """
        Args:
            networks: A `rapidocr.RapidOCR`.
        """
        self._networks = networks

    def read(self, picture: Image.Image) -> list[TextLine]:
        import numpy as np

        pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]  # it takes BGR, as OpenCV does
        found = self._networks(np.ascontiguousarray(pixels))
        if found.boxes is None or found.txts is None:
            return []
        height, width = pixels.shape[:2]
        lines = []
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
            across, down = np.asarray(corners, float).T
            box = (
                across.min() / width,
                down.min() / height,
                across.max() / width,
                down.max() / height,
            )
            left, top, right, bottom = (round(min(max(float(side), 0.0), 1.0), 4) for side in box)
            if any(map(str.isalnum, text)):
                line = TextLine(text.strip(), round(float(score), 3), (left, top, right, bottom))
                lines.append(line)
        return sorted(lines, key=lambda line: (line.box[1], line.box[0]))
