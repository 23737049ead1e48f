"""Dual encoders with random weights and the sizes of published ones."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers

#: Picture networks of SigLIP 2: input and patch in pixels, width, depth, heads, inner width.
_SIGLIP2 = {
    "siglip2-b16": (224, 16, 768, 12, 12, 3072),
    "siglip2-so400m": (384, 14, 1152, 27, 16, 4304),
}


def write_clip(folder: Path) -> None:
    """A CLIP with the picture network of ViT-B/32 and a small one for words."""
    torch.manual_seed(0)
    words = {"num_hidden_layers": 1, "vocab_size": 64, "eos_token_id": 1, "bos_token_id": 0}
    config = transformers.CLIPConfig(text_config=words)
    transformers.CLIPModel(config).save_pretrained(folder)
    transformers.CLIPImageProcessorPil().save_pretrained(folder)
    pieces = ["<|startoftext|>", "<|endoftext|>", *"abcdefghijklmnop"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    transformers.CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)


def write_siglip2(folder: Path, name: str) -> None:
    """A SigLIP 2 for pictures of one size, with a small network for words."""
    torch.manual_seed(0)
    side, patch, width, depth, heads, inner = _SIGLIP2[name]
    eyes = {
        "image_size": side,
        "patch_size": patch,
        "hidden_size": width,
        "num_hidden_layers": depth,
        "num_attention_heads": heads,
        "intermediate_size": inner,
    }
    words = {"hidden_size": width, "num_hidden_layers": 1, "num_attention_heads": heads}
    words |= {"vocab_size": 64, "projection_size": width, "max_position_embeddings": 64}
    config = transformers.SiglipConfig(text_config=words, vision_config=eyes)
    transformers.SiglipModel(config).save_pretrained(folder)
    size = {"height": side, "width": side}
    transformers.SiglipImageProcessorPil(size=size).save_pretrained(folder)
    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *"abcdefghijklmnop"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    transformers.Siglip2Tokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
