"""A model that brings code of its own, and what has to be said before that runs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jina_like
import numpy as np
import pytest
import tiny_models
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file

from tui_selector.models.code_needs import check_needs
from tui_selector.models.dual_encoder import load_dual_encoder
from tui_selector.models.embedder import ModelError

CONFIGURATION = """
from transformers import PretrainedConfig

class StrangeConfig(PretrainedConfig):
    model_type = "strange_clip"
"""
MODELING = """
import torch
from transformers import PreTrainedModel
from .configuration_strange import StrangeConfig

class StrangeModel(PreTrainedModel):
    config_class = StrangeConfig

    def __init__(self, config):
        super().__init__(config)
        self.eyes = torch.nn.Linear(12, 6)
        self.ears = torch.nn.Embedding(600, 6)
        self.post_init()

    def get_image_features(self, pixel_values):
        return self.eyes(pixel_values.flatten(1))

    def get_text_features(self, input_ids, attention_mask):
        return (self.ears(input_ids) * attention_mask[..., None]).sum(1)
"""
PROCESSING = """
import numpy
import torch
from transformers import BaseImageProcessor

class StrangeProcessor(BaseImageProcessor):
    def __call__(self, images, return_tensors):
        small = [numpy.asarray(image.resize((2, 2))) / 255 for image in images]
        return {"pixel_values": torch.tensor(numpy.stack(small), dtype=torch.float32)}
