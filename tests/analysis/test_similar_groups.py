"""Which photos are grouped, as what, and at which threshold."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from tui_selector.analysis.similar.fingerprints import Fingerprints
from tui_selector.analysis.similar.grouping import Grouping
from tui_selector.analysis.similar.hashing import picture_hash
from tui_selector.analysis.similar.neighbours import (
    alike_pairs,
    close_pairs,
    close_pairs_at_a_time,
)
from tui_selector.analysis.similar.shots import Shots, exposure_value
from tui_selector.library.folder.files import DecodeError
from tui_selector.library.groups import LIMITS, GroupSetting, GroupWish
from tui_selector.library.pictures.decode import decode


def scene(seed: int, width: int = 300, height: int = 200) -> Image.Image:
    """Blurred noise with the spectrum of a photo: coarse and strong, fine and weak."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cells, weight in ((3, 60.0), (7, 30.0), (15, 15.0), (40, 6.0)):
        for channel in range(3):
            layer = Image.fromarray(rng.uniform(-1, 1, (cells, cells)).astype(np.float32))
            size = layer.resize((width, height), Image.Resampling.BICUBIC)
            total[..., channel] += weight * np.asarray(size)
    return Image.fromarray(np.clip(128 + total, 0, 255).astype(np.uint8))


def shots_of(pictures: list[Image.Image], **columns: Any) -> Shots:
    """Photos of one camera of which nothing is known but what is said."""
    count = len(pictures)
    unknown = np.full(count, np.nan)
    facts: dict[str, Any] = {
        "ids": np.arange(1, count + 1),
        "contents": np.arange(count),
        "names": [f"{number}.jpg" for number in range(count)],
        "prints": Fingerprints.of([picture_hash(np.asarray(each)) for each in pictures]),
        "vectors": np.zeros((count, 0), np.float32),
        "taken": unknown,
        "cameras": np.zeros(count, np.intp),
        "exposures": unknown,
        "biases": unknown,
        "seconds": np.full(count, 0.01),
        "focal_lengths": np.full(count, 50.0),
        "pixels": np.array([each.width * each.height for each in pictures]),
        "shapes": np.array([each.width / each.height for each in pictures]),
        "sharpest": np.full((count, 2), np.nan),
    }
    return Shots(**(facts | columns))


def found(shots: Shots, setting: GroupSetting, **wish: Any) -> list[tuple[str, list[int]]]:
    """Kind and rows of each group."""
    groups = Grouping(shots, 2.0).groups(GroupWish(setting=setting, **wish))
    return [(group.kind, group.rows.tolist()) for group in groups]


# -- the same picture --------------------------------------------------------------------------


def test_copies_and_changed_copies_are_groups() -> None:
    one, other = scene(1), scene(2)
    pictures = [
        *(one, ImageOps.mirror(one), one.resize((160, 160)), one.rotate(30), scene(3)),
        *(other, other, scene(4)),
    ]
    contents = np.array([0, 1, 2, 3, 4, 5, 5, 6])
    assert found(shots_of(pictures, contents=contents), "duplicate") == [
        ("duplicates", [0, 1, 2, 3]),
        ("copies", [5, 6]),
    ]


def test_blank_pictures_are_copies_only_where_their_bytes_are_the_same() -> None:
    blank = Image.new("RGB", (90, 60))
    shots = shots_of([blank] * 4, contents=np.array([0, 0, 1, 2]))
    assert found(shots, "similar") == [("copies", [0, 1])]


def test_two_exposures_of_one_frame_are_a_burst_and_no_duplicates() -> None:
    shots = shots_of([scene(1)] * 3, taken=np.array([10.0, 10.5, 11.0]))
    assert found(shots, "duplicate") == []
    assert found(shots, "bursts") == [("burst", [0, 1, 2])]
    assert found(shots, "similar") == [("burst", [0, 1, 2])]


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["IMG_1234.JPG", "IMG_1234-edit.jpg"], "shot"),
        (["IMG_1234.JPG", "IMG_E1234.JPG"], "shot"),
        (["a.tif", "a (bearbeitet).jpg"], "shot"),
        (["IMG_1234.JPG", "IMG_1234.png"], "duplicates"),
        (["IMG_1234.JPG", "IMG_9999-edit.jpg"], "duplicates"),
    ],
)
def test_an_edit_and_its_original_are_one_shot(names: list[str], kind: str) -> None:
    picture = scene(1)
    pictures = [picture, ImageEnhance.Contrast(picture).enhance(1.3)]
    assert found(shots_of(pictures, names=names, taken=np.array([5.0, 5.0])), "duplicate") == [
        (kind, [0, 1])
    ]


