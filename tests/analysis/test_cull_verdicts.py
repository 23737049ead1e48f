from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_selector.analysis.cull.language import KINDS, parse
from tui_selector.analysis.cull.shots import ALIKE, BUDGET, Alike, Shot, Verdict
from tui_selector.analysis.cull.signals import reason, worth
from tui_selector.analysis.cull.verdicts import judge
from tui_selector.library.photo import Flag
from tui_selector.library.quality import Blur, Quality

SHARP = Quality(
    width=4000,
    height=3000,
    side=512,
    sharpness=1.0,
    blur=Blur.NONE,
    contrast=50,
    entropy=7,
    light=-2,
    luma_95=230,
    noise=1,
)


def like(**more: Any) -> Quality:
    return Quality(**{name: more.get(name, getattr(SHARP, name)) for name in FIELDS})


FIELDS = Quality.__struct_fields__
BLURRED = like(sharpness=0.3, blur=Blur.DEFOCUS)


def shot(id_: int, quality: Quality | None = SHARP, **more: Any) -> Shot:
    return Shot(id=id_, path=f"{id_}.jpg", taken=id_ * 60.0, quality=quality, **more)


def alike(rule: str, *photos: int, kind: Any = "burst", protected: bool = False) -> Alike:
    return Alike(
        rule=rule,
        kind=kind,
        protected=protected,
        why="A set.",
        photos=photos,
        reasons=tuple(f"Place {place}." for place in range(1, len(photos) + 1)),
    )


def by_id(verdicts: list[Verdict]) -> dict[int, Verdict]:
    return {verdict.id: verdict for verdict in verdicts}


def gone(verdicts: list[Verdict]) -> list[int]:
    return [verdict.id for verdict in verdicts if not verdict.keeps]


# -- rules by signals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "fits", "not_quite"),
    [
        ("blurry", like(sharpness=0.3, blur=Blur.UNSURE), SHARP),
        ("blurry:0.6", like(sharpness=0.59), like(sharpness=0.61)),
        ("motion-blur", like(blur=Blur.MOTION, direction=30), BLURRED),
        ("out-of-focus", BLURRED, like(blur=Blur.MOTION)),
        ("dark", like(light=-5, black_red=0.4), like(light=-5)),
        ("dark:4", like(light=-4.5), like(light=-3.5)),
        ("bright", like(light=-0.5, white_red=0.4), like(light=-3, white_red=0.4)),
        ("bright:20%", like(white_green=0.2), like(white_green=0.19)),
        ("low-information", like(contrast=1.0), SHARP),
        ("low-information:5", like(entropy=4.9), like(entropy=5.1)),
        ("noisy", like(noise=9), like(noise=None)),
        ("noisy:2", like(noise=2), like(noise=1.9)),
        ("screenshots", like(screen=0.6), like(screen=0.4)),
        ("screenshots:30%", like(screen=0.4), like(screen=0.2)),
        ("documents", like(document=0.8), like(document=0.6)),
        ("documents:0.5", like(document=0.6), like(document=0.4)),
        ("closed-eyes", like(faces=3, prominent=2, eyes=1), like(faces=3, prominent=2, eyes=2)),
        ("closed-eyes", like(faces=1, prominent=1, eyes=0), like(faces=0)),
        ("small", like(width=600, height=400), SHARP),
        ("small:15", SHARP, like(width=5000, height=4000)),
    ],
)
def test_a_rule_fits_what_it_says_and_nothing_else(
    rule: str, fits: Quality, not_quite: Quality
) -> None:
    (parsed,) = parse(rule)
    sentence = reason(parsed, fits)
    assert sentence
    assert sentence.endswith(".")
    assert reason(parsed, not_quite) is None
    assert reason(parsed, None) is None
    assert reason(parsed, Quality(width=0, height=0, side=0)) is None


def test_every_rule_goes_by_signals_or_groups() -> None:
    awful = like(
        sharpness=0.1,
        blur=Blur.MOTION,
        direction=1,
        light=-9,
        black_red=1,
        white_red=1,
        entropy=0.1,
        noise=50,
        screen=1,
        document=1,
        prominent=1,
        eyes=0,
        width=9,
        height=9,
    )
    for kind in KINDS.values():
        (rule,) = parse(kind.example if kind.least < kind.most else kind.name)
        fits = bool(reason(rule, awful)) or kind.name in ("motion-blur", "out-of-focus")
        assert fits is (kind.name not in ALIKE)


