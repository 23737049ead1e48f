"""Carrying out an export. What is written is whole; what cannot be is said, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.decisions.execution import Refusal
from tui_selector.library.decisions.moves import RefusedError, sync_folders
from tui_selector.library.decisions.plan import (
    FileRef,
    Plan,
    TakeOut,
    many,
    new_plan,
    subject_of,
)
from tui_selector.library.display import printable
from tui_selector.library.export.planning import ExportPlan, Form, Item
from tui_selector.library.export.writing import (
    DiskError,
    Progress,
    StoppedError,
    copy,
    link,
    new_file,
    pour,
)

if TYPE_CHECKING:
    from zipfile import ZipInfo

#: Years that an archive can name, and the mode of what it unpacks.
_FIRST_YEAR, _LAST_YEAR, _MODE = 1980, 2107, 0o100644


class Exported(msgspec.Struct, kw_only=True):
    """What came of an export.

    Attributes:
        form: What was written.
        places: The folder, or the files, that were written to.
        photos: How many photos are there in the end.
        files: How many files were written, links among them.
        bytes: How many bytes these have.
        there: How many files were there already.
        refused: What was not exported, a sentence each.
        stopped: Whether it was stopped before its end.
    """

    form: Form
    places: list[Path]
    photos: int = 0
    files: int = 0
    bytes: int = 0
    there: int = 0
    refused: list[Refusal] = []
    stopped: bool = False


def export(catalog: Catalog, plan: ExportPlan, progress: Progress | None = None) -> Exported:
    """Carry out an export.

    A file that cannot be written is passed over with a sentence; a disk that takes no more ends
    it. Running the same export again goes on where it ended.

    Raises:
        RefusedError: Nothing was written.
    """
    if plan.fault:
        raise RefusedError(plan.fault)
    progress = progress or Progress()
    done = Exported(
        form=plan.form,
        places=[plan.target],
        there=sum(item.there for item in plan.items),
        refused=list(plan.refused),
    )
    try:
        _WRITERS[plan.form](catalog, plan, progress, done)
    except StoppedError:
        done.stopped = True
    return done


def take_out(plan: ExportPlan) -> Plan:
    """The export of moved files as a plan for the journal, which can be undone."""
    photos = {photo.id: photo for photo in plan.photos}
    shots: dict[int, list[Item]] = {}
    for item in plan.items:
        shots.setdefault(item.photo, []).append(item)
    actions = [
        TakeOut(
            subject_of(photos[id_]),
            tuple(FileRef(item.source, item.size, item.mtime_ns, item.role) for item in items),
            tuple(os.path.join(plan.target, item.target) for item in items),  # noqa: PTH118 (bytes as they are)
            photos[id_].state,
        )
        for id_, items in shots.items()
    ]
    who = many(photos[id_].name for id_ in shots)
    return new_plan(f"Move {who} to {printable(str(plan.target))}", actions)


# -- files ---------------------------------------------------------------------------------------


def _files(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Copy files, or link them."""
    copies = plan.form == "copy"
    items = plan.new
    progress.start(plan.bytes if copies else len(items))
    try:
        _each(plan, items, progress, done)
    finally:
        done.photos = _whole(plan, done)
        with contextlib.suppress(OSError):  # the files are there, whatever a power cut would do
            sync_folders({(plan.target / item.target).parent for item in items})


def _each(plan: ExportPlan, items: list[Item], progress: Progress, done: Exported) -> None:
    copies = plan.form == "copy"
    for item in items:
        source, target = plan.root / item.source, plan.target / item.target
        before = progress.done
        try:
            if copies:
                done.bytes += copy(source, target, progress)
            else:
                link(source, target, symbolic=plan.form == "symlink")
                progress.step(1)
        except DiskError as error:
            left = len(items) - done.files
            done.refused.append(Refusal(item.source, _ended(str(error), left)))
            break
        except RefusedError as error:
            done.refused.append(Refusal(item.source, str(error)))
            # What was not copied of it is done with, too.
            progress.step(before + (item.size if copies else 1) - progress.done)
        else:
            done.files += 1


def _whole(plan: ExportPlan, done: Exported) -> int:
    """How many photos stand at the target, by their own file."""
    refused = {refusal.path for refusal in done.refused}
    return sum(
        item.role == "photo"
        and item.source not in refused
        and os.path.lexists(plan.target / item.target)
        for item in plan.items
    )