def part_of(
    picture: Image.Image, wide: float, high: float, left: float = 0.5, top: float = 0.5
) -> Image.Image:
    """A part of a picture: shares of its sides, from the left and the top (0) to the others (1)."""
    width, height = round(wide * picture.width), round(high * picture.height)
    x, y = round(left * (picture.width - width)), round(top * (picture.height - height))
    return picture.crop((x, y, x + width, y + height))


def alike(count: int) -> NDArray[np.float32]:
    """Vectors that tell nothing apart."""
    return np.ones((count, 1), np.float32)


@pytest.mark.parametrize(
    "part",
    [
        (0.95, 0.95),
        (0.9, 0.9, 0.0, 1.0),
        (0.8, 0.8, 0.3, 0.1),
        (0.7, 0.7),
        (0.667, 1.0),
        (1.0, 0.6),
    ],
    ids=["95 %", "a corner", "80 %", "70 %", "square", "wide"],
)
def test_a_part_of_a_picture_is_the_same_picture(part: tuple[float, ...]) -> None:
    pictures = [scene(1), part_of(scene(1), *part), scene(2), scene(3)]
    shots = shots_of(pictures, vectors=alike(4))
    assert found(shots, "duplicate") == [("duplicates", [0, 1])]


def test_parts_are_looked_for_only_where_vectors_are_alike() -> None:
    pictures = [scene(1), part_of(scene(1), 0.8, 0.8)]
    assert found(shots_of(pictures), "duplicate") == []
    assert found(shots_of(pictures, vectors=arc(2, 60)), "duplicate") == []
    assert len(found(shots_of(pictures, vectors=arc(2, 20)), "duplicate")) == 1


def test_a_part_that_was_taken_at_another_time_is_another_photo() -> None:
    pictures = [scene(1), part_of(scene(1), 0.8, 0.8)]
    for times, groups in (([5.0, 5.0], 1), ([5.0, np.nan], 1), ([5.0, 6.0], 0)):
        shots = shots_of(pictures, vectors=alike(2), taken=np.array(times))
        assert len(found(shots, "duplicate")) == groups


def test_two_views_that_overlap_are_no_parts_of_each_other() -> None:
    wide = scene(1, 360, 240)
    for step in (0.1, 0.2, 0.4):
        views = [part_of(wide, 0.8, 0.8, 0.5 - step, 0.5), part_of(wide, 0.8, 0.8, 0.5 + step, 0.4)]
        assert found(shots_of(views, vectors=alike(2)), "duplicate") == []


def test_a_new_part_is_found_among_photos_that_are_known() -> None:
    pictures = [scene(1), scene(2), scene(3), part_of(scene(2), 0.75, 0.75)]
    shots = shots_of(pictures, vectors=alike(4))
    before = Grouping(shots.part(np.arange(3)), 2.0)
    assert before.groups(GroupWish(setting="duplicate")) == []
    (group,) = Grouping(shots, 2.0, before).groups(GroupWish(setting="duplicate"))
    assert group.rows.tolist() == [1, 3]


# -- the same moment ---------------------------------------------------------------------------


def frames(count: int, seed: int = 1) -> list[Image.Image]:
    """A hand-held series: each frame moved a little."""
    wide = scene(seed, 320, 220)
    return [wide.crop((2 * n % 9, n % 7, 300 + 2 * n % 9, 200 + n % 7)) for n in range(count)]


def test_a_burst_ends_where_time_camera_or_motif_changes() -> None:
    pictures = [*frames(4), *frames(2), *frames(2), scene(9)]
    taken = np.array([0.0, 0.2, 0.4, 0.6, 9.0, 9.1, 9.2, 9.3, 9.4])
    cameras = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1])
    shots = shots_of(pictures, taken=taken, cameras=cameras)
    assert found(shots, "bursts") == [
        ("burst", [0, 1, 2, 3]),
        ("burst", [4, 5]),
        ("burst", [6, 7]),
    ]


