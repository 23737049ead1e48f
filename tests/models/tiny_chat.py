"""Vision-language models with random weights, written as their makers write theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WORDS = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
}

QWEN_TEMPLATE = """\
{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system
You are a helpful assistant.<|im_end|>
{% endif %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}<|im_end|>
{% else %}{% for content in message['content'] %}{% if content['type'] == 'image' %}\
<|vision_start|><|image_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}\
{% endif %}{% endfor %}<|im_end|>
{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def letters(
    special: Sequence[str], end: str, pad: str, named: Mapping[str, str] | None = None
) -> Any:
    """A tokenizer that knows every byte and some tokens that mean something else.

    Args:
        special: Those tokens.
        end: The one that ends a message.
        pad: The one that fills up.
        named: Names under which a processor asks for some of them.
    """
    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={c: n for n, c in enumerate(bytes_)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=end,
        pad_token=pad,
        extra_special_tokens=(
            {f"special_{n}": token for n, token in enumerate(special)} | dict(named)
            if named
            else list(special)
        ),
    )


def write(folder: Path, model: Any, tokenizer: Any, images: Any, processor: str) -> Path:
    # As they begin, networks answer nearly the same to everything.
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.15)
    # They never end by themselves, and write letters alone.
    readable = [
        word.isascii() and word.isalpha()
        for word in tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    ]
    model.get_output_embeddings().weight.data[~torch.tensor(readable)] = 0
    model.eval().save_pretrained(folder)
    images.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"processor_class": processor}))
    return folder


def write_qwen(
    folder: Path, words: Mapping[str, Any] = WORDS, mrope: Sequence[int] = (2, 3, 3)
) -> Path:
    """A Qwen2.5-VL; a larger one of other `words`."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    torch.manual_seed(1)
    special = ["<|endoftext|>", "<|im_start|>", "<|vision_start|>", "<|vision_end|>"]
    special += ["<|image_pad|>", "<|video_pad|>"]
    tokenizer = letters(special, "<|im_end|>", "<|endoftext|>")
    tokenizer.chat_template = QWEN_TEMPLATE
    number = tokenizer.convert_tokens_to_ids
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            **words,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": list(mrope),
                "rope_theta": 1e6,
            },
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": tokenizer.pad_token_id,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": words["hidden_size"],
            "window_size": 56,
            "fullatt_block_indexes": [1],
        },
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
    )
    images = Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=28 * 28 * 256)
    model = transformers.Qwen2_5_VLForConditionalGeneration(config)
    return write(folder, model, tokenizer, images, "Qwen2_5_VLProcessor")


def write_smolvlm(folder: Path) -> Path:
    """A SmolVLM."""
    from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil
    from transformers.models.smolvlm.processing_smolvlm import DEFAULT_CHAT_TEMPLATE

    torch.manual_seed(2)
    special = ["<fake_token_around_image>", "<image>", "<global-img>"]
    special += [f"<row_{row}_col_{column}>" for row in range(1, 4) for column in range(1, 4)]
    tokenizer = letters(special, "<end_of_utterance>", "<|im_start|>")
    tokenizer.chat_template = DEFAULT_CHAT_TEMPLATE
    config = transformers.SmolVLMConfig(
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 32,
            "patch_size": 8,
        },
        text_config={
            **WORDS,
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 65536,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "bos_token_id": tokenizer.pad_token_id,
        },
    )
    images = SmolVLMImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}
    )
    model = transformers.SmolVLMForConditionalGeneration(config)
    write(folder, model, tokenizer, images, "SmolVLMProcessor")
    settings = {"image_seq_len": 4, "processor_class": "SmolVLMProcessor"}
    (folder / "processor_config.json").write_text(json.dumps(settings))
    return folder
