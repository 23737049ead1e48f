from __future__ import annotations

import itertools
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.folder import comparison
from tui_selector.library.folder.comparison import Changes
from tui_selector.library.folder.identity import content_hash
from tui_selector.library.folder.reconcile import UNREADABLE_KEY, reconcile, reconcile_paths
from tui_selector.library.folder.scan import Unreadable, scan
from tui_selector.library.photo import PRESENT, Flag, Photo, State
from tui_selector.paths import library_paths


def whole(album: Any) -> Changes:
    """Compare the whole folder; a second comparison must find nothing."""
    changes = reconcile(album.catalog, scan(album.root))
    again = reconcile(album.catalog, scan(album.root))
    assert not again, again
    return changes


def some(album: Any, *paths: str, moves: list[tuple[str, str]] | None = None) -> Changes:
    """Compare these paths; a comparison of the whole folder must find nothing after that."""
    changes = reconcile_paths(album.catalog, album.root, paths, moves or [])
    again = reconcile(album.catalog, scan(album.root))
    assert not again, again
    return changes


def paths(album: Any) -> dict[str, int]:
    return {photo.path: photo.id for photo in album.catalog.photos.all()}


def one(album: Any, id_: int) -> Photo:
    photo: Photo | None = album.catalog.photos.one(id_)
    assert photo is not None
    return photo


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose content is read, as it happens."""
    names: list[str] = []
    read = comparison.hash_file

    def hash_file(path: Path) -> bytes:
        names.append(path.name)
        return read(path)

    monkeypatch.setattr(comparison, "hash_file", hash_file)
    return names


# -- the whole folder ----------------------------------------------------------------------------


def test_new_files_are_added_in_natural_order(album: Any) -> None:
    for name in ("IMG_10.jpg", "IMG_9.jpg", "b/IMG_1.jpg", "B/IMG_2.jpg"):
        album.write(name)
    changes = whole(album)
    names = [one(album, id_).path for id_ in changes.added]
    assert names == ["b/IMG_1.jpg", "B/IMG_2.jpg", "IMG_9.jpg", "IMG_10.jpg"]
    assert changes.photos == sorted(changes.added)
    assert {one(album, id_).state for id_ in changes.added} == {State.FOUND}


def test_unchanged_files_are_not_read(album: Any, hashed: list[str]) -> None:
    album.add("a.jpg")
    album.add("b.jpg", indexed=False)
    assert not whole(album)
    assert hashed == []


def test_changed_bytes_are_indexed_again(album: Any) -> None:
    id_ = album.add("a.jpg")
    album.catalog.photos.set_flag(id_, Flag.PICK)
    album.write("a.jpg", b"other bytes")
    assert whole(album).changed == [id_]
    photo = one(album, id_)
    assert (photo.state, photo.hash, photo.size, photo.flag) == (State.FOUND, None, 11, Flag.PICK)


def test_a_new_time_alone_changes_nothing(album: Any) -> None:
    id_ = album.add("a.jpg")
    os.utime(album.root / "a.jpg", ns=(5, 5))
    assert not whole(album)
    photo = one(album, id_)
    assert (photo.state, photo.mtime_ns) == (State.INDEXED, 5)
    assert photo.hash is not None


def test_other_bytes_of_the_same_size_are_noticed(album: Any) -> None:
    id_ = album.add("a.jpg")
    data = (album.root / "a.jpg").read_bytes()
    album.write("a.jpg", bytes(reversed(data)))
    os.utime(album.root / "a.jpg", ns=(5, 5))
    assert whole(album).changed == [id_]


def test_a_renamed_file_keeps_its_id(album: Any) -> None:
    id_ = album.add("a.jpg")
    (album.root / "sub").mkdir()
    (album.root / "a.jpg").rename(album.root / "sub/other name.jpg")
    changes = whole(album)
    assert changes.moved == [(id_, "a.jpg", "sub/other name.jpg")]
    assert (changes.added, changes.missing, changes.changed) == ([], [], [])
    assert one(album, id_).state is State.INDEXED


def test_a_renamed_folder_is_followed_without_reading_its_files(
    album: Any, hashed: list[str]
) -> None:
    ids = [album.add(f"old/{n}.jpg") for n in range(20)]
    (album.root / "old").rename(album.root / "new")
    changes = whole(album)
    assert sorted(id_ for id_, _, _ in changes.moved) == ids
    assert {photo.path for photo in album.catalog.photos.all()} == {
        f"new/{n}.jpg" for n in range(20)
    }
    assert hashed == []


def test_equal_size_and_time_do_not_make_another_photo_the_same(album: Any) -> None:
    """Where the name differs too, the bytes decide."""
    id_ = album.add("a.jpg")
    status = (album.root / "a.jpg").stat()
    (album.root / "a.jpg").unlink()
    album.write("b.jpg", b"x" * status.st_size)
    os.utime(album.root / "b.jpg", ns=(status.st_mtime_ns, status.st_mtime_ns))
    changes = whole(album)
    assert changes.missing == [id_]
    assert len(changes.added) == 1


def test_copying_elsewhere_and_deleting_is_a_move(album: Any) -> None:
    id_ = album.add("a.jpg")
    album.write("sub/b.jpg", (album.root / "a.jpg").read_bytes())
    (album.root / "a.jpg").unlink()
    assert whole(album).moved == [(id_, "a.jpg", "sub/b.jpg")]


def test_a_copy_is_a_photo_of_its_own(album: Any) -> None:
    id_ = album.add("a.jpg")
    album.write("copy.jpg", (album.root / "a.jpg").read_bytes())
    changes = whole(album)
    assert len(changes.added) == 1
    assert changes.moved == []
    assert one(album, id_).path == "a.jpg"


def test_two_files_can_swap_their_names(album: Any) -> None:
    one_id, other_id = album.add("a.jpg", indexed=True), album.add("b.jpg")
    (album.root / "a.jpg").rename(album.root / "c")
    (album.root / "b.jpg").rename(album.root / "a.jpg")
    (album.root / "c").rename(album.root / "b.jpg")
    whole(album)
    assert paths(album) == {"b.jpg": one_id, "a.jpg": other_id}


def test_a_ring_of_renames_keeps_every_id(album: Any) -> None:
    ids = [album.add(f"{n}.jpg", indexed=True) for n in range(5)]
    for n in range(5):
        (album.root / f"{n}.jpg").rename(album.root / f"{n}.tmp")
    for n in range(5):
        (album.root / f"{n}.tmp").rename(album.root / f"{(n + 1) % 5}.jpg")
    assert whole(album).changed == []
    assert paths(album) == {f"{(n + 1) % 5}.jpg": ids[n] for n in range(5)}


def test_a_photo_renamed_over_another_takes_its_place(album: Any) -> None:
    a, b = album.add("a.jpg"), album.add("b.jpg")
    (album.root / "a.jpg").rename(album.root / "b.jpg")
    changes = whole(album)
    assert changes.moved == [(a, "a.jpg", "b.jpg")]
    assert changes.missing == [b]
    assert paths(album) == {"b.jpg": a}


@pytest.mark.parametrize("new_time", [False, True])
def test_a_missing_photo_comes_back_as_it_was(album: Any, new_time: bool) -> None:
    id_ = album.add("a.jpg", indexed=True)
    album.catalog.photos.set_rating(id_, 4)
    (album.root / "a.jpg").rename(album.root.parent / "away.jpg")
    assert whole(album).missing == [id_]
    assert paths(album) == {}
    (album.root.parent / "away.jpg").rename(album.root / "back.jpg")
    if new_time:
        os.utime(album.root / "back.jpg", ns=(7, 7))
    changes = whole(album)
    assert changes.returned == [id_]
    photo = one(album, id_)
    assert (photo.state, photo.rating, photo.path) == (State.INDEXED, 4, "back.jpg")


def test_a_disk_that_comes_back_is_not_read(album: Any, hashed: list[str]) -> None:
    ids = [album.add(f"d/{n}.jpg") for n in range(30)]
    (album.root / "d").rename(album.root.parent / "pulled")
    assert sorted(whole(album).missing) == ids
    (album.root.parent / "pulled").rename(album.root / "d")
    assert sorted(whole(album).returned) == ids
    assert hashed == []


def test_a_trashed_photo_put_back_by_hand_is_itself_again(album: Any) -> None:
    id_ = album.add("a.jpg")
    album.catalog.photos.set_label(id_, "red")
    data = (album.root / "a.jpg").read_bytes()
    (album.root / "a.jpg").unlink()
    album.catalog.photos.set_path(id_, "a.jpg", State.TRASHED)
    assert not whole(album)
    album.write("a.jpg", data)
    assert whole(album).returned == [id_]
    assert (one(album, id_).state, one(album, id_).label) == (State.INDEXED, "red")


def test_other_bytes_at_the_path_of_a_trashed_photo_are_another_photo(album: Any) -> None:
    id_ = album.add("a.jpg")
    size = one(album, id_).size
    album.catalog.photos.set_path(id_, "a.jpg", State.TRASHED)
    album.write("a.jpg", b"y" * size)
    changes = whole(album)
    assert len(changes.added) == 1
    assert one(album, id_).state is State.TRASHED


def test_a_copy_of_a_trashed_photo_elsewhere_is_another_photo(album: Any) -> None:
    id_ = album.add("a.jpg")
    (album.root / "a.jpg").rename(album.root / "b.jpg")
    album.catalog.photos.set_path(id_, "a.jpg", State.TRASHED)
    assert len(whole(album).added) == 1
    assert one(album, id_).state is State.TRASHED


def test_a_problem_is_tried_again_only_when_that_can_help(album: Any) -> None:
    broken, unread = album.add("a.jpg", indexed=False), album.add("b.jpg", indexed=False)
    album.catalog.photos.set_problem(broken, "The file is damaged.")
    album.catalog.photos.set_problem(unread, "There is no permission.", retry=True)
    assert reconcile(album.catalog, scan(album.root)).changed == [unread]
    assert one(album, broken).state is State.PROBLEM
    assert one(album, unread).state is State.FOUND
    album.write("a.jpg", b"mended")
    assert whole(album).changed == [broken]
    assert one(album, broken).problem == ""


def test_another_kind_of_file_under_the_same_bytes_is_indexed_again(album: Any) -> None:
    id_ = album.add("a.jpg")
    (album.root / "a.jpg").rename(album.root / "a.dng")
    changes = whole(album)
    assert (changes.moved, changes.changed) == ([(id_, "a.jpg", "a.dng")], [id_])
    assert one(album, id_).kind == "raw"


# -- what cannot be looked at --------------------------------------------------------------------


def test_nothing_is_concluded_about_a_folder_that_cannot_be_read(album: Any) -> None:
    closed = album.add("closed/a.jpg")
    gone = album.add("open/b.jpg")
    shutil.rmtree(album.root / "open")
    seen = scan(album.root)
    told = Unreadable(path="closed", sentence="There is no permission.")
    seen.files[:] = [found for found in seen.files if not found.path.startswith("closed/")]
    seen.unreadable.append(told)
    changes = reconcile(album.catalog, seen)
    assert changes.missing == [gone]
    assert one(album, closed).state is State.INDEXED
    assert album.catalog.load(UNREADABLE_KEY, list[Unreadable], []) == [told]
    reconcile(album.catalog, scan(album.root))
    assert album.catalog.load(UNREADABLE_KEY, list[Unreadable], [told]) == []


def test_a_file_that_is_still_written_is_neither_new_nor_missing(album: Any) -> None:
    id_ = album.add("a.jpg")
    album.write("a.jpg", b"half")
    album.write("b.jpg", b"half")
    assert not reconcile(album.catalog, scan(album.root, unsettled={"a.jpg", "b.jpg"}))
    assert one(album, id_).state is State.INDEXED


def test_a_link_out_of_the_library_is_a_problem_and_never_read(
    album: Any, hashed: list[str]
) -> None:
    outside = album.root.parent / "secret.jpg"
    outside.write_bytes(b"secret")
    album.add("gone.jpg")
    (album.root / "gone.jpg").unlink()
    link = album.root / "out.jpg"
    link.symlink_to(outside)
    id_ = whole(album).added[0]
    photo = one(album, id_)
    assert photo.state is State.PROBLEM
    assert "outside the library" in photo.problem
    assert hashed == []
    link.unlink()
    assert whole(album).missing == [id_]


def test_a_photo_that_became_a_link_is_a_problem(album: Any) -> None:
    id_ = album.add("a.jpg")
    (album.root / "a.jpg").rename(album.root.parent / "a.jpg")
    (album.root / "a.jpg").symlink_to(album.root.parent / "a.jpg")
    assert whole(album).changed == [id_]
    assert one(album, id_).state is State.PROBLEM


# -- shots ---------------------------------------------------------------------------------------


def test_companions_are_kept_up_to_date(album: Any) -> None:
    id_ = album.add("IMG.jpg")
    album.write("IMG.xmp")
    assert whole(album).regrouped == [id_]
    album.write("IMG.xmp", b"more")
    assert whole(album).regrouped == [id_]
    (companion,) = album.catalog.companions.of(id_)
    assert (companion.path, companion.size) == ("IMG.xmp", 4)
    (album.root / "IMG.xmp").unlink()
    assert whole(album).regrouped == [id_]
    assert album.catalog.companions.of(id_) == ()


def test_a_shot_keeps_its_id_when_its_picture_comes_later(album: Any) -> None:
    id_ = album.add("IMG.CR2")
    album.catalog.photos.set_flag(id_, Flag.PICK)
    album.write("IMG.JPG")
    changes = whole(album)
    assert (changes.added, changes.missing) == ([], [])
    photo = one(album, id_)
    assert (photo.path, photo.state, photo.flag) == ("IMG.JPG", State.FOUND, Flag.PICK)
    assert [c.path for c in album.catalog.companions.of(id_)] == ["IMG.CR2"]


def test_a_shot_keeps_its_id_when_its_picture_goes(album: Any) -> None:
    id_ = album.add("IMG.JPG", "IMG.CR2")
    whole(album)
    (album.root / "IMG.JPG").unlink()
    changes = whole(album)
    assert changes.moved == [(id_, "IMG.JPG", "IMG.CR2")]
    assert (changes.changed, changes.missing, changes.added) == ([id_], [], [])


def test_a_renamed_shot_takes_its_companions_along(album: Any) -> None:
    id_ = album.add("IMG.JPG", "IMG.xmp")
    for suffix in ("JPG", "xmp"):
        (album.root / f"IMG.{suffix}").rename(album.root / f"NEW.{suffix}")
    whole(album)
    assert one(album, id_).path == "NEW.JPG"
    assert [c.path for c in album.catalog.companions.of(id_)] == ["NEW.xmp"]


# -- single paths --------------------------------------------------------------------------------


def test_single_paths_come_change_and_go(album: Any) -> None:
    album.add("other.jpg")
    album.write("sub/a.jpg")
    (id_,) = some(album, "sub/a.jpg").added
    album.write("sub/a.jpg", b"changed")
    assert some(album, "sub/a.jpg").changed == [id_]
    (album.root / "sub/a.jpg").unlink()
    assert some(album, "sub/a.jpg").missing == [id_]
    assert not some(album, "sub/a.jpg", "never.jpg", "notes.txt", ".hidden.jpg", "")


def test_a_rename_is_followed_even_if_the_bytes_changed_too(album: Any) -> None:
    id_ = album.add("a.jpg")
    album.write("a.jpg", b"edited")
    (album.root / "a.jpg").rename(album.root / "b.jpg")
    changes = some(album, moves=[("a.jpg", "b.jpg")])
    assert (changes.moved, changes.changed) == ([(id_, "a.jpg", "b.jpg")], [id_])


def test_chains_of_renames_are_followed(album: Any, hashed: list[str]) -> None:
    a, b = album.add("d/a.jpg"), album.add("d/b.jpg")
    root = album.root
    moves = [("d/b.jpg", "d/c.jpg"), ("d/a.jpg", "d/b.jpg"), ("d", "e"), ("e/c.jpg", "c.jpg")]
    for source, target in moves:
        (root / source).rename(root / target)
    some(album, moves=moves)
    assert paths(album) == {"e/b.jpg": a, "c.jpg": b}
    assert hashed == []


def test_a_folder_that_went_takes_its_photos_with_it(album: Any) -> None:
    ids = [album.add(f"d/{n}/a.jpg") for n in range(3)]
    rest = album.add("dd.jpg")
    (album.root / "d").rename(album.root.parent / "away")
    assert sorted(some(album, "d").missing) == ids
    (album.root.parent / "away").rename(album.root / "e")
    assert sorted(some(album, "e").returned) == ids
    assert one(album, rest).state is State.INDEXED


def test_a_photo_renamed_to_no_photo_is_missing(album: Any) -> None:
    id_ = album.add("a.jpg")
    (album.root / "a.jpg").rename(album.root / "a.bak")
    assert some(album, moves=[("a.jpg", "a.bak")]).missing == [id_]
    (album.root / "a.bak").rename(album.root / "a.jpg")
    assert some(album, moves=[("a.bak", "a.jpg")]).returned == [id_]


def test_a_companion_alone_regroups_its_photo(album: Any) -> None:
    id_ = album.add("d/IMG.CR2")
    album.write("d/IMG.CR2.xmp")
    assert some(album, "d/IMG.CR2.xmp").regrouped == [id_]
    (album.root / "d/IMG.CR2.xmp").unlink()
    assert some(album, "d/IMG.CR2.xmp").regrouped == [id_]
    album.write("d/img.jpg")
    assert some(album, "d/img.jpg").changed == [id_]
    assert one(album, id_).path == "d/img.jpg"


def test_only_the_folders_concerned_are_looked_at(
    album: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(20):
        album.add(f"{n}/a.jpg")
    looked: list[str] = []
    scandir = os.scandir

    def noting_scandir(path: str) -> Any:
        looked.append(str(path))
        return scandir(path)

    album.write("3/b.jpg")
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", noting_scandir)
        reconcile_paths(album.catalog, album.root, {"3/b.jpg"})
    assert {place.rstrip("/") for place in looked} == {str(album.root / "3")}


def test_what_another_process_did_meanwhile_is_respected(album: Any) -> None:
    """A photo that was trashed between the scan and the comparison is not called missing."""
    trashed, back = album.add("a.jpg"), album.add("b.jpg")
    (album.root / "a.jpg").unlink()
    seen = scan(album.root)
    seen.files.clear()  # as if both were gone when the scan came by
    compared = comparison.Comparison(album.catalog, album.catalog.photos.known(), seen)
    lost = compared._lost({})
    with Catalog.open(album.paths) as other:
        other.photos.set_path(trashed, "a.jpg", State.TRASHED)
    compared._write_missing(lost)
    assert one(album, trashed).state is State.TRASHED
    assert one(album, back).state is State.INDEXED  # its file is there after all


# -- any history ---------------------------------------------------------------------------------

NAMES = ["a.jpg", "b.png", "d/a.jpg", "e/x.CR2"]
STEP = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES)),
    st.tuples(st.just("move"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("move"), st.sampled_from(["d", "e"]), st.sampled_from(["f", "g/h"])),
    st.tuples(st.just("tell")),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, max_size=14), st.booleans())
def test_ids_follow_bytes_through_any_history(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, ...]], watched: bool
) -> None:
    """However the folder came to be what it is, the catalog agrees with it, told of every change
    or of none; and where bytes that were in the catalog still are, they have the id they had."""
    root = tmp_path_factory.mktemp("history") / "album"
    root.mkdir()
    counter = itertools.count()
    touched: set[str] = set()
    moves: list[tuple[str, str]] = []
    with Catalog.open(library_paths(root)) as catalog:

        def tell() -> None:
            before = ids_by_bytes(catalog)
            if watched:
                reconcile_paths(catalog, root, touched, moves)
                touched.clear()
                moves.clear()
            else:
                reconcile(catalog, scan(root))
            index(catalog)
            for hash_, id_ in ids_by_bytes(catalog).items():
                assert before.get(hash_, id_) == id_

        for step in [*(("write", name) for name in NAMES), ("tell",), *steps]:
            match step:
                case ("write", name):
                    (root / name).parent.mkdir(parents=True, exist_ok=True)
                    (root / name).write_bytes(b"%08d" % next(counter))
                    touched.add(name)
                case ("delete", name):
                    (root / name).unlink(missing_ok=True)
                    touched.add(name)
                case ("move", source, target):
                    if (root / source).exists() and not (root / target).is_dir():
                        (root / target).parent.mkdir(parents=True, exist_ok=True)
                        (root / source).rename(root / target)
                        moves.append((source, target))
                case _:
                    tell()
        tell()
        changes = reconcile(catalog, scan(root))
        assert not changes, changes
        there = {found.path for found in scan(root).files}
        assert {photo.path for photo in catalog.photos.all()} == there
        for photo in catalog.photos.all():
            assert photo.hash == content_hash((root / photo.path).read_bytes())


def ids_by_bytes(catalog: Catalog) -> dict[bytes, int]:
    """Content hash to id of every photo that has one, present or missing."""
    states = (*PRESENT, State.MISSING)
    return {photo.hash: photo.id for photo in catalog.photos.all(states) if photo.hash}


def index(catalog: Catalog) -> None:
    """Give every photo that waits the hash of its bytes, as indexing does."""
    for photo in catalog.photos.pending(1000):
        catalog.connection.execute(
            "UPDATE photos SET hash = ?, width = 1, state = 'indexed' WHERE id = ?",
            (content_hash((catalog.root / photo.path).read_bytes()), photo.id),
        )


def test_many_files_of_one_size_are_matched_in_linear_time(album: Any) -> None:
    """Every file has the same size and time; only names and bytes tell them apart."""
    numbers = list(range(300))
    for n in numbers:
        album.write(f"{n}.jpg", b"%06d" % n)
        os.utime(album.root / f"{n}.jpg", ns=(1, 1))
    whole(album)
    index(album.catalog)
    before = paths(album)
    random.Random(1).shuffle(numbers)
    (album.root / "moved").mkdir()
    for old, new in enumerate(numbers):
        (album.root / f"{old}.jpg").rename(album.root / f"moved/x{new}.jpg")
    whole(album)
    assert paths(album) == {
        f"moved/x{new}.jpg": before[f"{old}.jpg"] for old, new in enumerate(numbers)
    }