def _ended(sentence: str, left: int) -> str:
    files = "1 file is" if left == 1 else f"{left:,} files are"
    return f"{sentence} {files} left out; the same export again goes on from there."


def _move(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Move files, with a journal entry that undo takes back."""
    from tui_selector.library.decisions.decisions import Decisions

    moves = take_out(plan)
    progress.start(len(moves.actions))
    outcome = Decisions(catalog).apply(moves)
    moved(done, plan, outcome.done, outcome.refused)
    progress.step(len(moves.actions))


def moved(done: Exported, plan: ExportPlan, count: int, refused: Iterable[Refusal]) -> None:
    """Note what became of the plan that moves files."""
    done.photos = count
    done.refused += refused
    stayed = {refusal.path for refusal in done.refused}
    gone = [item for item in plan.items if not os.path.lexists(plan.root / item.source)]
    done.files = sum(item.source not in stayed for item in gone)
    done.bytes = sum(item.size for item in gone if item.source not in stayed)


# -- one file ------------------------------------------------------------------------------------


def _zip(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Write an archive; nothing is compressed, as photos are already."""
    from zipfile import ZIP_STORED, ZipFile

    progress.start(plan.bytes)
    with (
        new_file(plan.target) as stream,
        ZipFile(stream, "w", ZIP_STORED) as archive,
    ):
        for item in plan.items:
            try:
                read = (plan.root / item.source).open("rb")
            except OSError as error:
                sentence = f"{printable(item.source)} cannot be read ({error.strerror})."
                done.refused.append(Refusal(item.source, sentence))
                continue
            with read, archive.open(_entry(item), "w") as write:
                done.bytes += pour(read, cast(BinaryIO, write), progress)
            done.files += 1
            done.photos += item.role == "photo"


def _entry(item: Item) -> ZipInfo:
    from zipfile import ZipInfo

    when = time.localtime(item.mtime_ns / 1e9)[:6]
    if not _FIRST_YEAR <= when[0] <= _LAST_YEAR:
        when = (_FIRST_YEAR, 1, 1, 0, 0, 0)
    entry = ZipInfo(item.target, when)
    entry.external_attr = _MODE << 16
    entry.file_size = item.size
    return entry


def _list(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Write the absolute paths of the files, a line each."""
    with new_file(plan.target) as stream:
        write_list(stream, plan, done)


def write_list(stream: BinaryIO, plan: ExportPlan, done: Exported, end: bytes = b"\n") -> None:
    """Write the absolute paths of a plan's files, each with `end` behind it.

    A name that holds `end` itself is refused, as nobody could read it back.
    """
    for item in plan.items:
        raw = os.fsencode(plan.root / item.source)
        if end in raw:
            sentence = f"{printable(item.source)} has a line break in its name; ask for --null."
            done.refused.append(Refusal(item.source, sentence))
            continue
        stream.write(raw + end)
        done.files += 1
        done.photos += item.role == "photo"


def _records(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Write a table of all that is known."""
    with new_file(plan.target) as stream:
        write_records(stream, catalog, plan, progress, done)


def write_records(
    stream: BinaryIO, catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported
) -> None:
    """Write all that is known of a plan's photos, as CSV or as JSON lines."""
    from tui_selector.library.export.records import read_records, write_csv, write_lines

    progress.start(len(plan.photos))
    write = write_csv if plan.form == "csv" else write_lines
    for _ in write(stream, read_records(catalog, plan.photos)):
        done.photos += 1
        progress.step(1)
    done.files += 1


def _page(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Write a contact sheet that browsers show."""
    from tui_selector.library.export.page import write_page

    write_page(catalog, plan, progress, done)


def _sheet(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Write contact sheets to be printed."""
    from tui_selector.library.export.sheet import write_sheets

    write_sheets(catalog, plan, progress, done)


_Writer = Callable[[Catalog, ExportPlan, Progress, Exported], None]

_WRITERS: dict[Form, _Writer] = {
    "copy": _files,
    "hardlink": _files,
    "symlink": _files,
    "move": _move,
    "zip": _zip,
    "list": _list,
    "csv": _records,
    "jsonl": _records,
    "html": _page,
    "pdf": _sheet,
    "jpeg": _sheet,
}
