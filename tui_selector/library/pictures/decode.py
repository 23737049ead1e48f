"""One decode of a file for every consumer: upright, sRGB, as small as they can use it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import UnidentifiedImageError

from tui_selector.library.folder.files import DecodeError, UnreadableError, open_file, reason
from tui_selector.library.photo import Kind
from tui_selector.library.pictures.formats import kind_of
from tui_selector.library.pictures.picture import Picture, fit
from tui_selector.library.pictures.still import decode_still

__all__ = ["DecodeError", "Picture", "UnreadableError", "decode", "fit", "sentences"]

_STILL_STARTS = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"BM", b"8BPS")


def decode(path: Path, *, longest: int, data: bytes | None = None) -> Picture:
    """Decode a picture, RAW file or video once, upright.

    The long side of the result is at least min(`longest`, original) pixels and may be more; scale
    with `fit`. Only a RAW file with a smallish preview and a JPEG beyond the memory budget come
    smaller. `data` is the content where the caller has read it already (the path then only gives
    the suffix). Content decides about the format, whatever the suffix says.

    Raises DecodeError, its text one sentence without the path; UnreadableError where the file
    system is at fault.
    """
    with sentences(), open_file(path) if data is None else io.BytesIO(data) as stream:
        return _decode(stream, path.suffix.lower(), longest)


@contextmanager
def sentences() -> Iterator[None]:
    """Turn whatever decoders raise in a `with` block into a DecodeError, as `decode` does."""
    try:
        yield
    except DecodeError:
        raise
    except MemoryError as error:
        raise DecodeError("There is not enough memory to open the file.") from error
    except OSError as error:
        if refused := reason(error):
            raise UnreadableError(refused) from error
        raise DecodeError(_damage(error)) from error
    except Exception as error:
        # Decoders raise nearly anything on damaged files: SyntaxError, struct.error, zlib.error,
        # IndexError, OverflowError, RecursionError, LibRaw's and FFmpeg's own.
        raise DecodeError(_damage(error)) from error


def _decode(stream: BinaryIO, suffix: str, longest: int) -> Picture:
    head = stream.read(32)
    if not head:
        raise DecodeError("The file is empty.")
    stream.seek(0)
    kind = kind_of(head, suffix)
    if kind is Kind.VIDEO:
        from tui_selector.library.pictures.video import decode_video

        return decode_video(stream, longest)
    if kind is Kind.RAW:
        from tui_selector.library.pictures.raw import decode_raw

        return decode_raw(stream, longest)
    try:
        return decode_still(stream, longest)
    except UnidentifiedImageError as error:
        if head.startswith(_STILL_STARTS):
            raise DecodeError(
                "The picture is damaged or of a kind that is not known here."
            ) from error
        raise DecodeError("The file is not a picture in a format that is known here.") from error


def _damage(error: Exception) -> str:
    if "truncated" in str(error).lower() or isinstance(error, EOFError):
        return "The file is cut short."
    return "The file is damaged."
