"""Sliders and choices: keys, typing, mouse, limits; what they say and what they show."""

from __future__ import annotations

from textual import on
from textual.app import App, ComposeResult

from tui_selector.app.widgets.choice import Choice
from tui_selector.app.widgets.slider import Slider


class Host(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.values: list[float] = []
        self.answers: list[str] = []

    def compose(self) -> ComposeResult:
        yield Slider("clusters K", minimum=2, maximum=40, value=10, id="k")
        yield Slider("similarity", minimum=-1, maximum=1, step=0.01, value=0.5, decimals=2)
        yield Choice("left over", [("singles", "to Singles"), ("each", "a tab each")])

    @on(Slider.Changed)
    def slid(self, event: Slider.Changed) -> None:
        self.values.append(event.value)

    @on(Choice.Changed)
    def chosen(self, event: Choice.Changed) -> None:
        self.answers.append(event.answer)


async def test_arrows_step_and_shift_steps_by_ten() -> None:
    async with Host().run_test() as pilot:
        await pilot.press("right", "l", "shift+right", "left", "H", "home", "end", "end")
        assert pilot.app.values == [11, 12, 22, 21, 11, 2, 40]  # type: ignore[attr-defined]


async def test_typed_numbers_count_on_enter_and_stay_within_the_limits() -> None:
    async with Host().run_test() as pilot:
        slider = pilot.app.query_one("#k", Slider)
        await pilot.press("2", "5")
        assert (slider.value, slider.typed) == (10, "25")
        await pilot.press("enter")
        assert slider.value == 25
        await pilot.press("9", "9", "9", "backspace", "enter")
        assert slider.value == 40
        await pilot.press("7", "escape", "enter")
        assert slider.value == 40
        await pilot.press("-", "enter")
        assert (slider.value, slider.typed) == (40, "")


async def test_a_typed_number_counts_when_the_slider_is_left() -> None:
    async with Host().run_test() as pilot:
        await pilot.press("6", "tab")
        assert pilot.app.query_one("#k", Slider).value == 6


async def test_fractions_stay_on_their_steps() -> None:
    async with Host().run_test() as pilot:
        await pilot.press("tab", *["left"] * 7)
        assert pilot.app.values[-1] == 0.43  # type: ignore[attr-defined]


async def test_the_mouse_sets_and_drags() -> None:
    async with Host().run_test(size=(60, 10)) as pilot:
        slider = pilot.app.query_one("#k", Slider)
        await pilot.click(slider, offset=(14, 0))
        assert slider.value == 2
        await pilot.click(slider, offset=(54, 0))
        assert slider.value == 40


async def test_a_smaller_range_moves_the_value_in_silence() -> None:
    async with Host().run_test() as pilot:
        slider = pilot.app.query_one("#k", Slider)
        slider.set_range(2, 5)
        await pilot.pause()
        assert slider.value == 5
        assert pilot.app.values == []  # type: ignore[attr-defined]


async def test_one_width_too_small_for_a_track_still_draws() -> None:
    for width in (1, 2, 5, 18, 19):
        async with Host().run_test(size=(width, 5)) as pilot:
            for widget in pilot.app.query(Slider):
                assert widget.render_line(0).cell_length == widget.size.width
            for choice in pilot.app.query(Choice):
                assert choice.render_line(0).cell_length == choice.size.width


async def test_a_choice_turns_both_ways() -> None:
    async with Host().run_test() as pilot:
        choice = pilot.app.query_one(Choice)
        choice.focus()
        await pilot.press("right", "right", "left")
        assert pilot.app.answers == ["each", "singles", "each"]  # type: ignore[attr-defined]
        assert choice.answer == "each"
