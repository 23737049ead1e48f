"""Bringing photos from outside into the library: which files, and what they are called there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.execution import Refusal
from tui_selector.library.decisions.moves import RefusedError, content_of, inside, reason
from tui_selector.library.decisions.plan import BringFile, Plan, new_plan
from tui_selector.library.display import printable
from tui_selector.library.folder.companions import belongs, kind_by_name, numbered, shot_keys
from tui_selector.library.photo import PRESENT

How = Literal["copy", "move"]


class _Wanted(NamedTuple):
    """A file to bring, and the folder it goes to, relative to the root ("" is the root)."""

    source: Path
    folder: str


def plan_bringing(
    catalog: Catalog, sources: Iterable[Path], folder: str, how: How
) -> tuple[Plan, list[Refusal]]:
    """Plan to bring files and folders in; what cannot come is refused, a sentence each.

    Of a folder, photos, videos and their sidecars come, under the folder's own name; hidden files
    and links are passed over. A name that is taken gets a number, the same for all files of a
    shot. A photo whose very bytes are in the library already does not come.

    Raises:
        RefusedError: `folder` is not inside the library, or the library is not there.
    """
    if not catalog.root.is_dir():
        raise RefusedError(f"The library {printable(str(catalog.root))} is not there.")
    if folder:
        inside(catalog.root, f"{folder}/file")
    refused: list[Refusal] = []
    wanted: list[_Wanted] = []
    for source in sources:
        try:
            wanted += _files_of(catalog.root, source, folder)
        except RefusedError as error:
            refused.append(Refusal(str(source), str(error)))
    actions: list[BringFile] = []
    hashes: set[bytes] = set()
    taken: dict[str, set[str]] = {}
    for shot in _shots(wanted):
        actions += _bring_shot(catalog, shot, how, taken, hashes, refused)
    verb = "Copy" if how == "copy" else "Move"
    one = printable(actions[0].target) if len(actions) == 1 else f"{len(actions):,} files"
    return new_plan(f"{verb} {one} into the library", actions), refused


def _files_of(root: Path, source: Path, folder: str) -> Iterator[_Wanted]:
    """The files that one source stands for."""
    name = printable(str(source))
    try:
        real = source.expanduser().resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise RefusedError(f"There is no file or folder {name}.") from error
    if real == root or real.is_relative_to(root):
        raise RefusedError(f"{name} is in the library already.")
    if root.is_relative_to(real):
        raise RefusedError(f"The library itself lies in {name}; choose files or a smaller folder.")
    if real.is_file():
        if not _is_wanted(real.name):
            raise RefusedError(f"{name} is no photo, video or sidecar that is known.")
        yield _Wanted(real, folder)
        return
    if not real.is_dir():
        raise RefusedError(f"{name} is neither a file nor a folder.")
    some = False
    for wanted in _walk(real, _joined(folder, real.name)):
        some = True
        yield wanted
    if not some:
        raise RefusedError(f"There are no photos in {name}.")


def _walk(real: Path, folder: str) -> Iterator[_Wanted]:
    try:
        with os.scandir(real) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise RefusedError(
            f"The folder {printable(str(real))} cannot be read ({reason(error)})."
        ) from error
    for entry in found:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), _joined(folder, entry.name))
        elif entry.is_file(follow_symlinks=False) and _is_wanted(entry.name):
            yield _Wanted(Path(entry.path), folder)


def _is_wanted(name: str) -> bool:
    """Whether a file is a photo, a video or a sidecar; JSON is one beside a photo's whole name."""
    stem, dot, suffix = name.rpartition(".")
    if suffix.casefold() == "json":
        return bool(dot) and kind_by_name(stem) is not None
    return belongs(name)


def _shots(wanted: Iterable[_Wanted]) -> list[list[_Wanted]]:
    """Files grouped by shot, each once, photos before their sidecars."""
    shots: dict[tuple[Path, str, str], list[_Wanted]] = {}
    for each in sorted(dict.fromkeys(wanted), key=lambda each: not kind_by_name(each.source.name)):
        places = [(each.source.parent, each.folder, key) for key in shot_keys(each.source.name)]
        place = next((place for place in places if place in shots), places[-1])
        shots.setdefault(place, []).append(each)
    return list(shots.values())


def _bring_shot(
    catalog: Catalog,
    shot: list[_Wanted],
    how: How,
    taken: dict[str, set[str]],
    hashes: set[bytes],
    refused: list[Refusal],
) -> list[BringFile]:
    """The actions for the files of one shot; of a shot whose photos do not come, nothing does."""
    coming: list[tuple[_Wanted, int, bytes]] = []
    has_photo = False
    for wanted in shot:
        is_photo = kind_by_name(wanted.source.name) is not None
        if has_photo and not coming:
            break
        has_photo = has_photo or is_photo
        try:
            size, content = _bytes_of(wanted.source)
            if is_photo:
                _check_new(catalog, wanted.source, content, hashes)
        except RefusedError as error:
            refused.append(Refusal(str(wanted.source), str(error)))
        else:
            coming.append((wanted, size, content))
    if not coming:
        return []
    names = _free_names(catalog.root, [wanted for wanted, _, _ in coming], taken)
    return [
        BringFile(str(wanted.source), _joined(wanted.folder, name), how, size, content)
        for (wanted, size, content), name in zip(coming, names, strict=True)
    ]


def _bytes_of(source: Path) -> tuple[int, bytes]:
    try:
        return source.stat().st_size, content_of(source)
    except OSError as error:
        raise RefusedError(f"{printable(str(source))} cannot be read ({reason(error)}).") from error


def _check_new(catalog: Catalog, source: Path, content: bytes, hashes: set[bytes]) -> None:
    """Refuse a photo whose very bytes are in the library, or come already."""
    for photo in catalog.photos.with_hash(content, PRESENT):
        if (catalog.root / photo.path).is_file():
            raise RefusedError(
                f"{printable(source.name)} is in the library already, as {printable(photo.path)}."
            )
    if content in hashes:
        raise RefusedError(f"{printable(str(source))} is the same as another of these files.")
    hashes.add(content)


def _free_names(root: Path, shot: list[_Wanted], taken: dict[str, set[str]]) -> list[str]:
    """Names for the files of a shot that no file in the folder has, in whatever case.

    Args:
        taken: Folder to the case-folded names in it; the new ones are added.
    """
    folder = shot[0].folder
    if folder not in taken:
        try:
            taken[folder] = {place.name.casefold() for place in (root / folder).iterdir()}
        except OSError:
            taken[folder] = set()  # the folder is made when the files come
    stem = min(shot_keys(shot[0].source.name), key=len)
    number = 1
    while True:
        names = [numbered(wanted.source.name, stem, number) for wanted in shot]
        folded = {name.casefold() for name in names}
        if folded.isdisjoint(taken[folder]):
            taken[folder] |= folded
            return names
        number += 1


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
