"""Exporting files: names, wholeness, refusals, and moves that are undone."""

from __future__ import annotations

import errno
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui_selector.library.decisions.decisions import Decisions
from tui_selector.library.decisions.moves import RefusedError
from tui_selector.library.export import planning, writing
from tui_selector.library.export.execution import Exported, export
from tui_selector.library.export.planning import Form, plan_export
from tui_selector.library.export.selection import at_paths, tab_named
from tui_selector.library.export.transfer import fetch_lines
from tui_selector.library.export.writing import Progress
from tui_selector.library.photo import State


def out(album: Any, ids: list[int], target: Path, form: Form = "copy", **how: Any) -> Exported:
    return export(album.catalog, plan_export(album.catalog, ids, target, form, **how))


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {
        str(place.relative_to(folder)): place.read_bytes()
        for place in sorted(folder.rglob("*"))
        if place.is_file()
    }


def test_copies_keep_bytes_and_times_and_bring_companions(album: Any, tmp_path: Path) -> None:
    id_ = album.add("trip/a.jpg", "trip/a.CR2", "trip/a.CR2.xmp")
    os.utime(album.root / "trip/a.jpg", ns=(5, 1_600_000_000_000_000_007))
    done = out(album, [id_], tmp_path / "out")
    assert (done.photos, done.files, done.there, done.refused) == (1, 3, 0, [])
    assert tree(tmp_path / "out") == tree(album.root / "trip")
    assert (tmp_path / "out/a.jpg").stat().st_mtime_ns == 1_600_000_000_000_000_007
    assert done.bytes == sum(map(len, tree(tmp_path / "out").values()))


def test_same_names_from_two_folders_get_numbers_shot_by_shot(album: Any, tmp_path: Path) -> None:
    ids = [album.add(f"{folder}/IMG.jpg", f"{folder}/IMG.jpg.xmp") for folder in ("a", "b")]
    ids.append(album.add("c/img.JPG"))
    done = out(album, ids, tmp_path / "out")
    found = tree(tmp_path / "out")
    assert set(found) == {
        "IMG.jpg",
        "IMG.jpg.xmp",
        "IMG (2).jpg",
        "IMG (2).jpg.xmp",
        "img (3).JPG",
    }
    assert found["IMG (2).jpg.xmp"] == (album.root / "b/IMG.jpg.xmp").read_bytes()
    assert done.photos == 3
    kept = out(album, ids, tmp_path / "kept", tree=True)
    assert set(tree(tmp_path / "kept")) == set(tree(album.root))
    assert kept.photos == 3


def test_a_name_without_suffix_and_hostile_names(album: Any, tmp_path: Path) -> None:
    names = ["IMG", "-rf.jpg", "a\x1b[2J\n.jpg", os.fsdecode(b"caf\xe9.jpg"), "con: *?.jpg"]
    ids = [album.add(name) for name in names]
    out(album, ids, tmp_path / "out")
    assert set(tree(tmp_path / "out")) == set(names)
    twice = out(album, [album.add("x/IMG"), album.add("y/IMG")], tmp_path / "two")
    assert set(tree(tmp_path / "two")) == {"IMG", "IMG (2)"}
    assert twice.refused == []
    out(album, ids, tmp_path / "o.zip", "zip")
    with zipfile.ZipFile(tmp_path / "o.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(
            ["IMG", "-rf.jpg", "a_[2J_.jpg", "caf_.jpg", "con_ __.jpg"]
        )
        assert archive.read("caf_.jpg") == (album.root / names[3]).read_bytes()


def test_what_is_there_is_not_copied_again_and_never_written_over(
    album: Any, tmp_path: Path
) -> None:
    id_ = album.add("a.jpg", "a.xmp")
    other = tmp_path / "out" / "a.jpg"
    other.parent.mkdir()
    other.write_bytes(b"somebody else's")
    out(album, [id_], tmp_path / "out")
    assert set(tree(tmp_path / "out")) == {"a.jpg", "a (2).jpg", "a (2).xmp"}
    assert other.read_bytes() == b"somebody else's"
    again = plan_export(album.catalog, [id_], tmp_path / "out", "copy")
    assert (again.new, again.bytes) == ([], 0)
    assert export(album.catalog, again).there == 2


