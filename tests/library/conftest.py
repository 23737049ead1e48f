"""An album of small files with a catalog, and ways to look at what became of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from catalog_rows import indexed_row

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.decisions import trash
from tui_selector.library.folder.identity import hash_file
from tui_selector.library.photo import Companion, Kind, State
from tui_selector.paths import library_paths


class Album:
    """A library's folder with files in it, and its catalog."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.paths = library_paths(root)
        self.catalog = Catalog.open(self.paths)

    def reopen(self) -> Catalog:
        self.catalog.close()
        self.catalog = Catalog.open(self.paths)
        return self.catalog

    def write(self, path: str, data: bytes | None = None) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.fsencode(path) * 3 if data is None else data)
        return place

    def add(self, path: str, *companions: str, indexed: bool = True) -> int:
        """Write a photo and its companions, put them into the catalog and return the id."""
        for name in (path, *companions):
            if not (self.root / name).exists():
                self.write(name)
        stat = (self.root / path).stat()
        others = []
        for name in companions:
            other = (self.root / name).stat()
            others.append(
                Companion(path=name, role="sidecar", size=other.st_size, mtime_ns=other.st_mtime_ns)
            )
        found = Found(
            path=path,
            size=stat.st_size,
            mtime_ns=stat.st_mtime_ns,
            kind=Kind.IMAGE,
            companions=tuple(others),
        )
        with self.catalog.transaction():
            (id_,) = self.catalog.photos.add([found])
            if indexed:
                self.index(id_)
        return id_

    def index(self, id_: int) -> None:
        photo = self.catalog.photos.one(id_)
        assert photo
        self.catalog.photos.store_indexed(
            [
                indexed_row(
                    id_, hash_file(self.root / photo.path), size=photo.size, mtime_ns=photo.mtime_ns
                )
            ]
        )

    def files(self) -> dict[str, bytes]:
        """Relative path to bytes of every file under the root."""
        return contents(self.root)

    def trashed(self) -> list[bytes]:
        """The bytes of every file in the home trash."""
        return sorted(contents(trash.home_trash() / "files").values())

    def rows(self) -> list[object]:
        """Everything the catalog says of the photos: rows, companions and pins, by id."""
        photos = sorted(self.catalog.photos.all(tuple(State)), key=lambda photo: photo.id)
        pins = [self.catalog.tabs.pin_of(photo.id) for photo in photos]
        tabs = sorted(
            (tab.id, tab.name, tab.named_by) for tab in self.catalog.tabs.all() if tab.id > 0
        )
        return [photos, pins, self.catalog.companions.all(), tabs]


def contents(folder: Path) -> dict[str, bytes]:
    """Path relative to `folder` to bytes, of every file below it."""
    return {
        str(place.relative_to(folder)): place.read_bytes()
        for place in folder.rglob("*")
        if place.is_file() and not place.is_symlink()
    }


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Album]:
    made = Album(tmp_path / "album")
    yield made
    made.catalog.close()


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the temporary folder."""
    here = tmp_path.stat().st_dev
    for place in map(Path, ("/dev/shm", "/tmp", "/var/tmp")):
        if os.access(place, os.W_OK) and place.stat().st_dev != here:
            with tempfile.TemporaryDirectory(dir=place) as folder:
                yield Path(folder)
            return
    pytest.skip("there is no second file system here")


@pytest.fixture
def as_nobody(tmp_path: Path) -> Callable[[Path, str], str]:
    """Return a function that gives `root` to a user without privileges, runs code as that user and
    returns what it prints."""

    def run(root: Path, code: str) -> str:
        if os.getuid() == 0:
            for folder in (tmp_path, *tmp_path.parents):
                if folder.stat().st_uid == 0 and folder != Path("/"):
                    folder.chmod(folder.stat().st_mode | 0o711)
            for place in (root, *root.rglob("*")):
                os.chown(place, 65534, 65534)
        drop = "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n" if os.getuid() == 0 else ""
        # What is imported late is imported as root: others may not read where Python is.
        head = (
            "import ctypes\nimport encodings.ascii\nimport os\nfrom pathlib import Path\n"
            "from tui_selector.library.decisions import trash\n"
            "from tui_selector.library.folder.scan import ScanError, scan\n"
            f"{drop}root = Path({str(root)!r})\n"
        )
        answer = subprocess.run(
            [sys.executable, "-c", head + textwrap.dedent(code)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return answer.stdout

    return run
