"""Where in a picture a model sees what words name.

A model that can tell by itself offers `heat` (see `Heated`): the built-in one reads it off its last
features, a transformer may compare the vectors of its patches with the text's. For every other
model parts of the picture are covered, and what the score loses is the heat of the part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np

from tui_selector.models.embedder import Embedder

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as shares of an upright picture's width and height."""

Method = Literal["class activation", "patches", "occlusion"]

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

#: Cells to a side at each step of occlusion, and cells to a side of what covers the picture.
STEPS = ((4, 1), (8, 2), (12, 3))
#: Loss of cosine by which occlusion calls a place hot.
_LOST = 0.02
#: Standard deviations above the mean from which a class counts for a text, and how many of the
#: nearest count in any case.
_NEAR, _FEWEST = 2.0, 5
#: Lead of a text's classes over all others, in logits, by which a place is hot: e^4 is the odds of
#: a class that has 1 in 20 where each of the thousand would have its share.
HOT_LEAD = 4.0


class Heat(NamedTuple):
    """How much each place of a picture speaks for each of some texts.

    Attributes:
        values: (texts, rows, columns) float32; below 0 a place speaks against the text.
        box: The outer edges of the grid's cells on the picture; they may lie beyond it.
        seen: The part of the picture that the model looks at.
        hot: The value of a place that surely shows what the text names.
        method: How it was found.
        finer: Whether a higher `detail` gives a finer grid.
    """

    values: np.ndarray
    box: Box
    seen: Box
    hot: float
    method: Method
    finer: bool = False


@runtime_checkable
class Heated(Protocol):
    """A model that knows where it sees what; it may be called from several threads at once."""

    def heat(self, image: Image.Image, texts: Sequence[str]) -> Heat:
        """Where an upright RGB picture shows what each text names."""
        ...


