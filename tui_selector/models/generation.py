"""One answer of a model of transformers, token by token, from a thread of its own."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tui_selector.models.bound import Bound, BoundTokens

#: Tokens that end an answer where a model's own settings forget to say so.
_ENDS = ("<|im_end|>", "<end_of_utterance>", "<end_of_turn>", "<turn|>", "<|end|>", "<|eot_id|>")
#: Stands for bytes that are no character yet, and tokens at most that make one.
_BROKEN, _LONGEST = "\ufffd", 4


class StoppedError(Exception):
    """Nobody wants the answer any more."""


class Generation:
    """See the head of this module. Used once.

    Attributes:
        tokens: What was written, as far as it is.
        cache: What the model keeps of everything that it read and wrote; None until the end, and
            where it ended within a token.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        stop: Callable[[], bool],
        bound: Bound | None = None,
    ) -> None:
        """
        Args:
            model: Of transformers, on its device.
            tokenizer: Of transformers.
            stop: Whether nobody wants the answer any more.
            bound: What the answer has to be; None for whatever the model writes.
        """
        self.tokens: list[int] = []
        self.cache: Any = None
        self._model = model
        self._tokenizer = tokenizer
        self._stop = stop
        self._bound = bound
        self._closed = False
        self._written: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()

    def pieces(self, inputs: Mapping[str, Any], most_tokens: int) -> Iterator[str]:
        """Write an answer.

        Args:
            inputs: What `generate` takes, on the device.
            most_tokens: After so many it ends.

        Raises:
            StoppedError: It was stopped before the first token, or within one.
            RuntimeError: What the network raises, out of memory among it.
        """
        thread = threading.Thread(
            target=self._run, args=(inputs, most_tokens), name="generation", daemon=True
        )
        thread.start()
        try:
            text = _Text(self._tokenizer)
            while (token := self._written.get()) is not None:
                if isinstance(token, BaseException):
                    raise token
                if self._is_over():
                    continue
                self.tokens.append(token)
                if piece := text.add(token):
                    yield piece
            if not self._is_over() and (piece := text.rest()):
                yield piece
        finally:
            self._closed = True
            thread.join()

    def rows(self, inputs: Mapping[str, Any], most_tokens: int) -> list[str]:
        """Write the answers to several conversations at once, in the thread of the caller.

        Args:
            inputs: What `generate` takes, on the device: a row each, padded at its left.
            most_tokens: Of each.

        Raises:
            StoppedError: It was stopped.
            RuntimeError: What the network raises, out of memory among it.
        """
        made = self._generate(inputs, most_tokens)
        if self._is_over():
            raise StoppedError
        settings = self._settings(most_tokens)
        ends = {*(settings.eos_token_id or ()), settings.pad_token_id}
        texts = []
        for row in made.sequences[:, inputs["input_ids"].shape[1] :].tolist():
            end = next((place for place, token in enumerate(row) if token in ends), len(row))
            text = _Text(self._tokenizer)
            texts.append("".join(map(text.add, row[:end])) + text.rest())
        return texts

    def _is_over(self) -> bool:
        return self._closed or self._stop()

    # -- the thread ----------------------------------------------------------------------------

    def _run(self, inputs: Mapping[str, Any], most_tokens: int) -> None:
        try:
            made = self._generate(inputs, most_tokens, _Streamer(self._written.put))
            self.cache = made.past_key_values
            self._written.put(None)
        except BaseException as error:
            error.__traceback__ = None  # which holds the tensors of all layers
            self._written.put(error)

    def _generate(
        self, inputs: Mapping[str, Any], most_tokens: int, streamer: _Streamer | None = None
    ) -> Any:
        import torch

        settings = self._settings(most_tokens)
        may_follow = None
        if self._bound is not None:
            ends = settings.eos_token_id or [settings.pad_token_id or 0]
            read = inputs["input_ids"].shape[1]
            may_follow = BoundTokens(self._tokenizer, self._bound, ends, read)
        before = torch.get_num_threads()
        hooks = [module.register_forward_pre_hook(self._look) for module in self._blocks()]
        try:
            if self._model.device.type == "cpu":
                torch.set_num_threads(_cores())
            with torch.inference_mode():
                return self._model.generate(
                    **inputs,
                    generation_config=settings,
                    streamer=streamer,
                    stopping_criteria=[self._criterion],
                    prefix_allowed_tokens_fn=may_follow,
                )
        finally:
            for hook in hooks:
                hook.remove()
            torch.set_num_threads(before)

    def _blocks(self) -> list[Any]:
        """The layers of the network, each of which takes a while."""
        kinds = self._model._no_split_modules or ()
        return [each for each in self._model.modules() if type(each).__name__ in kinds]

    def _look(self, *_: object) -> None:
        """Called before each layer: reading many pictures takes long, and ends at once."""
        if self._is_over():
            raise StoppedError

    def _criterion(self, ids: Any, scores: Any, **_: object) -> Any:
        import torch

        return torch.full((ids.shape[0],), self._is_over(), device=ids.device, dtype=torch.bool)

    def _settings(self, most_tokens: int) -> Any:
        """The likeliest token each time, so that the same question has the same answer."""
        from transformers import GenerationConfig

        own = self._model.generation_config
        said = own.eos_token_id if isinstance(own.eos_token_id, list) else [own.eos_token_id]
        known = self._tokenizer.get_added_vocab()
        ends = {*said, self._tokenizer.eos_token_id, *(known.get(each) for each in _ENDS)}
        found = sorted(each for each in ends if each is not None)
        pad = self._tokenizer.pad_token_id
        return GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=most_tokens,
            do_sample=False,
            num_beams=1,
            use_cache=True,
            return_dict_in_generate=True,
            eos_token_id=found or None,
            pad_token_id=pad if pad is not None else (found or [None])[0],
            bos_token_id=own.bos_token_id,
            repetition_penalty=own.repetition_penalty or 1.05,
        )


class _Streamer:
    """Hands on each token; see `transformers.generation.streamers.BaseStreamer`."""

    def __init__(self, put: Callable[[int], None]) -> None:
        self._put = put
        self._is_prompt = True

    def put(self, value: Any) -> None:
        if self._is_prompt:
            self._is_prompt = False
            return
        for token in value.reshape(-1).tolist():
            self._put(token)

    def end(self) -> None:
        """The answer is whole."""


class _Text:
    """Tokens into text as they come: a piece ends where a character does."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []
        self._told = ""
        self._waiting = 0

    def add(self, token: int) -> str:
        """What can be said with one more token."""
        self._tokens.append(token)
        text = self._decoded()
        self._waiting += 1
        if text.endswith(_BROKEN) and self._waiting < _LONGEST:
            return ""
        self._waiting = 0
        piece = text[len(self._told) :]
        self._told = text
        if piece.endswith("\n"):
            # The next line does not depend on what stands before.
            self._tokens, self._told = [], ""
        return piece

    def rest(self) -> str:
        """What is left at the end."""
        return self._decoded()[len(self._told) :]

    def _decoded(self) -> str:
        return str(
            self._tokenizer.decode(
                self._tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
