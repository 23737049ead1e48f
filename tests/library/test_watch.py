"""The watcher on real folders. Waiting is for what it tells, never for a time to pass."""

from __future__ import annotations

import errno
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from patience import PATIENCE

from tui_selector.library.folder import folder_events, watch
from tui_selector.library.folder.scan import ScanError
from tui_selector.library.folder.watch import Settled, Watcher


class Told:
    """What a watcher told, and a way to wait for it."""

    def __init__(self) -> None:
        self.all: list[Settled] = []
        self._arrived: queue.Queue[Settled] = queue.Queue()

    def __call__(self, settled: Settled) -> None:
        self._arrived.put(settled)

    def until(self, enough: Callable[[], bool]) -> None:
        """Wait until the test has what it needs."""
        end = time.monotonic() + PATIENCE
        while not enough():
            try:
                self.all.append(self._arrived.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"only this was told: {self.all}") from None

    def until_path(self, *paths: str) -> None:
        self.until(lambda: set(paths) <= self.paths)

    @property
    def paths(self) -> set[str]:
        return {path for settled in self.all for path in settled.paths}

    @property
    def moves(self) -> list[tuple[str, str]]:
        return [move for settled in self.all for move in settled.moves]

    def times(self, path: str) -> int:
        return sum(path in settled.paths for settled in self.all)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(watch, "_HEARTBEAT", 0.2)
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def watcher(root: Path, told: Told) -> Iterator[Watcher]:
    made = Watcher(root, told)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def events(watcher: Watcher) -> Watcher:
    if watcher.mode != "events":
        pytest.skip(f"the temporary folder cannot be watched: {watcher.reason}")
    return watcher


def test_new_changed_and_deleted_files_are_told(events: Watcher, root: Path, told: Told) -> None:
    (root / "a.jpg").write_bytes(b"1")
    told.until_path("a.jpg")
    told.all.clear()
    with (root / "a.jpg").open("ab") as file:
        file.write(b"2")
    told.until_path("a.jpg")
    told.all.clear()
    (root / "a.jpg").unlink()
    told.until_path("a.jpg")


def test_a_file_written_slowly_is_told_once_and_whole(
    events: Watcher, root: Path, told: Told
) -> None:
    """The writer keeps the file open over pauses longer than any quiet time of a closed file."""
    script = (
        "import sys, time\n"
        "with open(sys.argv[1], 'wb', buffering=0) as file:\n"
        "    for _ in range(4):\n"
        "        file.write(b'x' * 1000)\n"
        "        time.sleep(0.5)\n"
    )
    sizes: list[int] = []
    (root / "other.jpg").write_bytes(b"1")
    with subprocess.Popen([sys.executable, "-c", script, str(root / "slow.jpg")]) as writer:
        told.until(
            lambda: bool("slow.jpg" in told.paths and sizes.append(size(root / "slow.jpg")) is None)
        )
    assert writer.returncode == 0
    assert sizes == [4000]
    (root / "last.jpg").write_bytes(b"1")
    told.until_path("last.jpg", "other.jpg")
    assert told.times("slow.jpg") == 1


def size(file: Path) -> int:
    return file.stat().st_size


