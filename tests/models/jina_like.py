"""A dual encoder with code of its own, random weights and the habits of Jina CLIP v2.

As published in https://huggingface.co/jinaai/jina-clip-v2: texts begin with the instruction of a
task, vectors may be cut to their first numbers, the networks take tensors and whatever else they
are given, masks are made from the filling, positions are turned by angles that are computed and not
saved, and loading sets its own number type.
"""

from __future__ import annotations

import json
from pathlib import Path

import tiny_models
import torch
from safetensors.torch import save_file

#: What searching texts begin with.
INSTRUCTION = "Represent the query for retrieving evidence documents: "
#: Numbers of a vector, and after the cut.
WHOLE, CUT = 8, 6

_CONFIGURATION = """
from transformers import PretrainedConfig

class TinyConfig(PretrainedConfig):
    model_type = "jina_clip"

    def __init__(self, text_config=None, truncate_dim=None, width=8, **more):
        self.text_config = text_config or {}
        self.truncate_dim = truncate_dim
        self.width = width
        super().__init__(**more)
"""
_MODELING = """
import torch
from transformers import AutoImageProcessor, AutoTokenizer, PreTrainedModel
from .configuration_tiny import TinyConfig

class Words(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embeddings = torch.nn.Embedding(600, config.width)

    @property
    def task_instructions(self):
        return self.config.text_config["hf_model_config_kwargs"]["task_instructions"]

    def forward(self, x):
        mask = (x != 1).float()[..., None]
        return (self.embeddings(x) * mask).sum(1) / mask.sum(1)

class Angles(torch.nn.Module):
    def __init__(self, count):
        super().__init__()
        steps = [step.item() for step in torch.linspace(0, 1, 3)]
        angles = torch.arange(count) / 10 ** (torch.arange(count) / count) + steps[1]
        self.register_buffer("cosines", angles.cos(), persistent=False)

    def forward(self, x):
        return x * self.cosines

class Eyes(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.angles = Angles(12)
        self.head = torch.nn.Linear(12, config.width)

    def forward(self, x):
        return self.head(self.angles(x.flatten(1)))

class TinyModel(PreTrainedModel):
    config_class = TinyConfig

    def __init__(self, config):
        super().__init__(config)
        self.text_model, self.vision_model = Words(config), Eyes(config)
        self.logit_scale = torch.nn.Parameter(torch.tensor(2.6592))
        self.post_init()

    @classmethod
    def from_pretrained(cls, *arguments, **names):
        names.setdefault("torch_dtype", "auto")
        return super().from_pretrained(*arguments, **names)

    def get_text_features(self, input_ids=None, *_, **__):
        return self.text_model(x=input_ids)

    def get_image_features(self, pixel_values=None, *_, **__):
        return self.vision_model(x=pixel_values)

    @torch.inference_mode()
    def encode_text(self, sentences, task=None, truncate_dim=None):
        tokenizer = AutoTokenizer.from_pretrained(self.config._name_or_path)
        begin = self.text_model.task_instructions[task] if task else ""
        texts = [begin + sentence for sentence in sentences]
        tokens = tokenizer(texts, padding=True, truncation=True, max_length=512,
                           return_tensors="pt")
        rows = self.get_text_features(tokens.input_ids)
        rows = rows[:, : truncate_dim or self.config.truncate_dim]
        return torch.nn.functional.normalize(rows).numpy()

    @torch.inference_mode()
    def encode_image(self, images, truncate_dim=None):
        process = AutoImageProcessor.from_pretrained(
            self.config._name_or_path, trust_remote_code=True
        )
        rows = self.get_image_features(process(images)["pixel_values"])
        rows = rows[:, : truncate_dim or self.config.truncate_dim]
        return torch.nn.functional.normalize(rows).numpy()
"""
_PROCESSING = """
import numpy
import torch
from transformers.image_processing_utils import BaseImageProcessor, BatchFeature

class TinyProcessor(BaseImageProcessor):
    model_input_names = ["pixel_values"]

    def __init__(self, size=224, **more):
        super().__init__(**more)
        self.size = size

    def __call__(self, images, **_):
        return self.preprocess(images)

    def preprocess(self, images, **_):
        small = [numpy.asarray(image.resize((self.size, self.size))) / 255 for image in images]
        return BatchFeature({"pixel_values": torch.tensor(numpy.stack(small)).float()})
"""


def write(folder: Path, *, needs: str = "") -> Path:
    """Write the folder.

    Args:
        folder: Which.
        needs: Python that its code begins with, in a file that the named one imports.
    """
    folder.mkdir(parents=True)
    (folder / "configuration_tiny.py").write_text(_CONFIGURATION)
    (folder / "towers_tiny.py").write_text(f"{needs}\nimport torch\n")
    (folder / "modeling_tiny.py").write_text(f"from .towers_tiny import torch\n{_MODELING}")
    (folder / "processing_tiny.py").write_text(_PROCESSING)
    config = {
        "model_type": "jina_clip",
        "transformers_version": "4.47.0",
        "architectures": ["TinyModel"],
        "auto_map": {
            "AutoConfig": "configuration_tiny.TinyConfig",
            "AutoModel": "modeling_tiny.TinyModel",
        },
        "truncate_dim": CUT,
        "width": WHOLE,
        "text_config": {
            "hf_model_config_kwargs": {"task_instructions": {"retrieval.query": INSTRUCTION}}
        },
    }
    (folder / "config.json").write_text(json.dumps(config))
    processor = {
        "image_processor_type": "TinyProcessor",
        "size": 2,
        "auto_map": {"AutoImageProcessor": "processing_tiny.TinyProcessor"},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    random = torch.Generator().manual_seed(6)
    shapes = {
        "text_model.embeddings.weight": (600, WHOLE),
        "vision_model.head.weight": (WHOLE, 12),
        "vision_model.head.bias": (WHOLE,),
        "logit_scale": (),
    }
    tensors = {name: torch.randn(shape, generator=random) for name, shape in shapes.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tiny_models.roberta_words().save_pretrained(folder)
    return folder
