"""Kinds of vision-language models beside those that are tested in every turn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_families
from PIL import Image

from tui_selector.models.bound import Bound
from tui_selector.models.language import Message, Picture
from tui_selector.models.vision_language import VisionLanguageModel

PIXELS = 64 * 64


def picture(number: int) -> Picture:
    random = np.random.default_rng(number)
    shades = random.integers(0, 200, 3) + random.integers(0, 55, (60, 80, 3))
    return Picture(f"key {number}", lambda pixels: Image.fromarray(shades.astype(np.uint8)))


def question(*pictures: Picture) -> list[Message]:
    parts: list[str | Picture] = []
    for number, each in enumerate(pictures, 1):
        parts += [f"Photo {number}: a.jpg\n", each, "\n"]
    return [Message("system", ("Be brief.",)), Message("user", (*parts, "Which is better?"))]


@pytest.mark.parametrize("kind", ["qwen3", "gemma", "internvl"])
def test_a_conversation_goes_on_and_several_are_answered_together(
    kind: str, tmp_path: Path
) -> None:
    folder = getattr(tiny_families, f"write_{kind}")(tmp_path / kind)
    model = VisionLanguageModel(folder, "cpu", pixels=PIXELS)
    first = question(picture(1), picture(2))
    pieces = list(model.stream(first, lambda: False, most_tokens=10))
    said = "".join(pieces)
    assert len(pieces) > 2
    others = [
        model.answer(question(picture(one), picture(other)), most_tokens=10)
        for one, other in ((3, 4), (6, 7))
    ]
    assert {said, *others} != {said}
    # The next turn, of which only what is new is read, is answered as if all was read anew.
    assert model.answer(first, most_tokens=10) == said
    second = [
        *first,
        Message("assistant", (said,)),
        Message("user", ("Photo 3: c.jpg\n", picture(3), "And now?")),
    ]
    answer = model.answer(second, most_tokens=10)
    other = VisionLanguageModel(folder, "cpu", pixels=PIXELS)
    assert other.answer(second, most_tokens=10) == answer
    other.together = 4
    assert other.answer_each([second, first], most_tokens=10) == [answer, said]
    # Held to a list, it writes nothing else.
    bound = Bound(("cat", "cat food", "dog"), 2)
    lines = other.bound_answer(first, bound, most_tokens=40).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["1", "2"]
    assert {line.split(": ")[1] for line in lines} <= set(bound.texts)
    heard: list[str] = []
    heard.extend(model.stream(second, lambda: len(heard) >= 2, most_tokens=10))
    assert len(heard) == 2
