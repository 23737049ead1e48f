from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.analysis.naming import FAIR_SHARE, name_clusters, plain_names
from tui_selector.library.photo import Tag


def model(*names: str) -> list[Tag]:
    return [Tag(name, 0.9, "model") for name in names]


def test_a_name_is_what_sets_a_cluster_apart():
    tags = [model("outdoor", "dog")] * 5 + [model("outdoor", "car")] * 5
    names = name_clusters(tags, [0] * 5 + [1] * 5)
    assert [name.name for name in names] == ["dog", "car"]
    assert [name.share for name in names] == [1.0, 1.0]
    assert "outdoor" not in names[0].tags


def test_a_name_holds_for_a_fair_share():
    tags = [model("sea")] * 5 + [model("sea", "narwhal")] + [model("road")] * 6
    names = name_clusters(tags, [0] * 6 + [1] * 6)
    assert names[0].name == "sea"
    assert names[0].share == 1.0


def test_two_words_share_a_name_where_neither_holds_for_enough():
    kinds = ["horse"] * 3 + ["zebra"] * 3 + ["a", "b", "c", "d"]
    tags = [model(kind) for kind in kinds] + [model("car")] * 10
    names = name_clusters(tags, [0] * 10 + [1] * 10)
    assert names[0].name == "horse / zebra"
    assert names[0].share == pytest.approx(0.6)


def test_a_model_tag_goes_before_a_colour_and_the_owner_before_both():
    photo = [Tag("red", 0.9, "pixels"), Tag("bus", 0.9, "model")]
    other = [Tag("green", 0.9, "pixels"), Tag("tree", 0.9, "model")]
    tags = [photo] * 4 + [other] * 4
    labels = [0] * 4 + [1] * 4
    assert [name.name for name in name_clusters(tags, labels)] == ["bus", "tree"]
    owned = [[*photo, Tag("rome trip", 1.0, "owner")]] * 4 + [other] * 4
    assert name_clusters(owned, labels)[0].name == "rome trip"


def test_colour_and_time_name_what_no_model_knows():
    tags = [[Tag("red", 0.8, "pixels")]] * 3 + [[Tag("evening", 1.0, "exif")]] * 3
    assert [n.name for n in name_clusters(tags, [0] * 3 + [1] * 3)] == ["red", "evening"]


def test_the_shape_of_the_frame_is_no_name():
    tags = [[Tag("landscape", 1.0, "pixels")]] * 3 + [[Tag("portrait", 1.0, "pixels")]] * 3
    names = name_clusters(tags, [0] * 3 + [1] * 3, ["May", "June"])
    assert [name.name for name in names] == ["May", "June"]
    assert names[0].tags == ["landscape"]


def test_a_fault_is_no_name():
    blurred = [Tag("blurry", 1.0, "pixels"), Tag("motion blur", 1.0, "pixels")]
    tags = [[*blurred, *model("dog")]] * 3 + [blurred] * 3 + [model("cat")] * 3
    names = name_clusters(tags, [0] * 3 + [1] * 3 + [2] * 3, ["May", "June", "July"])
    assert [name.name for name in names] == ["dog", "June", "cat"]


def test_namesakes_get_a_second_word():
    beach, snow, cat = model("dog", "beach"), model("dog", "snow"), model("cat")
    tags = [beach] * 4 + [snow] * 3 + [cat] * 9
    names = [name.name for name in name_clusters(tags, [0] * 4 + [1] * 3 + [2] * 9)]
    assert names[2] == "cat"
    assert len(set(names)) == 3
    assert any("dog" in name or "beach" in name for name in names[:2])


def test_a_namesake_without_a_second_word_takes_its_fallback_then_a_number():
    tags = [model("dog")] * 6
    labels = [0, 0, 0, 1, 1, 1]
    dogs = tags + [model("cat")] * 9
    labels += [2] * 9
    assert [n.name for n in name_clusters(dogs, labels, ["May", "June", "July"])] == [
        "dog",
        "dog · June",
        "cat",
    ]
    assert [n.name for n in name_clusters(dogs, labels)] == ["dog", "dog (2)", "cat"]


def test_nothing_known_at_all():
    assert [n.name for n in name_clusters([[], []], [0, 1])] == ["Cluster 1", "Cluster 2"]
    named = name_clusters([[], []], [0, 1], ["beach", "beach"])
    assert [n.name for n in named] == ["beach", "beach (2)"]
    assert named[0].share == 0.0
    assert name_clusters([], []) == []


def test_one_cluster_alone_is_named_by_what_is_frequent():
    tags = [model("dog", "grass")] * 3 + [model("dog")]
    assert name_clusters(tags, [0] * 4)[0].name == "dog"


def test_singles_have_no_name_but_count_as_others():
    tags = [model("sky", "kite")] * 4 + [model("sky")] * 20
    assert [n.name for n in name_clusters(tags, [0] * 4 + [-1] * 20)] == ["kite"]


def test_lengths_must_fit():
    with pytest.raises(ValueError, match="Tags of 1 photos do not fit 2 labels"):
        name_clusters([[]], [0, 1])


words = st.sampled_from(["dog", "cat", "sea", "red", "sun", "car"])
photos = st.lists(
    st.tuples(
        st.lists(
            st.builds(
                Tag, words, st.floats(0, 1), st.sampled_from(["model", "pixels", "exif", "owner"])
            ),
            max_size=4,
        ),
        st.integers(-1, 5),
    ),
    max_size=40,
)


@given(photos)
def test_names_are_unique_and_hold_for_the_share_they_claim(album):
    used = sorted({label for _, label in album if label >= 0})
    labels = [used.index(label) if label >= 0 else -1 for _, label in album]
    tags = [tags for tags, _ in album]
    names = name_clusters(tags, labels)
    assert len(names) == len(used)
    assert len({name.name for name in names}) == len(names)
    for cluster, name in enumerate(names):
        members = [
            {tag.name for tag in photo}
            for photo, label in zip(tags, labels, strict=True)
            if label == cluster
        ]
        if name.share:
            head = name.name.split(" (")[0].split(" · ")[0].split(" / ")
            holds = sum(any(word in photo for word in head) for photo in members)
            assert holds / len(members) == pytest.approx(name.share)
            assert name.share >= FAIR_SHARE


DAY = 86400.0
MAY_3_2024 = 1714694400.0


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ([MAY_3_2024, MAY_3_2024 + 3600], "3 May 2024"),
        ([MAY_3_2024, MAY_3_2024 + 4 * DAY], "3–7 May 2024"),
        ([MAY_3_2024, MAY_3_2024 + 60 * DAY], "May–Jul 2024"),
        ([MAY_3_2024, MAY_3_2024 + 400 * DAY], "2024–2025"),
        ([None, None], "beach"),
        ([MAY_3_2024, None], "beach"),
        ([1e20, 1e20], "beach"),
        ([float("nan"), float("nan")], "beach"),
    ],
)
def test_plain_names_say_dates_else_files(taken, name):
    assert plain_names(["beach_01.jpg", "beach_02.jpg"], taken, [0, 0]) == [name]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (["a.jpg"], "a"),
        (["a.jpg", "b.jpg", "c.jpg"], "a + 2"),
        (["IMG_0001.JPG", "IMG_0002.JPG"], "IMG"),
        ([".jpg", "x"], ".jpg + 1"),
        (["\udcff\n", "\udcff\n"], "\udcff\n + 1"),
    ],
)
def test_plain_names_from_files(files, name):
    assert plain_names(files, [None] * len(files), [0] * len(files)) == [name]
