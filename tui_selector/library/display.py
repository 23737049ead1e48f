"""Text from outside (file names, EXIF, model output), made safe to show in a terminal."""

from __future__ import annotations

import unicodedata

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

# Categories that `str.isprintable` refuses although a terminal draws them: wide and no-break
# spaces, private-use icons, and characters newer than this Python's Unicode tables.
_DRAWN = frozenset({"Zs", "Co", "Cn"})


def printable(text: str) -> str:
    r"""Return `text` with every control and format character written out as an escape.

    Newlines, ESC, C1 controls, bidi marks and isolates, zero-width characters, line separators
    and unpaired surrogates become visible (``\n``, ``\x1b``, ``\u202e``). A byte that was not
    valid UTF-8 in a file name (surrogateescape) becomes ``\xff``. Nothing is dropped and ordinary
    text, emoji included, stays as it is; an emoji family comes apart at its joiners. The result
    is for the eye: a name that holds a literal backslash cannot be told from an escape.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) in _DRAWN:
        return char
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
