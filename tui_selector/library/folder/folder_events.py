"""What happens in the folders of a library, as the kernel tells it (inotify(7)).

Built on watchdog's inotify reader rather than on its recursive observer, which watches hidden and
trash folders too, goes on silently when no more folders may be watched, and does not say when
events were lost. Each folder has one watch; those of a renamed folder follow it.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from tui_selector.library.folder.companions import belongs
from tui_selector.library.folder.scan import is_hidden

if TYPE_CHECKING:
    from watchdog.observers.inotify_c import InotifyEvent, WatchDescriptor

What = Literal[
    "created",  # a file came into being; whoever made it has it open
    "closed",  # a file was written and closed, or stands there whole
    "found",  # a file was there already when its folder began to be watched
    "removed",  # a file or folder is gone
    "departed",  # the first half of a rename
    "arrived",  # the second half of a rename, or a file or folder from elsewhere
    "overflow",  # events were lost
    "limit",  # no more folders can be watched
    "gone",  # the library's own folder is gone
]


class FolderEvent(NamedTuple):
    """One thing that happened. `path` is relative to the root; `cookie` pairs rename halves."""

    what: What
    path: str = ""
    is_folder: bool = False
    cookie: int = 0


class FolderEvents:
    """Watches a folder and every visible folder below it.

    Args:
        root: The folder to watch, resolved.
        tell: Called with each event, in a thread of its own; it must be quick and not raise.

    Raises:
        OSError: The system lets no folder be watched, or not as many as there are.
    """

    def __init__(self, root: Path, tell: Callable[[FolderEvent], None]) -> None:
        from watchdog.observers.inotify_c import CallbackId, InotifyFD, Mask
        from watchdog.observers.inotify_c import InotifyConstants as On

        self._root = os.fsencode(root)
        self._tell = tell
        self._lock = threading.RLock()
        self._paths: dict[WatchDescriptor, bytes] = {}
        self._watches: dict[bytes, WatchDescriptor] = {}
        self._departed: dict[int, bytes] = {}
        self._stopped = False
        self._id = CallbackId(id(self))
        self._mask = Mask(
            (On.IN_CLOSE_WRITE | On.IN_MOVE | On.IN_CREATE | On.IN_DELETE)
            | (On.IN_DELETE_SELF | On.IN_MOVE_SELF)
            | (On.IN_ONLYDIR | On.IN_DONT_FOLLOW | On.IN_EXCL_UNLINK)
        )
        self._unmounted = On.IN_UNMOUNT
        self._reader = InotifyFD()
        self._reader.start()
        try:
            self._watch(b"", told=False)
            if not self._watches:
                raise PermissionError(errno.EACCES, "The folder cannot be watched", str(root))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Watch nothing any more; returns when no event will be told."""
        with self._lock:
            self._stopped = True
        self._reader.stop()
        self._reader.join()

    def forget(self, path: str) -> None:
        """Drop the watches of a folder that was renamed to somewhere else, and of those below."""
        folder = os.fsencode(path)
        with self._lock:
            for watched in [each for each in self._watches if _is_within(each, folder)]:
                watch = self._watches.pop(watched)
                if self._paths.pop(watch, None) is not None and not self._stopped:
                    self._reader.remove_callbacks([(watch, self._id)])

    def complete(self) -> None:
        """Watch every folder that is not watched yet, after events were lost.

        Raises:
            OSError: No more folders can be watched.
        """
        self._watch(b"", told=False)

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        return len(self._paths)

    # -- called by the reader ----------------------------------------------------------------

    def on_event(self, event: InotifyEvent) -> None:
        """Tell what an event means for the library."""
        with self._lock:
            folder = self._paths.get(event.wd)
            if folder is None or self._stopped:
                return
            if event.mask & self._unmounted:
                self._tell(FolderEvent("overflow" if folder else "gone"))
            elif event.is_delete_self or event.is_move_self:
                if not folder:
                    self._tell(FolderEvent("gone"))
            elif event.name:
                name = os.fsdecode(event.name)
                path = b"/".join((folder, event.name)) if folder else event.name
                if is_hidden(name):
                    return
                if event.is_directory:
                    self._on_folder(event, path)
                elif belongs(name):
                    self._on_file(event, path)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Forget a watch that the kernel dropped with its folder."""
        with self._lock:
            folder = self._paths.pop(wd, None)
            if folder is None:
                return
            if self._watches.get(folder) == wd:
                del self._watches[folder]
            if not folder and not self._stopped:
                self._tell(FolderEvent("gone"))

    def on_queue_overflow(self) -> None:
        """Tell that the kernel dropped events."""
        self._tell(FolderEvent("overflow"))

    # -- meaning -----------------------------------------------------------------------------

    def _on_file(self, event: InotifyEvent, path: bytes) -> None:
        what: What = "removed"
        if event.is_moved_from:
            what = "departed"
        elif event.is_moved_to:
            what = "arrived"
        elif event.is_close_write:
            what = "closed"
        elif event.is_create:
            what = "created" if self._has_a_writer(path) else "closed"
        self._tell(FolderEvent(what, os.fsdecode(path), cookie=event.cookie))

    def _on_folder(self, event: InotifyEvent, path: bytes) -> None:
        decoded = os.fsdecode(path)
        if event.is_moved_from:
            self._departed[event.cookie] = path
            self._tell(FolderEvent("departed", decoded, True, event.cookie))
        elif event.is_moved_to:
            source = self._departed.pop(event.cookie, None)
            if source is not None:
                self._rename(source, path)
            # Watched before it is told: what comes after a listing of it must be seen. What was
            # not watched under an old name is watched from now on.
            self._watch_new(path, told=False)
            self._tell(FolderEvent("arrived", decoded, True, event.cookie))
        elif event.is_create:
            self._watch_new(path, told=True)
        elif event.is_delete:
            self._tell(FolderEvent("removed", decoded, True))

    def _has_a_writer(self, path: bytes) -> bool:
        """Whether a file that came into being was opened for it: no link, no second name."""
        try:
            status = os.lstat(b"/".join((self._root, path)))
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and status.st_nlink == 1

    # -- watches -----------------------------------------------------------------------------

    def _watch_new(self, path: bytes, *, told: bool) -> None:
        try:
            self._watch(path, told=told)
        except OSError:
            self._tell(FolderEvent("limit"))

    def _watch(self, top: bytes, *, told: bool) -> None:
        """Watch a folder and the visible ones below; with `told`, tell the files found in them.

        Raises:
            OSError: No more folders can be watched.
        """
        folders = [top]
        while folders:
            folder = folders.pop()
            if not self._add(folder):
                continue
            try:
                entries = os.scandir(b"/".join((self._root, folder)) if folder else self._root)
            except OSError:
                continue
            with entries:
                for entry in entries:
                    name = os.fsdecode(entry.name)
                    path = b"/".join((folder, entry.name)) if folder else entry.name
                    if is_hidden(name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif told and belongs(name):
                        self._tell(FolderEvent("found", os.fsdecode(path)))

    def _add(self, folder: bytes) -> bool:
        """Watch one folder; False where it went away or may not be watched."""
        place = b"/".join((self._root, folder)) if folder else self._root
        with self._lock:
            if folder in self._watches:
                return True
            try:
                watch = self._reader.add_callback(place, self._mask, self, self._id)
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EMFILE, errno.ENOMEM):
                    raise
                return False
            if watch < 0:  # how the reader answers where there is no permission
                return False
            self._paths[watch] = folder
            self._watches[folder] = watch
            return True

    def _rename(self, source: bytes, target: bytes) -> None:
        """Let the watches of a renamed folder follow it."""
        for watched in [each for each in self._watches if _is_within(each, source)]:
            watch = self._watches.pop(watched)
            path = target + watched[len(source) :]
            self._watches[path] = watch
            self._paths[watch] = path


def _is_within(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder + b"/")
