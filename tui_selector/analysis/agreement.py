"""How groups agree with known classes, class by class: what a confusion matrix tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_selector.analysis.metrics import IntArray, ari, nmi

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a table of counts says.

    Attributes:
        accuracy: Share of the photos that are in the group which stands for their class, when each
            class has a group of its own and the groups are given out as well as can be.
        ari: Rand index corrected for chance.
        nmi: Normalized mutual information.
        purity: Share of the photos that are of the most frequent class of their group.
        match: (classes,) int64, the column that stands for each class; -1 where none was left, or
            where one photo alone stands for it.
        precision: (classes,) share of the column that is of the class; 0 without a column.
        recall: (classes,) share of the class that is in the column; 0 without a column.
    """

    accuracy: float
    ari: float
    nmi: float
    purity: float
    match: IntArray
    precision: FloatArray
    recall: FloatArray

    @property
    def f1(self) -> FloatArray:
        """(classes,) harmonic mean of precision and recall; 0 where both are."""
        total = self.precision + self.recall
        return _shares(2 * self.precision * self.recall, total)


def count(truth: IntArray, groups: IntArray, classes: int, columns: int) -> IntArray:
    """Return the (classes, columns) table of how many photos of each class are in each group.

    Args:
        truth: (n,) class of each photo, from 0.
        groups: (n,) group of each photo, from 0.
        classes: How many classes there are; some may be empty.
        columns: How many groups there are; some may be empty.
    """
    cells = np.bincount(truth * columns + groups, minlength=classes * columns)
    return np.asarray(cells.reshape(classes, columns), np.int64)


def agreement(table: IntArray, alone: IntArray) -> Agreement:
    """Say how well columns stand for rows.

    Columns are given to classes one to one, so that as many photos as possible are right
    (Hungarian method, Kuhn 1955). An empty class scores 0 in precision and recall, as
    scikit-learn has it with ``zero_division=0``. A table without photos agrees perfectly.

    Args:
        table: (classes, columns) counts.
        alone: (classes,) how many photos of each class are in no column; each of them counts as a
            group of its own.
    """
    from scipy.optimize import linear_sum_assignment

    classes, columns = table.shape
    # Of the photos alone, one at most can stand for its class.
    offered = np.hstack([table, np.diag(np.minimum(alone, 1))])
    rows, given = linear_sum_assignment(offered, maximize=True)
    match = np.full(classes, -1, np.int64)
    match[rows] = given
    right = np.zeros(classes, np.int64)
    right[rows] = offered[rows, given]
    of_column = np.concatenate([table.sum(axis=0), np.ones(classes, np.int64), [0]])[match]
    of_class = table.sum(axis=1) + alone
    photos = int(of_class.sum())
    pure = int(table.max(axis=0, initial=0).sum() + alone.sum())
    return Agreement(
        accuracy=float(right.sum() / photos) if photos else 1.0,
        ari=ari(table, alone),
        nmi=nmi(table, alone),
        purity=pure / photos if photos else 1.0,
        match=np.where((match < columns) & (of_class > 0), match, -1),
        precision=_shares(right, of_column),
        recall=_shares(right, of_class),
    )


def _shares(part: NDArray[np.generic], whole: NDArray[np.generic]) -> FloatArray:
    """part / whole, 0 where there is nothing."""
    shares = np.zeros(len(part))
    np.divide(part, whole, out=shares, where=np.asarray(whole) > 0)
    return shares
