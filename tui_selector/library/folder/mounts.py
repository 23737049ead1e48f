"""Which disk a folder lies on, where that decides how its changes are noticed (proc(5))."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: File systems whose changes made by other machines the kernel does not tell of (inotify(7)).
#: FUSE file systems of any name are among them.
_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "davfs", "drvfs"}
    | {"gfs2", "glusterfs", "lustre", "ncpfs", "ocfs2", "prl_fs", "vboxsf", "virtiofs", "beegfs"}
)
_MOUNTS = Path("/proc/self/mountinfo")


def remote_file_system(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of a file system at or below `folder` that tells of no changes; None if all do."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return None
    place = os.fsencode(folder)
    holder: tuple[bytes, str] = (b"", "")
    for line in lines:
        before, _, after = line.partition(b" - ")
        fields, types = before.split(b" "), after.split(b" ")
        if len(fields) < 5:
            continue
        point, kind = _unescaped(fields[4]), types[0].decode("ascii", "replace")
        if _is_within(point, place) and point != place:
            if _is_remote(kind):
                return kind
        elif _is_within(place, point) and len(point) >= len(holder[0]):
            holder = (point, kind)
    return holder[1] if _is_remote(holder[1]) else None


def _is_remote(kind: str) -> bool:
    return kind in _REMOTE or kind.startswith("fuse.")


def _is_within(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _unescaped(field: bytes) -> bytes:
    return re.sub(rb"\\([0-7]{3})", lambda match: bytes((int(match[1], 8),)), field)
