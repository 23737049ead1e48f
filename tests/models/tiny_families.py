"""More kinds of vision-language models with random weights; see `tiny_chat`."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import transformers
from tiny_chat import QWEN_TEMPLATE, WORDS, letters, write

GEMMA_TEMPLATE = """\
{{ bos_token }}{% for message in messages %}<start_of_turn>\
{{ 'model' if message['role'] == 'assistant' else message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}{% else %}\
{% for content in message['content'] %}{% if content['type'] == 'image' %}<start_of_image>\
{% else %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}<end_of_turn>
{% endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% endif %}"""

_VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}


def write_qwen3(folder: Path) -> Path:
    """A Qwen3-VL, whose pictures reach deeper layers, too."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    torch.manual_seed(3)
    special = ["<|endoftext|>", "<|im_start|>", "<|vision_start|>", "<|vision_end|>"]
    special += ["<|image_pad|>", "<|video_pad|>"]
    tokenizer = letters(special, "<|im_end|>", "<|endoftext|>")
    tokenizer.chat_template = QWEN_TEMPLATE
    number = tokenizer.convert_tokens_to_ids
    config = transformers.Qwen3VLConfig(
        text_config={
            **WORDS,
            "head_dim": 16,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [2, 3, 3],
                "mrope_interleaved": True,
                "rope_theta": 1e6,
            },
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": WORDS["hidden_size"],
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1],
        },
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
    )
    images = Qwen2VLImageProcessorPil(
        patch_size=16, min_pixels=64 * 64, max_pixels=32 * 32 * 256, image_mean=[0.5] * 3
    )
    model = transformers.Qwen3VLForConditionalGeneration(config)
    return write(folder, model, tokenizer, images, "Qwen3VLProcessor")


def write_gemma(folder: Path) -> Path:
    """A Gemma 3, with windows that slide."""
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    torch.manual_seed(4)
    named = {
        "image_token": "<image_soft_token>",
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
    }
    special = ["<start_of_turn>", "<bos>"]
    tokenizer = letters(special, "<end_of_turn>", "<pad>", named)
    tokenizer.bos_token = "<bos>"
    tokenizer.chat_template = GEMMA_TEMPLATE
    number = tokenizer.convert_tokens_to_ids
    config = transformers.Gemma3Config(
        text_config={
            **WORDS,
            "head_dim": 16,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 8192,
            "query_pre_attn_scalar": 16,
            "sliding_window": 32,
            "layer_types": ["sliding_attention", "full_attention"],
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "bos_token_id": tokenizer.bos_token_id,
        },
        vision_config={**_VISION, "image_size": 32, "patch_size": 8},
        mm_tokens_per_image=4,
        boi_token_index=number("<start_of_image>"),
        eoi_token_index=number("<end_of_image>"),
        image_token_index=number("<image_soft_token>"),
        tie_word_embeddings=False,
    )
    images = Gemma3ImageProcessorPil(size={"height": 32, "width": 32})
    model = transformers.Gemma3ForConditionalGeneration(config)
    write(folder, model, tokenizer, images, "Gemma3Processor")
    settings = {"image_seq_length": 4, "processor_class": "Gemma3Processor"}
    (folder / "processor_config.json").write_text(json.dumps(settings))
    return folder


def write_internvl(folder: Path) -> Path:
    """An InternVL, which cuts pictures into pieces."""
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

    torch.manual_seed(5)
    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    special = ["<|endoftext|>", "<|im_start|>"]
    tokenizer = letters(special, "<|im_end|>", "<|endoftext|>", named)
    tokenizer.chat_template = QWEN_TEMPLATE.replace(
        "<|vision_start|><|image_pad|><|vision_end|>", "<IMG_CONTEXT>\n"
    )
    config = transformers.InternVLConfig(
        vision_config={**_VISION, "image_size": [32, 32], "patch_size": [8, 8]},
        text_config={
            **WORDS,
            "model_type": "qwen2",
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 8192,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "bos_token_id": tokenizer.pad_token_id,
        },
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
        tie_word_embeddings=False,
    )
    images = GotOcr2ImageProcessorPil(size={"height": 32, "width": 32}, crop_to_patches=True)
    model = transformers.InternVLForConditionalGeneration(config)
    write(folder, model, tokenizer, images, "InternVLProcessor")
    settings = {"image_seq_length": 4, "processor_class": "InternVLProcessor"}
    (folder / "processor_config.json").write_text(json.dumps(settings))
    return folder
