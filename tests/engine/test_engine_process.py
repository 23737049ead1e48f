"""The real engine in its own process: it survives crashes, copying, renaming, pulled disks."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_library import Library, Make
from patience import PATIENCE

from tui_selector.engine.async_client import EngineClient
from tui_selector.engine.client import BlockingClient, EngineError, is_running, stop
from tui_selector.engine.launch import TAKEN
from tui_selector.engine.map_messages import FindMap, FoundMap
from tui_selector.engine.protocol import (
    CatalogChanged,
    Clustered,
    Divide,
    GetStatus,
    Group,
    Groups,
    Leaving,
    Notice,
    Pause,
    Progress,
    Recluster,
    Rescan,
    Resume,
    Settle,
    Status,
    Suggest,
    Suggestion,
)
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.clusters import Clustering
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.map_file import maps_folder, read_map
from tui_selector.library.photo import Flag, State
from tui_selector.library.pictures.thumbnails import ThumbnailStore


def assert_whole(library: Library, count: int) -> None:
    """Every photo is indexed once, with one vector for each content and a thumbnail."""
    with library.catalog() as catalog, ThumbnailStore.open(library.paths.thumbnails) as cache:
        photos = list(catalog.photos.all((State.INDEXED,)))
        assert len(photos) == count
        assert catalog.photos.count(State.FOUND, State.PROBLEM, State.MISSING) == 0
        assert len({photo.path for photo in photos}) == count
        hashes = {photo.hash for photo in photos}
        (space,) = [name for name in catalog.vectors.spaces() if not name.endswith("/words")]
        stored, vectors = catalog.vectors.load(space, 512)
        assert len(stored) == len(set(stored)) == len(vectors)
        assert set(stored) >= hashes
        assert cache.hashes() >= hashes
        assert all(catalog.tabs.tab_of(photo.id) is not None for photo in photos)
        sizes = sorted(file.stat().st_size for file in library.paths.vectors.iterdir())
        assert sizes == [len(stored) * 384 * 2, len(stored) * 512 * 2]


def wait_for(library: Library, fulfilled: Callable[[Catalog], object]) -> None:
    """Watch the catalog until a condition on it holds."""
    until = time.monotonic() + PATIENCE
    with library.catalog() as catalog:
        while not fulfilled(catalog):
            assert time.monotonic() < until, "the engine did not get there"
            time.sleep(0.05)


def test_photos_copied_renamed_deleted_and_written_slowly(
    library: Library, make_photos: Make, tmp_path: Path
) -> None:
    make_photos(library.root, 48)
    new = make_photos(tmp_path / "card", 30, first=48)
    library.settle()
    with library.catalog() as catalog:
        first = catalog.photos.at("coffee-1.jpg")
        deleted = catalog.photos.at("retina-4.jpg")
        assert first is not None
        assert deleted is not None
        Decisions(catalog).flag([first.id], Flag.PICK)
        before = {tab.id: tab.name for tab in catalog.tabs.all()}
    with library.client() as client:
        slow, *quick = new
        data = slow.read_bytes()
        with (library.root / slow.name).open("wb") as file:
            for start in range(0, len(data), len(data) // 8 + 1):
                file.write(data[start : start + len(data) // 8 + 1])
                file.flush()
                os.fsync(file.fileno())
                if quick:
                    for path in (quick.pop() for _ in range(min(4, len(quick)))):
                        shutil.copyfile(path, library.root / path.name)
                time.sleep(0.3)
        for path in quick:
            shutil.copyfile(path, library.root / path.name)
        (library.root / "coffee-1.jpg").rename(library.root / "best coffee.jpg")
        (library.root / "retina-4.jpg").unlink()
        wait_for(
            library,
            lambda catalog: (
                catalog.photos.count(State.INDEXED) == 77
                and catalog.photos.at("best coffee.jpg") is not None
                and catalog.photos.count(State.MISSING) == 1
            ),
        )
        client.request(Settle())
    with library.catalog() as catalog:
        renamed = catalog.photos.at("best coffee.jpg")
        assert renamed is not None
        assert (renamed.id, renamed.flag) == (first.id, Flag.PICK)
        whole = catalog.photos.at(slow.name)
        assert whole is not None
        assert (whole.size, whole.width, whole.problem) == (len(data), 200, "")
        assert [photo.id for photo in catalog.photos.all((State.MISSING,))] == [deleted.id]
        tabs = {tab.id: tab for tab in catalog.tabs.all()}
        assert before.items() <= {tab.id: tab.name for tab in tabs.values()}.items()
        homes = {tab.id for tab in tabs.values() if tab.id > 0 and tab.fresh}
        assert (
            sum(tabs[tab].fresh for tab in homes)
            + (tabs[View.SINGLES].fresh if View.SINGLES in tabs else 0)
            == 30
        )
        alike = catalog.tabs.tab_of(whole.id)
        neighbours = [catalog.photos.at(f"astronaut-{number}.jpg") for number in (0, 6, 12, 18)]
        assert alike in {catalog.tabs.tab_of(photo.id) for photo in neighbours if photo}
        assert sum(tab.count for tab in tabs.values() if tab.id >= 0) == 77


def test_a_folder_that_vanishes_changes_nothing(
    library: Library, make_photos: Make, tmp_path: Path
) -> None:
    make_photos(library.root, 12)
    library.settle()
    with library.client() as client:
        library.root.rename(tmp_path / "pulled")
        note = ""
        for event in client.events():
            if isinstance(event, Progress) and event.note:
                note = event.note
                break
        assert "is gone" in note
        with pytest.raises(EngineError, match=r"back|gone|no folder"):
            client.request(Rescan())
        with library.catalog() as catalog:
            assert catalog.photos.count(State.INDEXED) == 12
        (tmp_path / "pulled").rename(library.root)
        make_photos(library.root, 1, first=12)
        wait_for(library, lambda catalog: catalog.photos.count(State.INDEXED) == 13)
        client.request(Settle())
        answer = client.request(GetStatus())
        assert isinstance(answer, Status)
        assert answer.progress.note == ""
        assert answer.progress.watching == "events"
    assert_whole(library, 13)


async def test_two_clients_one_engine_and_no_second_beside_it(
    library: Library, make_photos: Make
) -> None:
    make_photos(library.root, 6)
    heard: list[object] = []
    one = await EngineClient.connect(library.paths, on_event=heard.append)
    other = await EngineClient.connect(library.paths)
    assert one.welcome.pid == other.welcome.pid
    await other.request(Settle())
    answer = await one.request(GetStatus())
    assert isinstance(answer, Status)
    assert answer.clients == 2
    assert answer.progress.stage == "idle"
    assert (answer.progress.done, answer.progress.total) == (6, 6)
    assert "EfficientNet" in answer.progress.model
    assert any(isinstance(event, CatalogChanged) for event in heard)
    read_end, write_end = os.pipe()
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tui_selector.engine", "--tell", str(write_end), library.root),
        pass_fds=(write_end,),
    )
    os.close(write_end)
    assert await asyncio.wait_for(second.wait(), PATIENCE) == 0
    with os.fdopen(read_end, "rb") as told:
        assert told.read() == TAKEN
    assert library.status().pid == one.welcome.pid
    await other.close()
    assert one.alive
    await asyncio.to_thread(stop, library.paths, PATIENCE)
    await one.wait_closed()
    assert Leaving() in heard  # and perhaps what was under way and has been finished since
    await one.close()
    assert not is_running(library.paths)


def test_a_crash_is_remembered_and_survived(library: Library, make_photos: Make) -> None:
    make_photos(library.root, 40)
    with library.client() as client:
        wait_for(
            library,
            lambda catalog: (
                catalog.load("in_hand", list[int], []) or catalog.photos.count(State.INDEXED)
            ),
        )
        os.kill(client.welcome.pid, signal.SIGSEGV)
        with pytest.raises(EngineError, match="has ended"):
            client.request(Settle())
    assert "Segmentation fault" in (library.paths.state / "engine.crash").read_text()
    library.settle()
    assert "Segmentation fault" in library.paths.engine_log.read_text()
    assert_whole(library, 40)


def test_a_killed_engine_is_started_anew_and_a_pause_lasts_until_resume(
    library: Library, make_photos: Make
) -> None:
    with library.client() as client:
        first = client.welcome.pid
        client.request(Settle())
        client.request(Pause())
        make_photos(library.root, 6)
        wait_for(library, lambda catalog: catalog.photos.count(State.FOUND) == 6)
        with pytest.raises(EngineError, match="paused"):
            client.request(Settle())
        assert library.status().progress.stage == "paused"
        library.kill(first)
        with pytest.raises(EngineError, match="has ended"):
            for _ in client.events():
                pass
    assert library.paths.socket.exists()
    with library.client() as client:
        assert client.welcome.pid != first
        with pytest.raises(EngineError, match="engine resume"):
            client.request(Settle())
        assert library.status().progress.stage == "paused"
        with library.catalog() as catalog:
            assert catalog.photos.count(State.FOUND) == 6
        client.request(Resume())
        client.request(Settle())
        assert library.status().progress.stage == "idle"
    assert_whole(library, 6)


def test_tabs_keep_what_the_owner_did(library: Library, make_photos: Make) -> None:
    make_photos(library.root, 30)
    with library.client() as client:
        client.request(Settle())
        answer = client.request(Recluster(clustering=Clustering(k=6)))
        assert isinstance(answer, Clustered)
        assert (answer.tabs, answer.singles) == (6, 0)
        with library.catalog() as catalog:
            coffee, cat = (catalog.photos.at(name) for name in ("coffee-1.jpg", "chelsea-2.jpg"))
            assert coffee is not None
            assert cat is not None
            tab = catalog.tabs.tab_of(coffee.id)
            assert tab is not None
            assert {
                photo.name.partition("-")[0]
                for photo in catalog.photos.get(list(catalog.tabs.photo_ids(tab)))
            } == {"coffee"}
            Decisions(catalog).rename_tab(tab, "Breakfast")
            Decisions(catalog).move_to_tab([cat.id], tab)
        client.request(Recluster(clustering=Clustering(k=5)))
        with library.catalog() as catalog:
            assert catalog.tabs.tab_of(coffee.id) == tab
            assert catalog.tabs.tab_of(cat.id) == tab
            info = catalog.tabs.one(tab)
            assert info is not None
            assert info.name == "Breakfast"
        assert library.status().clustering == Clustering(k=5)

        groups = client.request(Group(clustering=Clustering(algorithm="linked", threshold=1.0)))
        assert isinstance(groups, Groups)
        assert sum(len(group.photos) for group in groups.groups) + len(groups.singles) == 30
        suggestion = client.request(Suggest(algorithm="kmeans"))
        assert isinstance(suggestion, Suggestion)
        assert len(suggestion.curve) > 3
        some = [photo.id for photo in (coffee, cat)]
        halves = client.request(Divide(photos=some, parts=2))
        assert isinstance(halves, Groups)
        assert sorted(group.photos[0] for group in halves.groups) == sorted(some)
        with pytest.raises(EngineError, match="K must be"):
            client.request(Group(clustering=Clustering(k=0)))
        assert library.status().clustering == Clustering(k=5)

        # The map is there at once, and a better one comes.
        found = client.request(FindMap())
        assert isinstance(found, FoundMap)
        while found.coming:
            found = client.request(FindMap(after=found.version))
            assert isinstance(found, FoundMap)
        assert (found.method, found.waiting) == ("pacmap", 0)
        photo_map = read_map(maps_folder(library.paths) / found.file)
        assert photo_map is not None
        with library.catalog() as catalog:
            assert sorted(photo_map.ids.tolist()) == sorted(
                photo.id for photo in catalog.photos.all((State.INDEXED,))
            )


def test_few_photos(library: Library, make_photos: Make) -> None:
    with library.client() as client:
        for count in (0, 1, 2):
            make_photos(library.root, count)
            client.request(Rescan())
            client.request(Settle())
            answer = client.request(Recluster(clustering=Clustering(k=10)))
            assert isinstance(answer, Clustered)
            assert answer.tabs == count
            with library.catalog() as catalog:
                assert sum(tab.count for tab in catalog.tabs.all() if tab.id >= 0) == count


def test_identical_photos_share_a_vector_until_one_changes(
    library: Library, make_photos: Make
) -> None:
    (photo,) = make_photos(library.root, 1)
    for number in range(8):
        shutil.copyfile(photo, library.root / f"copy-{number}.jpg")
    library.settle()
    assert_whole(library, 9)
    with library.catalog() as catalog:
        (space,) = [name for name in catalog.vectors.spaces() if not name.endswith("/words")]
        assert catalog.vectors.count(space) == 1
        photos = [each.id for each in catalog.photos.all()]
        tags = {frozenset(of) for of in catalog.tags.of(photos).values()}
        assert len(tags) == 1
        assert tags != {frozenset()}
        before = catalog.photos.at(photo.name)
        assert before is not None
    with library.client() as client:
        (other,) = make_photos(library.root, 1, first=1)
        other.replace(photo)
        wait_for(
            library,
            lambda catalog: (
                (now := catalog.photos.one(before.id)).state is State.INDEXED
                and now.hash != before.hash
            ),
        )
        client.request(Settle())
    with library.catalog() as catalog:
        assert catalog.photos.count() == 9
        assert catalog.vectors.count(space) == 2
        assert catalog.tabs.tab_of(before.id) is not None


def test_hostile_names_and_broken_files_print_into_the_log_alone(
    library: Library, make_photos: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    names = [b"two\nlines.jpg", b"\x1b[31mred.jpg", b"caf\xe9.jpg", "\u202egpj.jpg".encode()]
    for path, name in zip(make_photos(library.root, 4), names, strict=True):
        os.rename(path, os.fsencode(library.root) + b"/" + name)
    (library.root / "empty.jpg").touch()
    (library.root / "text.jpg").write_text("no picture")
    (library.root / "broken.tif").write_bytes(b"II*\0\x08\0\0\0\xff\xff" + bytes(range(256)))
    os.mkfifo(library.root / "pipe.jpg")
    library.settle()
    assert capfd.readouterr() == ("", "")
    assert library.paths.engine_log.exists()
    with library.catalog() as catalog:
        indexed = {os.fsencode(photo.path) for photo in catalog.photos.all((State.INDEXED,))}
        assert indexed == set(names)
        problems = {problem.path: problem.sentence for problem in catalog.photos.problems()}
    assert problems.keys() == {"empty.jpg", "text.jpg", "broken.tif"}
    assert all(sentence.endswith(".") for sentence in problems.values())


def test_what_is_lost_or_corrupt_is_made_anew_and_what_is_newer_is_left_alone(
    library: Library, make_photos: Make
) -> None:
    make_photos(library.root, 5)
    library.settle()
    stop(library.paths, PATIENCE)
    shutil.rmtree(library.paths.cache)
    library.settle()
    assert_whole(library, 5)

    with library.catalog() as catalog:
        photo = catalog.photos.at("coffee-1.jpg")
        assert photo is not None
        Decisions(catalog).flag([photo.id], Flag.PICK)
    stop(library.paths, PATIENCE)
    library.paths.catalog.write_bytes(b"This is no database. " * 500)
    with library.client() as client:
        client.request(Settle())
    sentences = [event.sentence for event in library.events if isinstance(event, Notice)]
    assert any("saved from the journal" in sentence for sentence in sentences)
    assert_whole(library, 5)
    with library.catalog() as catalog:
        photo = catalog.photos.at("coffee-1.jpg")
        assert photo is not None
        assert photo.flag is Flag.PICK

    stop(library.paths, PATIENCE)
    connection = sqlite3.connect(library.paths.catalog)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with library.client() as client:
        with pytest.raises(EngineError, match="newer tui-selector"):
            client.request(Settle())
        answer = client.request(GetStatus())
        assert isinstance(answer, Status)
        assert answer.progress.stage == "failed"
        assert "newer tui-selector" in answer.progress.note


def test_a_file_instead_of_a_folder(library: Library) -> None:
    library.root.rmdir()
    library.root.write_text("a file")
    with BlockingClient(library.paths) as client, pytest.raises(EngineError, match="not a folder"):
        client.request(Settle())


def test_settings_that_are_wrong_are_said(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_SELECTOR_WORKERS", "many")
    with pytest.raises(EngineError, match="TUI_SELECTOR_WORKERS"):
        library.client()


def test_opening_a_catalog_is_enough_for_a_decision(library: Library, make_photos: Make) -> None:
    """Decisions are made by other processes while the engine indexes, and are kept."""
    make_photos(library.root, 24)
    with library.client() as client:
        wait_for(library, lambda catalog: catalog.photos.count() == 24)
        with library.catalog() as catalog:
            ids = [photo.id for photo in catalog.photos.all()]
            Decisions(catalog).rate(ids[::2], 4)
            Decisions(catalog).trash(ids[:3])
        client.request(Settle())
    with Catalog.open(library.paths) as catalog:
        rated = [photo.id for photo in catalog.photos.all(tuple(State)) if photo.rating == 4]
        assert sorted(rated) == sorted(ids[::2])
        assert catalog.photos.count(State.TRASHED) == 3
        assert catalog.photos.count(State.INDEXED) == 21
