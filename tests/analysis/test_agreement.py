"""Measures of groups are those of scikit-learn and scipy, on random cases and at the edges."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tui_selector.analysis.agreement import agreement, count
from tui_selector.analysis.kmeans import unit
from tui_selector.analysis.metrics import (
    adjusted_rand_index,
    clustering_accuracy,
    normalized_mutual_information,
)
from tui_selector.analysis.separation import Separation, separation
from tui_selector.library.truth import known_classes

#: Classes and groups that there could be; random cases leave some of them empty.
CLASSES, GROUPS = 5, 7

cases = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        arrays.arrays(np.int64, n, elements=st.integers(0, CLASSES - 1)),
        arrays.arrays(np.int64, n, elements=st.integers(-1, GROUPS - 1)),
    )
)


def tabled(truth: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inside = groups >= 0
    table = count(truth[inside], groups[inside], CLASSES, GROUPS)
    return table, np.bincount(truth[~inside], minlength=CLASSES)


@settings(deadline=None, max_examples=50)
@given(cases)
def test_measures_are_those_of_scikit_learn(case: tuple[np.ndarray, np.ndarray]) -> None:
    from sklearn.metrics import (
        adjusted_rand_score,
        normalized_mutual_info_score,
        precision_recall_fscore_support,
    )

    truth, groups = case
    found = agreement(*tabled(truth, groups))
    singles = np.flatnonzero(groups < 0)
    named = groups.copy()
    named[singles] = GROUPS + np.arange(len(singles))
    assert found.ari == pytest.approx(adjusted_rand_score(truth, named))
    assert found.nmi == pytest.approx(normalized_mutual_info_score(truth, named), abs=1e-6)
    assert found.ari == pytest.approx(adjusted_rand_index(truth, groups))
    assert found.nmi == pytest.approx(normalized_mutual_information(truth, groups), abs=1e-9)
    assert found.accuracy == pytest.approx(clustering_accuracy(truth, groups))
    # Groups called as the classes that they stand for; the others are nobody's.
    name_of = {int(group): class_ for class_, group in enumerate(found.match) if group >= 0}
    called = [name_of.get(int(group), 2 * CLASSES + int(group)) for group in groups]
    theirs = precision_recall_fscore_support(
        truth, called, labels=range(CLASSES), zero_division=0, average=None
    )
    matched = found.match >= 0
    for ours, other in zip((found.precision, found.recall, found.f1), theirs, strict=False):
        assert ours[matched] == pytest.approx(other[matched])


@settings(deadline=None, max_examples=50)
@given(cases)
def test_accuracy_is_that_of_the_best_matching(case: tuple[np.ndarray, np.ndarray]) -> None:
    from scipy.optimize import linear_sum_assignment

    truth, groups = case
    table, alone = tabled(truth, np.maximum(groups, 0))
    rows, columns = linear_sum_assignment(-table)
    found = agreement(table, alone)
    assert found.accuracy == pytest.approx(table[rows, columns].sum() / len(truth))
    given_out = found.match[found.match >= 0].tolist()
    assert len(set(given_out)) == len(given_out)
    assert found.accuracy <= found.purity <= 1.0


@settings(deadline=None, max_examples=50)
@given(cases)
def test_counts_are_scikit_learns_confusion(case: tuple[np.ndarray, np.ndarray]) -> None:
    from sklearn.metrics import confusion_matrix

    truth, groups = case
    table = count(truth, np.maximum(groups, 0), GROUPS, GROUPS)
    theirs = confusion_matrix(truth, np.maximum(groups, 0), labels=range(GROUPS))
    assert table.tolist() == theirs.tolist()


def test_an_empty_class_and_an_empty_group_score_nothing_and_spoil_nothing() -> None:
    table = np.array([[3, 0, 0], [0, 0, 0], [0, 2, 0]])
    found = agreement(table, np.zeros(3, np.int64))
    assert (found.accuracy, found.ari, found.nmi) == pytest.approx((1.0, 1.0, 1.0))
    assert found.match.tolist() == [0, -1, 1]
    assert found.precision.tolist() == found.recall.tolist() == found.f1.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(("classes", "columns"), [(0, 0), (0, 3), (3, 0), (2, 3)])
def test_a_table_without_photos(classes: int, columns: int) -> None:
    found = agreement(np.zeros((classes, columns), np.int64), np.zeros(classes, np.int64))
    assert (found.accuracy, found.ari, found.nmi, found.purity) == (1.0, 1.0, 1.0, 1.0)
    assert found.match.tolist() == [-1] * classes


def test_photos_that_no_group_wants_are_groups_of_their_own() -> None:
    found = agreement(np.zeros((2, 0), np.int64), np.array([3, 1]))
    assert found.accuracy == pytest.approx(0.5)
    assert found.recall.tolist() == pytest.approx([1 / 3, 1.0])
    assert found.match.tolist() == [-1, -1]


@settings(deadline=None, max_examples=60)
@given(n=st.integers(2, 40), k=st.integers(1, 9), seed=st.integers(0, 1000))
def test_separation_is_that_of_scikit_learn(n: int, k: int, seed: int) -> None:
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

    random = np.random.default_rng(seed)
    rows = unit(random.standard_normal((n, 6)).astype(np.float32))
    labels = random.integers(-1, k, n) * 3
    found = separation(rows, labels)
    inside = labels >= 0
    different = len(set(labels[inside].tolist()))
    if not 2 <= different < inside.sum():
        assert found == Separation()
        return
    rows, labels = rows[inside].astype(np.float64), labels[inside]
    theirs = silhouette_score(rows, labels, metric="cosine")
    assert found.silhouette == pytest.approx(theirs, abs=1e-5)
    theirs = calinski_harabasz_score(rows, labels)
    assert found.calinski_harabasz == pytest.approx(theirs, rel=1e-4)
    assert found.davies_bouldin == pytest.approx(davies_bouldin_score(rows, labels), rel=1e-4)


def test_photos_that_are_all_alike_are_not_divided_by_nothing() -> None:
    rows = np.tile(np.array([[1.0, 0.0]], np.float32), (6, 1))
    found = separation(rows, np.array([0, 0, 0, 1, 1, 1]))
    assert (found.silhouette, found.calinski_harabasz, found.davies_bouldin) == (0.0, 1.0, 0.0)


def test_the_published_accuracy_comes_out_of_the_recorded_answers(
    shared_data: Callable[[str], Path],
) -> None:
    """IC|TC on PPMI, 7 instruments: what its authors computed of the same 700 answers."""
    folder = shared_data("ictc") / "ppmi" / "gpt4" / "llava" / "instrument_7_classes"
    published = ast.literal_eval((folder / "accuracy.txt").read_text())
    lines = (folder / "step3_result.txt").read_text().splitlines()
    told = [re.fullmatch(r"Image file-.*/(.*) Answer: (.*)", line) for line in lines if line]
    answers = [match.groups() for match in told if match]
    truth = known_classes("#_{class}", dict(enumerate(name for name, _ in answers)))
    rows, columns = (
        np.unique(names, return_inverse=True)[1]
        for names in (list(truth.values()), [answer for _, answer in answers])
    )
    found = agreement(count(rows, columns, 7, 7), np.zeros(7, np.int64))
    assert len(truth) == 700
    assert (found.accuracy, found.ari, found.nmi) == pytest.approx(
        tuple(published[name] for name in ("ACC", "ARI", "NMI"))
    )