def test_the_time_of_a_long_exposure_does_not_part_a_burst() -> None:
    shots = shots_of(frames(2), taken=np.array([0.0, 31.0]), seconds=np.array([30.0, 30.0]))
    assert found(shots, "bursts") == [("burst", [0, 1])]


@pytest.mark.parametrize(
    ("exposures", "biases"),
    [
        ([0.0, -2.0, 2.0], [0.0, -2.0, 2.0]),
        ([-3.0, 0.0], [-3.0, 0.0]),
        ([0.0, -1.0, 1.0, -2.0, 2.0], [np.nan] * 5),
        ([0.0, -0.7, 0.7], [0.0, -0.7, 0.7]),
        ([5.0, 7.0, 9.0], [0.0, 0.0, 0.0]),
    ],
    ids=["three", "two", "five without compensation", "small steps", "by hand"],
)
def test_a_ladder_of_exposures_is_a_bracket(exposures: list[float], biases: list[float]) -> None:
    pictures = [
        ImageEnhance.Brightness(scene(1)).enhance(0.5 * 2.0 ** (ev - exposures[0]))
        for ev in exposures
    ]
    shots = shots_of(
        pictures,
        taken=0.3 * np.arange(len(exposures)),
        exposures=np.array(exposures),
        biases=np.array(biases),
    )
    everyone = list(range(len(exposures)))
    assert found(shots, "bursts") == [("bracket", everyone)]
    assert found(shots, "similar") == [("bracket", everyone)]


@pytest.mark.parametrize(
    ("exposures", "biases"),
    [
        ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ([0.0, 0.33, 0.66, 1.0], [0.0, 0.0, 0.0, 0.0]),
        ([0.0, 1.0], [0.0, 0.0]),
        ([0.0, 0.2, -1.2], [0.0, 0.0, 0.0]),
        ([np.nan, -2.0, np.nan], [0.0, -2.0, 2.0]),
    ],
    ids=["one exposure", "following the light", "two metered", "uneven", "not known"],
)
def test_changing_light_is_no_bracket(exposures: list[float], biases: list[float]) -> None:
    shots = shots_of(
        frames(len(exposures)),
        taken=0.3 * np.arange(len(exposures)),
        exposures=np.array(exposures),
        biases=np.array(biases),
    )
    assert "bracket" not in {kind for kind, _ in found(shots, "bursts")}


def test_brackets_that_follow_each_other_are_apart_and_a_burst_beside_them() -> None:
    exposures = np.array([0.0, -2.0, 2.0, 0.0, -2.0, 2.0, 0.0, 0.0, 0.0])
    shots = shots_of(frames(9), taken=0.3 * np.arange(9), exposures=exposures, biases=exposures)
    assert found(shots, "bursts") == [
        ("bracket", [0, 1, 2]),
        ("bracket", [3, 4, 5]),
        ("burst", [6, 7, 8]),
    ]


def test_frames_whose_sharp_place_travels_are_a_focus_stack() -> None:
    count = 6
    near_to_far = np.stack([np.full(count, 0.5), np.linspace(0.9, 0.2, count)], axis=1)
    facts: dict[str, Any] = {"taken": 0.5 * np.arange(count), "exposures": np.zeros(count)}
    shots = shots_of([scene(1)] * count, sharpest=near_to_far, **facts)
    assert found(shots, "bursts") == [("focus stack", list(range(count)))]
    still = np.tile([0.5, 0.5], (count, 1)) + 0.02 * (-1.0) ** np.arange(count)[:, None]
    shots = shots_of([scene(1)] * count, sharpest=still, **facts)
    assert found(shots, "bursts") == [("burst", list(range(count)))]


def test_frames_that_overlap_are_a_panorama() -> None:
    wide = scene(1, 900, 220)
    pictures = [wide.crop((150 * n, n % 3, 150 * n + 300, 200 + n % 3)) for n in range(4)]
    shots = shots_of(pictures, taken=np.arange(4.0))
    assert found(shots, "bursts") == [("panorama", [0, 1, 2, 3])]
    fast = shots_of(pictures, taken=0.1 * np.arange(4))
    assert "panorama" not in {kind for kind, _ in found(fast, "bursts")}
    others = shots_of([scene(n) for n in range(4)], taken=np.arange(4.0))
    assert found(others, "bursts") == []


