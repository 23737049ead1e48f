"""The photos of a conversation as pictures of a size that a model wants."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from tui_selector.chat.backend import ChatError
from tui_selector.chat.conversation import Conversation
from tui_selector.library.display import printable
from tui_selector.library.folder.files import DecodeError
from tui_selector.library.photo import Photo
from tui_selector.library.pictures.decode import decode, fit

if TYPE_CHECKING:
    from PIL import Image

    from tui_selector.library.catalog.catalog import Catalog


class Pictures:
    """Reads the photos of a conversation from their files when they are wanted."""

    def __init__(self, catalog: Catalog, conversation: Conversation) -> None:
        """Look up where they lie.

        Raises:
            sqlite3.Error: The catalog cannot be read.
        """
        ids = {photo.number: photo.id for photo in conversation.photos if not photo.gone}
        found = {photo.id: photo for photo in catalog.photos.get(list(ids.values()))}
        self._root = catalog.root
        self._photos = {number: found[id_] for number, id_ in ids.items() if id_ in found}

    def picture(self, number: int, pixels: int) -> Image.Image:
        """See `ChatRequest.picture`.

        Raises:
            ChatError: The photo is gone or cannot be read.
        """
        photo = self._photos.get(number)
        if photo is None:
            raise ChatError(f"Photo {number} is no longer here; ask about the others.")
        return picture_of(self._root, photo, pixels)


def picture_of(root: Path, photo: Photo, pixels: int) -> Image.Image:
    """A photo upright, in RGB, of at most so many pixels (width times height).

    Raises:
        ChatError: It is gone or cannot be read.
    """
    shown = printable(photo.name)
    try:
        image = decode(root / photo.path, longest=_longest(photo, pixels)).image
    except (DecodeError, OSError) as error:
        raise ChatError(f"{shown} cannot be shown to the model: {printable(str(error))}") from error
    scale = math.sqrt(pixels / (image.width * image.height))
    if scale < 1:
        width, height = (max(1, math.floor(side * scale)) for side in image.size)
        image = fit(image, (width, height))
    return image if image.mode == "RGB" else image.convert("RGB")


def _longest(photo: Photo, pixels: int) -> int:
    """The long side of a photo that has so many pixels."""
    if not (photo.width and photo.height):
        return math.ceil(math.sqrt(2 * pixels))
    ratio = max(photo.width, photo.height) / min(photo.width, photo.height)
    return math.ceil(math.sqrt(pixels * ratio))
