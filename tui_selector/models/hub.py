"""The hub: what it has of a model, and its files; the only module that uses the network.

Asked for are the list of files and the files; nothing is told but the model's name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import msgspec

from tui_selector.library.display import printable
from tui_selector.models import OWNER_OFFLINE, folders
from tui_selector.models.embedder import ModelError

#: Files of a model that are wanted beside its weights; licences because they have to go along.
_WANTED = re.compile(
    r"(?!open_clip)[A-Za-z0-9][\w.-]*\.(json|txt|model|jinja)|(LICEN[CS]E|NOTICE)[\w.-]*"
)
_CODE = re.compile(r"[A-Za-z_]\w*\.py")
#: A file that none of the kinds of models needs is not worth a surprise, bytes.
_LARGEST_SIDE_FILE = 200_000_000

_CHUNK = 1 << 20
#: Seconds without a byte after which a connection counts as lost.
_SILENCE = 30.0


class RemoteFile(msgspec.Struct, frozen=True):
    """A file on the hub.

    Attributes:
        name: Its name in the model's folder.
        size: Bytes.
        sha256: Its digest; "" where the hub knows only the next.
        blob: Its SHA-1 as git counts it.
    """

    name: str
    size: int
    sha256: str
    blob: str


class Offer(msgspec.Struct, frozen=True):
    """What the hub has of a model: the files that would be pulled, code that comes with it apart.

    Attributes:
        hub: The model's id.
        revision: The commit.
        licence: As the model's card names it; "" where it does not.
        files: Weights, settings, tokenizer.
        code: Python files.
    """

    hub: str
    revision: str
    licence: str
    files: tuple[RemoteFile, ...]
    code: tuple[RemoteFile, ...]

    def chosen(self, *, trusted: bool) -> list[RemoteFile]:
        """The files of a pull, weights last, and else the small ones first."""
        return sorted(
            self.files + (self.code if trusted else ()),
            key=lambda file: (bool(folders.WEIGHTS.fullmatch(file.name)), file.size),
        )


def ask(hub: str, revision: str = "") -> Offer:
    """Ask the hub what it has of a model.

    Raises:
        ModelError: There is no such model, it may not be had, it has no safetensors, or the hub
            cannot be reached.
    """
    offer, names = _ask(hub, revision)
    folders.refuse_pickles(printable(hub), names)
    return offer


def ask_code(hub: str) -> Offer:
    """Ask the hub for a repository that lends code to models; see `ask`."""
    return _ask(hub, "")[0]


def _ask(hub: str, revision: str) -> tuple[Offer, list[str]]:
    """What a repository offers, and the names of all files that lie in it, subfolders left out."""
    with online(hub):
        from huggingface_hub import HfApi

        found = HfApi().model_info(
            hub, revision=revision or None, files_metadata=True, timeout=_SILENCE
        )
        if not found.sha:
            raise ValueError("no commit is named")
        files = [_remote(sibling) for sibling in found.siblings or []]
        licence = getattr(found.card_data, "license", None) or ""
    offer = Offer(
        hub=hub,
        revision=found.sha,
        licence=licence if isinstance(licence, str) else ", ".join(map(str, licence)),
        files=tuple(filter(_is_wanted, _without_doubles(files))),
        code=tuple(file for file in files if _CODE.fullmatch(file.name)),
    )
    return offer, [file.name for file in files if "/" not in file.name]


def _remote(sibling: Any) -> RemoteFile:
    """A file of the hub's list.

    Raises:
        ValueError: The list says too little to check the file by.
    """
    sha256 = sibling.lfs.sha256 if sibling.lfs else ""
    if sibling.size is None or not (sha256 or sibling.blob_id):
        raise ValueError(f"neither size nor digest of {sibling.rfilename} is named")
    return RemoteFile(sibling.rfilename, sibling.size, sha256, sibling.blob_id or "")


def _without_doubles(files: list[RemoteFile]) -> list[RemoteFile]:
    """Leave out parts of the weights where they are there in one file, too."""
    if not any(file.name == "model.safetensors" for file in files):
        return files
    return [
        file
        for file in files
        if file.name == "model.safetensors" or not folders.WEIGHTS.fullmatch(file.name)
    ]


def _is_wanted(file: RemoteFile) -> bool:
    if folders.WEIGHTS.fullmatch(file.name):
        return True
    return _WANTED.fullmatch(file.name) is not None and file.size <= _LARGEST_SIDE_FILE


def stream_rest(
    offer: Offer, file: RemoteFile, stream: BinaryIO, report: Callable[[int], None]
) -> None:
    """Ask once for the rest of a file and append what comes of it."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        build_hf_headers,
        hf_raise_for_status,
    )

    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if stream.tell():
        headers["Range"] = f"bytes={stream.tell()}-"
    url = hf_hub_url(offer.hub, file.name, revision=offer.revision)
    with get_session().stream("GET", url, headers=headers, timeout=_SILENCE) as response:
        hf_raise_for_status(response)
        if response.status_code != 206 and stream.tell():
            empty(stream)  # it knows no ranges and begins at the beginning
        for chunk in response.iter_bytes(_CHUNK):
            stream.write(chunk)
            stream.flush()
            report(min(stream.tell(), file.size))
            if stream.tell() > file.size:
                return  # more than was listed; the digest will tell


def empty(stream: BinaryIO) -> None:
    """Take everything out of a file."""
    stream.seek(0)
    stream.truncate()


@contextmanager
def online(hub: str) -> Iterator[None]:
    """Let this process use the network, and say in a sentence what goes wrong with it.

    Raises:
        ModelError: It is switched off, or the hub cannot be reached or refuses.
    """
    if OWNER_OFFLINE:
        raise ModelError("HF_HUB_OFFLINE keeps this machine off the network; unset it to pull.")
    os.environ["HF_HUB_OFFLINE"] = "0"
    import httpx2
    from huggingface_hub import errors

    shown = printable(hub)
    try:
        yield
    except errors.GatedRepoError as error:
        raise ModelError(
            f"The makers of {shown} give it only to those whom they know: ask them on its page on "
            "the hub, then set HF_TOKEN to your token."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"The hub has no model {shown}, or shows it only to some (set HF_TOKEN to your token)."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{shown} has no such revision; leave it out for the newest.") from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no status"
        raise ModelError(f"The hub does not give {shown} ({status}); try again later.") from error
    except (httpx2.TransportError, errors.OfflineModeIsEnabled) as error:
        reason = printable(str(error)) or type(error).__name__
        raise ModelError(
            f"The hub cannot be reached ({reason}). What has come of {shown} is kept; pull again "
            "when the network is there."
        ) from error
    except (ValueError, KeyError, TypeError, httpx2.HTTPError) as error:
        raise ModelError(
            f"What answers for the hub is none ({printable(str(error))}); look at HF_ENDPOINT and "
            "at what proxies do."
        ) from error
