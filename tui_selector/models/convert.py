"""Converts the packaged weights to ONNX: `python -m tui_selector.models.convert CACHE_FOLDER`.

Runs in its own process, once per cache. What it writes is compared with PyTorch on fixed inputs
before it is put in place.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tui_selector.models import artifacts, conversion
from tui_selector.models.embedder import ModelError
from tui_selector.models.labels import labels

#: Least cosine between a converted network's vector and PyTorch's.
MIN_COSINE = 0.9999
#: Largest difference of a class logit; logits span about 15.
MAX_LOGIT_DIFFERENCE = 0.02


def convert(cache: Path) -> Path:
    """Convert both networks and embed the class names; give the folder.

    Raises:
        ModelError: A package is missing, the folder cannot be written, or the converted network
            does not agree with PyTorch.
    """
    target = artifacts.folder_in(cache)
    with conversion.making(cache) as made:
        _export_pictures(made / artifacts.PICTURES)
        _export_words(made / artifacts.WORDS)
        _check_pictures(made / artifacts.PICTURES)
        _check_words(made / artifacts.WORDS)
        _embed_classes(made)
        _save_classifier(made)
        artifacts.seal(made)
        artifacts.publish(made, target)
    return target


def _export_pictures(path: Path) -> None:
    import torch

    from tui_selector.models.network import PICTURE_SIZE, load_pictures

    conversion.export(
        load_pictures(),
        (torch.zeros(2, PICTURE_SIZE, PICTURE_SIZE, 3, dtype=torch.uint8),),
        path,
        inputs={"pixels": ("n",)},
        outputs=("vectors", "logits", "features"),
    )


def _export_words(path: Path) -> None:
    import torch

    from tui_selector.models.network import load_words

    ids = torch.tensor([[101, 3899, 1999, 102], [101, 4937, 102, 0]])
    conversion.export(
        load_words(),
        (ids, (ids > 0).long()),
        path,
        inputs={"ids": ("n", "length"), "mask": ("n", "length")},
        outputs=("vectors",),
    )


def _check_pictures(path: Path) -> None:
    """Compare with PyTorch on a smooth and a rough picture, one, two and three at a time."""
    from tui_selector.models.network import PICTURE_SIZE
    from tui_selector.models.runtime import OnnxPictures, TorchPictures

    ramp = np.linspace(0, 255, PICTURE_SIZE, dtype=np.uint8)
    smooth = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(128)), axis=-1)
    rough = np.random.default_rng(0).integers(0, 256, smooth.shape, np.uint8)
    batch = np.stack([smooth, rough, smooth[::-1]])
    original = TorchPictures("cpu")
    reference, reference_logits = original(batch)
    session = OnnxPictures(path)
    _compare("feature", _flat(session.features(batch)), _flat(original.features(batch)))
    for size in (1, 2, 3):
        vectors, logits = session(batch[:size])
        _compare("picture", vectors, reference[:size])
        difference = float(np.abs(logits - reference_logits[:size]).max())
        if difference > MAX_LOGIT_DIFFERENCE:
            raise ModelError(f"The converted picture network is off by {difference:.3g}.")


def _check_words(path: Path) -> None:
    from tui_selector.models.runtime import OnnxWords, TorchWords

    texts = ["a dog", "two children on a beach at sunset, seen from far above", ""]
    reference, session = TorchWords()(texts), OnnxWords(path)
    _compare("text", session(texts), reference)
    _compare("text", session(texts[:1]), reference[:1])


def _flat(features: np.ndarray) -> np.ndarray:
    """Feature maps as unit rows."""
    rows = features.reshape(len(features), -1)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _compare(name: str, vectors: np.ndarray, reference: np.ndarray) -> None:
    cosine = float((vectors * reference).sum(axis=1).min())
    if not cosine >= MIN_COSINE:
        raise ModelError(f"The converted {name} network gives other vectors (cosine {cosine:.4f}).")


def _embed_classes(folder: Path) -> None:
    from tui_selector.models.runtime import OnnxWords

    session = OnnxWords(folder / artifacts.WORDS)
    np.save(folder / artifacts.CLASSES, session(list(labels().phrases)))


def _save_classifier(folder: Path) -> None:
    from tui_selector.models.runtime import TorchPictures

    np.save(folder / artifacts.CLASSIFIER, TorchPictures("cpu").classifier)


if __name__ == "__main__":
    sys.exit(conversion.main(lambda: convert(Path(sys.argv[1]))))