def test_hard_and_symbolic_links(album: Any, tmp_path: Path) -> None:
    id_ = album.add("a.jpg", "a.CR2")
    assert out(album, [id_], tmp_path / "hard", "hardlink").files == 2
    assert (tmp_path / "hard/a.CR2").samefile(album.root / "a.CR2")
    out(album, [id_], tmp_path / "soft", "symlink")
    assert (tmp_path / "soft/a.jpg").readlink() == album.root / "a.jpg"
    assert out(album, [id_], tmp_path / "hard", "hardlink").there == 2
    assert out(album, [id_], tmp_path / "soft", "symlink").there == 2


@pytest.mark.parametrize("form", planning.FORMS)
def test_a_target_inside_the_library_is_refused(album: Any, form: Form, tmp_path: Path) -> None:
    id_ = album.add("a.jpg")
    (tmp_path / "way").symlink_to(album.root)
    before = tree(album.root)
    for target in (album.root / "out", tmp_path / "way" / "new", album.root):
        with pytest.raises(RefusedError, match="inside the library"):
            out(album, [id_], target, form)
    assert tree(album.root) == before


def test_no_folder_of_the_target_leads_back_into_the_library(album: Any, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "trip").symlink_to(album.root)
    done = out(album, [album.add("trip/a.jpg")], target, tree=True)
    assert [refusal.path for refusal in done.refused] == ["trip/a.jpg"]
    assert set(tree(album.root)) == {"trip/a.jpg"}


def test_a_target_that_is_taken_is_refused(album: Any, tmp_path: Path) -> None:
    id_ = album.add("a.jpg")
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    for form in planning.FORMS:
        with pytest.raises(RefusedError, match="file"):
            out(album, [id_], taken, form)
    assert taken.read_bytes() == b"mine"
    done = out(album, [id_], tmp_path, "list")
    assert done.places == [tmp_path / f"{album.root.name}.txt"]
    assert done.places[0].read_bytes() == os.fsencode(album.root / "a.jpg") + b"\n"


def test_a_photo_that_is_gone_or_leads_out_is_refused_alone(album: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    gone, link, good = album.add("gone.jpg"), album.add("link.jpg"), album.add("good.jpg")
    (album.root / "gone.jpg").unlink()
    (album.root / "link.jpg").unlink()
    (album.root / "link.jpg").symlink_to(secret)
    done = out(album, [gone, link, good], tmp_path / "out")
    assert [refusal.path for refusal in done.refused] == ["gone.jpg", "link.jpg"]
    assert set(tree(tmp_path / "out")) == {"good.jpg"}
    assert done.photos == 1


# -- disks that do not take it -------------------------------------------------------------------


class Failing:
    """Lets the n-th block of an export fail with an error."""

    def __init__(self, at: int, number: int) -> None:
        self.at, self.number, self.pour = at, number, writing.pour

    def __call__(self, read: Any, write: Any, progress: Progress) -> int:
        self.at -= 1
        if self.at < 0:
            write.write(read.read(2))
            raise OSError(self.number, os.strerror(self.number))
        return self.pour(read, write, progress)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "no space left"), (errno.EROFS, "read-only file system")]
)
def test_a_disk_that_takes_no_more_ends_it_and_it_goes_on_later(
    album: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    ids = [album.add(f"{index}.jpg") for index in range(4)]
    before = tree(album.root)
    with monkeypatch.context() as patch:
        patch.setattr(writing, "pour", Failing(2, number))
        done = out(album, ids, tmp_path / "out")
    assert set(tree(tmp_path / "out")) == {"0.jpg", "1.jpg"}
    assert (done.photos, done.files, len(done.refused)) == (2, 2, 1)
    assert said in done.refused[0].sentence
    assert "2 files are left out" in done.refused[0].sentence
    rest = out(album, ids, tmp_path / "out")
    assert (rest.files, rest.there, rest.photos) == (2, 2, 4)
    assert tree(tmp_path / "out") == before == tree(album.root)


@pytest.mark.parametrize("form", ["zip", "csv", "jsonl", "html", "pdf", "jpeg", "list"])
def test_one_file_is_whole_or_not_there(
    album: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Form
) -> None:
    ids = [album.add("a.jpg"), album.add("b.jpg")]

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RefusedError, match="no space left"):
            out(album, ids, tmp_path / "out" / "file", form)
    assert tree(tmp_path / "out") == {}
    out(album, ids, tmp_path / "out" / "file", form)
    assert list(tree(tmp_path / "out")) == ["file"]


