"""Moving files without ever losing one: by rename alone, never over another file.

A rename is atomic: after a crash the file is at one of the two places. What cannot be renamed (it
is on another disk) is refused rather than copied and deleted; `RefusedError` says why.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from tui_selector.library.display import printable

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1

#: What `renameat2` answers where the kernel or the file system does not know the flag.
_NOT_KNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)

#: What `link` answers where the file system has no hard links.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


class RefusedError(Exception):
    """Something is not done, and nothing has changed; the message is a sentence for the owner."""


class GoneError(RefusedError):
    """What was to be changed is not there any more, or is not what it was: trying later is vain."""


def is_relative(path: str) -> bool:
    """Whether a path names something below where it begins, with no part that leads elsewhere."""
    return bool(path) and "\0" not in path and {"", ".", ".."}.isdisjoint(path.split("/"))


def inside(root: Path, path: str) -> Path:
    """The absolute place of `path` (relative to `root`), whose last part is not followed.

    Raises:
        RefusedError: The path leaves the library, by `..` or through a symbolic link.
    """
    if not is_relative(path):
        raise RefusedError(
            f"{printable(path)!r} is no path inside the library; nothing was changed."
        )
    place = root.joinpath(*path.split("/"))
    real = os.path.realpath(place.parent)
    if real != str(root) and not real.startswith(f"{str(root).rstrip('/')}/"):
        raise RefusedError(
            f"{printable(path)} is reached through a link that leaves the library; "
            "it is left alone."
        )
    return place


def leaves(root: Path, place: Path) -> bool:
    """Whether the file at `place` is a symbolic link to something outside `root`."""
    if not place.is_symlink():
        return False
    return not Path(os.path.realpath(place)).is_relative_to(root)


def rename_into(root: Path, source: Path, target: str) -> Path:
    """Move the file at `source` to `target` (relative to `root`), whose folders are made.

    Raises:
        RefusedError: The target leaves the library or is taken, or the rename is not possible.
    """
    place = inside(root, target)
    if os.path.lexists(place):
        raise _occupied(place)
    make_folders(place.parent)
    rename_new(source, place)
    return place


def make_folders(folder: Path) -> None:
    """Make a folder and those above it where they are missing.

    Raises:
        RefusedError: A folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RefusedError(
            f"The folder {printable(str(folder))} cannot be made ({reason(error)})."
        ) from error


def rename_new(source: Path, target: Path) -> None:
    """Rename `source` to `target`, which must not exist, on the same file system.

    Raises:
        GoneError: There is no file at `source`.
        RefusedError: `target` exists, lies on another file system, or its folder cannot be written.
    """
    try:
        _rename(source, target)
    except FileExistsError as error:
        raise _occupied(target) from error
    except FileNotFoundError as error:
        if not os.path.lexists(source):
            raise GoneError(f"{printable(source.name)} is no longer there.") from error
        raise RefusedError(f"The folder {printable(str(target.parent))} is not there.") from error
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise RefusedError(
                f"{printable(source.name)} cannot be moved to {printable(str(target.parent))}: "
                "that is another disk."
            ) from error
        raise RefusedError(
            f"{printable(source.name)} cannot be moved ({reason(error)}); it stays where it is."
        ) from error


def _occupied(place: Path) -> RefusedError:
    return RefusedError(
        f"There is already a file called {printable(place.name)} in "
        f"{printable(str(place.parent))}; move it away and try again."
    )


def _rename(source: Path, target: Path) -> None:
    """Try the ways to rename without overwriting, the atomic one first."""
    rename_noreplace = _renameat2()
    if rename_noreplace is not None:
        number = rename_noreplace(os.fsencode(source), os.fsencode(target))
        if number == 0:
            return
        if number not in _NOT_KNOWN:
            raise OSError(number, os.strerror(number), str(source))
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        source.unlink()
        return
    # Claim the name with an empty file of our own, which the rename then replaces.
    source.lstat()
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        source.rename(target)
    except OSError:
        target.unlink()
        raise


@cache
def _renameat2() -> Callable[[bytes, bytes], int] | None:
    """Linux's rename that refuses to overwrite (renameat2(2)): answers 0 or an error number."""
    import ctypes

    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    function.argtypes = (
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    )

    def call(source: bytes, target: bytes) -> int:
        if function(_AT_FDCWD, source, _AT_FDCWD, target, _RENAME_NOREPLACE) == 0:
            return 0
        return ctypes.get_errno()

    return call


def copy_new(source: Path, target: Path, part: Path, expected: bytes) -> None:
    """Copy a file to `target`, which must not exist; it appears there whole or not at all.

    The bytes are written to `part` (a hidden name in the target's folder) and renamed once they
    are on the disk. Times are kept. An older `part` of an interrupted copy is replaced.

    Args:
        expected: BLAKE2b-128 of the bytes.

    Raises:
        GoneError: There is no file at `source`.
        RefusedError: The disk is full, the bytes are not the expected ones, or `target` is taken.
    """
    import hashlib

    if os.path.lexists(target):
        raise _occupied(target)
    digest = hashlib.blake2b(digest_size=16)
    try:
        part.unlink(missing_ok=True)
        with source.open("rb") as read, part.open("xb") as write:
            while block := read.read(1 << 20):
                digest.update(block)
                write.write(block)
            write.flush()
            times = os.fstat(read.fileno())
            os.utime(write.fileno(), ns=(times.st_atime_ns, times.st_mtime_ns))
            os.fsync(write.fileno())
        if digest.digest() != expected:
            raise RefusedError(
                f"{printable(source.name)} has changed while it was copied; try again."
            )
        rename_new(part, target)
    except FileNotFoundError as error:
        raise GoneError(f"{printable(source.name)} is no longer there.") from error
    except OSError as error:
        raise RefusedError(
            f"{printable(source.name)} cannot be copied ({reason(error)})."
        ) from error
    finally:
        discard(part)


def discard(part: Path) -> None:
    """Delete the program's own unfinished copy, where there is one."""
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return


def sync_folders(folders: Iterable[Path]) -> None:
    """Put the renames in these folders on the disk; folders that are gone are passed over."""
    for folder in set(folders):
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some network file systems cannot sync a folder; their renames are durable anyway.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
                raise
        finally:
            os.close(descriptor)


def is_same_file(place: Path, *, size: int, mtime_ns: int | None, content: bytes | None) -> bool:
    """Whether a file still has the bytes it had: by size and time, else by content hash.

    Args:
        mtime_ns: Modification time, nanoseconds since the epoch; None where it does not matter.
        content: BLAKE2b-128 of the bytes as they were; None where that is not known, in which
            case another modification time counts as another file.

    Raises:
        GoneError: There is no regular file.
        RefusedError: It cannot be read.
    """
    try:
        found = place.stat()
        if not stat.S_ISREG(found.st_mode):
            raise GoneError(f"{printable(place.name)} is no longer a file.")
        if found.st_size != size:
            return False
        if mtime_ns is None or found.st_mtime_ns == mtime_ns:
            return True
        return content is not None and content_of(place) == content
    except FileNotFoundError as error:
        raise GoneError(f"{printable(place.name)} is no longer there.") from error
    except OSError as error:
        raise RefusedError(f"{printable(place.name)} cannot be read ({reason(error)}).") from error


def content_of(place: Path) -> bytes:
    """BLAKE2b-128 of a file's bytes.

    Raises:
        OSError: It cannot be read.
    """
    from tui_selector.library.folder.identity import hash_file

    return hash_file(place)


def reason(error: OSError) -> str:
    """Why the system refused, without its number: "no space left on device"."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
