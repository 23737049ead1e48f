"""What an export is going to do: which files, under which names, how many bytes.

A plan is made from the catalog and the disk as they stand and changes nothing; a dry run shows it.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, get_args

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.execution import Refusal
from tui_selector.library.decisions.file_actions import refuse_link
from tui_selector.library.decisions.moves import RefusedError, inside, reason
from tui_selector.library.decisions.plan import Role
from tui_selector.library.display import printable
from tui_selector.library.export.naming import Names, archive_name
from tui_selector.library.photo import PRESENT, Companion, Photo

Form = Literal[
    "copy", "move", "hardlink", "symlink", "zip", "list", "csv", "jsonl", "html", "pdf", "jpeg"
]

FORMS: tuple[Form, ...] = get_args(Form)

#: Forms whose target is a folder; of the others it is one file.
FOLDER_FORMS: tuple[Form, ...] = ("copy", "move", "hardlink", "symlink")

#: Forms of which every file of a shot is a part.
FILE_FORMS: tuple[Form, ...] = (*FOLDER_FORMS, "zip", "list")

#: Forms that take as much room as the files.
_ROOMY: tuple[Form, ...] = ("copy", "zip")

_SUFFIXES: dict[Form, str] = {"list": "txt", "jpeg": "jpg"}


class Item(msgspec.Struct, frozen=True):
    """A file of a photo's shot, and where it goes.

    Attributes:
        photo: Id of the photo that it belongs to.
        source: As `Photo.path`.
        target: Relative to the plan's target, or the name in the archive.
        size: Bytes.
        mtime_ns: Modification time, nanoseconds since the epoch.
        role: What it is to the photo.
        there: Whether the very same stands at the target already.
    """

    photo: int
    source: str
    target: str
    size: int
    mtime_ns: int
    role: Role = "photo"
    there: bool = False


class ExportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an export is going to do.

    Attributes:
        root: The library's folder.
        target: The folder or the file to be written, absolute, outside the library.
        form: What is written.
        photos: The photos, in the order asked for.
        items: Their files, where the form is made of files.
        refused: What cannot be exported, a sentence each.
        free: Bytes that are free where the target is.
        renamed: Files that get a number, as another one has their name.
    """

    root: Path
    target: Path
    form: Form
    photos: tuple[Photo, ...]
    items: tuple[Item, ...] = ()
    refused: tuple[Refusal, ...] = ()
    free: int = 0
    renamed: int = 0

    @property
    def new(self) -> list[Item]:
        """The files that are not there already."""
        return [item for item in self.items if not item.there]

    @property
    def bytes(self) -> int:
        """Bytes that the new files have."""
        return sum(item.size for item in self.items if not item.there)

    @property
    def fault(self) -> str:
        """Why the whole of it cannot be done, a sentence; "" where it can."""
        if self.form in _ROOMY and self.bytes > self.free:
            return (
                f"{size_words(self.bytes)} are to be written and only {size_words(self.free)} are "
                f"free at {printable(str(self.target))}; make room or choose another disk."
            )
        return ""


def size_words(count: int) -> str:
    """A number of bytes in decimal units: "1.54 GB", "610 MB"."""
    for unit, name, decimals in ((10**9, "GB", 2), (10**6, "MB", 0), (10**3, "kB", 0)):
        if count >= unit:
            return f"{count / unit:.{decimals}f} {name}"
    return f"{count} bytes"


def plan_export(
    catalog: Catalog,
    ids: Sequence[int],
    target: Path,
    form: Form,
    *,
    tree: bool = False,
    companions: bool = True,
) -> ExportPlan:
    """Plan to export photos; nothing is changed.

    Args:
        catalog: Of the library.
        ids: The photos, in order.
        target: A folder, or a file for the forms that are one file; where a folder is there, the
            file is given a name in it.
        form: What is written.
        tree: Whether folders are kept; else all files stand in one folder.
        companions: Whether the other files of each shot come along.

    Raises:
        RefusedError: The target lies in the library, is taken, or is on another disk than links
            and moves need.
    """
    place = _place(catalog.root, target, form)
    photos = [photo for photo in catalog.photos.get(ids) if photo.state in PRESENT]
    refused: list[Refusal] = []
    items: list[Item] = []
    names = Names(place if form in FOLDER_FORMS else None, catalog.root)
    if form in FILE_FORMS:
        others = catalog.companions.all() if companions else {}
        sources = _Sources(catalog.root, refused)
        for photo in photos:
            files = sources.of(photo, others.get(photo.id, ()))
            if form == "list":
                items += [msgspec.structs.replace(file, target=file.source) for file in files]
            elif files:
                _name(names, catalog.root, files, form, items, refused, tree=tree)
    return ExportPlan(
        root=catalog.root,
        target=place,
        form=form,
        photos=tuple(photos),
        items=tuple(items),
        refused=tuple(refused),
        free=_free(place),
        renamed=names.renamed,
    )


