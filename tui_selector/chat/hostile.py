"""What a model, a file or a person wrote, over several lines, made safe to show and to keep."""

from __future__ import annotations

from tui_selector.library.display import printable

#: Joiners and marks inside words and emoji that draw nothing by themselves.
_SILENT = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))

#: Cells of a tab.
_TAB = "    "


def harmless(text: str) -> str:
    r"""Return `text` with every control and format character but line ends written out.

    Line ends become ``\n``, tabs blanks, and zero-width joiners go; ESC, C1 controls, bidi marks
    and unpaired surrogates become visible as in `printable`. The result can be encoded as UTF-8.
    Markdown stays what it is: `chat.markdown` takes away what could lead elsewhere.
    """
    if text.isprintable():
        return text
    joined = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", _TAB)
    return "\n".join(map(printable, joined.translate(_SILENT).split("\n")))


def one_line(text: str, most: int) -> str:
    """`harmless` text in one line without needless blanks, of `most` characters at most."""
    line = " ".join(harmless(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
