"""Dual encoders of every family with random weights, written as their makers write theirs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

#: Side of the pictures that the networks take, and of a patch of them.
SIDE, PATCH = 32, 8
#: Patches that the network for pictures of any shape takes.
MOST = 16

_LETTERS = [chr(code) for code in range(33, 127)] + list("一张的照片狗猫。")
_SMALL = {
    "hidden_size": 32,
    "intermediate_size": 37,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
_WORDS = {**_SMALL, "vocab_size": 600, "max_position_embeddings": 80}
_EYES = {**_SMALL, "image_size": SIDE, "patch_size": PATCH}


class Tiny(NamedTuple):
    """A folder, and what was written into it."""

    folder: Path
    model: Any
    tokenizer: Any
    processor: Any


def write(folder: Path, family: str) -> Tiny:
    """Write a model of a family, its tokenizer and its processor."""
    torch.manual_seed(sum(family.encode()))
    model, tokenizer, processor = _MAKERS[family]()
    # As they begin, networks answer nearly the same to everything.
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    if hasattr(model, "logit_bias"):
        model.logit_scale.data.fill_(4.7123)
        model.logit_bias.data.fill_(-16.5)
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor.save_pretrained(folder)
    if family == "tipsv2":  # its own processor needs torchvision; the file is the same but for this
        path = folder / "preprocessor_config.json"
        settings = json.loads(path.read_text()) | {"image_processor_type": "Tipsv2ImageProcessor"}
        path.write_text(json.dumps(settings))
    return Tiny(folder, model, tokenizer, processor)


# -- words ---------------------------------------------------------------------------------------


def _clip_words() -> Any:
    letters = pre_tokenizers.ByteLevel.alphabet()
    pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    return transformers.CLIPTokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)}, merges=[]
    )


def _bert_words() -> Any:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces += _LETTERS + [f"##{letter}" for letter in _LETTERS]
    return transformers.BertTokenizer(
        vocab={piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    )


def roberta_words() -> Any:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *_LETTERS, "<mask>"]
    return transformers.XLMRobertaTokenizer(vocab=[(piece, -1.0) for piece in pieces])


def _gemma_words() -> Any:
    """Knows capitals and gives a mask, so that what SigLIP must not see would be seen."""
    pieces = ["<pad>", "<eos>", "<unk>", "▁", *_LETTERS]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )


def _siglip2_words() -> Any:
    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *_LETTERS]
    return transformers.Siglip2Tokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)},
        merges=[],
        padding_side="right",
        model_input_names=["input_ids"],
    )


def _tips_words() -> Any:
    from transformers.models.tipsv2.tokenization_tipsv2 import Tipsv2Tokenizer

    pieces = ["<pad>", "<unk>", "▁", *_LETTERS]
    return Tipsv2Tokenizer(vocab={piece: number for number, piece in enumerate(pieces)}, merges=[])


# -- models --------------------------------------------------------------------------------------


def _crop(kind: Any) -> Any:
    return kind(size={"shortest_edge": 40}, crop_size={"height": SIDE, "width": SIDE})


def _clip() -> tuple[Any, Any, Any]:
    tokenizer = _clip_words()
    words = {**_WORDS, "eos_token_id": tokenizer.eos_token_id}
    config = transformers.CLIPConfig(text_config=words, vision_config=_EYES, projection_dim=24)
    return (
        transformers.CLIPModel(config),
        tokenizer,
        _crop(transformers.CLIPImageProcessorPil),
    )


def _metaclip_2() -> tuple[Any, Any, Any]:
    tokenizer = roberta_words()
    words = {**_WORDS, "eos_token_id": tokenizer.eos_token_id}
    config = transformers.MetaClip2Config(text_config=words, vision_config=_EYES, projection_dim=24)
    return (
        transformers.MetaClip2Model(config),
        tokenizer,
        _crop(transformers.CLIPImageProcessorPil),
    )


def _altclip() -> tuple[Any, Any, Any]:
    words = {**_WORDS, "project_dim": 16, "max_position_embeddings": 82}
    config = transformers.AltCLIPConfig(text_config=words, vision_config=_EYES, projection_dim=24)
    return (
        transformers.AltCLIPModel(config),
        roberta_words(),
        _crop(transformers.CLIPImageProcessorPil),
    )


def _chinese_clip() -> tuple[Any, Any, Any]:
    config = transformers.ChineseCLIPConfig(
        text_config=_WORDS, vision_config=_EYES, projection_dim=24
    )
    return (
        transformers.ChineseCLIPModel(config),
        _bert_words(),
        _crop(transformers.ChineseCLIPImageProcessorPil),
    )


def _siglip() -> tuple[Any, Any, Any]:
    words = {**_WORDS, "max_position_embeddings": 64}
    config = transformers.SiglipConfig(text_config=words, vision_config=_EYES)
    size = {"height": SIDE, "width": SIDE}
    return (
        transformers.SiglipModel(config),
        _gemma_words(),
        transformers.SiglipImageProcessorPil(size=size),
    )


def _siglip2() -> tuple[Any, Any, Any]:
    words = {**_WORDS, "max_position_embeddings": 64}
    eyes = {**_SMALL, "patch_size": PATCH, "num_patches": MOST}
    config = transformers.Siglip2Config(text_config=words, vision_config=eyes)
    return (
        transformers.Siglip2Model(config),
        _siglip2_words(),
        transformers.Siglip2ImageProcessorPil(patch_size=PATCH, max_num_patches=MOST),
    )


def _align() -> tuple[Any, Any, Any]:
    eyes = {
        "image_size": SIDE,
        "width_coefficient": 1.0,
        "depth_coefficient": 0.25,
        "depth_divisor": 8,
        "hidden_dim": 24,
        "kernel_sizes": [3, 3],
        "in_channels": [32, 16],
        "out_channels": [16, 24],
        "strides": [1, 2],
        "num_block_repeats": [1, 1],
        "expand_ratios": [1, 2],
        "depthwise_padding": [],
    }
    config = transformers.AlignConfig(
        text_config=_WORDS, vision_config=eyes, projection_dim=24, temperature_init_value=0.07
    )
    processor = transformers.EfficientNetImageProcessorPil(
        size={"height": 40, "width": 40},
        crop_size={"height": SIDE, "width": SIDE},
        do_center_crop=True,
        rescale_factor=1 / 127.5,
        rescale_offset=True,
        do_normalize=False,
        include_top=False,
        resample=2,
    )
    return transformers.AlignModel(config), _bert_words(), processor


def _tipsv2() -> tuple[Any, Any, Any]:
    words = {**_WORDS, "max_position_embeddings": 64}
    eyes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.Tipsv2Config(
        text_config=words, vision_config={**eyes, "image_size": SIDE, "patch_size": PATCH}
    )
    processor = transformers.SiglipImageProcessorPil(
        size={"height": SIDE, "width": SIDE}, resample=2, do_normalize=False
    )
    return transformers.Tipsv2Model(config), _tips_words(), processor


_MAKERS: dict[str, Callable[[], tuple[Any, Any, Any]]] = {
    "clip": _clip,
    "siglip": _siglip,
    "siglip2": _siglip2,
    "metaclip_2": _metaclip_2,
    "chinese_clip": _chinese_clip,
    "altclip": _altclip,
    "align": _align,
    "tipsv2": _tipsv2,
}
FAMILIES = tuple(_MAKERS)
