"""What the next question of a conversation costs, and descriptions of several photos.

The next question is measured against reading the whole conversation again, descriptions that are
written together against the same ones written one after the other.

A Qwen2.5-VL with random weights, small enough for a CPU and large enough that the network and not
the program around it takes the time, is asked about photos, and then asked on. Reading means all
that is done before the first word: pictures decoded and seen, words and pictures read.

    python tests/benchmarks/bench_chat.py [PHOTOS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))

import numpy as np
import tiny_chat
from PIL import Image

from tui_selector.models.language import Message, Picture
from tui_selector.models.vision_language import VisionLanguageModel

WORDS = {
    "hidden_size": 512,
    "intermediate_size": 1536,
    "num_hidden_layers": 8,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
}
PIXELS = 448 * 448


def picture(number: int) -> Picture:
    noise = np.random.default_rng(number).integers(0, 255, (448, 448, 3), np.uint8)
    return Picture(f"key {number}", lambda pixels: Image.fromarray(noise))


def first_word(model: VisionLanguageModel, messages: list[Message]) -> float:
    """Seconds until the first piece of an answer."""
    start = time.perf_counter()
    stream = model.stream(messages, lambda: False, most_tokens=4)
    next(stream)
    took = time.perf_counter() - start
    list(stream)
    return took


def describe(model: VisionLanguageModel, tokens: int = 32) -> None:
    """Print what descriptions cost, together and one after the other."""
    asked = [[Message("user", (picture(n), "Describe it."))] for n in range(20, 28)]
    start = time.perf_counter()
    alone = [model.answer(each, most_tokens=tokens) for each in asked]
    middle = time.perf_counter()
    model.together = len(asked)
    together = model.answer_each(asked, most_tokens=tokens)
    end = time.perf_counter()
    same = sum(a == b for a, b in zip(alone, together, strict=True))
    print(f"{len(asked)} descriptions of {tokens} tokens, {same} of them the same both ways:")
    print(f"  one by one {middle - start:.2f} s, together {end - middle:.2f} s")
    print(f"  ratio {(end - middle) / (middle - start):.3f}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    with tempfile.TemporaryDirectory() as place:
        folder = tiny_chat.write_qwen(Path(place), words=WORDS, mrope=[8, 12, 12])
        model = VisionLanguageModel(folder, "cpu", pixels=PIXELS)
        other = VisionLanguageModel(folder, "cpu", pixels=PIXELS)
        parts = [part for n in range(count) for part in (f"Photo {n + 1}\n", picture(n))]
        asked = [
            Message("system", ("You are brief.",)),
            Message("user", (*parts, "Which is the best?")),
        ]
        for each in (model, other):
            each.answer([Message("user", ("Hello",))], most_tokens=1)
        first = first_word(model, asked)
        on = [*asked, Message("assistant", ("The second.",)), Message("user", ("Why?",))]
        again = first_word(model, on)
        reused = model.reused
        anew = first_word(other, on)
        print(f"{count} photos, first question: {first:.2f} s to the first word")
        print(f"next question: {again:.3f} s, {reused} tokens known; read anew: {anew:.2f} s")
        print(f"ratio {again / anew:.3f} (limit 0.25)")
        describe(model)
        model.close()
        other.close()


if __name__ == "__main__":
    main()
