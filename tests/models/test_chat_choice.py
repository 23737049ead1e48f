"""Which model answers questions, and that those which do are no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui_selector.models import folders
from tui_selector.models.chat_choice import advised, best_chat, chatting, choose_chat
from tui_selector.models.chat_families import CHAT_FAMILIES, picture_settings
from tui_selector.models.choice import choose
from tui_selector.models.embedder import ModelError
from tui_selector.models.families import FAMILIES
from tui_selector.models.folders import Manifest, Pulled
from tui_selector.models.machine import Machine
from tui_selector.models.registry import CHAT_MODELS, MODELS

CPU = Machine("cpu", 16_000_000_000)
GPU = Machine("cuda", 24_000_000_000)


def pulled(models: Path, hub: str, family: str) -> Pulled:
    folder = folders.folder_of(models, hub)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": family}))
    header = b"{}"
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    return Pulled(folder, Manifest(hub=hub, revision="c" * 40, files={}))


def test_every_chat_model_is_of_a_kind_that_is_known() -> None:
    names = [model.name for model in (*MODELS, *CHAT_MODELS)]
    assert len(set(names)) == len(names)
    assert {model.family for model in CHAT_MODELS} <= set(CHAT_FAMILIES)
    assert not set(CHAT_FAMILIES) & set(FAMILIES)
    assert all(model.rank and model.size and model.memory for model in CHAT_MODELS)
    assert len({model.rank for model in CHAT_MODELS}) == len(CHAT_MODELS)


def test_the_best_that_fits_is_chosen(tmp_path: Path) -> None:
    small = pulled(tmp_path, "HuggingFaceTB/SmolVLM2-500M-Video-Instruct", "smolvlm")
    large = pulled(tmp_path, "Qwen/Qwen3.5-4B", "qwen3_5")
    dual = pulled(tmp_path, "google/siglip2-base-patch16-224", "siglip")
    other = pulled(tmp_path, "someone/chat", "internvl")
    everything = [small, large, dual, other]
    assert chatting(everything) == [small, large, other]
    best = best_chat(everything, GPU)
    assert best is not None
    assert best.name == "qwen3.5-4b"
    on_cpu = best_chat(everything, CPU)
    assert on_cpu is not None
    assert on_cpu.name == "smolvlm2-500m"
    assert best_chat([dual, other], GPU) is None
    assert choose_chat("qwen3.5-4b", everything).folder == large.folder
    assert choose_chat("someone/chat", everything).name == "someone/chat"
    assert choose_chat(str(other.folder), []).folder == other.folder
    # What photos are looked at with is another question.
    assert choose("auto", everything, GPU).name == "siglip2"
    with pytest.raises(ModelError, match="answers questions about photos and embeds none"):
        choose("qwen3.5-4b", everything, GPU)
    with pytest.raises(ModelError, match="answers no questions"):
        choose_chat("siglip2", everything)


def test_what_is_not_here_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"models pull qwen3\.5-4b` gets it"):
        choose_chat("qwen3.5-4b", [])
    with pytest.raises(ModelError, match="There is no chat model nobody"):
        choose_chat("nobody", [])


def test_a_model_is_advised_that_fits_and_may_be_used_for_anything() -> None:
    on_gpu, on_cpu = advised(GPU), advised(CPU)
    assert on_gpu is not None
    assert on_gpu.name in ("qwen3.5-4b", "qwen3-vl-4b")
    assert on_cpu is not None
    assert on_cpu.name == "smolvlm2-500m"
    assert advised(Machine("cpu", 1_000_000_000)) is None


class _Processor:
    max_image_size = {"longest_edge": 512}  # noqa: RUF012
    size = {"height": 448, "width": 448}  # noqa: RUF012


@pytest.mark.parametrize(
    ("family", "pixels", "settings"),
    [
        ("smolvlm", 200_000, {"size": {"longest_edge": 512}, "do_image_splitting": False}),
        ("smolvlm", 1_200_000, {"size": {"longest_edge": 1024}, "do_image_splitting": True}),
        ("internvl", 200_000, {"crop_to_patches": False, "max_patches": 1}),
        ("internvl", 900_000, {"crop_to_patches": True, "max_patches": 4}),
        ("idefics2", 10, {"do_image_splitting": False}),
        ("qwen2_5_vl", 10, {}),
    ],
)
def test_pictures_are_cut_into_no_more_pieces_than_their_pixels_are_worth(
    family: str, pixels: int, settings: dict[str, object]
) -> None:
    assert picture_settings(family, _Processor(), pixels) == settings
