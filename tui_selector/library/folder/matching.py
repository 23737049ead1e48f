"""Which lost photo a file is: by path, name, size and time where they agree, else by its bytes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Photo


class LostPhotos:
    """Photos that are not where they were, to be found again; each is given out once."""

    def __init__(self, photos: Iterable[Photo]) -> None:
        self._by_key: dict[Hashable, list[Photo]] = {}
        self._taken: set[int] = set()
        for photo in sorted(photos, key=lambda each: each.id, reverse=True):
            status = (photo.size, photo.mtime_ns)
            self._file(("path", photo.path, status), photo)
            self._file(("name", photo.name, status), photo)
            if photo.hash is None:
                self._file(("time", status), photo)
            else:
                self._file(("size", photo.size), photo)
                self._file(("bytes", photo.hash, photo.name), photo)
                self._file(("bytes", photo.hash), photo)

    def by_status(self, found: Found) -> Photo | None:
        """The photo with a file's size and time, and its path, its name or no known content."""
        name = found.path.rpartition("/")[2]
        status = (found.size, found.mtime_ns)
        return (
            self._take(("path", found.path, status))
            or self._take(("name", name, status))
            or self._take(("time", status))
        )

    def by_bytes(self, found: Found, hash_of: Callable[[str], bytes | None]) -> Photo | None:
        """The photo with a file's bytes; the file is read only where a photo has its size."""
        if self._next(("size", found.size)) is None:
            return None
        hash_ = hash_of(found.path)
        if hash_ is None:
            return None
        name = found.path.rpartition("/")[2]
        return self._take(("bytes", hash_, name)) or self._take(("bytes", hash_))

    def _file(self, key: Hashable, photo: Photo) -> None:
        self._by_key.setdefault(key, []).append(photo)

    def _take(self, key: Hashable) -> Photo | None:
        photo = self._next(key)
        if photo is not None:
            self._taken.add(photo.id)
        return photo

    def _next(self, key: Hashable) -> Photo | None:
        """The photo with the lowest id under a key that is not given out yet."""
        photos = self._by_key.get(key, [])
        while photos and photos[-1].id in self._taken:
            photos.pop()
        return photos[-1] if photos else None
