"""What a model's cosines mean: how likely it is that a photo shows what was asked for.

A cosine by itself says little: words lie at other distances from photos than photos from photos,
"animal" is nearer to everything than "gyroscope", and what one model gives to a match another one
gives to anything. Each model has a `Calibration` that makes chances of its cosines, on one scale
for all of them: a chance of one half is the floor from which a photo counts as a match, and where
nothing reaches it, nothing matches.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import msgspec
import numpy as np

#: Share of an album that a search is after, before anything is known of the photos: one in twenty.
PRIOR = 0.05
#: The same where scores are those of a picture with its own caption. Whoever searches asks in words
#: more general than a caption's, which fit more pictures and score lower with each: a So400m of
#: SigLIP 2 gives "two cats" 0.37 for a photo of two cats, "a cat" 0.0004, and "a dog" 2e-7. One in
#: four was chosen on Caltech-101, Corel and COCO with a small dual encoder that was trained so
#: (tests/benchmarks/bench_calibration.py): a larger prior finds more there, and more that is not.
CAPTION_PRIOR = 0.25
#: Texts that did not belong to a picture for the one that did, in the batches SigLIP learned from
#: (Zhai et al. 2023, 32,768 pairs; SigLIP 2 the same).
NEGATIVES = 32_767
#: Photos whose softmax is computed at a time.
_CHUNK = 4096


class Sigmoid(msgspec.Struct, frozen=True):
    """How a raw score becomes a chance: sigmoid(scale * raw + bias) (Platt 1999)."""

    scale: float
    bias: float

    def chance(self, raw: np.ndarray) -> np.ndarray:
        """Chances from 0 to 1, float64, of raw scores."""
        return sigmoid(self.scale * raw.astype(np.float64) + self.bias)


#: Of z-scores of words and of cosines of pictures, by the built-in model. Both are fitted on 144
#: photos of Caltech-101: the words on 80 names of things, 12 of them to be seen there, the pictures
#: on all pairs of photos, alike where they show the same thing. The place of one half is the
#: threshold of the best F1 for words, and even odds for pictures.
BUILTIN_WORDS = Sigmoid(1.148, -1.148 * 4.05)
BUILTIN_PICTURES = Sigmoid(16.23, -16.23 * 0.45)

#: Of how many standard deviations the cosine of two pictures lies above those of a cohort of
#: different pictures. Three is where photos of one thing part from the others both among the
#: built-in model's vectors and among its network's raw features, which lie in a narrow cone as
#: those of dual encoders do (Caltech-101 and Corel: precision .84 to .99, recall .77 to .90).
COHORT_PICTURES = Sigmoid(1.4, -1.4 * 3.0)


class Calibration(ABC):
    """What the cosines of one model mean.

    Attributes:
        dimensions: Length of a text's vector.
    """

    dimensions: int

    def prompts(self, text: str) -> list[str]:
        """The texts whose mean vector stands for what somebody asks for."""
        return [text]

    def log_partition(self, vectors: np.ndarray) -> np.ndarray:
        """What photos say to everything alike, which scores are held against.

        Args:
            vectors: (n, t) float32, unit rows, that texts are compared with.

        Returns:
            (n,) float32; 0 where nothing is known. It is computed once for a photo.
        """
        return np.zeros(len(vectors), np.float32)

    @abstractmethod
    def words(
        self, text: np.ndarray, cosines: np.ndarray, partitions: np.ndarray, least: float
    ) -> np.ndarray:
        """How likely photos show what a text asks for.

        Args:
            text: (t,) float32, unit length.
            cosines: (n,) of the text with photos.
            partitions: (n,) of the photos, see `log_partition`.
            least: What nearly all photos of the library say at least, see `least_of`.

        Returns:
            (n,) float64, chances from 0 to 1.
        """

    @abstractmethod
    def pictures(self, cosines: np.ndarray) -> np.ndarray:
        """How likely two photos show the same, (n,) float64, by their cosines (n,)."""


class Standardised(Calibration):
    """Holds a text's cosines against those of the same text with a cohort of different texts.

    This is the z-norm of speaker verification (Auckenthaler et al. 2000), and the built-in model's
    calibration: its photos lie among words. The cohort comes with the model and not from the
    library: in an album of dogs the dogs are the mean, and would be no match.
    """

    def __init__(
        self,
        cohort: np.ndarray,
        words: Sigmoid = BUILTIN_WORDS,
        pictures: Sigmoid = BUILTIN_PICTURES,
    ) -> None:
        """
        Args:
            cohort: (c, t) float32, unit rows: texts of many different things.
            words: Of z-scores.
            pictures: Of cosines of pictures.
        """
        self.dimensions = int(cohort.shape[1])
        self._cohort, self._words, self._pictures = cohort, words, pictures

    def words(
        self, text: np.ndarray, cosines: np.ndarray, partitions: np.ndarray, least: float
    ) -> np.ndarray:
        return self._words.chance(standardise(cosines, self._cohort @ text))

    def pictures(self, cosines: np.ndarray) -> np.ndarray:
        return self._pictures.chance(cosines)


class Contrastive(Calibration):
    """Reads the cosines of a dual encoder as its training made them.

    Both ways of training end where `scale * cosine + bias` is, but for a constant, the log of how
    much likelier a picture makes a text (Gutmann and Hyvärinen 2010; Zhai et al. 2023). What lacks
    is how likely it was before. The odds of a match are those of a prior times that ratio:

    - With a bias (SigLIP) the constant is known. `sigmoid(scale * cosine + bias)` is the chance of
      a pair when there are `NEGATIVES` wrong texts for each right one, and is shifted to
      `CAPTION_PRIOR` (Saerens et al. 2002, "Adjusting the outputs of a classifier to new a priori
      probabilities").
    - Without one (CLIP) it comes from a cohort, the labels of a vocabulary: a picture's likelihood
      ratios have a mean of 1 over all texts, so a text's share of the softmax with the cohort,
      times the size of the cohort, is the ratio, and the prior is `PRIOR`. The labels stand for
      everything else that a photo may show, so none of what was asked for is a possible answer.

    The cohort counts with a bias, too: what a photo shows much more surely than what was asked for
    speaks against it. Its partition is Bogolin et al. 2022's "Querybank Normalisation"; the few
    photos that say least to everything, blank ones, are no better an answer for it.
    """

    def __init__(
        self,
        scale: float,
        bias: float | None,
        cohort: np.ndarray,
        pictures: Sigmoid,
        templates: tuple[str, ...] = ("{}",),
    ) -> None:
        """
        Args:
            scale: What a cosine is multiplied with.
            bias: What is then added, or None; see `dual_encoder.DualEncoder`.
            cohort: (c, t) float32, unit rows, at least one: the labels of a vocabulary.
            pictures: Of cosines of pictures.
            templates: Sentences that the cohort was embedded with; few words are asked in the same.
        """
        self.dimensions = int(cohort.shape[1])
        self.cohort = cohort
        self._scale, self._bias = scale, bias or 0.0
        self._pictures, self._templates = pictures, templates
        # Logits of what is as likely as not to be shown: where no other label says anything, and
        # how far it may lie under all labels of the cohort together.
        shift = math.log(NEGATIVES) + _log_odds(CAPTION_PRIOR)
        self._absolute = -math.inf if bias is None else -shift
        self._ahead = math.log(len(cohort)) + _log_odds(PRIOR)

    def prompts(self, text: str) -> list[str]:
        if len(text.split()) > FEW_WORDS:
            return [text]
        return [template.replace("{}", text) for template in self._templates]

    def logits(self, cosines: np.ndarray) -> np.ndarray:
        """What training makes of cosines, of any shape."""
        return np.asarray(self._scale * cosines + self._bias)

    def log_partition(self, vectors: np.ndarray) -> np.ndarray:
        sums = np.empty(len(vectors), np.float32)
        for start in range(0, len(vectors), _CHUNK):
            part = slice(start, start + _CHUNK)
            sums[part] = log_sum(self.logits(vectors[part] @ self.cohort.T))
        return sums

    def nothing(self, partitions: np.ndarray) -> np.ndarray:
        """The logit of none of what was asked for, by how sure photos are of anything else."""
        return np.asarray(np.logaddexp(self._absolute, partitions - self._ahead))

    def words(
        self, text: np.ndarray, cosines: np.ndarray, partitions: np.ndarray, least: float
    ) -> np.ndarray:
        if math.isinf(self._absolute):
            partitions = np.maximum(partitions, least)
        logits = self.logits(cosines.astype(np.float64))
        return sigmoid(logits - self.nothing(partitions.astype(np.float64)))

    def pictures(self, cosines: np.ndarray) -> np.ndarray:
        return self._pictures.chance(cosines)


#: Most words of a text that is taken for the name of a thing, which is put into prompts.
FEW_WORDS = 3


def of_cohort(mean: float, spread: float) -> Sigmoid:
    """The chance that pictures are alike, by their cosine, in a space that a cohort measured.

    Args:
        mean: Of the cosines of pictures that have nothing in common.
        spread: Their standard deviation.
    """
    # Where different pictures differ so widely, four spreads would lie beyond the same picture.
    spread = max(min(spread, (1.0 - mean) / 4.0), 1e-6)
    scale = COHORT_PICTURES.scale / spread
    return Sigmoid(scale, COHORT_PICTURES.bias - scale * mean)


def least_of(partitions: np.ndarray) -> float:
    """What nine in ten of a library's photos say at least to everything alike; 0 without photos."""
    if not len(partitions):
        return 0.0
    return float(np.quantile(partitions, 0.1, method="lower"))


def standardise(scores: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """How many standard deviations scores lie above the mean of a cohort's.

    Args:
        scores: (n,) cosines of a text with photos.
        cohort: (c,) cosines of the same text with other things; with fewer than two, or where all
            are the same, the scores are given back.
    """
    spread = float(cohort.std()) if len(cohort) > 1 else 0.0
    return (scores - cohort.mean()) / spread if spread > 1e-6 else scores


def _log_odds(chance: float) -> float:
    return math.log(chance / (1.0 - chance))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), float64, for any x."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits.astype(np.float64))))


def log_sum(logits: np.ndarray) -> np.ndarray:
    """log Σ exp over the last axis, for any finite logits."""
    highest = logits.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(logits - highest).sum(axis=-1)) + highest[..., 0])
