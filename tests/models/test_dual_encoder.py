"""Dual encoders: what transformers gives for the same weights, whatever the family."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
import transformers
from PIL import Image
from tiny_models import FAMILIES, SIDE, Tiny

from tui_selector.models.dual_encoder import DualEncoder, load_dual_encoder
from tui_selector.models.preprocessing import read_preprocessing
from tui_selector.models.towers import load_tokenizer

Tinies = Callable[[str], Tiny]
Loaded = Callable[[str], DualEncoder]

WORDS = ["a photo of a dog", "A Dog", "cats, 3 of them", "一张狗的照片", "x" * 500, ""]
#: How each family's own code asks for texts (model cards and papers).
READS: dict[str, dict[str, Any]] = {
    "clip": {"padding": True, "max_length": 77},
    "siglip": {"padding": "max_length", "max_length": 64},
    "siglip2": {"padding": "max_length", "max_length": 64},
    "metaclip_2": {"padding": True, "max_length": 77},
    "chinese_clip": {"padding": True, "max_length": 52},
    "altclip": {"padding": True, "max_length": 77},
    "align": {"padding": "max_length", "max_length": 64},
    "tipsv2": {"padding": "max_length", "max_length": 64},
}


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reaches for the network here fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tinies:
    """Writes a family's tiny model, once."""
    written: dict[str, Tiny] = {}

    def give(family: str) -> Tiny:
        if family not in written:
            written[family] = tiny_models.write(tmp_path_factory.mktemp("tiny") / family, family)
        return written[family]

    return give


@pytest.fixture(scope="session")
def loaded(tiny: Tinies) -> Loaded:
    """Loads it, once."""
    known: dict[str, DualEncoder] = {}

    def give(family: str) -> DualEncoder:
        if family not in known:
            known[family] = load_dual_encoder(tiny(family).folder, "cpu")
        return known[family]

    return give


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    """Smooth and noisy, wide and tall, large and tiny."""
    random = np.random.default_rng(5)
    made = []
    for width, height in [(500, 375), (375, 500), (640, 427), (64, 64), (901, 120), (41, 300)]:
        rough = random.integers(0, 256, (7, 9, 3), np.uint8)
        smooth = Image.fromarray(rough).resize((width, height), Image.Resampling.BICUBIC)
        noise = random.normal(0, 20, (height, width, 3))
        made.append(Image.fromarray(np.clip(np.asarray(smooth) + noise, 0, 255).astype(np.uint8)))
    made += [Image.new("RGB", (20, 33), (200, 30, 90)), made[0].convert("L").convert("RGB")]
    return made


def unit(rows: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(rows.float(), dim=-1).detach().numpy()


def own_vectors(tiny: Tiny, pictures: list[Image.Image]) -> np.ndarray:
    """What the model's own processor and a plain call of the model give."""
    with torch.inference_mode():
        inputs = tiny.processor(images=pictures, return_tensors="pt")
        return unit(tiny.model.get_image_features(**inputs).pooler_output)


# -- pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_pixels_are_those_of_the_models_own_processor(
    family: str, tiny: Tinies, pictures: list[Image.Image]
) -> None:
    own = tiny(family)
    preprocessing = read_preprocessing(own.folder, family)
    prepared = [preprocessing.prepare(picture) for picture in pictures]
    expected = own.processor(images=pictures, return_tensors="pt")
    given = preprocessing.inputs(preprocessing.load(prepared, torch.tensor))
    assert set(given) == set(expected)
    found = given.pop("pixel_values")
    for name, value in given.items():
        assert torch.equal(value, expected[name])
    assert found.shape == expected["pixel_values"].shape
    difference = (found - expected["pixel_values"]).abs()
    # One pass over the part that is kept may round one of 255 levels otherwise, and seldom does.
    assert difference.max() <= (
        1.001 * max(preprocessing.scale) if preprocessing.fit == "crop" else 2e-6
    )
    assert (difference > 2e-6).float().mean() < 0.01


def test_bilinear_without_torchvision_is_that_of_torchvision(
    tiny: Tinies, pictures: list[Image.Image]
) -> None:
    """The processor of TIPSv2 runs on torchvision only, which scales bytes as torch does."""
    preprocessing = read_preprocessing(tiny("tipsv2").folder, "tipsv2")
    for picture in pictures:
        found = torch.tensor(preprocessing.prepare(picture)).permute(2, 0, 1).float()
        expected = torch.nn.functional.interpolate(
            torch.tensor(np.asarray(picture)).permute(2, 0, 1)[None],
            size=(SIDE, SIDE),
            mode="bilinear",
            antialias=True,
        )[0].float()
        assert (found - expected).abs().max() <= 1