def test_worth_goes_by_sharpness_and_what_is_lost() -> None:
    assert worth(SHARP) == 1.0
    assert worth(SHARP) > worth(like(white_red=0.2)) > worth(like(white_red=0.5))
    assert worth(SHARP) > worth(BLURRED) > worth(like(contrast=0.5)) == 0.0
    assert worth(None) == 0.5


def test_photos_go_for_every_rule_that_fits_with_reasons() -> None:
    both = like(sharpness=0.2, blur=Blur.UNSURE, light=-6, black_red=0.5)
    verdicts = by_id(judge([shot(1), shot(2, both), shot(3, None)], parse("dark, blurry"), []))
    assert verdicts[1].reasons == verdicts[3].reasons == ("No rule fits it.",)
    assert verdicts[2].rules == ("blurry", "dark")
    assert verdicts[2].reasons == (
        "Blurred: sharpness 0.20 at its sharpest.",
        "Dark: 6.0 EV below white, 50% is black.",
    )


def test_the_owners_word_counts_more_than_rules() -> None:
    shots = [
        shot(1, BLURRED, flag=Flag.PICK),
        shot(2, BLURRED, rating=1),
        shot(3, BLURRED, flag=Flag.REJECT),
        shot(4, BLURRED),
    ]
    verdicts = by_id(judge(shots, parse("blurry"), []))
    assert gone([*verdicts.values()]) == [4]
    assert 3 not in verdicts
    assert verdicts[1].reasons == ("You picked it.",)
    assert verdicts[2].reasons == ("You gave it 1 star.",)


def test_what_is_left_out_is_left_alone() -> None:
    screen = like(screen=0.9, sharpness=0.1)
    shots = [shot(1, screen), shot(2, BLURRED), shot(3), shot(4)]
    groups = [alike("similar", 3, 4)]
    assert gone(judge(shots, parse("blurry, small:50, -screenshots, -similar"), groups)) == [2]
    assert 1 not in by_id(judge(shots, parse("blurry, -screenshots"), groups, keep=0))


# -- groups ----------------------------------------------------------------------------------------


def test_the_best_of_a_group_stays_and_is_named() -> None:
    verdicts = by_id(
        judge([shot(1), shot(2), shot(3)], parse("bursts"), [alike("bursts", 2, 1, 3)])
    )
    assert gone([*verdicts.values()]) == [1, 3]
    assert verdicts[1].instead == verdicts[3].instead == 2
    assert verdicts[3].reasons == ("Of one burst with 2.jpg, which stays. Place 3.",)
    assert verdicts[2].reasons == ("The best of 3 that are nearly the same. Place 1.",)
    assert gone(judge([shot(1), shot(2)], parse("similar"), [alike("bursts", 1, 2)])) == []


def test_of_a_group_the_best_stays_that_no_other_rule_takes() -> None:
    shots = [shot(1, BLURRED), shot(2), shot(3)]
    verdicts = by_id(judge(shots, parse("bursts, blurry"), [alike("bursts", 1, 2, 3)]))
    assert gone([*verdicts.values()]) == [1, 3]
    assert (verdicts[1].rules, verdicts[1].instead) == (("blurry",), None)
    assert verdicts[3].instead == 2


def test_what_the_owner_picked_stays_in_place_of_the_best() -> None:
    shots = [shot(1), shot(2), shot(3, flag=Flag.PICK)]
    verdicts = by_id(judge(shots, parse("bursts"), [alike("bursts", 1, 2, 3)]))
    assert gone([*verdicts.values()]) == [1, 2]
    assert verdicts[1].instead == 3
    assert verdicts[3].reasons == ("You picked it.", "Stays for 3 that are nearly the same.")
    shots = [shot(1, flag=Flag.REJECT), shot(2), shot(3)]
    assert gone(judge(shots, parse("bursts"), [alike("bursts", 1, 2, 3)])) == [3]


def test_over_several_steps_the_one_that_stays_is_named() -> None:
    groups = [alike("duplicates", 2, 1, kind="copies"), alike("similar", 3, 2, kind="similar")]
    shots = [shot(1), shot(2), shot(3)]
    verdicts = by_id(judge(shots, parse("similar, duplicates"), groups))
    assert gone([*verdicts.values()]) == [1, 2]
    assert verdicts[1].instead == verdicts[2].instead == 3
    assert verdicts[1].reasons == ("A copy of 2.jpg, for which 3.jpg stays. Place 2.",)
    verdicts = by_id(judge(shots, parse("similar, duplicates"), groups, keep=0))
    assert verdicts[1].instead is None
    assert verdicts[1].reasons == ("A copy of 2.jpg, which goes as well. Place 2.",)


