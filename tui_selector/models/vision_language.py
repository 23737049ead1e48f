"""Models that see pictures and answer in words, run in this process through `transformers`.

Any `AutoModelForImageTextToText` with a chat template serves. Nothing here touches the network: a
model is a folder.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_selector.library.display import printable
from tui_selector.models.batches import is_out_of_memory, release
from tui_selector.models.bound import Bound
from tui_selector.models.embedder import ModelError
from tui_selector.models.generation import Generation, StoppedError
from tui_selector.models.language import MOST_TOKENS, Message, Picture
from tui_selector.models.loaded_chat import IDLE, LoadedModel
from tui_selector.models.prefix import NOTHING, Prefix, cut, shared
from tui_selector.models.vision_input import as_written, pixels_of

if TYPE_CHECKING:
    import torch
    from PIL import Image

#: What becomes of the pixels at each try after memory ran out.
_FEWER = (1.0, 1.0, 0.5, 0.25, 0.125)
#: Pictures that are kept decoded between turns.
_KEPT_PICTURES = 24
#: Conversations that are answered in one run at first, on a GPU: its memory is read once for all of
#: them. A CPU computes as long for each, and longer for rows that are padded.
_TOGETHER = 8


class VisionLanguageModel(LoadedModel):
    """See the head of this module. It is loaded by the first question.

    Attributes:
        pixels: Pixels of a picture of the last conversation, at most.
        reused: Tokens of the last conversation that were known from the one before it.
        together: See `LanguageModel.together`; halved where memory runs out, and stays so. On a CPU
            it is one, which is known once the model is loaded.
    """

    together = _TOGETHER

    def __init__(
        self,
        folder: Path,
        device: str = "auto",
        *,
        name: str = "",
        pixels: int = 0,
        idle: float = IDLE,
    ) -> None:
        """Look at what lies in a folder.

        Args:
            folder: With the weights as safetensors, the tokenizer and the picture processor.
            device: As `device.choose_device` takes it.
            name: What it is called; "" is the folder's name.
            pixels: Pixels of a picture at most; 0 goes by their number and by the device.
            idle: Seconds after which it gives back its memory where nobody asks it.

        Raises:
            ModelError: The folder holds no such model, or not all of one.
        """
        super().__init__(folder, device, name=name, idle=idle)
        self.pixels = 0
        self.reused = 0
        self._most_pixels = pixels
        self._prefix: Prefix | None = None
        self._images: OrderedDict[tuple[str, int], Image.Image] = OrderedDict()

    def stream(
        self,
        messages: Sequence[Message],
        stop: Callable[[], bool],
        *,
        most_tokens: int = MOST_TOKENS,
        report: Callable[[str], None] = lambda _: None,
    ) -> Iterator[str]:
        """See `LanguageModel.stream`."""
        yield from self._read_aloud(messages, stop, most_tokens, report)

    def bound_answer(
        self,
        messages: Sequence[Message],
        bound: Bound,
        stop: Callable[[], bool] = lambda: False,
        *,
        most_tokens: int = MOST_TOKENS,
    ) -> str:
        """See `LanguageModel.bound_answer`: tokens that lead to no answer are never chosen."""
        return "".join(self._read_aloud(messages, stop, most_tokens, lambda _: None, bound))

    def _read_aloud(
        self,
        messages: Sequence[Message],
        stop: Callable[[], bool],
        most_tokens: int,
        report: Callable[[str], None],
        bound: Bound | None = None,
    ) -> Iterator[str]:
        with self._lock, self._kept_ready():
            self._load(report)
            pictures = [
                part for said in messages for part in said.parts if isinstance(part, Picture)
            ]
            if pictures:
                count = len(pictures)
                report("Looking at the photo …" if count == 1 else f"Looking at {count} photos …")
            yield from self._tried(messages, pictures, stop, most_tokens, bound)

    def answer_each(
        self,
        conversations: Sequence[Sequence[Message]],
        stop: Callable[[], bool] = lambda: False,
        *,
        most_tokens: int = MOST_TOKENS,
    ) -> list[str | ModelError]:
        """See `LanguageModel.answer_each`; `together` of them in one run of the network."""
        answers: list[str | ModelError] = []
        try:
            with self._lock, self._kept_ready():
                self._load(lambda _: None)
        except ModelError as error:
            return [error] * len(conversations)
        while len(answers) < len(conversations):
            part = conversations[len(answers) :][: self.together]
            try:
                found = self._at_once(part, stop, most_tokens) if len(part) > 1 else None
            except ModelError as error:
                found = [error] * len(part)
            if found is not None:
                answers += found
            elif len(part) == 1 or self.together == 1:
                answers += super().answer_each(part, stop, most_tokens=most_tokens)
        return answers

    def _at_once(
        self, conversations: Sequence[Sequence[Message]], stop: Callable[[], bool], most_tokens: int
    ) -> list[str | ModelError] | None:
        """Answers of one run; None where that does not work, after making `together` smaller."""
        with self._lock, self._kept_ready():
            try:
                self._load(lambda _: None)
                return self._one_run(conversations, stop, most_tokens)
            except StoppedError:
                return [""] * len(conversations)
            except (RuntimeError, ValueError, IndexError, MemoryError) as error:
                # What is no question of memory is one of the model, which takes no rows together.
                self.together = len(conversations) // 2 if is_out_of_memory(error) else 1
            # Outside of `except`, where the traceback would keep the tensors of the run alive.
            self._prefix = None
            release(self._device)
            return None

    def _one_run(
        self, conversations: Sequence[Sequence[Message]], stop: Callable[[], bool], most_tokens: int
    ) -> list[str | ModelError]:
        """
        Raises:
            StoppedError: Nobody wants them any more.
            ModelError: It cannot be loaded, or the template takes no such conversations.
        """
        pictures = [
            [part for said in each for part in said.parts if isinstance(part, Picture)]
            for each in conversations
        ]
        self.pixels = self._most_pixels or pixels_of(max(map(len, pictures)), self._device)
        answers: dict[int, str | ModelError] = {}
        images: dict[int, list[Image.Image]] = {}
        for number, wanted in enumerate(pictures):
            if stop():
                raise StoppedError
            try:
                images[number] = [picture.load(self.pixels) for picture in wanted]
            except ModelError as error:
                answers[number] = error
        assert self._processor is not None
        told = [as_written(conversations[number]) for number in images]
        shown = [image for each in images.values() for image in each]
        if told:
            inputs = self._processor.read_each(told, shown, self.pixels)
            if hasattr(self._model.base_model, "rope_deltas"):
                self._model.base_model.rope_deltas = None
            ready = {name: self._moved(value) for name, value in inputs.items()}
            run = Generation(self._model, self._processor.tokenizer, stop)
            answers.update(zip(images, run.rows(ready, most_tokens), strict=True))
        return [answers[number] for number in range(len(conversations))]

    def _load(self, report: Callable[[str], None]) -> None:
        if self.is_loaded:
            return
        super()._load(report)
        if self._device == "cpu":
            self.together = 1

    def _unload(self) -> None:
        self._prefix = None
        self._images.clear()
        super()._unload()

    # -- answering -----------------------------------------------------------------------------

    def _tried(
        self,
        messages: Sequence[Message],
        pictures: Sequence[Picture],
        stop: Callable[[], bool],
        most_tokens: int,
        bound: Bound | None = None,
    ) -> Iterator[str]:
        """Answer, with smaller pictures where the memory or the model's window is too small.

        Raises:
            ModelError: Even the smallest do not fit, or memory ran out within the answer.
        """
        full = self._most_pixels or pixels_of(len(pictures), self._device)
        written = 0
        trouble = ""
        for share in _FEWER if pictures else _FEWER[:2]:
            self.pixels = int(full * share)
            try:
                for piece in self._answered(messages, pictures, stop, most_tokens, bound):
                    written += 1
                    yield piece
                return
            except StoppedError:
                self._prefix = None  # it may hold half of a layer
                return
            except _TooLongError as error:
                trouble = str(error)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                trouble = f"The memory of {self._device} is full"
            # Outside of `except`, where the traceback would keep the tensors of the run alive.
            self._prefix = None
            release(self._device)
            if written:
                raise ModelError(f"{trouble}: the answer ends here. Ask for a shorter one.")
        what = "Ask about fewer photos, begin a new conversation" if pictures else "Ask for less"
        raise ModelError(f"{trouble}, however small the photos. {what}, or choose a smaller model.")

    def _answered(
        self,
        messages: Sequence[Message],
        pictures: Sequence[Picture],
        stop: Callable[[], bool],
        most_tokens: int,
        bound: Bound | None,
    ) -> Iterator[str]:
        """
        Raises:
            StoppedError: Nobody wants it any more.
            _TooLongError: The conversation does not fit the model's window.
        """
        import torch

        images = [self._image(picture) for picture in pictures]
        if stop():
            return
        assert self._processor is not None
        inputs = self._processor.read(as_written(messages), images, self.pixels)
        ids = tuple(inputs["input_ids"][0].tolist())
        self._check_length(len(ids) + most_tokens)
        keys = tuple((picture.key, self.pixels) for picture in pictures)
        with torch.inference_mode():
            ready = self._made_ready(inputs, ids, keys, images)
        run = Generation(self._model, self._processor.tokenizer, stop, bound)
        yield from run.pieces(ready, most_tokens)
        if run.cache is not None:
            read = (*ids, *run.tokens)[: run.cache.get_seq_length()]
            self._prefix = Prefix(read, keys, run.cache)

    def _made_ready(
        self,
        inputs: Mapping[str, torch.Tensor],
        ids: tuple[int, ...],
        keys: tuple[tuple[str, int], ...],
        images: Sequence[Image.Image],
    ) -> dict[str, Any]:
        """What is generated from, on the device: without what was read before."""
        prefix, self._prefix = self._prefix, None
        token = self._picture_token()
        reuse = shared(prefix, ids, keys, token) if prefix is not None else NOTHING
        cache = cut(prefix, reuse.tokens) if prefix is not None else None
        self.reused = reuse.tokens if cache is not None else 0
        if hasattr(self._model.base_model, "rope_deltas"):
            self._model.base_model.rope_deltas = None  # of another conversation, perhaps
        if cache is None or not reuse.pictures:
            whole: dict[str, Any] = {name: self._moved(value) for name, value in inputs.items()}
            return whole | ({"past_key_values": cache} if cache is not None else {})
        assert self._processor is not None
        new = images[reuse.pictures :]
        seen = self._processor.pixels(new or images, self.pixels)
        ready: dict[str, Any] = {
            name: self._moved(value)
            for name, value in inputs.items()
            # Where each picture lies is asked for again, what it shows is not.
            if name not in seen or name == "image_grid_thw"
        }
        ready["past_key_values"] = cache
        if new:
            moved = {name: self._moved(value) for name, value in seen.items()}
            features = self._model.base_model.get_image_features(**moved, return_dict=True)
            ready["mm_encoder_outputs"] = {"image": features}
        return ready

    def _moved(self, value: torch.Tensor) -> torch.Tensor:
        dtype = self._model.dtype if value.is_floating_point() else value.dtype
        return value.to(self._device, dtype)

    def _image(self, picture: Picture) -> Image.Image:
        """A picture at the size that is wanted now, decoded once."""
        key = (picture.key, self.pixels)
        image = self._images.get(key)
        if image is None:
            image = self._images[key] = picture.load(self.pixels)
        self._images.move_to_end(key)
        while len(self._images) > _KEPT_PICTURES:
            self._images.popitem(last=False)
        return image

    def _picture_token(self) -> int:
        config = self._model.config
        found = getattr(config, "image_token_id", None)
        return int(found if found is not None else getattr(config, "image_token_index", -1))

    def _check_length(self, tokens: int) -> None:
        text = self._model.config.get_text_config()
        most = getattr(text, "max_position_embeddings", None)
        if isinstance(most, int) and tokens > most:
            raise _TooLongError(
                f"The conversation is too long for {printable(self.name)} ({tokens} tokens of"
                f" {most})"
            )


class _TooLongError(Exception):
    """A conversation does not fit the model's window."""