def test_settings_of_tips_that_its_file_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text("{}")
    found = read_preprocessing(tmp_path, "tipsv2")
    assert (found.fit, found.height, found.width, found.resample) == ("square", 448, 448, 2)
    assert found.scale == pytest.approx([1 / 255] * 3)
    assert found.shift == pytest.approx([0, 0, 0])


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_of_pictures_are_those_of_a_plain_call(
    family: str, tiny: Tinies, loaded: Loaded, pictures: list[Image.Image]
) -> None:
    model = loaded(family)
    found = model.embed([model.prepare(picture) for picture in pictures])
    assert found.vectors.dtype == np.float32
    assert found.vectors.shape == (len(pictures), model.dimensions)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(len(pictures)), abs=1e-6)
    assert found.words is found.vectors
    assert found.tags == [()] * len(pictures)
    cosines = (found.vectors * own_vectors(tiny(family), pictures)).sum(axis=1)
    assert cosines.min() > 0.9999


@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_of_one_equals_a_batch_of_many(
    family: str, loaded: Loaded, pictures: list[Image.Image]
) -> None:
    model = loaded(family)
    prepared = [model.prepare(picture) for picture in pictures]
    alone = np.concatenate([model.embed_images([each]) for each in prepared])
    model._pictures.size = 32
    assert model.embed_images(prepared * 4) == pytest.approx(np.tile(alone, (4, 1)), abs=2e-5)
    assert np.linalg.matrix_rank(alone) > 3  # it tells pictures apart, so the order is told too
    words = [f"{WORDS[0]} {number}" for number in range(40)]
    alone = np.concatenate([model.embed_texts([word]) for word in words[::7]])
    assert model.embed_texts(words)[::7] == pytest.approx(alone, abs=2e-5)


def test_no_pictures_and_no_words(loaded: Loaded) -> None:
    model = loaded("clip")
    assert model.embed([]).vectors.shape == (0, model.dimensions)
    assert model.embed_texts([]).shape == model.embed_labels([]).shape == (0, model.dimensions)


def test_pictures_that_were_not_prepared_are_refused(loaded: Loaded) -> None:
    for family in ("clip", "siglip2"):
        with pytest.raises(ValueError, match=r"prepare\(\)"):
            loaded(family).embed([np.zeros((33, 32, 3), np.uint8)])
        with pytest.raises(ValueError, match=r"prepare\(\)"):
            loaded(family).embed([np.zeros((32, 32, 3), np.float32)])


# -- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_of_words_are_those_of_a_plain_call(
    family: str, tiny: Tinies, loaded: Loaded
) -> None:
    own = tiny(family)
    words = [word.lower() for word in WORDS] if "siglip" in family else WORDS
    tokens = own.tokenizer(words, truncation=True, return_tensors="pt", **READS[family])
    if "siglip" in family:
        tokens.pop("attention_mask", None)
    with torch.inference_mode():
        expected = unit(own.model.get_text_features(**tokens).pooler_output)
    found = loaded(family).embed_texts(WORDS)
    assert found.dtype == np.float32
    there = (expected != 0).any(axis=1)
    assert there[:-1].all()
    assert (found * expected).sum(axis=1)[there].min() > 0.9999


def test_siglip_reads_lower_case_and_looks_at_the_filling(tiny: Tinies, loaded: Loaded) -> None:
    own, model = tiny("siglip"), loaded("siglip")
    assert model.embed_texts(["A DOG"]) == pytest.approx(model.embed_texts(["a dog"]), abs=1e-6)
    with torch.inference_mode():
        masked = own.tokenizer(["a dog"], return_tensors="pt", **READS["siglip"])
        other = unit(own.model.get_text_features(**masked).pooler_output)
    assert (model.embed_texts(["a dog"]) * other).sum() < 0.9999  # a mask would be another vector


def test_broken_characters_and_long_texts_are_words_too(loaded: Loaded) -> None:
    rows = loaded("clip").embed_texts(["\ud83d dog", "\x00", "dog " * 100_000])
    assert np.isfinite(rows).all()
    assert not loaded("tipsv2").embed_texts(["", " "]).any()  # without a token there is no vector


