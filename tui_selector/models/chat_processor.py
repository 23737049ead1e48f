"""Chat templates and picture processors of vision-language models, without what videos need.

The processors of transformers want torchvision for videos, for which there is no CPU build; here
they are put together for words and pictures alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_selector.library.display import printable
from tui_selector.models.chat_families import picture_settings
from tui_selector.models.embedder import ModelError
from tui_selector.models.towers import first_line, load_tokenizer

if TYPE_CHECKING:
    import torch
    from PIL import Image


class ChatProcessor:
    """Turns conversations into tokens and pixels.

    Attributes:
        tokenizer: Of transformers.
    """

    def __init__(self, processor: Any, family: str) -> None:
        """Take a processor of transformers; `load_processor` is the usual way here."""
        self.tokenizer: Any = processor.tokenizer
        self._processor = processor
        self._family = family
        template = processor.chat_template or self.tokenizer.chat_template
        self._can_think = "enable_thinking" in str(template)

    def read(
        self, messages: Sequence[Mapping[str, Any]], images: Sequence[Image.Image], pixels: int
    ) -> dict[str, torch.Tensor]:
        """The conversation as the model takes it, one row of tokens; see `read_each`."""
        return self.read_each([messages], images, pixels)

    def read_each(
        self,
        conversations: Sequence[Sequence[Mapping[str, Any]]],
        images: Sequence[Image.Image],
        pixels: int,
    ) -> dict[str, torch.Tensor]:
        """Conversations as the model takes them, a row of tokens each, ready for its answers.

        What looks like a control token in a text is read as the characters that it has. Shorter
        rows are padded at their left.

        Args:
            conversations: As transformers has them, `{"type": "image"}` in the place of each
                picture.
            images: The pictures of all of them, in order.
            pixels: What each has at most.

        Raises:
            ModelError: The model's template does not take this conversation.
        """
        from transformers.processing_utils import ProcessorMixin

        given = iter(images)
        filled = [
            [
                {
                    "role": message["role"],
                    "content": [
                        {"type": "image", "image": next(given)} if part["type"] == "image" else part
                        for part in message["content"]
                    ],
                }
                for message in messages
            ]
            for messages in conversations
        ]
        kwargs: dict[str, Any] = {"processor_kwargs": {}}
        if len(filled) > 1:
            padding = {"padding": True, "padding_side": "left"}
            kwargs["processor_kwargs"]["text_kwargs"] = padding
        if images:
            kwargs["processor_kwargs"]["images_kwargs"] = self._settings(pixels)
        if self._can_think:
            kwargs["enable_thinking"] = False
        try:
            # The mixin's own: what some kinds put before it asks about videos.
            inputs: Any = ProcessorMixin.apply_chat_template(
                self._processor,
                filled,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                sanitize_control_tokens=True,
                **kwargs,
            )
        except (ValueError, TypeError, KeyError, RuntimeError) as error:
            raise self._refusal(error) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "jinja2":
                raise
            raise self._refusal(error) from error
        return dict(inputs)

    def pixels(self, images: Sequence[Image.Image], pixels: int) -> dict[str, torch.Tensor]:
        """Pictures alone as the model takes them; see `read`."""
        # One conversation holds them all, which some kinds want to be told.
        nested = [list(images)] if self._family in ("smolvlm", "idefics3", "idefics2") else images
        found = self._processor.image_processor(
            nested, return_tensors="pt", **self._settings(pixels)
        )
        return dict(found)

    def _settings(self, pixels: int) -> dict[str, Any]:
        return picture_settings(self._family, self._processor.image_processor, pixels)

    def _refusal(self, error: Exception) -> ModelError:
        return ModelError(
            f"The model's chat template does not take this conversation ({first_line(error)}); "
            "choose another chat model."
        )


def load_processor(folder: Path, family: str) -> ChatProcessor:
    """What turns conversations into the input of the model in a folder.

    Raises:
        ModelError: It is missing or damaged, has no chat template, or needs a package that is not
            installed.
    """
    from transformers import AutoConfig, AutoImageProcessor
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

    shown = printable(str(folder))
    tokenizer = load_tokenizer(folder)
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        kind = PROCESSOR_MAPPING[type(config)]
        finder: Any = AutoImageProcessor
        images = finder.from_pretrained(folder, local_files_only=True, backend="pil")
        parts = {"image_processor": images, "tokenizer": tokenizer}
        processor = _still(kind, parts).from_pretrained(folder, local_files_only=True)
    except ImportError as error:
        raise ModelError(
            f"The pictures of {shown} need a package that is not installed ({first_line(error)})."
        ) from error
    except Exception as error:  # what a damaged file raises depends on where it is damaged
        raise ModelError(
            f"How {shown} takes pictures cannot be read ({first_line(error)}); fetch it again."
        ) from error
    if not (processor.chat_template or tokenizer.chat_template):
        raise ModelError(f"{shown} has no chat template; it was not made for conversations.")
    return ChatProcessor(processor, family)


def _still(kind: Any, parts: Mapping[str, Any]) -> Any:
    """A kind of processor whose parts are these, and which has no others."""
    smolvlm: Any = import_module("transformers.models.smolvlm.processing_smolvlm")
    if smolvlm.num2words is None:
        # It spells the number of a video's frames, and is asked for even where there is none.
        smolvlm.num2words = str

    class Still(kind):  # type: ignore[misc]
        @classmethod
        def _get_arguments_from_pretrained(cls, *_: Any, **__: Any) -> list[Any]:
            return [parts.get(name) for name in kind.get_attributes()]

        @classmethod
        def get_attributes(cls) -> list[str]:
            return list(kind.get_attributes())

        def check_argument_for_proper_class(self, name: str, argument: Any) -> Any:
            if argument is None:
                return None
            return super().check_argument_for_proper_class(name, argument)

    # Some look at the name of their class.
    Still.__name__ = kind.__name__
    return Still