# -- the target ----------------------------------------------------------------------------------


def _place(root: Path, target: Path, form: Form) -> Path:
    """Where it goes, absolute.

    Raises:
        RefusedError: As `plan_export`.
    """
    try:
        place = target.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise RefusedError(
            f"{printable(str(target))} is no place to write to ({error})."
        ) from error
    if form not in FOLDER_FORMS and place.is_dir():
        place = _in_folder(place, root.name, form)
    shown = printable(str(place))
    if place == root or place.is_relative_to(root):
        raise RefusedError(f"{shown} is inside the library; choose a place outside it.")
    if form in FOLDER_FORMS:
        if os.path.lexists(place) and not place.is_dir():
            raise RefusedError(f"{shown} is a file; name a folder.")
        if form in ("move", "hardlink") and _device(place) != _device(root):
            what = "moved" if form == "move" else "linked"
            raise RefusedError(
                f"{shown} is on another disk than the library, where files cannot be {what}. "
                "Export copies; what is copied can then be moved to the trash."
            )
    elif os.path.lexists(place):
        raise RefusedError(f"There is already a file {shown}; choose another name.")
    return place


def _in_folder(folder: Path, name: str, form: Form) -> Path:
    """A free name in a folder that is there."""
    suffix = _SUFFIXES.get(form, form)
    number = 1
    while True:
        place = folder / (f"{name}.{suffix}" if number == 1 else f"{name} ({number}).{suffix}")
        if not os.path.lexists(place):
            return place
        number += 1


def with_suffix(target: Path, form: Form) -> Path:
    """A target with the suffix of a form that is one file, where it has none and is no folder."""
    if form in FOLDER_FORMS or target.suffix or target.expanduser().is_dir():
        return target
    return target.with_name(f"{target.name}.{_SUFFIXES.get(form, form)}")


def nearest(place: Path) -> Path:
    """The folder that is there and in which `place` is, or is to be made."""
    while not place.is_dir() and place.parent != place:
        place = place.parent
    return place


def _device(place: Path) -> int:
    try:
        return nearest(place).stat().st_dev
    except OSError as error:
        raise RefusedError(f"{printable(str(place))} cannot be used ({reason(error)}).") from error


def _free(place: Path) -> int:
    try:
        return shutil.disk_usage(nearest(place)).free
    except OSError:
        return 0


# -- the files -----------------------------------------------------------------------------------


class _Sources:
    """Looks at the files that are to be exported."""

    def __init__(self, root: Path, refused: list[Refusal]) -> None:
        self._root = root
        self._refused = refused
        self._folders: set[str] = set()

    def of(self, photo: Photo, companions: Iterable[Companion]) -> list[Item]:
        """The files of a photo's shot that are there, the photo's own first; none without that."""
        wanted: list[tuple[str, Role]] = [(photo.path, "photo")]
        wanted += [(each.path, each.role) for each in companions]
        files: list[Item] = []
        for path, role in wanted:
            try:
                found = self._status(path)
            except RefusedError as error:
                self._refused.append(Refusal(path, str(error)))
            except OSError as error:
                sentence = f"{printable(path)} cannot be read ({reason(error)})."
                self._refused.append(Refusal(path, sentence))
            else:
                files.append(Item(photo.id, path, "", found.st_size, found.st_mtime_ns, role))
                continue
            if role == "photo":
                return []
        return files

    def _status(self, path: str) -> os.stat_result:
        """
        Raises:
            RefusedError: The file is not in the library, or a link that leaves it.
            OSError: It cannot be looked at.
        """
        folder = path.rpartition("/")[0]
        if folder not in self._folders:
            inside(self._root, path)
            self._folders.add(folder)
        found = os.lstat(os.path.join(self._root, path))  # noqa: PTH118 (bytes as they are)
        if stat.S_ISLNK(found.st_mode):
            refuse_link(self._root, path)
            found = os.stat(os.path.join(self._root, path))  # noqa: PTH116, PTH118
        return found


def _name(
    names: Names,
    root: Path,
    files: list[Item],
    form: Form,
    items: list[Item],
    refused: list[Refusal],
    *,
    tree: bool,
) -> None:
    """Give the files of one shot their names at the target."""
    folder = files[0].source.rpartition("/")[0] if tree else ""
    bare = [file.source.rpartition("/")[2] for file in files]
    if form == "zip":
        folder, bare = archive_name(folder), [archive_name(name) for name in bare]
    try:
        named = names.take(folder, bare, [root / file.source for file in files], form)
    except RefusedError as error:
        refused.append(Refusal(files[0].source, str(error)))
        return
    for file, (name, there) in zip(files, named, strict=True):
        target = f"{folder}/{name}" if folder else name
        items.append(msgspec.structs.replace(file, target=target, there=there))


def photos_of(items: Iterable[Item]) -> int:
    """How many photos these files are of."""
    return len({item.photo for item in items})