def test_a_set_that_must_stay_whole_is_judged_by_no_rule() -> None:
    dark = like(light=-6, black_red=0.9)
    shots = [shot(1), shot(2, dark), shot(3, dark), shot(4, dark), shot(5)]
    groups = [
        alike("bursts", 1, 2, 3, kind="bracket", protected=True),
        alike("similar", 1, 2, 3, 5, kind="similar"),
    ]
    verdicts = by_id(judge(shots, parse("dark, bursts, similar"), groups))
    assert gone([*verdicts.values()]) == [4, 5]
    assert verdicts[5].instead == 1
    assert verdicts[2].reasons == ("A set.",)


def test_an_exposure_and_its_edit_go_both_or_none() -> None:
    pair = [alike("duplicates", 1, 2, kind="shot")]
    rules = parse("duplicates, blurry")
    assert gone(judge([shot(1, BLURRED), shot(2)], rules, pair)) == []
    assert gone(judge([shot(1, BLURRED), shot(2, BLURRED)], rules, pair)) == [1, 2]


# -- the number to keep ----------------------------------------------------------------------------


def test_the_number_to_keep_takes_the_rest_and_says_so() -> None:
    shots = [shot(1, like(sharpness=0.8)), shot(2), shot(3, like(sharpness=0.6))]
    verdicts = by_id(judge(shots, (), [], keep=1))
    assert gone([*verdicts.values()]) == [1, 3]
    assert verdicts[3].rules == (BUDGET,)
    assert verdicts[3].reasons == (
        "Over the 1 to keep: 1 of 3 photos of 1970-01-01, 00:01 to 00:03 stay; 2 of the 3 are"
        " sharper or better exposed.",
    )
    assert verdicts[2].reasons == (
        "The only one that stays of 3 photos of 1970-01-01, 00:01 to 00:03.",
    )


def test_tabs_are_told_as_well() -> None:
    shots = [shot(1, tab=5, tab_name="beach\x1b"), shot(2, BLURRED, tab=5, tab_name="beach\x1b")]
    stays, goes = judge(shots, (), [], keep=1)
    assert stays.reasons[0].endswith("00:02, and 1 of 2 in beach\\x1b.")
    assert "stay, and 1 of 2 in beach" in goes.reasons[0]


photos = st.builds(
    dict,
    quality=st.sampled_from([None, SHARP, BLURRED, like(light=-6, black_red=0.5)]),
    flag=st.sampled_from([Flag.NONE, Flag.NONE, Flag.PICK, Flag.REJECT]),
    rating=st.sampled_from([0, 0, 0, 4]),
    tab=st.integers(0, 2),
)


@st.composite
def albums(draw: st.DrawFn) -> tuple[list[Shot], list[Alike]]:
    facts = draw(st.lists(photos, max_size=12))
    shots = [shot(id_, **some) for id_, some in enumerate(facts)]
    groups = []
    for rule in ALIKE:
        numbers = draw(st.lists(st.integers(0, 3), min_size=len(shots), max_size=len(shots)))
        for number in set(numbers):
            members = [id_ for id_, each in enumerate(numbers) if each == number]
            kind = draw(st.sampled_from(["similar", "shot", "bracket"]))
            if number and len(members) > 1:
                groups.append(alike(rule, *members, kind=kind, protected=kind == "bracket"))
    return shots, groups


@given(
    albums(),
    st.lists(st.sampled_from(["blurry", "dark", *ALIKE]), unique=True).map(", ".join),
    st.none() | st.integers(0, 12),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_what_verdicts_promise(
    album: tuple[list[Shot], list[Alike]], rules: str, keep: int | None, random: Any
) -> None:
    shots, groups = album
    verdicts = judge(shots, parse(rules), groups, keep)
    found = by_id(verdicts)
    stay = {verdict.id for verdict in verdicts if verdict.keeps}
    owners = {each.id for each in shots if each.flag is Flag.PICK or each.rating}
    rejected = {each.id for each in shots if each.flag is Flag.REJECT}
    assert found.keys() == {each.id for each in shots} - rejected
    assert owners - rejected <= stay
    for verdict in verdicts:
        assert verdict.reasons
        assert verdict.keeps is (not verdict.rules)
        assert verdict.instead is None or verdict.instead in stay
    for group in groups:
        if group.protected or group.kind == "shot":
            assert len({id_ in stay for id_ in group.photos if id_ not in rejected}) <= 1
    shuffled = random.sample(shots, len(shots))
    assert by_id(judge(shuffled, parse(rules), groups, keep)) == found
