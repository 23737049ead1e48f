"""Models from the hub onto this disk.

Every file is checked against the digest in the hub's list. What is there of an interrupted pull is
kept, and the next one goes on where it ended (HTTP ranges, RFC 9110 section 14).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from tui_selector.library.display import printable
from tui_selector.models import borrowed_code, checkpoint, folders
from tui_selector.models.code_needs import check_needs
from tui_selector.models.embedder import ModelError
from tui_selector.models.folders import File, Manifest, Pulled
from tui_selector.models.hub import Offer, RemoteFile, ask_code, empty, online, stream_rest
from tui_selector.models.sizes import in_words
from tui_selector.models.trust import untrusted

#: Tells how many bytes are there, of how many.
Report = Callable[[int, int], None]

_CHUNK = 1 << 20
#: Seconds before each try to connect again; a byte that comes begins anew.
_PAUSES = (1.0, 2.0, 4.0, 8.0)
#: Bytes that a pull leaves free on the disk.
_MARGIN = 100_000_000


#: Files of a half pull beside those of the model.
_BEGUN, _LOCK = "pull.begun", "pull.lock"


class _Begun(msgspec.Struct):
    """Which commit the files of a half pull are of."""

    revision: str


def missing(offer: Offer, models: Path, *, trusted: bool) -> int:
    """Bytes that a pull would still have to bring."""
    partial = folders.partial_of(models, offer.hub)
    if _revision_of(partial) != offer.revision:
        return sum(file.size for file in offer.chosen(trusted=trusted))
    return sum(file.size - _there(partial, file) for file in offer.chosen(trusted=trusted))


def _there(partial: Path, file: RemoteFile) -> int:
    for path in (partial / file.name, _part(partial, file)):
        if path.is_file():
            return min(path.stat().st_size, file.size)
    return 0


def _part(partial: Path, file: RemoteFile) -> Path:
    return partial / f"{file.name}.part"


def check_space(needed: int, models: Path) -> None:
    """
    Raises:
        ModelError: The disk of the folder for models has less than `needed` bytes to spare.
    """
    standing = models
    while not standing.exists():
        standing = standing.parent
    free = max(shutil.disk_usage(standing).free - _MARGIN, 0)
    if needed > free:
        raise ModelError(
            f"The pull takes {in_words(needed)} more and the disk of {printable(str(models))} has "
            f"{in_words(free)} to spare. Free some, `tui-selector models remove` another model, "
            "or let that folder be a link to one on a larger disk."
        )


def pull(offer: Offer, models: Path, *, trusted: bool = False, report: Report) -> Pulled:
    """Bring a model onto this disk; an interrupted pull is gone on with.

    Args:
        offer: What `ask` gave.
        models: The folder for models.
        trusted: Whether the owner lets code that comes with the model run.
        report: Called now and then.

    Raises:
        ModelError: It cannot be brought; what is there of it is kept for the next time.
    """
    partial = folders.partial_of(models, offer.hub)
    files = offer.chosen(trusted=trusted)
    total = sum(file.size for file in files)
    with _writing(partial), _alone(partial, offer.hub):
        if _revision_of(partial) != offer.revision:
            _begin(partial, offer.revision)
        check_space(missing(offer, models, trusted=trusted), models)
        done = 0
        names = {file.name for file in files}
        weights = [file for file in files if folders.WEIGHTS.fullmatch(file.name)]
        for file in files:
            if file in weights[:1] and trusted and folders.runs_code(partial):
                names |= _settle_code(offer.hub, partial, names)
            _bring(offer, file, partial, _from(report, done, total))
            done += file.size
            if file.name == checkpoint.CONFIG:
                _check_kind(offer.hub, partial, trusted=trusted)
        folders.examine(partial)
        return _finish(offer, names, partial, models)


def _from(report: Report, before: int, total: int) -> Callable[[int], None]:
    """Tell of one file as of a part of all."""
    return lambda there: report(before + there, total)


def _revision_of(partial: Path) -> str:
    try:
        return msgspec.json.decode((partial / _BEGUN).read_bytes(), type=_Begun).revision
    except (OSError, ValueError):
        return ""


def _begin(partial: Path, revision: str) -> None:
    """Empty the folder of what another commit left, and note the one that fills it now."""
    for path in partial.iterdir():
        if path.name != _LOCK:
            path.unlink()
    (partial / _BEGUN).write_bytes(msgspec.json.encode(_Begun(revision)))


def _check_kind(hub: str, partial: Path, *, trusted: bool) -> None:
    """Refuse what could not be used before its weights come, and keep nothing of it.

    Raises:
        ModelError: It is no dual encoder, or runs code that the owner does not trust.
    """
    try:
        if folders.runs_code(partial) and not trusted:
            raise ModelError(untrusted(hub))
    except ModelError:
        shutil.rmtree(partial)
        raise


def _settle_code(hub: str, partial: Path, names: set[str]) -> set[str]:
    """Have all code there that a model runs, and see that it can run here, before its weights come.

    Raises:
        ModelError: It cannot be had; or it needs what is not here, and nothing of it is kept.
    """
    _borrow(partial, names)
    try:
        check_needs(partial, hub)
    except ModelError:
        shutil.rmtree(partial)
        raise
    # All of it counts, also what a pull brought that was interrupted after that.
    return {path.name for path in partial.glob("*.py")}


def _borrow(partial: Path, names: set[str]) -> None:
    """Bring the code that lies in other repositories.

    Raises:
        ModelError: It cannot be had, or two repositories have files of the same name.
    """
    borrowed: set[str] = set()
    for lender in borrowed_code.lenders(partial):
        if not folders.is_hub_id(lender):
            raise ModelError(f"The model names code in {printable(lender)}, which is no place.")
        offer = ask_code(lender)
        for file in offer.code:
            if file.name in names | borrowed:
                raise ModelError(
                    f"{printable(file.name)} of {printable(lender)} has the name of another file "
                    "of the model; its code cannot be kept beside it."
                )
            # Code that an interrupted pull left may be older than the list.
            (partial / file.name).unlink(missing_ok=True)
            _bring(offer, file, partial, lambda _: None)
        borrowed |= {file.name for file in offer.code}
    borrowed_code.settle(partial)


def _finish(offer: Offer, names: set[str], partial: Path, models: Path) -> Pulled:
    """Seal a folder whose files are all there, and give it its name."""
    manifest = Manifest(
        hub=offer.hub,
        revision=offer.revision,
        licence=offer.licence,
        files={
            name: File((partial / name).stat().st_size, folders.sha256(partial / name))
            for name in sorted(names)
        },
    )
    sealed = partial / folders.MANIFEST
    with sealed.open("wb") as stream:
        stream.write(msgspec.json.encode(manifest))
        stream.flush()
        os.fsync(stream.fileno())
    target = folders.folder_of(models, offer.hub)
    if target.exists():
        folders.remove(target)
    partial.rename(target)
    for name in (_BEGUN, _LOCK):
        (target / name).unlink()
    return Pulled(target, manifest)


def _bring(offer: Offer, file: RemoteFile, partial: Path, report: Callable[[int], None]) -> None:
    """Have a file in the folder under its name, which it gets when its digest is right."""
    target, part = partial / file.name, _part(partial, file)
    if target.exists():
        report(file.size)
        return
    part.touch()
    with part.open("r+b") as stream:
        stream.seek(0, os.SEEK_END)
        _fetch(offer, file, stream, report)
        stream.flush()
        os.fsync(stream.fileno())
    if not _is_promised(part, file):
        part.unlink()
        raise ModelError(
            f"{printable(file.name)} of {printable(offer.hub)} did not come as the hub lists it "
            "(its digest differs); it was thrown away. Pull again; if that ends the same, what "
            "lies between the hub and this machine changes files."
        )
    part.rename(target)


def _is_promised(part: Path, file: RemoteFile) -> bool:
    if part.stat().st_size != file.size:
        return False
    if file.sha256:
        return folders.sha256(part) == file.sha256
    git = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    with part.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            git.update(chunk)
    return git.hexdigest() == file.blob


def _fetch(offer: Offer, file: RemoteFile, stream: BinaryIO, report: Callable[[int], None]) -> None:
    """Append what is missing of a file, connecting again where the line drops."""
    if stream.tell() > file.size:
        empty(stream)
    pauses = iter(_PAUSES)
    while stream.tell() < file.size:
        before = stream.tell()
        with online(offer.hub):
            import httpx2

            try:
                stream_rest(offer, file, stream, report)
                if stream.tell() < file.size:
                    raise httpx2.RemoteProtocolError("the file ended early")
            except httpx2.TransportError:
                if stream.tell() > before:
                    pauses = iter(_PAUSES)
                pause = next(pauses, None)
                if pause is None:
                    raise
                time.sleep(pause)


@contextmanager
def _alone(partial: Path, hub: str) -> Iterator[None]:
    """Keep a second pull of the same model out."""
    partial.mkdir(parents=True, exist_ok=True)
    with (partial / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelError(f"Another pull of {printable(hub)} is under way.") from None
        yield


@contextmanager
def _writing(partial: Path) -> Iterator[None]:
    """Say in a sentence what keeps the disk from taking a file."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(
                f"The disk of {printable(str(partial))} is full. What has come is kept; free some "
                "space and pull again, and it goes on from there."
            ) from error
        raise ModelError(f"{printable(str(partial))} cannot be written: {error}.") from error
