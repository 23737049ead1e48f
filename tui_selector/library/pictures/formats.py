"""Which files are photos: by suffix when listing a folder, by content when reading one."""

from __future__ import annotations

from tui_selector.library.photo import Kind

#: Suffixes of still pictures, lower case.
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".bmp", ".dib"}
    | {".heic", ".heif", ".hif", ".avif", ".tif", ".tiff", ".jp2", ".j2k", ".jpx", ".psd"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".qoi"}
)

#: Suffixes of RAW files, lower case. Many are TIFF inside, which content
#: alone does not tell.
RAW_SUFFIXES = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq"}
    | {".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2"}
    | {".rwl", ".sr2", ".srf", ".srw", ".x3f"}
)

#: Suffixes of video files, lower case.
VIDEO_SUFFIXES = frozenset(
    {".3g2", ".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg"}
    | {".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"}
)

_STILL_BRANDS = frozenset(b"heic heix heim heis hevc hevx mif1 msf1 avif avis".split())
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"\0MRM", b"FOVb")
_VIDEO_STARTS = (b"\x1aE\xdf\xa3", b"OggS", b"FLV\1", b"0&\xb2u", b"\0\0\1\xba", b"\0\0\1\xb3")
_ATOMS = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))
_STREAM_SUFFIXES = frozenset({".ts", ".mts", ".m2ts"})


def kind_of(head: bytes, suffix: str = "") -> Kind:
    """Tell from the first 32 bytes what a file is; a lower-case suffix decides where they do not.

    Only TIFF-like RAW files and MPEG transport streams need the suffix.
    """
    if head[4:8] == b"ftyp":
        brand = head[8:12].strip()
        if brand == b"crx":
            return Kind.RAW
        return Kind.IMAGE if brand in _STILL_BRANDS else Kind.VIDEO
    if head.startswith(_RAW_STARTS) or (head[:2] in {b"II", b"MM"} and head[8:10] == b"CR"):
        return Kind.RAW
    if head[:4] in {b"II*\0", b"MM\0*"} and suffix in RAW_SUFFIXES:
        return Kind.RAW
    if head.startswith(_VIDEO_STARTS) or head[4:8] in _ATOMS:
        return Kind.VIDEO
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Kind.VIDEO
    if suffix in _STREAM_SUFFIXES and b"G" in {head[:1], head[4:5]}:
        return Kind.VIDEO
    return Kind.IMAGE