"""


def _map(**names: str) -> dict[str, dict[str, str]]:
    return {"auto_map": names}


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dual encoder of a kind that nobody knows."""
    folder = tmp_path_factory.mktemp("strange") / "strange-clip"
    folder.mkdir()
    (folder / "configuration_strange.py").write_text(CONFIGURATION)
    (folder / "modeling_strange.py").write_text(MODELING)
    (folder / "processing_strange.py").write_text(PROCESSING)
    config = {"model_type": "strange_clip", "architectures": ["StrangeModel"]} | _map(
        AutoConfig="configuration_strange.StrangeConfig", AutoModel="modeling_strange.StrangeModel"
    )
    (folder / "config.json").write_text(json.dumps(config))
    processor = {"image_processor_type": "StrangeProcessor", "size": 2} | _map(
        AutoImageProcessor="processing_strange.StrangeProcessor"
    )
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    random = torch.Generator().manual_seed(4)
    tensors = {
        name: torch.randn(shape, generator=random)
        for name, shape in {
            "eyes.weight": (6, 12),
            "eyes.bias": (6,),
            "ears.weight": (600, 6),
        }.items()
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tiny_models.roberta_words().save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where transformers copies code before it runs it."""
    folder = tmp_path / "modules"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(transformers.dynamic_module_utils, "HF_MODULES_CACHE", str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "transformers_modules"]:
        monkeypatch.delitem(sys.modules, name)  # they lie in the folder of another test
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder


def test_its_code_runs_once_it_is_trusted(strange: Path) -> None:
    model = load_dual_encoder(strange, "cpu", trust_remote_code=True)
    own = transformers.AutoModel.from_pretrained(strange, trust_remote_code=True)
    processor = transformers.AutoImageProcessor.from_pretrained(strange, trust_remote_code=True)
    random = np.random.default_rng(1)
    pictures = [
        Image.fromarray(random.integers(0, 256, (20 + n, 30, 3), np.uint8)) for n in range(5)
    ]
    with torch.inference_mode():
        inputs = processor(images=pictures, return_tensors="pt")
        expected = torch.nn.functional.normalize(own.get_image_features(**inputs)).numpy()
        tokens = tiny_models.roberta_words()(["a dog"], return_tensors="pt")
        words = torch.nn.functional.normalize(own.get_text_features(**tokens)).numpy()
    found = model.embed([model.prepare(picture) for picture in pictures])
    assert found.vectors == pytest.approx(expected, abs=1e-5)
    assert model.embed_texts(["a dog"]) == pytest.approx(words, abs=1e-5)
    assert (model.dimensions, model.input_size, model.bias) == (6, 2, None)
    assert model.key.preprocessing.startswith("own-")
    with pytest.raises(ValueError, match=r"prepare\(\)"):
        model.embed([np.zeros((4, 4), np.uint8)])


def test_tasks_and_short_vectors_are_those_of_the_code(tmp_path: Path) -> None:
    folder = jina_like.write(tmp_path / "jina-like")
    model = load_dual_encoder(folder, "cpu", trust_remote_code=True, cache=tmp_path / "cache")
    config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=True)
    # As `from_pretrained` would, but that its code's constructor runs with memory.
    own = transformers.AutoModel.from_config(config, trust_remote_code=True).eval()
    own.load_state_dict(load_file(folder / "model.safetensors"))
    random = np.random.default_rng(2)
    pictures = [
        Image.fromarray(random.integers(0, 256, (30, 20 + n, 3), np.uint8)) for n in range(3)
    ]
    texts = ["a dog", "two children on a beach", ""]
    found = model.embed_texts(texts)
    assert found == pytest.approx(own.encode_text(texts, task="retrieval.query"), abs=1e-5)
    bare = own.encode_text(texts)
    assert (found * bare).sum(axis=1).max() < 0.999  # what a text begins with tells
    seen = model.embed_images([model.prepare(picture) for picture in pictures])
    assert seen == pytest.approx(own.encode_image(pictures), abs=1e-5)
    assert model.dimensions == seen.shape[1] == jina_like.CUT
    assert not (tmp_path / "cache").exists()  # nothing is made of code that nobody knows


@pytest.mark.parametrize(
    ("needs", "sentence"),
    [
        (
            "from transformers.models.clip.modeling_clip import CLIPOutput, clip_loss",
            "imports clip_loss from transformers.models.clip.modeling_clip, which transformers "
            f"{transformers.__version__} does not have (it was made with 4.47.0",
        ),
        ("import transformers.onnx", "imports transformers.onnx, which transformers"),
        ("import a_package_of_nobody.part", "needs the package a_package_of_nobody"),
        ("from . import broken", "cannot be read"),
    ],
)
def test_code_that_needs_what_is_not_here_is_refused_before_it_runs(
    needs: str, sentence: str, tmp_path: Path, modules: Path
) -> None:
    folder = jina_like.write(tmp_path / "jina-like", needs=needs)
    (folder / "broken.py").write_text("from __future__ import")
    with pytest.raises(ModelError) as caught:
        load_dual_encoder(folder, "cpu", trust_remote_code=True)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not modules.exists()


def test_code_may_do_without_what_it_only_tries_to_import(tmp_path: Path) -> None:
    needs = (
        "try:\n    from transformers import clip_loss\nexcept ImportError:\n    clip_loss = None\n"
        "from transformers.models import clip\nfrom transformers.models.clip import *"
    )
    folder = jina_like.write(tmp_path / "jina-like", needs=needs)
    (folder / "training.py").write_text("import a_package_of_nobody")  # nothing names it
    check_needs(folder, "jina-like")


def test_code_that_computes_something_else_each_time_is_refused(tmp_path: Path) -> None:
    folder = jina_like.write(tmp_path / "jina-like")
    code = folder / "modeling_tiny.py"
    changing = code.read_text().replace("Angles(12)", "Angles(12 + Angles.made)")
    changing = changing.replace(
        "__init__(self, count):", "__init__(self, count):\n        Angles.made += 1"
    )
    changing = changing.replace(
        "class Angles(torch.nn.Module):", "class Angles(torch.nn.Module):\n    made = 0\n"
    )
    code.write_text(changing)
    with pytest.raises(ModelError, match=r"does not compute vision_model\.angles\.cosines"):
        load_dual_encoder(folder, "cpu", trust_remote_code=True)


def test_its_code_does_not_run_otherwise(strange: Path, modules: Path) -> None:
    with pytest.raises(ModelError, match=r"strange-clip runs only with code.*--trust-remote-code"):
        load_dual_encoder(strange, "cpu")
    assert not modules.exists()


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
def test_code_in_another_repository_is_refused(name: str, strange: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(strange, tmp_path / "elsewhere"))
    said = json.loads((folder / name).read_text())
    said["auto_map"] = {part: f"someone/else--{code}" for part, code in said["auto_map"].items()}
    (folder / name).write_text(json.dumps(said))
    with pytest.raises(ModelError, match=f"code that .*{name} names lies in another repository"):
        load_dual_encoder(folder, "cpu", trust_remote_code=True)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no code": (lambda f: (f / "modeling_strange.py").unlink(), "cannot be loaded"),
    "code that fails": (
        lambda f: (f / "processing_strange.py").write_text("raise OSError('no\\nluck')"),
        r"wants its pictures cannot be read \(no\)",
    ),
    "another idea of pictures": (
        lambda f: (f / "modeling_strange.py").write_text(MODELING.replace("12, 6", "13, 6")),
        "cannot be loaded|cannot embed",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_code_that_does_not_work_is_told(damage: str, strange: Path, tmp_path: Path) -> None:
    spoil, words = DAMAGES[damage]
    folder = Path(shutil.copytree(strange, tmp_path / damage.replace(" ", "_")))
    spoil(folder)
    with pytest.raises(ModelError, match=words) as caught:
        load_dual_encoder(folder, "cpu", trust_remote_code=True)
    assert "\n" not in str(caught.value)
