"""Settings: defaults, under the settings file, under TUI_SELECTOR_* variables, under flags."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tui_selector import paths

Graphics = Literal["auto", "kitty", "classic", "sixel", "halfcell", "off"]
Positive = Annotated[int, msgspec.Meta(ge=1)]

_PREFIX = "TUI_SELECTOR_"


class SettingsError(Exception):
    """A setting is wrong; the message names it, where it stands, and what it may be."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set.

    Attributes:
        theme: Name of a built-in theme or of a file in the themes folder.
        graphics: How pictures are drawn; "auto" asks the terminal.
        order: Photos by file name or by capture time.
        advance: Whether flagging or marking a photo moves on to the next.
        tile: Size of a tile, from 1 (smallest) to 7.
        keys: Action name to the keys that run it, comma-separated.
        model: What photos are looked at with: "auto", "builtin", a short name or an id of
            `tui-selector models list`, or a folder.
        device: Where models run: "auto", "cpu", "cuda", "cuda:1", "mps". Several with commas
            between them, or "cuda:all", embed photos together; all else runs on the first.
        batch_size: Photos in one run of the model; 0 chooses by the device.
        workers: Threads that decode and embed; 0 is one per core.
        index: How vectors are searched; "auto" is exact until that is no longer instant.
        ocr: Whether text in photos is read: "auto" where the extra is installed, or "off".
        projection: How the map is laid out: "pacmap", "umap" where the extra is installed, "pca".
        dots: How photos are drawn on the map: as "pixels", where the terminal shows these, or as
            "braille"; "auto" is pixels unless the line is slow.
        chat_model: Who answers questions about photos: "auto" (the server of `chat_url`, else the
            best chat model that is pulled and fits, else the assistant), "assistant", "server",
            "server:MODEL", a short name or an id of `tui-selector models list`, or a folder.
        chat_url: Address of an OpenAI-compatible server, e.g. "http://localhost:8000/v1"; "" none.
        chat_key: Name of the environment variable that holds the key which the server wants.
        chat_remote: Whether that server may be another machine, to which photos then go.
        chat_pixels: Pixels (width times height) of a photo that is shown to a chat model, at most;
            0 goes by how many there are.
        sidecars: What is done with XMP sidecars by itself: nothing ("off"), changes made elsewhere
            are said ("ask") or taken over ("read"), decisions are written as well ("sync").
        sidecar_style: What new sidecars are called: `IMG.xmp` ("adobe"), `IMG.CR2.xmp`
            ("darktable"), "both"; or those that are there, else Adobe's ("auto").
        idle_minutes: The engine leaves after so long without a client and without work.
        polling_seconds: How often a folder is compared where the system tells of no changes.
    """

    theme: str = "album"
    graphics: Graphics = "auto"
    order: Literal["name", "time"] = "name"
    advance: bool = True
    tile: Annotated[int, msgspec.Meta(ge=1, le=7)] = 3
    keys: dict[str, str] = {}
    model: str = "auto"
    device: str = "auto"
    batch_size: Annotated[int, msgspec.Meta(ge=0)] = 0
    workers: Annotated[int, msgspec.Meta(ge=0)] = 0
    index: Literal["auto", "exact", "rotated", "hnsw", "faiss-ivf"] = "auto"
    ocr: Literal["auto", "off"] = "auto"
    projection: Literal["pacmap", "umap", "pca"] = "pacmap"
    dots: Literal["auto", "braille", "pixels"] = "auto"
    chat_model: str = "auto"
    chat_url: str = ""
    chat_key: str = "TUI_SELECTOR_CHAT_KEY"
    chat_remote: bool = False
    chat_pixels: Annotated[int, msgspec.Meta(ge=0)] = 0
    sidecars: Literal["off", "ask", "read", "sync"] = "ask"
    sidecar_style: Literal["auto", "adobe", "darktable", "both"] = "auto"
    idle_minutes: Positive = 10
    polling_seconds: Positive = 30


def load(
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    """Read the settings from all their places; later ones win, flags that are None do not count.

    Raises:
        SettingsError: A name is unknown or a value does not fit.
    """
    file = file or paths.settings_file()
    values = _from_file(file)
    sources = dict.fromkeys(values, f"in {file}")
    for name in Settings.__struct_fields__:
        variable = _PREFIX + name.upper()
        if name != "keys" and variable in environment:
            values[name], sources[name] = environment[variable], f"in ${variable}"
    for name, value in (flags or {}).items():
        if value is not None:
            values[name], sources[name] = value, f"of --{name.replace('_', '-')}"
    for name, value in values.items():
        _check_name(name, file)
        try:
            msgspec.convert({name: value}, Settings, strict=False)
        except msgspec.ValidationError as error:
            reason = str(error).partition(" - at ")[0]
            raise SettingsError(
                f"The value of '{name}' {sources[name]} is wrong: {reason}."
            ) from error
    return msgspec.convert(values, Settings, strict=False)


def save(name: str, value: str, file: Path | None = None) -> None:
    """Set a text in the settings file, which is made where it is missing; all else in it stays.

    Raises:
        SettingsError: The file cannot be read or written, or would not say that afterwards.
    """
    file = (file or paths.settings_file()).resolve()
    before = _from_file(file)
    text = file.read_text("utf-8") if file.exists() else ""
    line = f"{name} = {_quoted(value)}"
    body, tables = _apart(text)
    pattern = re.compile(rf"^[ \t]*(?:{name}|\"{name}\"|'{name}')[ \t]*=.*$", re.MULTILINE)
    if pattern.search(body):
        body = pattern.sub(lambda _: line, body, count=1)
    else:
        body = f"{body.rstrip()}\n{line}\n" if body.strip() else f"{body}{line}\n"
    half = file.with_name(file.name + ".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(body + tables, "utf-8")
        after = _from_file(half)
        if after != before | {name: value}:
            raise SettingsError(f"{file} is written in a way that hides '{name}'; set it by hand.")
        half.replace(file)
    except OSError as error:
        raise SettingsError(f"The settings file {file} cannot be written: {error}.") from error
    finally:
        half.unlink(missing_ok=True)


def _apart(text: str) -> tuple[str, str]:
    """The settings before the first table of a TOML file, and the rest."""
    table = re.search(r"^[ \t]*\[", text, re.MULTILINE)
    return (text[: table.start()], text[table.start() :]) if table else (text, "")


def _quoted(value: str) -> str:
    """A text as TOML writes it; what it may not hold as it is becomes an escape."""
    escaped = "".join(
        f"\\u{ord(char):04x}" if ord(char) < 0x20 or char in '"\\\x7f' else char for char in value
    )
    return f'"{escaped}"'


def _from_file(file: Path) -> dict[str, object]:
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {file} cannot be read: {error}.") from error
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {file} cannot be read: {error}.") from error


def _check_name(name: str, file: Path) -> None:
    names = Settings.__struct_fields__
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(names)}."
    raise SettingsError(f"There is no setting '{name}' ({file}); {hint}")
