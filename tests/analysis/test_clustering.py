from __future__ import annotations

import csv

import msgspec
import numpy as np
import pytest

from tui_selector.analysis.clustering import EXACT_PHOTOS, ClusterSpace
from tui_selector.analysis.kmeans import unit
from tui_selector.analysis.metrics import adjusted_rand_index, clustering_accuracy
from tui_selector.analysis.suggest import suggest
from tui_selector.library.catalog.clusters import Clustering

ALGORITHMS = ["kmeans", "dbscan", "linked", "hdbscan"]


def album(groups: int, each: int, d: int = 32, spread: float = 0.08, seed: int = 0):
    random = np.random.default_rng(seed)
    truth = random.permutation(np.repeat(np.arange(groups), each))
    centres = unit(random.standard_normal((groups, d)).astype(np.float32))
    noise = spread * random.standard_normal((len(truth), d)).astype(np.float32)
    return unit(centres[truth] + noise), truth


def check(grouping, n, d):
    """What holds for every cut of every album."""
    assert grouping.labels.shape == (n,)
    assert grouping.labels.dtype == np.int32
    count = grouping.count
    sizes = np.bincount(grouping.labels[grouping.labels >= 0], minlength=count)
    assert len(sizes) == count
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all() or grouping.used.leftovers == "each"
    assert grouping.centroids.shape == (count, d)
    assert np.allclose(np.linalg.norm(grouping.centroids, axis=1), 1, atol=1e-4)
    assert ((grouping.tightness > -1e-5) & (grouping.tightness < 1 + 1e-5)).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("leftovers", ["singles", "nearest", "each"])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 30])
def test_any_number_of_photos(algorithm, leftovers, n):
    vectors = album(3, 10)[0][:n]
    space = ClusterSpace(vectors)
    params = Clustering(algorithm=algorithm, leftovers=leftovers)
    grouping = space.cluster(params)
    check(grouping, n, 32)
    if algorithm == "kmeans" or leftovers == "each":
        assert (grouping.labels >= 0).all()
    if leftovers == "nearest" and grouping.count:
        assert (grouping.labels >= 0).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("n", [2, 9, EXACT_PHOTOS + 500])
def test_identical_photos_are_one_cluster(algorithm, n):
    vectors = np.tile(album(1, 1)[0], (n, 1))
    grouping = ClusterSpace(vectors).cluster(
        Clustering(algorithm=algorithm, min_samples=2, min_cluster_size=2, k=5)
    )
    check(grouping, n, 32)
    assert grouping.count == 1
    assert (grouping.labels == 0).all()


def test_a_k_above_the_distinct_photos_is_lowered_and_said():
    vectors = np.repeat(album(12, 1)[0], 2, axis=0)
    grouping = ClusterSpace(vectors).cluster(Clustering(k=24))
    assert grouping.note == "Only 12 distinct photos, so K is 12."
    assert grouping.used.k == 12
    assert grouping.count == 12
    assert (grouping.labels[::2] == grouping.labels[1::2]).all()


@pytest.mark.parametrize("k", range(2, 41))
def test_every_k_from_2_to_n(k):
    vectors, _ = album(8, 5, spread=0.4)
    grouping = ClusterSpace(vectors).cluster(Clustering(k=k))
    check(grouping, 40, 32)
    assert grouping.count == k


def test_a_chain_of_near_duplicates_longer_than_any_stack():
    angles = np.linspace(0, np.pi / 2, 4000)
    chain = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    for algorithm in ("linked", "dbscan"):
        grouping = ClusterSpace(chain).cluster(Clustering(algorithm=algorithm, threshold=0.99999))
        assert grouping.count == 1
        assert (grouping.labels == 0).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_clean_groups_are_found_with_suggested_parameters(algorithm):
    vectors, truth = album(9, 20)
    labels = ClusterSpace(vectors).cluster(Clustering(algorithm=algorithm)).labels
    assert adjusted_rand_index(truth, labels.tolist()) > 0.95


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_clean_groups_are_found_through_cells(algorithm):
    vectors, truth = album(30, 120)
    space = ClusterSpace(vectors)
    assert space.cells is not None
    params = Clustering(algorithm=algorithm, k=30 if algorithm == "kmeans" else None)
    labels = space.cluster(params).labels
    assert adjusted_rand_index(truth, labels.tolist()) > 0.95


