"""Models that see pictures and read words in one space: CLIP, SigLIP and their relatives.

One implementation over `transformers` serves every family in `families`. Nothing here touches the
network: a model is a folder.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tui_selector.library.display import printable
from tui_selector.library.photo import Tag
from tui_selector.models import calibrating, checkpoint, converted
from tui_selector.models.batches import Batches, find_batch_size
from tui_selector.models.calibration import Calibration, Contrastive, of_cohort
from tui_selector.models.code_needs import check_needs
from tui_selector.models.crew import Crew, Embed, Member, Order, gather
from tui_selector.models.device import choose_devices, one_thread_each
from tui_selector.models.embedder import Embedding, ModelError, ModelKey
from tui_selector.models.families import FAMILIES, Family
from tui_selector.models.preprocessing import PictureInput, Preprocessing, read_preprocessing
from tui_selector.models.remote import brings_code, check_code, family_of, read_processor
from tui_selector.models.towers import (
    PictureTower,
    Towers,
    first_line,
    keep_quiet,
    load_model,
    load_tokenizer,
    read_similarity,
)
from tui_selector.models.trust import untrusted
from tui_selector.models.vocabulary import Label, fingerprint, own_list
from tui_selector.models.zero_shot import Tagger

if TYPE_CHECKING:
    from PIL import Image

#: Texts of one run.
TEXT_BATCH = 32
#: Pictures of one run on a CPU, where more are not faster.
CPU_BATCH = 8


class DualEncoder:
    """Embeds pictures and words with a dual encoder; see `embedder.Embedder`.

    Attributes:
        family: How it reads texts.
        scale: What a cosine is multiplied with in training; see `bias`.
        bias: What is then added. `sigmoid(scale * cosine + bias)` is the chance that a text
            belongs to a picture, for models that were taught pair by pair (SigLIP). None for the
            others: theirs are chances only among several texts, `softmax(scale * cosines)`.
        vocabulary: Which words photos are tagged with, and how; "" before `calibrate`.
    """

    def __init__(
        self,
        towers: Towers,
        family: Family,
        pictures: PictureInput,
        *,
        key: ModelKey,
        device: str,
        batch_size: int,
        eyes: PictureTower | None = None,
    ) -> None:
        """Join the parts; `load_dual_encoder` is the usual way here.

        Args:
            towers: The networks.
            family: How the model reads texts.
            pictures: How it takes pictures.
            key: See `Embedder.key`.
            device: Where the networks are.
            batch_size: Pictures of one run; 0 tries.
            eyes: What runs the picture network, where that is not one of `towers`.

        Raises:
            ModelError: The model cannot embed a picture and a word.
        """
        eyes = eyes or towers
        self.key = key
        self.family = family
        self.notice = ""
        self.name = f"{key.model} · {eyes.runs_on}"
        self.scale, self.bias = towers.scale, towers.bias
        self._eyes, self._towers = eyes, towers
        self._input = pictures
        self._device = device
        self._pictures = Batches(eyes.load, eyes.pictures, 1, device)
        self._texts = Batches(towers.tokens, towers.texts, TEXT_BATCH, device)
        # A CPU would take minutes for all prompts of all labels, and seconds for those of a query.
        self._templates = family.templates[:1] if device == "cpu" else family.templates
        # What labels are put into, as the networks are given it.
        self._asked = [family.prefix + each for each in self._templates]
        self._calibrating = threading.Lock()
        self._calibration: Contrastive | None = None
        self._tagger: Tagger | None = None
        self.vocabulary = ""
        self.dimensions = self._probe()
        self._pictures.size = batch_size or self._find_batch_size()
        self._embed: Embed = self._pictures

    # -- what every model offers ---------------------------------------------------------------

    @property
    def input_size(self) -> int:
        """See `Embedder.input_size`."""
        return self._input.input_size

    @property
    def batch_size(self) -> int:
        """Pictures of one run; smaller after memory ran out."""
        return self._pictures.size

    @property
    def calibration(self) -> Calibration:
        """What its cosines mean; measured now where `calibrate` was not called."""
        if self._calibration is None:  # whoever measures it at present is waited for
            with self._calibrating:
                pass
        if self._calibration is None:
            self.calibrate()
        assert self._calibration is not None
        return self._calibration

    def calibrate(self, folder: Path | None = None, own: Sequence[Label] = ()) -> None:
        """Measure the model, or read what was measured; from then on photos get tags.

        Args:
            folder: Where measurements are kept; None keeps none.
            own: Words of the owner's that photos are to get, too.

        Raises:
            ModelError: The memory does not hold one text.
        """
        with self._calibrating:
            ours = own_list()
            measured = calibrating.measure(
                "\n".join((str(self.key), *self._asked)),
                [label.asked for label in (*ours, *own)],
                lambda names: self.embed_labels(names, self._templates),
                self._files,
                folder,
            )
            self._calibration = Contrastive(
                self.scale,
                self.bias,
                measured.rows[: len(ours)],
                of_cohort(measured.mean, measured.spread),
                self._templates,
            )
            self._tagger = Tagger(self._calibration, (*ours, *own), measured.rows)
            self.vocabulary = fingerprint((*ours, *own), self._templates)

    def tags(self, vectors: np.ndarray) -> list[tuple[Tag, ...]]:
        """See `zero_shot.Tagger.tags`; none before `calibrate`."""
        return self._tagger.tags(vectors) if self._tagger else [()] * len(vectors)

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Scale and crop a picture as the model wants it, (h, w, 3) uint8."""
        return self._input.prepare(image)

    def embed(self, batch: Sequence[np.ndarray]) -> Embedding:
        """Embed prepared pictures; words are compared with the same vectors.

        Raises:
            ModelError: The memory does not hold one picture, or the numbers overflow.
            ValueError: A picture does not come from `prepare`.
        """
        vectors = self.embed_images(batch)
        return Embedding(vectors, vectors, self.tags(vectors))

    def embed_images(self, batch: Sequence[np.ndarray]) -> np.ndarray:
        """Vectors of prepared pictures, (n, d) float32, unit rows; see `embed`."""
        for pixels in batch:
            self._input.check(pixels)
        return self._joined(self._embed(batch))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts as they are, (n, d) float32, unit rows.

        A row is 0 where a text has no token, which only TIPSv2 leaves without a vector.
        """
        return self._joined(self._texts(texts))

    def embed_labels(self, names: Sequence[str], templates: Sequence[str] = ()) -> np.ndarray:
        """Vectors of names of things, (n, d) float32, unit rows.

        Each is the mean direction of prompts with the name (Radford et al. 2021, 3.1.4), which lies
        nearer to photos than the bare name does.

        Args:
            names: Of things.
            templates: What the names are put into; none takes all of the family's.
        """
        if not names:
            return self._joined([])
        templates = templates or self.family.templates
        rows = self.embed_texts([each.replace("{}", name) for name in names for each in templates])
        means = rows.reshape(len(names), len(templates), -1).mean(axis=1)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        return np.asarray(means / np.maximum(lengths, 1e-12), np.float32)

    def share(self, members: Sequence[Member]) -> None:
        """Let processes that have the same model on other devices embed pictures, too.

        Whose model is not there does not take part, and `notice` says why.
        """
        there, troubles = gather(members, str(self.key))
        self.notice = " ".join(filter(None, (self.notice, *troubles)))
        if there:
            self.name += f" × {1 + len(there)}"
            self._embed = Crew(self._pictures, [post for each in there for post in each.posts])

    def forget_words(self) -> None:
        """Give back the memory of what reads texts; none is embedded from then on."""
        if self.family in FAMILIES.values():
            self._towers.forget_words()

    def _files(self, paths: Iterable[Path]) -> np.ndarray:
        """Vectors of picture files, (n, d) float32, unit rows."""
        from tui_selector.library.pictures.decode import decode

        longest = 2 * self.input_size
        return self.embed_images(
            [self.prepare(decode(path, longest=longest).image) for path in paths]
        )

    def _joined(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(rows) if rows else np.empty((0, self.dimensions), np.float32)

    # -- trying it -----------------------------------------------------------------------------

    def _grey(self) -> np.ndarray:
        """A picture without anything on it."""
        from PIL import Image

        return self.prepare(Image.new("RGB", (self.input_size, self.input_size), (128, 128, 128)))

    def _probe(self) -> int:
        """Embed a picture and a text; the length of their vectors.

        Raises:
            ModelError: One cannot be embedded, or they have nothing in common.
        """
        try:
            (picture,), (text,) = self._pictures([self._grey()]), self._texts(["photo"])
        except ModelError:
            raise
        except Exception as error:  # what parts that do not fit raise depends on the part
            raise ModelError(
                f"The model {self.key.model} cannot embed a picture and a word"
                f" ({first_line(error)}); its files do not belong together, fetch it again."
            ) from error
        if picture.shape != text.shape:
            raise ModelError(
                f"The model {self.key.model} gives vectors of {picture.shape[1]} numbers for"
                f" pictures and of {text.shape[1]} for words; its files do not belong together,"
                " fetch it again."
            )
        return int(picture.shape[1])

    def _find_batch_size(self) -> int:
        if self._device == "cpu":
            return CPU_BATCH
        grey = self._grey()

        def run(size: int) -> None:
            self._eyes.pictures(self._eyes.load([grey] * size))

        return find_batch_size(run, self._device)


def load_dual_encoder(
    folder: Path,
    device: str = "auto",
    *,
    name: str = "",
    revision: str = "",
    batch_size: int = 0,
    trust_remote_code: bool = False,
    cache: Path | None = None,
) -> DualEncoder:
    """Load a dual encoder from a folder.

    Weights come from safetensors, else from a file that torch reads with `weights_only`. Code that
    lies in the folder of a known family is never run.

    Args:
        folder: As `save_pretrained` writes it, or a snapshot of the hub.
        device: See `device.choose_devices`. With several, each but the first gets a process of its
            own that embeds pictures, too (`crew`); texts stay with the first.
        name: What the model is called, the name of the folder where this is empty.
        revision: Which weights; a fingerprint of them where this is empty.
        batch_size: Pictures of one run; 0 finds by trying what suits the device.
        trust_remote_code: Whether a model of an unknown kind may run the code in the folder.
        cache: The folder for converted models: on a CPU, ONNX Runtime runs pictures where that was
            measured to be faster. With None PyTorch does.

    Raises:
        ModelError: The folder holds no whole model of a known family, the device is not there, or
            its memory is too small.
    """
    chosen, *others = choose_devices(device)

    def load(device: str) -> DualEncoder:
        return _load(folder, device, name, revision, batch_size, trust_remote_code, cache)

    if not others:
        return load(chosen)
    # Which of them load is seen once the first, whose errors are told, has done so meanwhile.
    members = [
        Member(
            Order(
                folder=str(folder.resolve()),
                device=other,
                name=name or folder.resolve().name,
                revision=revision,
                batch_size=batch_size,
                trusted=trust_remote_code,
                cache=str(cache) if cache else "",
            )
        )
        for other in others
    ]
    try:
        model = load(chosen)
        model.share(members)
    except BaseException:
        for member in members:
            member.end()
        raise
    return model


def _load(
    folder: Path,
    device: str,
    name: str,
    revision: str,
    batch_size: int,
    trust_remote_code: bool,
    cache: Path | None,
) -> DualEncoder:
    """Load it on one device; see `load_dual_encoder`."""
    config = checkpoint.read_config(folder)
    kind = config["model_type"]
    is_own = kind not in FAMILIES and brings_code(config)
    if kind not in FAMILIES and not is_own:
        raise ModelError(
            f"{printable(str(folder))} holds a model of the kind {printable(kind)}, which cannot"
            f" compare pictures with words here; choose one of {', '.join(FAMILIES)}."
        )
    if is_own:
        if not trust_remote_code:
            raise ModelError(untrusted(str(folder)))
        check_code(folder)
        check_needs(folder, name or str(folder))
    files = checkpoint.weights(folder)
    model, weights = name or folder.resolve().name, revision or checkpoint.fingerprint(folder)

    keep_quiet()
    pictures = read_processor(folder) if is_own else read_preprocessing(folder, kind)
    tokenizer = load_tokenizer(folder, trusted=is_own)
    eyes: PictureTower | None = None
    if device == "cpu" and cache is not None and isinstance(pictures, Preprocessing):
        # Before the network is loaded: a conversion takes as much memory once more.
        eyes = converted.ensure(folder, files, pictures, cache)
    is_safe = files[0].suffix == ".safetensors"
    network = load_model(folder, device, safe=is_safe, trusted=is_own)
    family = family_of(tokenizer, network) if is_own else FAMILIES[kind]
    if device == "cpu":
        one_thread_each()
    towers = Towers(network, tokenizer, family, pictures, device, read_similarity(network, files))
    if eyes is not None:
        towers.forget_pictures()
    return DualEncoder(
        towers,
        family,
        pictures,
        key=ModelKey(model, weights, str(pictures)),
        device=device,
        batch_size=batch_size,
        eyes=eyes,
    )
