"""The judge ranks bursts of which the truth is known, and says no more than was measured."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from burst_maker import SUBJECTS, bracket, burst, defocused, moved, noisy, picture, subject
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tui_selector.analysis.quality.judge import judge
from tui_selector.analysis.quality.measure import measure
from tui_selector.library.quality import Quality

SHARP = Quality(
    width=4000,
    height=3000,
    side=480,
    sharpness=1.0,
    close_sharpness=1.0,
    luma_50=120,
    luma_95=220,
    contrast=50,
    entropy=7,
    light=-2.0,
)


def changed(**signals: object) -> Quality:
    return msgspec.structs.replace(SHARP, **signals)


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("kind", ["defocus", "motion"])
def test_a_burst_is_ranked_as_it_was_made(name: str, kind: str) -> None:
    frames = burst(name, 5, seed=1, kinds=(kind,))
    judgement = judge([measure(frame.image) for frame in frames])
    assert [frames[place].loss for place in judgement.order] == [0, 1, 2, 3, 4]
    assert judgement.confidence > 0.75


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_a_burst_is_found_whatever_happened_to_the_others(name: str, seed: int) -> None:
    frames = burst(name, 6, seed)
    judgement = judge([measure(frame.image) for frame in frames])
    ranked = [frames[place] for place in judgement.order]
    assert ranked[0].what == "sharp"
    swapped = sum(a.loss > b.loss for n, a in enumerate(ranked) for b in ranked[n + 1 :])
    assert swapped <= 3  # of 15: whether motion or defocus is worse, an eye decides
    assert judgement.confidence > 0.75


def test_a_frame_in_motion_loses_against_the_sharp_one_and_says_so() -> None:
    scene = subject("coffee")
    judgement = judge([measure(picture(moved(scene, 20, 20))), measure(picture(scene))])
    assert judgement.order == (1, 0)
    assert "blurred by motion" in judgement.reasons[0][0]
    assert judgement.reasons[1][0].startswith("sharper, +")
    assert judgement.confidence > 0.95


def test_the_exposure_in_the_middle_of_a_bracket_is_the_best() -> None:
    frames = bracket("coffee")
    judgement = judge([measure(frame.image) for frame in frames])
    assert frames[judgement.order[0]].what == "+0 EV"
    dark, _, bright = judgement.reasons
    assert any("EV darker than most" in each for each in dark)
    assert any("% clipped white" in each for each in bright)


def test_a_misfire_is_the_last_whatever_its_noise_looks_like() -> None:
    scene = picture(defocused(subject("coffee"), 4.0))
    cap = picture(noisy(np.zeros((600, 800, 3)), 4.0, np.random.default_rng(0)))
    judgement = judge([measure(cap), measure(scene)])
    assert judgement.order == (1, 0)
    assert "nothing to see" in judgement.reasons[0]
    assert judgement.confidence > 0.95


def test_two_copies_are_a_tossed_coin() -> None:
    judgement = judge([SHARP, SHARP])
    assert judgement.order == (0, 1)
    assert judgement.confidence == 0.5
    assert judgement.points == (0, 0)
    assert judgement.reasons == (("as sharp as the next",), ("as sharp as the sharpest",))


def test_what_is_as_good_stands_as_given_and_what_is_better_does_not() -> None:
    group = [changed(close_sharpness=each) for each in (0.98, 0.5, 1.0, 0.99, 0.505)]
    judgement = judge(group)
    assert judgement.order == (0, 2, 3, 1, 4)
    assert judgement.confidence == 0.5
    assert judge([changed(close_sharpness=0.96), SHARP]).order == (1, 0)


def test_a_smaller_copy_loses_and_nobody_claims_to_know_which_is_sharper() -> None:
    whole = measure(Image.fromarray(np.uint8(subject("coffee", 1200))))
    small = measure(Image.fromarray(np.uint8(subject("coffee", 300))))
    judgement = judge([small, whole])
    assert judgement.order == (1, 0)
    assert judgement.confidence <= 0.6
    assert "can't tell which is sharper: the photos have different sizes" in judgement.reasons[0]
    assert any(each.endswith("MP of 1.0") for each in judgement.reasons[0])


def test_eyes_decide_among_equally_sharp_portraits() -> None:
    faces = {"faces": 3, "prominent": 3, "face_sharpness": 0.5, "eye_sharpness": 0.5}
    judgement = judge([changed(**faces, eyes=1), changed(**faces, eyes=3)])
    assert judgement.order == (1, 0)
    assert "eyes found in 3 of 3" in judgement.reasons[1]
    assert "eyes found in 1 of 3" in judgement.reasons[0]


def test_the_sharper_face_wins_against_the_sharper_background() -> None:
    portrait = changed(faces=1, prominent=1, eyes=1, face_sharpness=0.6, eye_sharpness=0.61)
    behind = changed(
        faces=1, prominent=1, eyes=1, face_sharpness=0.4, eye_sharpness=0.5, close_sharpness=1.2
    )
    judgement = judge([behind, portrait])
    assert judgement.order == (1, 0)
    assert "sharper at the eyes, +22 %" in judgement.reasons[1]


def test_where_only_one_has_a_face_faces_are_not_compared() -> None:
    judgement = judge([changed(faces=1, prominent=1, eyes=0, eye_sharpness=0.2), changed(faces=0)])
    assert judgement.confidence == 0.5
    assert not any("eyes" in each for reasons in judgement.reasons for each in reasons)


def test_clipping_is_told_in_per_cent() -> None:
    judgement = judge([changed(white_red=0.214), changed(white_red=0.014)])
    assert judgement.order == (1, 0)
    assert "1.4 % clipped white" in judgement.reasons[1]


def test_what_nobody_measured_is_not_judged() -> None:
    unmeasured = Quality(width=0, height=0, side=0)
    judgement = judge([unmeasured, SHARP])
    assert judgement.confidence == 0
    assert judgement.order == (0, 1)
    assert judgement.reasons == (
        ("not measured",),
        ("can't tell: not every photo is measured",),
    )


def test_small_groups() -> None:
    assert judge([]).order == ()
    assert judge([SHARP]).confidence == 1
    assert judge([SHARP]).order == (0,)


signals = st.none() | st.floats(0, 3)


@given(
    st.lists(
        st.builds(
            Quality,
            width=st.integers(1, 9000),
            height=st.integers(1, 9000),
            side=st.sampled_from([0, 100, 480]),
            sharpness=signals,
            close_sharpness=signals,
            noise=st.none() | st.floats(0, 90),
            contrast=st.floats(0, 128),
            light=st.floats(-10, 0),
            faces=st.none() | st.integers(0, 9),
            prominent=st.none() | st.integers(0, 9),
            eyes=st.none() | st.integers(0, 9),
            face_sharpness=signals,
            eye_sharpness=signals,
            white_red=st.floats(0, 1),
            black_blue=st.floats(0, 1),
        ),
        max_size=6,
    )
)
def test_any_group_is_put_in_an_order(group: list[Quality]) -> None:
    judgement = judge(group)
    assert sorted(judgement.order) == list(range(len(group)))
    assert 0 <= judgement.confidence <= 1
    assert len(judgement.reasons) == len(judgement.points) == len(group)
    ranked = [judgement.points[place] for place in judgement.order]
    assert ranked == sorted(ranked, reverse=True)
    assert "nan" not in repr(judgement)