def test_a_file_renamed_into_the_library_is_told(
    events: Watcher, root: Path, told: Told, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"1")
    (tmp_path / "a.jpg").rename(root / "a.jpg")
    (root / ".download.jpg").write_bytes(b"1")
    (root / ".download.jpg").rename(root / "b.jpg")
    (root / "c.part").write_bytes(b"1")
    (root / "c.part").rename(root / "c.jpg")
    (tmp_path / "d.jpg").write_bytes(b"1")
    os.link(tmp_path / "d.jpg", root / "d.jpg")
    told.until_path("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    assert told.moves == []


def test_renames_inside_are_told_as_moves_in_order(events: Watcher, root: Path, told: Told) -> None:
    (root / "d").mkdir()
    (root / "d/a.jpg").write_bytes(b"1")
    told.until_path("d/a.jpg")
    (root / "d/a.jpg").rename(root / "d/b.jpg")
    (root / "d").rename(root / "e")
    (root / "e/b.jpg").rename(root / "c.jpg")
    told.until(lambda: len(told.moves) == 3)
    assert told.moves == [("d/a.jpg", "d/b.jpg"), ("d", "e"), ("e/b.jpg", "c.jpg")]


def test_leaving_the_library_is_a_deletion(
    events: Watcher, root: Path, told: Told, tmp_path: Path
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (root / name).write_bytes(b"1")
    (root / ".Trash-0").mkdir()
    told.until_path("a.jpg", "b.jpg", "c.jpg")
    told.all.clear()
    (root / "a.jpg").rename(tmp_path / "a.jpg")
    (root / "b.jpg").rename(root / ".Trash-0/b.jpg")
    (root / "c.jpg").rename(root / "c.bak")
    told.until_path("a.jpg", "b.jpg", "c.jpg")
    assert told.moves == []


def test_new_folders_are_watched_however_they_come(
    events: Watcher, root: Path, told: Told, tmp_path: Path
) -> None:
    shutil.copytree(_album(tmp_path / "outside"), root / "copied")
    told.until_path("copied/1.jpg", "copied/deep/2.jpg")
    (tmp_path / "outside").rename(root / "renamed")
    told.until_path("renamed")
    (root / "renamed/deep/3.jpg").write_bytes(b"1")
    (root / "copied/deep").rename(root / "moved")
    (root / "moved/4.jpg").write_bytes(b"1")
    told.until_path("renamed/deep/3.jpg", "moved/4.jpg")
    assert told.moves == [("copied/deep", "moved")]


def test_folders_that_go_are_told_and_no_longer_watched(
    events: Watcher, root: Path, told: Told, tmp_path: Path
) -> None:
    _album(root / "a")
    _album(root / "b")
    told.until_path("a/deep/2.jpg", "b/deep/2.jpg")
    assert events._events is not None
    assert events._events.folders == 5
    shutil.rmtree(root / "a")
    (root / "b").rename(tmp_path / "b")
    told.until(lambda: "b" in told.paths and "a" in told.paths)
    told.until(lambda: events._events is not None and events._events.folders == 1)


def _album(folder: Path) -> Path:
    (folder / "deep").mkdir(parents=True)
    (folder / "1.jpg").write_bytes(b"1")
    (folder / "deep/2.jpg").write_bytes(b"2")
    return folder


def test_hidden_folders_and_other_files_are_neither_watched_nor_told(
    root: Path, told: Told
) -> None:
    for folder in (".git/objects", ".Trash-1000/files", "@eaDir", "seen"):
        (root / folder).mkdir(parents=True)
    watcher = Watcher(root, told)
    watcher.start()
    try:
        (root / ".git/objects/a.jpg").write_bytes(b"1")
        (root / "notes.txt").write_bytes(b"1")
        (root / ".hidden.jpg").write_bytes(b"1")
        (root / "seen/b.jpg").write_bytes(b"1")
        (root / "seen/b.xmp").write_bytes(b"1")
        told.until_path("seen/b.jpg", "seen/b.xmp")
        assert told.paths == {"seen/b.jpg", "seen/b.xmp"}
        if watcher._events is not None:
            assert watcher._events.folders == 2
    finally:
        watcher.stop()


def test_names_of_any_bytes_are_told(events: Watcher, root: Path, told: Told) -> None:
    names = [b"\xff\xfe.jpg", b"line\nbreak.jpg", b"\x1b[31m.jpg", "\u202e.jpg".encode()]
    for name in names:
        (root / os.fsdecode(name)).write_bytes(b"1")
    told.until_path(*map(os.fsdecode, names))


def test_a_burst_is_told_completely(events: Watcher, root: Path, told: Told) -> None:
    names = {f"{n % 7}/{n}.jpg" for n in range(500)}
    for name in names:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"1")
    told.until_path(*names)


def test_many_at_once_ask_for_a_comparison_instead(
    events: Watcher, root: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_MANY", 20)
    for n in range(100):
        (root / f"{n}.jpg").write_bytes(b"1")
    told.until(lambda: any(settled.rescan for settled in told.all))


def test_lost_events_ask_for_a_comparison_and_new_folders_are_watched(
    events: Watcher, root: Path, told: Told
) -> None:
    assert events._events is not None
    events._events.forget("")  # as if everything since had been lost
    (root / "unseen").mkdir()
    events._events.on_queue_overflow()
    told.until(lambda: any(settled.rescan for settled in told.all))
    (root / "unseen/a.jpg").write_bytes(b"1")
    told.until_path("unseen/a.jpg")


def test_a_folder_that_goes_and_comes_back(events: Watcher, root: Path, told: Told) -> None:
    (root / "a.jpg").write_bytes(b"1")
    told.until_path("a.jpg")
    root.rename(root.with_name("pulled"))
    told.until(lambda: told.all[-1].gone)
    root.with_name("pulled").rename(root)
    told.until(lambda: told.all[-1].rescan)
    (root / "b.jpg").write_bytes(b"1")
    told.until_path("b.jpg")
    assert sum(settled.gone for settled in told.all) == 1


def test_a_folder_that_is_deleted(events: Watcher, root: Path, told: Told) -> None:
    shutil.rmtree(root)
    told.until(lambda: any(settled.gone for settled in told.all))


@pytest.mark.parametrize("mode", ["events", "polling"])
def test_files_that_are_being_written_are_left_out_of_a_scan(
    root: Path, told: Told, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mode == "polling":
        monkeypatch.setattr(watch, "remote_file_system", lambda _: "nfs4")
    old = root / "old.jpg"
    old.write_bytes(b"1")
    os.utime(old, (1, 1))
    (root / "young.jpg").write_bytes(b"1")
    watcher = Watcher(root, told, polling_seconds=0.2)
    watcher.start()
    try:
        seen = watcher.scan()
        assert [found.path for found in seen.files] == ["old.jpg"]
        assert seen.unsettled == ["young.jpg"]
        told.until_path("young.jpg")
        assert "old.jpg" not in told.paths
    finally:
        watcher.stop()


class TestPolling:
    """Where the system tells of no changes, the folder is compared with itself."""

    @pytest.fixture
    def polled(self, root: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
        monkeypatch.setattr(watch, "remote_file_system", lambda _: "nfs4")
        watcher = Watcher(root, told, polling_seconds=0.1)
        watcher.start()
        yield watcher
        watcher.stop()

    def test_it_says_so(self, polled: Watcher) -> None:
        assert polled.mode == "polling"
        assert "network disk (nfs4)" in polled.reason
        assert "every 0.1 seconds" in polled.reason

    def test_changes_are_told(self, polled: Watcher, root: Path, told: Told) -> None:
        polled.scan()
        (root / "d").mkdir()
        (root / "d/a.jpg").write_bytes(b"1")
        (root / "d/a.xmp").write_bytes(b"1")
        told.until_path("d/a.jpg", "d/a.xmp")
        told.all.clear()
        (root / "d/a.jpg").write_bytes(b"22")
        told.until_path("d/a.jpg")
        told.all.clear()
        (root / "d/a.jpg").unlink()
        told.until_path("d/a.jpg")

    def test_without_a_scan_before_the_first_look_asks_for_one(
        self, polled: Watcher, told: Told
    ) -> None:
        told.until(lambda: any(settled.rescan for settled in told.all))

    def test_a_folder_that_goes_and_comes_back(
        self, polled: Watcher, root: Path, told: Told
    ) -> None:
        polled.scan()
        root.rename(root.with_name("pulled"))
        told.until(lambda: any(settled.gone for settled in told.all))
        end = time.monotonic() + PATIENCE
        while polled._pause() == 0:  # it must not spin while there is nothing to look at
            assert time.monotonic() < end
        root.with_name("pulled").rename(root)
        told.until(lambda: told.all[-1].rescan)

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE])
    def test_a_limit_of_the_system_falls_back_to_it(
        self, root: Path, told: Told, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(number, "limit reached")

        monkeypatch.setattr(watch, "FolderEvents", refuse)
        watcher = Watcher(root, told, polling_seconds=0.1)
        watcher.start()
        try:
            assert watcher.mode == "polling"
            assert "max_user_watches" in watcher.reason
            watcher.scan()
            (root / "a.jpg").write_bytes(b"1")
            told.until_path("a.jpg")
        finally:
            watcher.stop()

    def test_a_limit_reached_later_falls_back_to_it(
        self, root: Path, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        watcher = Watcher(root, told, polling_seconds=0.1)
        watcher.start()
        try:
            if watcher.mode != "events":
                pytest.skip(f"the temporary folder cannot be watched: {watcher.reason}")
            watcher.scan()

            def refuse(*_: object) -> bool:
                raise OSError(errno.ENOSPC, "inotify watch limit reached")

            monkeypatch.setattr(folder_events.FolderEvents, "_add", refuse)
            (root / "one too many").mkdir()
            told.until(lambda: any(settled.rescan for settled in told.all))
            assert watcher.mode == "polling"
            watcher.scan()
            (root / "one too many/a.jpg").write_bytes(b"1")
            told.until_path("one too many/a.jpg")
        finally:
            watcher.stop()


def test_a_missing_folder_or_a_file_is_refused(tmp_path: Path, told: Told) -> None:
    (tmp_path / "a.jpg").touch()
    for place in (tmp_path / "nowhere", tmp_path / "a.jpg"):
        with pytest.raises(ScanError):
            Watcher(place, told).start()


def test_stopping_leaves_no_thread_behind(root: Path, told: Told) -> None:
    before = set(threading.enumerate())
    watcher = Watcher(root, told)
    watcher.start()
    watcher.stop()
    watcher.stop()
    assert set(threading.enumerate()) <= before


def test_an_error_of_the_listener_does_not_end_the_watching(root: Path, told: Told) -> None:
    failed = threading.Event()

    def listen(settled: Settled) -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("the listener is at fault")
        told(settled)

    watcher = Watcher(root, listen)
    watcher.start()
    try:
        (root / "a.jpg").write_bytes(b"1")
        assert failed.wait(PATIENCE)
        (root / "b.jpg").write_bytes(b"1")
        told.until_path("b.jpg")
    finally:
        watcher.stop()
