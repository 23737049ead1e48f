"""Where files of the program's own live: the only module that knows the XDG folders."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from platformdirs import PlatformDirs

# hashlib brings OpenSSL along, which takes longer than all else here; this is no part of that.
try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

_DIRS = PlatformDirs("tui-selector", appauthor=False)

#: A Unix socket's address holds at most 108 bytes, its final NUL included (unix(7)).
_LONGEST_SOCKET_PATH = 107


def settings_file() -> Path:
    """The settings file; it need not exist."""
    return Path(_DIRS.user_config_dir) / "settings.toml"


def themes_folder() -> Path:
    """Where the owner's themes lie, one TOML file each; it need not exist."""
    return Path(_DIRS.user_config_dir) / "themes"


def vocabulary_file() -> Path:
    """The owner's own words that models look for in photos; it need not exist."""
    return Path(_DIRS.user_config_dir) / "vocabulary.txt"


def models_cache() -> Path:
    """Where converted models are kept; can be deleted at any time."""
    return Path(_DIRS.user_cache_dir) / "models"


def models_folder() -> Path:
    """Where pulled models are kept; losing it costs a download."""
    return Path(_DIRS.user_data_dir) / "models"


def library_data_folders() -> list[Path]:
    """The `data` folders of all libraries that there are."""
    try:
        return sorted((Path(_DIRS.user_data_dir) / "libraries").iterdir())
    except OSError:
        return []


def demo_folder() -> Path:
    """Where the demo album is made."""
    return Path(_DIRS.user_data_dir) / "demo"


def _runtime_folder() -> Path:
    """A folder of this user's alone for sockets and locks."""
    named = os.environ.get("XDG_RUNTIME_DIR")
    if named and Path(named).is_dir() and os.access(named, os.W_OK):
        return Path(named) / "tui-selector"
    return _temporary_folder()


def _temporary_folder() -> Path:
    """A folder of this user's alone under the system's temporary folder."""
    import tempfile

    return Path(tempfile.gettempdir()) / f"tui-selector-{os.getuid()}"


class LibraryPaths(msgspec.Struct, frozen=True):
    """The files that belong to one library, none of them inside the owner's folder.

    Attributes:
        root: The library's folder, resolved.
        identifier: Hexadecimal name of the library, derived from `root`.
        data: Holds the catalog, the journal and the vectors; losing it loses decisions.
        cache: Holds thumbnails; can be deleted at any time.
        state: Holds logs and what the screen looked like last.
        runtime: Holds the engine's socket and lock; readable by this user alone.
    """

    root: Path
    identifier: str
    data: Path
    cache: Path
    state: Path
    runtime: Path

    @property
    def catalog(self) -> Path:
        return self.data / "catalog.sqlite"

    @property
    def journal(self) -> Path:
        return self.data / "journal.jsonl"

    @property
    def plans(self) -> Path:
        """Where plan files are kept that were given no name; it need not exist."""
        return self.data / "plans"

    @property
    def chats(self) -> Path:
        """Where conversations about photos are kept; it need not exist."""
        return self.data / "chats.jsonl"

    @property
    def criteria(self) -> Path:
        """Where runs of sorting by a criterion are kept; it need not exist."""
        return self.data / "criteria"

    @property
    def vectors(self) -> Path:
        return self.data / "vectors"

    @property
    def thumbnails(self) -> Path:
        return self.cache / "thumbnails.sqlite"

    @property
    def session(self) -> Path:
        return self.state / "session.json"

    @property
    def engine_log(self) -> Path:
        return self.state / "engine.log"

    @property
    def screen_log(self) -> Path:
        return self.state / "screen.log"

    @property
    def socket(self) -> Path:
        return self.runtime / "engine.sock"

    @property
    def lock(self) -> Path:
        return self.runtime / "engine.lock"

    def make(self) -> None:
        """Make the folders, private to this user.

        Raises:
            OSError: A folder cannot be made.
        """
        for folder in (self.data, self.cache, self.state, self.runtime):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.runtime.parent, self.runtime):
            if folder.stat().st_uid != os.getuid():
                raise PermissionError(f"{folder} belongs to another user")
        self.runtime.chmod(0o700)


def library_paths(root: Path | str) -> LibraryPaths:
    """The files of the library at `root`, which need not exist yet."""
    resolved = Path(root).expanduser().resolve()
    return _files(resolved, blake2b(os.fsencode(resolved), digest_size=8).hexdigest())


def known_libraries() -> list[LibraryPaths]:
    """The files of all libraries that there are. Their folders are not known: `root` is "."."""
    return [_files(Path(), data.name) for data in library_data_folders()]


def _files(root: Path, identifier: str) -> LibraryPaths:
    runtime = _runtime_folder() / identifier
    if len(os.fsencode(runtime / "engine.sock")) > _LONGEST_SOCKET_PATH:
        runtime = _temporary_folder() / identifier
    return LibraryPaths(
        root=root,
        identifier=identifier,
        data=Path(_DIRS.user_data_dir) / "libraries" / identifier,
        cache=Path(_DIRS.user_cache_dir) / "libraries" / identifier,
        state=Path(_DIRS.user_state_dir) / "libraries" / identifier,
        runtime=runtime,
    )
