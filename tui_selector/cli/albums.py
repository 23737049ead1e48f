"""What commands without a screen share: an up-to-date catalog, and photos named by path."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import path_fields
from tui_selector.library.display import printable
from tui_selector.paths import library_paths

if TYPE_CHECKING:
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.library.decisions.decisions import Outcome
    from tui_selector.library.photo import Photo


@contextmanager
def catalog_of(folder: Path, *, refresh: bool = False) -> Iterator[Catalog]:
    """Open a folder's catalog; with `refresh`, compare it with the folder first.

    What a crash left half done is finished before, and said.

    Raises:
        CommandError: The catalog or the folder cannot be read.
    """
    from tui_selector.library.catalog.catalog import Catalog, CatalogError
    from tui_selector.library.decisions.decisions import Decisions
    from tui_selector.library.decisions.rescue import rescue
    from tui_selector.library.folder.reconcile import reconcile
    from tui_selector.library.folder.scan import ScanError, scan

    try:
        seen = scan(folder) if refresh else None
        with Catalog.open(library_paths(folder)) as catalog, _in_sentences(catalog):
            # A scan would take what a crash left half moved for the owner's own doing.
            for said in (*Decisions(catalog).recover(), rescue(catalog)):
                if said:
                    sys.stderr.write(f"tui-selector: {printable(said)}\n")
            if seen is not None:
                reconcile(catalog, seen)
            yield catalog
    except (CatalogError, ScanError) as error:
        raise CommandError(str(error)) from error


@contextmanager
def _in_sentences(catalog: Catalog) -> Iterator[None]:
    """Say what is wrong with the catalog, and let a damaged one be mended at the next opening.

    Raises:
        CommandError: The catalog cannot be read or written.
    """
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        name = printable(str(catalog.paths.catalog))
        if catalog.suspect(error):
            raise CommandError(
                f"The catalog {name} is damaged. Run the command again: it is then set aside and "
                "made anew from the photos, and your decisions come back from the journal."
            ) from error
        raise CommandError(
            f"The catalog {name} cannot be used ({error}). Check that its disk is not full."
        ) from error


def named(catalog: Catalog, names: Sequence[str]) -> list[Photo]:
    """The photos that paths name: relative to the library, to the working folder, or absolute.

    Raises:
        CommandError: A path names no photo of the library.
    """
    return [_named(catalog, name) for name in names]


def _named(catalog: Catalog, name: str) -> Photo:
    root = catalog.root
    candidates = [name] if not Path(name).is_absolute() else []
    # The folder is resolved, the file is not: a link is itself, not what it points to.
    absolute = Path(name).parent.resolve() / Path(name).name
    if absolute.is_relative_to(root):
        candidates.append(absolute.relative_to(root).as_posix())
    for candidate in candidates:
        photo = catalog.photos.at(os.path.normpath(candidate))
        if photo:
            return photo
    raise CommandError(
        f"{printable(name)} is no photo of {printable(str(root))}. "
        "`tui-selector list` prints the photos that are.",
        2,
    )


def photo_fields(photo: Photo, tab: str | None = None) -> dict[str, Any]:
    """A photo for JSON."""
    fields: dict[str, Any] = {
        "id": photo.id,
        **path_fields(photo.path),
        "kind": photo.kind,
        "state": photo.state,
        "flag": photo.flag.name.lower(),
        "rating": photo.rating,
        "label": photo.label,
        "width": photo.width,
        "height": photo.height,
        "taken": photo.taken,
        "bytes": photo.size,
        "hash": photo.key,
    }
    if tab is not None:
        fields["tab"] = tab
    if photo.problem:
        fields["problem"] = photo.problem
    return fields


def outcome_fields(outcome: Outcome) -> dict[str, Any]:
    """What became of a plan, for JSON."""
    return {
        "title": outcome.plan.title,
        "done": outcome.done,
        "refused": [
            {**path_fields(refusal.path), "reason": refusal.sentence} for refusal in outcome.refused
        ],
    }
