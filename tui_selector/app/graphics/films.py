"""The video that is looked at: one file stays open, so that its next frame comes at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

if TYPE_CHECKING:
    from PIL.Image import Image

    from tui_selector.library.pictures.video import Film


#: More pixels than any video has on a side.
_WHOLE = 1 << 20


class FilmFacts(msgspec.Struct, frozen=True):
    """How long a video is.

    Attributes:
        duration: Seconds; 0 where the file does not say.
        frame_rate: Frames per second, on average.
    """

    duration: float
    frame_rate: float


class Films:
    """Frames of the video asked for last. For any thread; they take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._path = ""
        self._file: BinaryIO | None = None
        self._film: Film | None = None

    def facts(self, path: str) -> FilmFacts:
        """How long a video is.

        Raises:
            DecodeError: It cannot be read; the text is a sentence.
        """
        with self._lock:
            film = self._open(path)
            return FilmFacts(film.duration, film.frame_rate)

    def frame(self, path: str, moment: float, longest: int) -> Image:
        """The frame at a moment (seconds), upright RGB, at most `longest` pixels on a side.

        Raises:
            DecodeError: It cannot be decoded; the text is a sentence.
        """
        from tui_selector.library.pictures.decode import sentences

        with self._lock, sentences():
            return self._open(path).frame(moment, longest)

    def export(self, path: str, moment: float, folder: Path) -> Path:
        """Write the frame at a moment, in full size, as a JPEG file of its own into a folder.

        Raises:
            DecodeError: The frame cannot be decoded; the text is a sentence.
            RefusedError: It cannot be written; so is this.
        """
        from tui_selector.library.decisions.frame_file import write_frame
        from tui_selector.library.pictures.metadata import read_metadata

        image = self.frame(path, moment, _WHOLE)
        return write_frame(folder, Path(path), moment, image, read_metadata(Path(path)))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    def _open(self, path: str) -> Film:
        from tui_selector.library.folder.files import open_file
        from tui_selector.library.pictures.decode import sentences
        from tui_selector.library.pictures.video import Film

        if self._film is not None and path == self._path:
            return self._film
        self._close()
        with sentences():
            self._file = open_file(Path(path))
            self._film = Film(self._file)
        self._path = path
        return self._film

    def _close(self) -> None:
        if self._film is not None:
            self._film.close()
        if self._file is not None:
            self._file.close()
        self._film = self._file = None
