from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_selector.library.display import printable


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x00\x7f", r"\x00\x7f"),
        ("\x9b31m", r"\u009b31m"),
        ("exe\u202egpj", r"exe\u202egpj"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("\u2028", r"\u2028"),
        ("\U000e0041", r"\U000e0041"),
        (b"caf\xe9.jpg".decode("utf-8", "surrogateescape"), r"caf\xe9.jpg"),
        ("\ud83d", r"\ud83d"),
    ],
)
def test_hostile_characters_are_written_out(hostile: str, shown: str) -> None:
    assert printable(hostile) == shown


@pytest.mark.parametrize(
    "ordinary",
    ["", "IMG_0001.jpg", "été à Zürich", "旅行の写真", "🏔 summit", "a\u3000b\u00a0c", "\ue0b0"],
)
def test_ordinary_text_is_untouched(ordinary: str) -> None:
    assert printable(ordinary) == ordinary


@given(st.text(alphabet=st.characters(codec=None)))
@example("\x1b]0;title\x07")
@example("\ud800\udc80")
def test_nothing_unseen_reaches_the_terminal(text: str) -> None:
    shown = printable(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown.encode()
    assert len(shown) >= len(text)
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "module",
    [
        "display",
        "descriptors",
        "folder.files",
        "pictures.formats",
        "pictures.metadata",
        "pictures.thumbnails",
    ],
)
def test_modules_that_the_screen_starts_with_import_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, tui_selector.library.{module}; "
        "print({'numpy', 'PIL', 'av', 'rawpy', 'pillow_heif', 'textual'} & sys.modules.keys())"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "set()"


def test_the_embedded_thumbnail_needs_no_numpy() -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from tui_selector.library.pictures.metadata import embedded_thumbnail; "
        "embedded_thumbnail(Path(sys.executable)); "
        "print({'numpy', 'av', 'rawpy', 'pillow_heif'} & sys.modules.keys())"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "set()"
