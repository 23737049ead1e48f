"""Models that are known by a short name: what they are, what they cost, who may use them.

Sizes are those of float32 or bfloat16 safetensors with tokenizer, as published; the hub says the
exact one before a byte is pulled. Quality follows the retrieval figures that their authors publish
(COCO and XM3600 recall, zero-shot ImageNet).
"""

from __future__ import annotations

import msgspec

#: The model that comes with the program.
BUILTIN = "builtin"


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a model before it is on this machine.

    Attributes:
        name: Its short name.
        hub: Its id on the hub, `owner/name`.
        revision: The commit that is pulled; "" is the newest.
        size: What a pull takes, bytes, about.
        memory: What running it on a CPU takes, bytes, about; a GPU takes half of it.
        dimensions: Length of a vector.
        input_size: Width and height of what the network sees, pixels.
        licence: Its SPDX name.
        commercial: Whether the licence lets it be used for profit.
        languages: Which it understands, in words.
        family: The key of its kind in `families.FAMILIES`; "" for code that comes with the model.
        rank: Which "auto" likes better, from 1; 0 is never chosen by itself.
        wants_gpu: Whether a CPU takes seconds for a photo.
        remote_code: Whether it runs code that comes with it.
        chats: Whether it answers questions about photos, and embeds none; what is said of vectors
            and of the network's input is 0 then.
        about: What it is good for, one sentence.
    """

    name: str
    hub: str
    revision: str = ""
    size: int
    memory: int
    dimensions: int = 0
    input_size: int = 0
    licence: str
    commercial: bool = True
    languages: str
    family: str
    rank: int = 0
    wants_gpu: bool = False
    remote_code: bool = False
    chats: bool = False
    about: str


MODELS = (
    Model(
        name="siglip2",
        hub="google/siglip2-base-patch16-224",
        revision="75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2",
        size=1_540_000_000,
        memory=2_600_000_000,
        dimensions=768,
        input_size=224,
        licence="Apache-2.0",
        languages="109 languages",
        family="siglip",
        rank=50,
        about="The best for its size; the one to begin with.",
    ),
    Model(
        name="siglip2-b32",
        hub="google/siglip2-base-patch32-256",
        revision="94dffa8cb1179de3e03f091dbc3917e5d5a9ae84",
        size=1_550_000_000,
        memory=2_600_000_000,
        dimensions=768,
        input_size=256,
        licence="Apache-2.0",
        languages="109 languages",
        family="siglip",
        rank=40,
        about="A third of siglip2's work for a photo, a little less exact: for a CPU.",
    ),
    Model(
        name="siglip2-so400m",
        hub="google/siglip2-so400m-patch16-384",
        revision="dd658faac399427308559e2c3ac1e99cbe43845d",
        size=4_590_000_000,
        memory=7_000_000_000,
        dimensions=1152,
        input_size=384,
        licence="Apache-2.0",
        languages="109 languages",
        family="siglip",
        rank=60,
        wants_gpu=True,
        about="Sees finer detail and knows more languages well; wants a GPU.",
    ),
    Model(
        name="clip-b32",
        hub="laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        size=610_000_000,
        memory=1_300_000_000,
        dimensions=512,
        input_size=224,
        licence="MIT",
        languages="English",
        family="clip",
        rank=10,
        about="Small and quick on a CPU.",
    ),
    Model(
        name="clip-l14",
        hub="openai/clip-vit-large-patch14",
        size=1_720_000_000,
        memory=3_000_000_000,
        dimensions=768,
        input_size=224,
        licence="MIT",
        languages="English",
        family="clip",
        rank=20,
        wants_gpu=True,
        about="The classic large CLIP.",
    ),
    Model(
        name="metaclip2",
        hub="facebook/metaclip-2-worldwide-b16",
        size=2_350_000_000,
        memory=3_600_000_000,
        dimensions=512,
        input_size=224,
        licence="CC-BY-NC-4.0",
        commercial=False,
        languages="300 languages",
        family="metaclip_2",
        rank=30,
        about="Knows the most languages.",
    ),
    Model(
        name="chinese-clip",
        hub="OFA-Sys/chinese-clip-vit-base-patch16",
        revision="f4a64596bbcf9a2a94591b74b9dc39b2e4e77e3e",
        size=760_000_000,
        memory=1_500_000_000,
        dimensions=512,
        input_size=224,
        licence="MIT",
        languages="Chinese",
        family="chinese_clip",
        about="Understands Chinese and nothing else.",
    ),
    Model(
        name="jina-clip-v2",
        hub="jinaai/jina-clip-v2",
        revision="344d954da76eb8ad47a7aaff42d012e30c15b8fe",
        size=1_750_000_000,
        memory=4_500_000_000,
        dimensions=1024,
        input_size=512,
        licence="CC-BY-NC-4.0",
        commercial=False,
        languages="89 languages",
        family="",
        wants_gpu=True,
        remote_code=True,
        about="Understands long texts. Runs code of its makers, which imports clip_loss from"
        " transformers: 4.57 was the last to have it, and this program runs on 5. A pull sees to"
        " that before the weights come.",
    ),
)


def _chat(
    name: str,
    hub: str,
    billions: float,
    family: str,
    rank: int,
    about: str,
    *,
    size: int = 0,
    licence: str = "Apache-2.0",
    commercial: bool = True,
    languages: str = "many languages",
) -> Model:
    """A model that answers questions about photos; weights are 16-bit numbers where unsaid."""
    return Model(
        name=name,
        hub=hub,
        size=size or round(2.03e9 * billions),
        memory=round(4.8e9 * billions),
        licence=licence,
        commercial=commercial,
        languages=languages,
        family=family,
        rank=rank,
        wants_gpu=billions > 1,
        chats=True,
        about=about,
    )


#: Models that see photos and answer in words. Sizes and licences are those of their cards; ranks
#: follow the benchmarks that their authors publish (MMMU, MMBench, MMStar).
CHAT_MODELS = (
    _chat(
        "smolvlm2-500m",
        "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
        0.51,
        "smolvlm",
        10,
        "The smallest that is of any use; runs on a CPU.",
        size=2_030_000_000,
        languages="English",
    ),
    _chat(
        "smolvlm2",
        "HuggingFaceTB/SmolVLM2-2.2B-Instruct",
        2.25,
        "smolvlm",
        20,
        "Small and quick.",
        size=8_980_000_000,
        languages="English",
    ),
    _chat(
        "qwen3.5-2b",
        "Qwen/Qwen3.5-2B",
        2.27,
        "qwen3_5",
        45,
        "Sees well for its size.",
        languages="201 languages",
    ),
    _chat(
        "qwen3.5-4b",
        "Qwen/Qwen3.5-4B",
        4.66,
        "qwen3_5",
        60,
        "The one to begin with; wants a GPU of 16 GB.",
        languages="201 languages",
    ),
    _chat(
        "qwen3.5-9b",
        "Qwen/Qwen3.5-9B",
        9.65,
        "qwen3_5",
        70,
        "The best here; wants a GPU of 40 GB.",
        languages="201 languages",
    ),
    _chat(
        "qwen3-vl-2b",
        "Qwen/Qwen3-VL-2B-Instruct",
        2.13,
        "qwen3_vl",
        40,
        "Made for looking closely; small.",
        languages="32 languages",
    ),
    _chat(
        "qwen3-vl-4b",
        "Qwen/Qwen3-VL-4B-Instruct",
        4.44,
        "qwen3_vl",
        55,
        "Made for looking closely.",
        languages="32 languages",
    ),
    _chat(
        "qwen3-vl-8b",
        "Qwen/Qwen3-VL-8B-Instruct",
        8.77,
        "qwen3_vl",
        65,
        "Made for looking closely; wants a GPU of 32 GB.",
        languages="32 languages",
    ),
    _chat(
        "qwen2.5-vl-3b",
        "Qwen/Qwen2.5-VL-3B-Instruct",
        3.75,
        "qwen2_5_vl",
        30,
        "Well known; not for commercial use.",
        licence="Qwen-Research",
        commercial=False,
    ),
    _chat(
        "qwen2.5-vl-7b",
        "Qwen/Qwen2.5-VL-7B-Instruct",
        8.29,
        "qwen2_5_vl",
        50,
        "Well known, free to use.",
    ),
    _chat(
        "gemma3-4b",
        "google/gemma-3-4b-it",
        4.3,
        "gemma3",
        35,
        "Writes well; its makers ask you to accept their terms.",
        licence="Gemma",
        languages="140 languages",
    ),
    _chat(
        "gemma4-e4b",
        "google/gemma-4-E4B-it",
        8.0,
        "gemma4",
        53,
        "Writes well.",
        languages="140 languages",
    ),
    _chat(
        "internvl3.5-4b",
        "OpenGVLab/InternVL3_5-4B-HF",
        4.73,
        "internvl",
        48,
        "Sees fine detail.",
    ),
)


def known(name: str) -> Model | None:
    """The model with a short name or a hub id, if it is one of those above."""
    everything = (*MODELS, *CHAT_MODELS)
    return next((model for model in everything if name in (model.name, model.hub)), None)
