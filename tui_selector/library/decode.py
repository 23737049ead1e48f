"""One decode of a file for every consumer: upright, sRGB, as small as they can use it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, Literal

from PIL import UnidentifiedImageError

from tui_selector.library.files import DecodeError, UnreadableError, open_file, reason
from tui_selector.library.picture import Picture, fit
from tui_selector.library.still import decode_still

__all__ = ["DecodeError", "Picture", "UnreadableError", "decode", "fit", "kind_of"]

_STILL_BRANDS = frozenset(b"heic heix heim heis hevc hevx mif1 msf1 avif avis".split())
_STILL_STARTS = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"BM", b"8BPS")
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"\0MRM", b"FOVb")
_VIDEO_STARTS = (b"\x1aE\xdf\xa3", b"OggS", b"FLV\1", b"0&\xb2u", b"\0\0\1\xba", b"\0\0\1\xb3")
_ATOMS = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))


def decode(path: Path, *, longest: int, data: bytes | None = None) -> Picture:
    """Decode a picture, RAW file or video once, upright.

    The long side of the result is at least min(`longest`, original) pixels and may be more; scale
    with `fit`. Only a RAW file with a smallish preview and a JPEG beyond the memory budget come
    smaller. `data` is the content where the caller has read it already (the path then only gives
    the suffix). Content decides about the format, whatever the suffix says.

    Raises DecodeError, its text one sentence without the path; UnreadableError where the file
    system is at fault.
    """
    try:
        with open_file(path) if data is None else io.BytesIO(data) as stream:
            return _decode(stream, path.suffix.lower(), longest)
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


def kind_of(head: bytes, suffix: str = "") -> Literal["still", "raw", "video"]:
    """Tell from the first 32 bytes, and for TIFF-like RAW files the suffix, what a file is."""
    from tui_selector.library.raw import RAW_SUFFIXES

    if head[4:8] == b"ftyp":
        brand = head[8:12].strip()
        if brand == b"crx":
            return "raw"
        return "still" if brand in _STILL_BRANDS else "video"
    if head.startswith(_RAW_STARTS) or (head[:2] in {b"II", b"MM"} and head[8:10] == b"CR"):
        return "raw"
    if head[:4] in {b"II*\0", b"MM\0*"} and suffix in RAW_SUFFIXES:
        return "raw"
    if head.startswith(_VIDEO_STARTS) or head[4:8] in _ATOMS:
        return "video"
    if (head[:4] == b"RIFF" and head[8:12] == b"AVI ") or (
        head[:1] == b"G" and suffix in {".ts", ".mts", ".m2ts"}
    ):
        return "video"
    if head[4:5] == b"G" and suffix in {".mts", ".m2ts"}:
        return "video"
    return "still"


def _decode(stream: BinaryIO, suffix: str, longest: int) -> Picture:
    head = stream.read(32)
    if not head:
        raise DecodeError("The file is empty.")
    stream.seek(0)
    kind = kind_of(head, suffix)
    if kind == "video":
        from tui_selector.library.video import decode_video

        return decode_video(stream, longest)
    if kind == "raw":
        from tui_selector.library.raw import decode_raw

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