def find_heat(
    embedder: Embedder,
    image: Image.Image,
    texts: Sequence[str],
    detail: int = 0,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Heat | None:
    """Where a picture shows what each text names, in the way that suits the model.

    Args:
        embedder: The model.
        image: Upright, RGB.
        texts: What to look for, at least one.
        detail: How fine, from 0; steps that a model does not have are its finest.
        is_cancelled: Asked between batches.

    Returns:
        The heat; None where it was cancelled.
    """
    if isinstance(embedder, Heated):
        return embedder.heat(image, texts)
    return occlusion(embedder, image, texts, detail, is_cancelled)


# -- class activation ----------------------------------------------------------------------------


def class_weights(texts: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The classes that texts name, as weights of their logits.

    A class counts by how far its cosine with the text lies above that of others. The weights of a
    text's classes are 1 together, and all classes together have -1, so that what raises every
    logit, which changes no probability, gives no heat.

    Args:
        texts: (t, d) float32, unit rows.
        classes: (c, d) float32, unit rows.

    Returns:
        (t, c) float32, rows whose sum is 0.
    """
    cosines = texts @ classes.T
    spread = np.maximum(cosines.std(axis=1, keepdims=True), 1e-6)
    standard = (cosines - cosines.mean(axis=1, keepdims=True)) / spread
    last = min(_FEWEST, standard.shape[1] - 1)
    start = np.minimum(-np.sort(-standard, axis=1)[:, last : last + 1], _NEAR)
    near = np.maximum(standard - start, 0.0) + 1e-9
    return np.asarray(near / near.sum(axis=1, keepdims=True) - 1 / len(classes), np.float32)


def class_activation(weights: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Class activation maps (Zhou et al. 2016, "Learning Deep Features for Discriminative
    Localization").

    The network's logits are z = W · mean(F) + b over the places of its last features F. A weighted
    sum of logits is therefore a mean over places, a · z = mean(a W F) + a · b, and a W F at a place
    is its exact share: nothing is estimated.

    Args:
        weights: Of the features, a W, (t, d) float32.
        features: F of one picture, (d, rows, columns) float32.

    Returns:
        (t, rows, columns) float32, in logits.
    """
    return np.asarray(np.tensordot(weights, features, 1), np.float32)


def of_classes(
    texts: np.ndarray,
    classes: np.ndarray,
    classifier: np.ndarray,
    features: np.ndarray,
    mirrored: np.ndarray,
) -> np.ndarray:
    """Heat of texts by class activation, the mean of a picture's and of its mirror image's.

    Strided convolutions look a little to one side, and the mirror image a little to the other: by
    4 % of the width with EfficientNet-Lite2, on 600 pictures with a small photo somewhere in them.

    Args:
        texts: (t, d) float32, unit rows.
        classes: (c, d) float32, unit rows.
        classifier: (c, f) float32.
        features: (f, rows, columns) float32.
        mirrored: The same of the mirrored picture.

    Returns:
        (t, rows, columns) float32; the mean over places is that of `class_weights` over the mean of
        both pictures' logits, less biases.
    """
    asked = class_weights(texts, classes) @ classifier
    return class_activation(asked, (features + mirrored[:, :, ::-1]) / 2)


# -- occlusion -----------------------------------------------------------------------------------


def occlusion(
    embedder: Embedder,
    image: Image.Image,
    texts: Sequence[str],
    detail: int = 0,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Heat | None:
    """Heat by covering parts of the picture with its mean colour, whatever the model is.

    Source: Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", 4.2. A
    cell's value is the mean loss of cosine over the covers that hide it.

    Args:
        embedder: The model; it embeds one picture for every place of the cover.
        image: Upright, RGB.
        texts: What to look for.
        detail: Which of `STEPS`.
        is_cancelled: Asked between batches.

    Returns:
        The heat; None where it was cancelled.
    """
    detail = min(max(detail, 0), len(STEPS) - 1)
    side, cover = STEPS[detail]
    image = _fitted(image, 2 * embedder.input_size)
    colour = _mean_colour(image)
    wanted = embedder.embed_texts(texts)
    places = side - cover + 1
    scores = np.empty((places * places + 1, len(texts)), np.float32)
    for start in range(0, len(scores), embedder.batch_size):
        if is_cancelled():
            return None
        numbers = range(start, min(start + embedder.batch_size, len(scores)))
        # The last one is the picture itself.
        batch = [
            embedder.prepare(
                image if n == len(scores) - 1 else _covered(image, colour, n, side, cover)
            )
            for n in numbers
        ]
        scores[start : start + len(batch)] = embedder.embed(batch).words @ wanted.T
    lost = (scores[-1] - scores[:-1]).T.reshape(len(texts), places, places)
    values = np.zeros((len(texts), side, side), np.float32)
    counts = np.zeros((side, side), np.float32)
    for down in range(cover):
        for right in range(cover):
            values[:, down : down + places, right : right + places] += lost
            counts[down : down + places, right : right + places] += 1
    finer = detail < len(STEPS) - 1
    return Heat(values / counts, WHOLE, WHOLE, _LOST, "occlusion", finer)


def _fitted(image: Image.Image, short: int) -> Image.Image:
    """The picture with a short side of at most so many pixels, since many copies are made."""
    scale = short / min(image.size)
    if scale >= 1:
        return image
    return image.resize((round(image.width * scale), round(image.height * scale)), reducing_gap=2.0)


def _covered(
    image: Image.Image, colour: tuple[int, ...], number: int, side: int, cover: int
) -> Image.Image:
    """A copy of the picture with a part of it covered, the places counted row by row."""
    row, column = divmod(number, side - cover + 1)
    edges = [
        (round(first * length / side), round((first + cover) * length / side))
        for first, length in ((column, image.width), (row, image.height))
    ]
    (left, right), (top, bottom) = edges
    answer = image.copy()
    answer.paste(colour, (left, top, right, bottom))
    return answer


def _mean_colour(image: Image.Image) -> tuple[int, ...]:
    pixels = np.asarray(image.reduce(8) if min(image.size) >= 16 else image)
    return tuple(int(channel) for channel in pixels.reshape(-1, pixels.shape[-1]).mean(axis=0))