@pytest.mark.parametrize("family", FAMILIES)
def test_scale_and_bias_make_of_cosines_what_the_model_makes(
    family: str, tiny: Tinies, loaded: Loaded, pictures: list[Image.Image]
) -> None:
    own, model = tiny(family), loaded(family)
    words = ["a dog", "two cats"]
    tokens = own.tokenizer(words, truncation=True, return_tensors="pt", **READS[family])
    if "siglip" in family:
        tokens.pop("attention_mask", None)
    with torch.inference_mode():
        images = own.processor(images=pictures, return_tensors="pt")
        expected = own.model(**tokens, **images).logits_per_image.numpy()
    assert (model.bias is None) == ("siglip" not in family)
    vectors = model.embed([model.prepare(picture) for picture in pictures]).words
    logits = model.scale * (vectors @ model.embed_texts(words).T) + (model.bias or 0.0)
    assert logits == pytest.approx(expected, abs=2e-3 * model.scale)


def test_labels_are_the_mean_of_their_prompts(loaded: Loaded) -> None:
    model = loaded("chinese_clip")
    found = model.embed_labels(["狗", "{}"])
    for name, row in zip(["狗", "{}"], found, strict=True):
        prompts = [template.replace("{}", name) for template in model.family.templates]
        mean = model.embed_texts(prompts).mean(axis=0)
        assert row == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)


# -- what it is stored under ---------------------------------------------------------------------


def test_the_key_tells_models_and_preprocessing_apart(tiny: Tinies, loaded: Loaded) -> None:
    model = loaded("clip")
    again = load_dual_encoder(tiny("clip").folder, "cpu", name="clip-b32", batch_size=3)
    assert model.key.model == "clip"
    assert again.key.model == "clip-b32"
    assert again.name == "clip-b32 · CPU (PyTorch, fp32)"
    assert again.batch_size == 3
    assert again.key.revision == model.key.revision
    assert again.key.preprocessing == model.key.preprocessing
    assert len({str(loaded(family).key) for family in FAMILIES}) == len(FAMILIES)


def test_several_threads_get_their_own_answers(loaded: Loaded, pictures: list[Image.Image]) -> None:
    model = loaded("siglip2")
    pictures = pictures[:4]
    expected = [model.embed_images([model.prepare(picture)]) for picture in pictures]
    found: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def ask(number: int) -> None:
        prepared = model.prepare(pictures[number])
        found[number] = model.embed_images([prepared]), model.embed_texts([f"dog {number}"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(pictures))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, row in enumerate(expected):
        assert found[number][0] == pytest.approx(row, abs=2e-5)
        assert found[number][1] == pytest.approx(model.embed_texts([f"dog {number}"]), abs=2e-5)


def test_the_vocabulary_of_clip_without_a_tokenizer_json(
    tiny: Tinies, tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    folder = Path(shutil.copytree(tiny("clip").folder, tmp_path / "clip"))
    (folder / "tokenizer.json").unlink()
    for path in shared_data("clip_tokenizer").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    tokenizer = load_tokenizer(folder)
    # As https://github.com/openai/CLIP gives them.
    assert tokenizer("a photo of a cat")["input_ids"] == [49406, 320, 1125, 539, 320, 2368, 49407]


def test_older_and_newer_files_say_the_same_of_pictures(tiny: Tinies, tmp_path: Path) -> None:
    own = tiny("clip")
    expected = read_preprocessing(own.folder, "clip")
    older = Path(shutil.copytree(own.folder, tmp_path / "older"))
    settings = json.loads((older / "preprocessor_config.json").read_text())
    del settings["image_processor_type"], settings["do_rescale"], settings["rescale_factor"]
    settings |= {"feature_extractor_type": "CLIPFeatureExtractor", "size": 40, "crop_size": SIDE}
    (older / "preprocessor_config.json").write_text(json.dumps(settings))
    assert read_preprocessing(older, "clip") == expected
    for family in ("clip", "siglip", "siglip2"):
        newer = Path(shutil.copytree(tiny(family).folder, tmp_path / family))
        (newer / "preprocessor_config.json").unlink()
        kind = {"clip": "CLIP", "siglip": "Siglip", "siglip2": "Siglip2"}[family]
        both = getattr(transformers, f"{kind}Processor")(tiny(family).processor, own.tokenizer)
        both.save_pretrained(newer)
        assert (newer / "processor_config.json").exists()
        assert not (newer / "preprocessor_config.json").exists()
        expected = read_preprocessing(tiny(family).folder, family)
        assert read_preprocessing(newer, family) == expected
    tips = tiny("tipsv2").folder
    newer = Path(shutil.copytree(tips, tmp_path / "tips"))
    said = json.loads((newer / "preprocessor_config.json").read_text())
    (newer / "preprocessor_config.json").unlink()
    (newer / "processor_config.json").write_text(json.dumps({"image_processor": said}))
    assert read_preprocessing(newer, "tipsv2") == read_preprocessing(tips, "tipsv2")
