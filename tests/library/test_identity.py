from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.folder import identity
from tui_selector.library.folder.identity import (
    UnsettledError,
    content_hash,
    hash_file,
    identify,
    read_whole,
)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_only_equal_bytes_have_equal_hashes(one: bytes, other: bytes) -> None:
    assert (content_hash(one) == content_hash(other)) == (one == other)


def test_the_hash_is_blake2b_with_128_bits() -> None:
    assert content_hash(b"photo") == hashlib.blake2b(b"photo", digest_size=16).digest()


@pytest.mark.parametrize("size", [0, 1, identity._BLOCK - 1, identity._BLOCK, identity._BLOCK + 1])
def test_reading_in_blocks_gives_the_same_hash(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    file = tmp_path / "a.jpg"
    file.write_bytes(data)
    assert hash_file(file) == content_hash(data)
    read, status = read_whole(file)
    assert read == data
    assert (status.st_size, status.st_mtime_ns) == (size, file.stat().st_mtime_ns)


def test_the_status_describes_the_bytes_that_were_hashed(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"abc")
    os.utime(file, ns=(1, 1_000_000_001))
    hash_, status = identify(file)
    assert hash_ == content_hash(b"abc")
    assert (status.st_size, status.st_mtime_ns) == (3, 1_000_000_001)


@pytest.mark.parametrize("read", [hash_file, read_whole])
def test_a_pipe_is_refused_without_waiting(tmp_path: Path, read: object) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(OSError, match="regular file"):
        read(tmp_path / "pipe.jpg")  # type: ignore[operator]


@pytest.mark.parametrize("read", [hash_file, read_whole])
def test_a_missing_file_is_an_os_error(tmp_path: Path, read: object) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "a.jpg")  # type: ignore[operator]


@pytest.mark.parametrize("read", [hash_file, read_whole])
def test_a_file_that_keeps_changing_is_not_given_a_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: object
) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"start")
    looks = 0
    fstat = os.fstat

    def fstat_and_append(descriptor: int) -> os.stat_result:
        nonlocal looks
        looks += 1
        with file.open("ab") as writer:
            writer.write(b"more")
        return fstat(descriptor)

    monkeypatch.setattr(identity.os, "fstat", fstat_and_append)
    with pytest.raises(UnsettledError) as caught:
        read(file)  # type: ignore[operator]
    assert caught.value.errno == errno.EBUSY
    assert looks == 2 * identity._TRIES


def test_a_file_that_changed_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"half")
    fstat = os.fstat
    changed = False

    def fstat_after_a_change(descriptor: int) -> os.stat_result:
        nonlocal changed
        status = fstat(descriptor)
        if not changed:
            changed = True
            file.write_bytes(b"half and half")
        return status

    monkeypatch.setattr(identity.os, "fstat", fstat_after_a_change)
    assert hash_file(file) == content_hash(b"half and half")