def test_a_copy_of_a_frame_of_a_set_goes_with_it() -> None:
    exposures = np.array([0.0, -2.0, 2.0, 0.0])
    shots = shots_of(
        [*frames(3), frames(1)[0]],
        contents=np.array([0, 1, 2, 0]),
        taken=np.array([0.0, 0.3, 0.6, 0.0]),
        exposures=exposures,
        biases=exposures,
    )
    assert found(shots, "similar") == [("bracket", [0, 3, 1, 2])]
    assert found(shots, "duplicate") == [("copies", [0, 3])]


# -- the same motif ----------------------------------------------------------------------------


def arc(count: int, degrees: float) -> NDArray[np.float32]:
    """Unit vectors, each turned from the one before by so much."""
    angles = np.radians(degrees) * np.arange(count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_a_chain_of_look_alikes_is_not_one_group() -> None:
    # Colours are the same; each photo is like the next one (cosine .94), the ends are opposites.
    base = np.asarray(scene(1))
    pictures = [Image.fromarray(np.roll(base, (17 * n, 31 * n), (0, 1))) for n in range(9)]
    groups = found(shots_of(pictures, vectors=arc(9, 20)), "similar")
    assert 1 < len(groups) < 5
    assert max(len(rows) for _, rows in groups) < 6
    assert all(np.ptp(rows) == len(rows) - 1 for _, rows in groups)


@cache
def album() -> Shots:
    """Copies, bursts, look-alikes and single photos."""
    rng = np.random.default_rng(5)
    pictures, vectors, taken = [], [], []
    for motif in range(12):
        direction = rng.standard_normal(16)
        start = 100.0 * motif
        for number, picture in enumerate(frames(1 + motif % 4, motif)):
            pictures.append(picture)
            vectors.append(direction + 0.4 * rng.standard_normal(16))
            taken.append(start + (0.5 if motif % 2 else 30.0) * number)
    rows = np.array(vectors, np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return shots_of(pictures, vectors=rows, taken=np.array(taken))


@pytest.mark.parametrize("setting", list(LIMITS))
def test_the_slider_tells_what_each_threshold_gives(setting: GroupSetting) -> None:
    grouping = Grouping(album(), 2.0)
    counts = grouping.counts(setting)
    assert (counts[0].threshold, counts[-1].threshold) == LIMITS[setting]
    for value, groups, photos in counts:
        given_ = grouping.groups(GroupWish(setting=setting, threshold=value))
        assert len(given_) == groups
        assert sum(len(group.rows) for group in given_) == photos
        assert all(group.strength >= value - 1e-6 for group in given_)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_groups_do_not_depend_on_the_order_of_photos(seed: int) -> None:
    shots = album()
    order = np.random.default_rng(seed).permutation(len(shots))
    for setting in LIMITS:
        straight = {(kind, tuple(shots.ids[rows].tolist())) for kind, rows in found(shots, setting)}
        part = shots.part(order)
        shuffled = {(kind, tuple(part.ids[rows].tolist())) for kind, rows in found(part, setting)}
        assert shuffled == straight


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_was_compared_before_gives_the_same_groups_as_photos_come_and_go(seed: int) -> None:
    random, shots = np.random.default_rng(seed), album()
    grouping: Grouping | None = None
    for share in (0.5, 0.9, 0.7):
        part = shots.part(np.flatnonzero(random.random(len(shots)) < share))
        grouping = Grouping(part, 2.0, grouping)
        for setting in LIMITS:
            known = grouping.groups(GroupWish(setting=setting))
            fresh = Grouping(part, 2.0).groups(GroupWish(setting=setting))
            assert [each.rows.tolist() for each in known] == [each.rows.tolist() for each in fresh]


def test_no_photo_and_one_photo_are_no_group() -> None:
    for pictures in ([], [scene(1)]):
        for setting in LIMITS:
            assert found(shots_of(pictures), setting) == []
            assert all(
                count.groups == 0 for count in Grouping(shots_of(pictures), 2.0).counts(setting)
            )


# -- neighbours --------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(
    count=st.integers(0, 1300),
    since=st.integers(0, 1300),
    seed=st.integers(0, 2**32 - 1),
)
def test_neighbours_are_all_pairs_that_are_near(count: int, since: int, seed: int) -> None:
    points = np.random.default_rng(seed).standard_normal((count, 4)).astype(np.float32)
    since = min(since, count)
    left, right = np.triu_indices(count, 1)
    left, right = left[right >= since], right[right >= since]
    distances = np.linalg.norm(points[left] - points[right], axis=1)
    near = distances <= 0.5
    pairs = close_pairs(points, 0.5, since)
    surely = set(
        zip(left[distances < 0.499].tolist(), right[distances < 0.499].tolist(), strict=True)
    )
    got = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert surely <= got
    assert abs(len(got) - int(near.sum())) <= int((np.abs(distances - 0.5) < 1e-3).sum())
    products = np.einsum("nd,nd->n", points[left], points[right])
    pairs = alike_pairs(points, 2.0, since)
    assert abs(len(pairs.left) - int((products >= 2.0).sum())) <= int(
        (np.abs(products - 2.0) < 1e-3).sum()
    )


@settings(max_examples=12, deadline=None)
@given(
    count=st.integers(0, 1300),
    span=st.sampled_from([0.0, 1.0, 1000.0]),
    unknown=st.sampled_from([0.0, 0.2, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
@example(count=1279, span=1.0, unknown=0.2, seed=13)  # times end within a tile
def test_neighbours_at_a_time_are_those_neighbours_whose_times_are_near_or_unknown(
    count: int, span: float, unknown: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    points = random.standard_normal((count, 3)).astype(np.float32)
    times = np.where(random.random(count) < unknown, np.nan, random.uniform(0, span, count))
    near = close_pairs(points, 0.4)
    near = near.at(~(np.abs(times[near.left] - times[near.right]) > 0.5))
    found = close_pairs_at_a_time(points, 0.4, times, 0.5)
    assert (found.left < found.right).all()
    both = [set(zip(one.left.tolist(), one.right.tolist(), strict=True)) for one in (near, found)]
    for left, right in both[0] ^ both[1]:  # only where the sum rounds otherwise in another order
        assert abs(float(np.linalg.norm(points[left] - points[right])) - 0.4) < 1e-3


# -- real photos -------------------------------------------------------------------------------


def folder_of(folder: Path) -> tuple[list[str], Shots]:
    names, pictures = [], []
    for path in sorted(folder.iterdir()):
        try:
            pictures.append(decode(path, longest=512).image)
        except DecodeError:
            continue
        names.append(path.name)
    return names, shots_of(pictures)


def test_only_changed_copies_of_real_photos_are_duplicates(shared_data: Any) -> None:
    names, shots = folder_of(shared_data("neardup"))
    groups = [sorted(names[row] for row in rows) for _, rows in found(shots, "duplicate")]
    changed = [name for name in names if name.startswith("ukbench00120")]
    assert groups == [changed]
    assert len(changed) == 4


def test_parts_of_real_photos_are_duplicates_and_other_views_are_not(shared_data: Any) -> None:
    names, pictures = [], []
    for path in sorted(shared_data("neardup").glob("*")):
        if path.suffix.lower() == ".jpg" and "_" not in path.stem.replace("100_", "100"):
            picture = decode(path, longest=512).image
            pictures += [picture, part_of(picture, 0.8, 0.8, 0.2, 0.7)]
            names += [path.stem, path.stem]
    shots = shots_of(pictures, vectors=alike(len(pictures)))
    groups = [[names[row] for row in rows] for _, rows in found(shots, "duplicate")]
    assert sorted(groups) == sorted([name, name] for name in sorted(set(names)))


def test_the_eight_orientations_of_a_real_photo_are_one_group(shared_data: Any) -> None:
    names, shots = folder_of(shared_data("exif"))
    groups = [{names[row] for row in rows} for _, rows in found(shots, "duplicate")]
    for shape in ("landscape", "portrait"):
        assert {f"jpg__orientation__{shape}_{number}.jpg" for number in range(1, 9)} in groups


def test_exposures_are_told_by_time_aperture_and_sensitivity() -> None:
    seconds = np.array([1.0, 0.5, 1.0, 1.0, np.nan])
    f_number = np.array([2.0, 2.0, 4.0, 2.0, 2.0])
    iso = np.array([100.0, 100.0, 100.0, 800.0, 100.0])
    values = exposure_value(seconds, f_number, iso)
    assert (values[:4] - values[0]).tolist() == pytest.approx([0, -1, -2, 3])
    assert np.isnan(values[4])