@pytest.mark.parametrize("n", [60, EXACT_PHOTOS + 100])
def test_deterministic(n):
    vectors, _ = album(10, n // 10, spread=0.5)
    params = Clustering(k=7, seed=4)
    one = ClusterSpace(vectors).cluster(params)
    two = ClusterSpace(vectors).cluster(params)
    assert np.array_equal(one.labels, two.labels)


def test_large_k_through_cells_fills_every_cluster():
    vectors, _ = album(20, 200, spread=0.4)
    grouping = ClusterSpace(vectors).cluster(Clustering(k=2000))
    check(grouping, 4000, 32)
    assert grouping.count == 2000


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (Clustering(k=0), "K must be 1 or more"),
        (Clustering(threshold=1.5), "must lie between -1 and 1"),
        (Clustering(threshold=float("nan")), "must lie between -1 and 1"),
        (Clustering(min_samples=0), "minimum of samples"),
        (Clustering(min_cluster_size=1), "smallest cluster"),
        (Clustering(seed=-1), "seed"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(params, sentence):
    vectors, _ = album(2, 5)
    with pytest.raises(ValueError, match=sentence):
        ClusterSpace(vectors).cluster(params)


@pytest.mark.parametrize("vectors", [np.zeros(3), np.full((2, 3), np.nan)])
def test_vectors_that_are_none(vectors):
    with pytest.raises(ValueError, match="ector"):
        ClusterSpace(vectors)


def test_a_new_photo_slides_into_its_cluster_and_a_stranger_does_not():
    vectors, _ = album(6, 30)
    space = ClusterSpace(vectors)
    grouping = space.cluster(Clustering(k=6))
    again, _ = album(6, 30, seed=0)
    random = np.random.default_rng(9)
    near = unit(again + 0.02 * random.standard_normal(again.shape).astype(np.float32))
    assert (grouping.assign(near) == grouping.labels).mean() > 0.97
    strangers = unit(random.standard_normal((50, 32)).astype(np.float32))
    assert (grouping.assign(strangers) == -1).mean() > 0.9
    forced = space.cluster(Clustering(k=6, leftovers="nearest"))
    assert (forced.assign(strangers) >= 0).all()
    assert grouping.assign(np.zeros((0, 32))).tolist() == []


def test_a_photo_alone_takes_its_copy_but_no_stranger():
    vectors, _ = album(2, 1)
    grouping = ClusterSpace(vectors[:1]).cluster(Clustering())
    assert grouping.assign(vectors).tolist() == [0, -1]


def test_split_divides_what_it_is_given():
    vectors, truth = album(4, 15)
    rows = np.flatnonzero(truth < 2)
    labels = ClusterSpace(vectors).split(rows)
    assert adjusted_rand_index(truth[rows].tolist(), labels.tolist()) == 1.0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_suggestion_is_a_point_of_its_curve(algorithm):
    vectors, _ = album(7, 12)
    found = suggest(ClusterSpace(vectors), algorithm)
    xs = [x for x, _ in found.curve]
    assert xs == sorted(xs)
    assert len(xs) > 2
    picked = {
        "kmeans": found.params.k,
        "hdbscan": found.params.min_cluster_size,
    }.get(algorithm, found.params.threshold)
    assert picked in xs
    assert dict(found.curve)[picked] == max(y for _, y in found.curve)
    assert found.params.algorithm == algorithm
    assert found.reason.endswith(".")
    assert found.params.validate(len(vectors)) is None


def test_the_suggested_k_is_the_number_of_clean_groups():
    vectors, _ = album(7, 12)
    assert suggest(ClusterSpace(vectors), "kmeans").params.k == 7


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_suggestions_for_almost_no_photos(algorithm, n):
    found = suggest(ClusterSpace(album(3, 1)[0][:n]), algorithm)
    assert found.params.validate(n) is None
    if algorithm == "kmeans":
        assert found.params.k == max(1, min(n, 2))


def test_parameters_survive_the_wire():
    params = Clustering(algorithm="dbscan", threshold=0.7, leftovers="each")
    assert msgspec.json.decode(msgspec.json.encode(params), type=Clustering) == params


def test_real_photos_by_colour_alone_beat_chance(shared_data):
    """Small colour grids, no model: the clustering must find classes that the pixels show."""
    from PIL import Image

    folder = shared_data("corel")
    with (folder / "labels.csv").open() as table:
        rows = list(csv.DictReader(table))
    grids = []
    for row in rows:
        with Image.open(folder / row["file"]) as image:
            grids.append(np.asarray(image.convert("RGB").resize((6, 6)), np.float32).ravel())
    vectors = unit(np.array(grids) - 127.5)
    truth = [row["class"] for row in rows]
    labels = ClusterSpace(vectors).cluster(Clustering(k=10)).labels
    shuffled = np.random.default_rng(0).permutation(labels)
    chance = clustering_accuracy(truth, shuffled.tolist())
    assert clustering_accuracy(truth, labels.tolist()) > chance + 0.1


def test_regroup_takes_known_clusters_and_renumbers_them():
    vectors, truth = album(3, 10)
    labels = np.where(truth == 2, -1, truth * 7)
    labels[np.flatnonzero(truth == 1)[0]] = 0
    grouping = ClusterSpace(vectors).regroup(labels, Clustering())
    check(grouping, 30, 32)
    assert np.bincount(grouping.labels[grouping.labels >= 0]).tolist() == [11, 9]
    assert np.array_equal(grouping.labels < 0, truth == 2)
