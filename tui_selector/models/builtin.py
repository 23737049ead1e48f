"""The model that is always there: EfficientNet-Lite2 for pictures, MiniLM for words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tui_selector.models import artifacts
from tui_selector.models.calibration import Calibration, Standardised
from tui_selector.models.conse import word_vectors
from tui_selector.models.device import choose_device, one_thread_each
from tui_selector.models.embedder import Embedding, ModelError, ModelKey
from tui_selector.models.heat import HOT_LEAD, Heat, of_classes
from tui_selector.models.labels import labels
from tui_selector.models.runtime import CPU_BATCH, OnnxPictures, OnnxWords, Pictures, Words
from tui_selector.models.tags import model_tags

if TYPE_CHECKING:
    from PIL import Image

#: Height and width of the network's input, pixels.
INPUT_SIZE = 260
#: Length of an image vector, and of a text-space vector.
DIMENSIONS, WORD_DIMENSIONS = 512, 384


class BuiltinEmbedder:
    """Embeds pictures and words with the packaged networks; see `embedder.Embedder`.

    Understands English only, through the 1,000 classes of ImageNet (see `conse`).

    Attributes:
        cohort: Text vectors of the classes, (1000, 384) float32, unit rows.
        calibration: Holds texts against the classes.
    """

    key: ModelKey = artifacts.KEY
    dimensions = DIMENSIONS
    input_size = INPUT_SIZE

    def __init__(
        self,
        pictures: Pictures,
        open_words: Callable[[], Words],
        classes: np.ndarray,
        open_classifier: Callable[[], np.ndarray],
        *,
        runs_on: str,
        batch_size: int,
        notice: str = "",
    ) -> None:
        """Join the parts; `load_builtin` is the usual way here.

        Args:
            pictures: The picture network.
            open_words: Opens the text network; called when the first text comes.
            classes: Text vectors of the classes, (1000, 384) float32, unit rows.
            open_classifier: Gives the weights of the classes over the features, (1000, 1280)
                float32; called when the first heat is asked for.
            runs_on: For the status bar, e.g. "CPU (ONNX Runtime)".
            batch_size: See `Embedder.batch_size`.
            notice: See `Embedder.notice`.
        """
        self.name = f"EfficientNet-Lite2 · {runs_on}"
        self.batch_size = batch_size
        self.notice = notice
        self._pictures = pictures
        self._open_words = open_words
        self._words: Words | None = None
        self._lock = threading.Lock()
        self._open_classifier = open_classifier
        self._classifier: np.ndarray | None = None
        self.cohort = classes
        self.calibration: Calibration = Standardised(classes)

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Scale the largest centred square to the network's input, (260, 260, 3) uint8."""
        from PIL import Image

        if image.mode != "RGB":
            image = image.convert("RGB")
        width, height = image.size
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        square = image.resize(
            (INPUT_SIZE, INPUT_SIZE),
            Image.Resampling.BICUBIC,
            box=(left, top, left + side, top + side),
        )
        return np.asarray(square)

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        """Embed prepared pictures.

        Raises:
            ValueError: A picture does not come from `prepare`.
        """
        if not batch:
            return Embedding(
                np.empty((0, DIMENSIONS), np.float32),
                np.empty((0, WORD_DIMENSIONS), np.float32),
                [],
            )
        pixels = np.stack(batch)
        if pixels.shape[1:] != (INPUT_SIZE, INPUT_SIZE, 3) or pixels.dtype != np.uint8:
            raise ValueError(
                f"pictures must come from prepare(), not {pixels.shape} {pixels.dtype}"
            )
        vectors, logits = self._pictures(pixels)
        return Embedding(vectors, word_vectors(logits, self.cohort), model_tags(logits))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Embed texts, (n, 384) float32, unit rows. Loads the text network the first time."""
        if not texts:
            return np.empty((0, WORD_DIMENSIONS), np.float32)
        with self._lock:
            if self._words is None:
                self._words = self._open_words()
        return self._words(texts)

    def heat(self, image: Image.Image, texts: Sequence[str]) -> Heat:
        """Where the largest centred square of a picture shows what texts name; see `heat.Heated`.

        Takes two passes through the picture network.
        """
        with self._lock:
            if self._classifier is None:
                self._classifier = self._open_classifier()
        prepared = self.prepare(image)
        both = self._pictures.features(np.stack([prepared, prepared[:, ::-1]]))
        wanted = self.embed_texts(texts)
        values = of_classes(wanted, self.cohort, self._classifier, *both)
        across, down = (min(image.size) / side for side in image.size)
        left, top = (1 - across) / 2, (1 - down) / 2
        # Stretched over the square: by the strides alone the outer places would lie at its edges,
        # yet their fields of view end there, and what they see lies further in.
        square = (left, top, left + across, top + down)
        return Heat(values, square, square, HOT_LEAD, "class activation")


def load_builtin(cache: Path, device: str = "auto", batch_size: int = 0) -> BuiltinEmbedder:
    """Load the built-in model.

    On a CPU the packaged weights are converted into `cache` the first time (half a minute, in a
    process of its own); later starts import neither torch nor transformers. Where the conversion
    fails, PyTorch runs the networks and `notice` says so.

    Args:
        cache: Folder for converted models; made where it is missing.
        device: As `device.choose_device` takes it.
        batch_size: Pictures of one run; 0 is what suits the device.

    Raises:
        ModelError: The device is not there, or the packages that hold the weights are not.
    """
    chosen = choose_device(device)
    try:
        folder = artifacts.ensure(cache, artifacts.FIRST)
    except ModelError as error:
        notice = f"{error} PyTorch runs the built-in model instead" + (
            ", about four times slower." if chosen == "cpu" else "."
        )
        return _load_torch(chosen, batch_size, None, notice)
    if chosen != "cpu":
        return _load_torch(chosen, batch_size, folder, "")
    return BuiltinEmbedder(
        OnnxPictures(folder / artifacts.PICTURES),
        lambda: _open_words(cache),
        np.load(folder / artifacts.CLASSES, allow_pickle=False),
        lambda: np.load(folder / artifacts.CLASSIFIER, allow_pickle=False),
        runs_on="CPU (ONNX Runtime)",
        batch_size=batch_size or CPU_BATCH,
    )


def _open_words(cache: Path) -> Words:
    """The converted text network; PyTorch's where that is damaged and cannot be made anew."""
    try:
        return OnnxWords(artifacts.ensure(cache, (artifacts.WORDS,)) / artifacts.WORDS)
    except ModelError:
        from tui_selector.models.runtime import TorchWords

        return TorchWords()


def _load_torch(device: str, batch_size: int, folder: Path | None, notice: str) -> BuiltinEmbedder:
    """Run the pictures on PyTorch; the texts too where there are no converted files."""
    from tui_selector.models.runtime import TorchPictures, TorchWords

    if folder is not None:
        cache = folder.parent
        classes = np.load(folder / artifacts.CLASSES, allow_pickle=False)
        open_words: Callable[[], Words] = lambda: _open_words(cache)  # noqa: E731
    else:
        words = TorchWords()
        classes = words(labels().phrases)
        open_words = lambda: words  # noqa: E731
    pictures = TorchPictures(device, batch_size)
    if device == "cpu":
        one_thread_each()
    return BuiltinEmbedder(
        pictures,
        open_words,
        classes,
        lambda: pictures.classifier,
        runs_on=f"{'CPU' if device == 'cpu' else 'GPU'} (PyTorch)",
        batch_size=pictures.batch_size,
        notice=notice,
    )