def test_more_than_is_free_is_refused_before_anything_is_written(
    album: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = album.add("a.jpg")
    usage = shutil.disk_usage(tmp_path)._replace(free=3)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage)
    with pytest.raises(RefusedError, match="only 3 bytes are free"):
        out(album, [id_], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence_for_each_file(
    album: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = album.add("a.jpg")
    opened = Path.open

    def refuse(self: Path, mode: str = "r", *more: Any, **other: Any) -> Any:
        if "x" in mode:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(self, mode, *more, **other)

    monkeypatch.setattr(Path, "open", refuse)
    done = out(album, [id_], tmp_path / "out")
    assert "permission denied" in done.refused[0].sentence
    with pytest.raises(RefusedError, match="permission denied"):
        out(album, [id_], tmp_path / "out.zip", "zip")


def test_stopping_leaves_no_half_file(album: Any, tmp_path: Path) -> None:
    ids = [album.add(f"{index}.jpg", indexed=False) for index in range(3)]
    plan = plan_export(album.catalog, ids, tmp_path / "out", "copy")
    progress = Progress(lambda done, total: progress.stop() if done >= plan.items[0].size else None)
    done = export(album.catalog, plan, progress)
    assert done.stopped
    assert progress.total == plan.bytes
    assert set(tree(tmp_path / "out")) <= {"0.jpg"}
    packed = plan_export(album.catalog, ids, tmp_path / "out.zip", "zip")
    stopped = Progress()
    stopped.stop()
    assert export(album.catalog, packed, stopped).stopped
    assert not (tmp_path / "out.zip").exists()


def test_a_file_that_grows_meanwhile_is_refused(
    album: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = album.add("a.jpg")
    pour: Callable[[Any, Any, Progress], int] = writing.pour

    def grow(read: Any, write: Any, progress: Progress) -> int:
        count = pour(read, write, progress)
        with (album.root / "a.jpg").open("ab") as more:
            more.write(b"more")
        return count

    monkeypatch.setattr(writing, "pour", grow)
    done = out(album, [id_], tmp_path / "out")
    assert "being written to" in done.refused[0].sentence
    assert tree(tmp_path / "out") == {}


# -- moves ---------------------------------------------------------------------------------------


def test_moves_are_undone_and_redone_as_one_with_companions(album: Any, tmp_path: Path) -> None:
    ids = [album.add("x/a.jpg", "x/a.CR2"), album.add("y/a.jpg")]
    before = tree(album.root)
    done = out(album, ids, tmp_path / "out", "move")
    assert (done.photos, done.files, done.refused) == (2, 3, [])
    assert set(tree(tmp_path / "out")) == {"a.jpg", "a.CR2", "a (2).jpg"}
    assert tree(album.root) == {}
    assert {album.catalog.photos.one(id_).state for id_ in ids} == {State.MISSING}
    decisions = Decisions(album.catalog)
    assert decisions.undo_title == f"Move 2 photos to {tmp_path / 'out'}"
    undone = decisions.undo()
    assert undone is not None
    assert (undone.done, undone.refused) == (2, ())
    assert tree(album.root) == before
    assert tree(tmp_path / "out") == {}
    photo = album.catalog.photos.one(ids[0])
    assert (photo.state, photo.path) == (State.INDEXED, "x/a.jpg")
    assert [each.path for each in album.catalog.companions.of(ids[0])] == ["x/a.CR2"]
    redone = decisions.redo()
    assert redone is not None
    assert set(tree(tmp_path / "out")) == {"a.jpg", "a.CR2", "a (2).jpg"}


def test_a_move_that_is_cut_short_is_taken_back(
    album: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The companion cannot be moved: the photo comes back, and nothing is lost."""
    from tui_selector.library.decisions import file_actions

    id_ = album.add("a.jpg", "a.CR2")
    before = tree(album.root)
    rename = file_actions.rename_new

    def fail(source: Path, target: Path) -> None:
        if target.name == "a.CR2" and target.parent == tmp_path / "out":
            raise RefusedError("a.CR2 cannot be moved: that is another disk.")
        rename(source, target)

    monkeypatch.setattr(file_actions, "rename_new", fail)
    done = out(album, [id_], tmp_path / "out", "move")
    assert (done.photos, done.files) == (0, 0)
    assert "another disk" in done.refused[0].sentence
    assert tree(album.root) == before
    assert album.catalog.photos.one(id_).state is State.INDEXED


def test_moves_and_hard_links_to_another_disk_are_refused(
    album: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = album.add("a.jpg")
    monkeypatch.setattr(planning, "_device", lambda place: 1 if place == album.root else 2)
    for form in ("move", "hardlink"):
        with pytest.raises(RefusedError, match="another disk"):
            out(album, [id_], tmp_path / "out", form)
    assert out(album, [id_], tmp_path / "out").photos == 1
    assert (album.root / "a.jpg").exists()


def test_a_place_that_is_taken_meanwhile_is_not_moved_over(album: Any, tmp_path: Path) -> None:
    id_ = album.add("a.jpg")
    plan = plan_export(album.catalog, [id_], tmp_path / "out", "move")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.jpg").write_bytes(b"mine")
    done = export(album.catalog, plan)
    assert "already a file" in done.refused[0].sentence
    assert (tmp_path / "out/a.jpg").read_bytes() == b"mine"
    assert (album.root / "a.jpg").exists()


# -- which photos, and how to fetch them -----------------------------------------------------------


def test_photos_are_found_by_path_and_tabs_by_name(album: Any) -> None:
    first, second = album.add("a.jpg", "a.CR2"), album.add("b.jpg")
    paths = ["b.jpg", str(album.root / "a.CR2"), "./a.jpg"]
    assert at_paths(album.catalog, paths) == [second, first]
    with pytest.raises(RefusedError, match="no photo of the library"):
        at_paths(album.catalog, ["../elsewhere.jpg"])
    assert tab_named(album.catalog, "all").name == "All"
    with pytest.raises(RefusedError, match="There is no tab Beach; there are All"):
        tab_named(album.catalog, "Beach")


def test_the_lines_that_fetch_an_export(tmp_path: Path) -> None:
    place = tmp_path / "my 'trip'"
    place.mkdir()
    here = {"USER": "ann", "SSH_CONNECTION": "10.0.0.9 5511 10.0.0.1 22"}
    rsync, scp = fetch_lines(place, here)
    quoted = "'\"'\"'"
    assert rsync == (
        f"rsync -aPs -- 'ann@10.0.0.1:{tmp_path}/my {quoted}trip{quoted}/'"
        f" './my {quoted}trip{quoted}/'"
    )
    assert scp == f"scp -p -r -- 'ann@10.0.0.1:{tmp_path}/my {quoted}trip{quoted}' ."
    other = {"SSH_CONNECTION": "fe80::9 1 fe80::1 2222"}
    rsync, scp = fetch_lines(tmp_path / "a.zip", other)
    assert rsync == f"rsync -aPs -e 'ssh -p 2222' -- '[fe80::1]:{tmp_path}/a.zip' ./."
    assert scp == f"scp -p -P 2222 -- '[fe80::1]:{tmp_path}/a.zip' ."


@pytest.mark.parametrize(
    ("name", "form", "wanted"),
    [
        ("out", "zip", "out.zip"),
        ("out", "jpeg", "out.jpg"),
        ("out.htm", "html", "out.htm"),
        ("out", "copy", "out"),
        ("", "csv", ""),
    ],
)
def test_one_file_has_a_suffix(tmp_path: Path, name: str, form: Form, wanted: str) -> None:
    assert planning.with_suffix(tmp_path / name, form) == tmp_path / wanted
