"""Tags: what the program finds, what the owner says, and how both are counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_rows import indexed_row
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.catalog.rescued_table import Rescued
from tui_selector.library.catalog.tab_table import View
from tui_selector.library.catalog.tag_table import LONGEST, TagCount, tag_name
from tui_selector.library.photo import Flag, Kind, State, Tag
from tui_selector.paths import library_paths
from tui_selector.search import query
from tui_selector.search.language import parse


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(library_paths(tmp_path)) as opened:
        yield opened


def index(catalog: Catalog, id_: int, *tags: Tag) -> None:
    """Store what indexing learned of a photo."""
    photo = indexed_row(id_, b"%d" % id_, tags=tags)
    catalog.photos.store_indexed([photo])


def photo(catalog: Catalog, name: str, *tags: Tag) -> int:
    """Add an indexed photo."""
    (id_,) = catalog.photos.add([Found(path=name, size=1, mtime_ns=1, kind=Kind.IMAGE)])
    index(catalog, id_, *tags)
    return id_


def dog(score: float = 0.7) -> Tag:
    return Tag("dog", score, "model")


def names(catalog: Catalog, id_: int) -> list[str]:
    return [tag.name for tag in catalog.tags.of([id_])[id_]]


# -- of photos -----------------------------------------------------------------------------------


def test_indexing_stores_tags_best_first(catalog: Catalog) -> None:
    bright = Tag("bright", 0.9, "pixels")
    id_ = photo(catalog, "a.jpg", dog(), bright)
    assert catalog.tags.of([id_, 999]) == {id_: [bright, dog()], 999: []}


def test_the_owners_tags_outlive_indexing(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", dog())
    catalog.tags.set_verdict(id_, "mine", True)
    index(catalog, id_, Tag("cat", 0.6, "model"))
    assert names(catalog, id_) == ["mine", "cat"]


def test_a_tag_that_was_taken_away_does_not_come_back_by_indexing(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", dog())
    catalog.tags.set_verdict(id_, "dog", False)
    assert names(catalog, id_) == []
    index(catalog, id_, dog(0.99), Tag("cat", 0.6, "model"))
    assert names(catalog, id_) == ["cat"]
    assert catalog.tags.having("dog") == set()
    assert catalog.tags.columns()[1] == ["cat"]
    catalog.tags.set_verdict(id_, "dog", None)
    assert names(catalog, id_) == ["dog", "cat"]


def test_of_what_both_say_the_owners_word_is_told(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", dog())
    catalog.tags.set_verdict(id_, "dog", True)
    assert catalog.tags.of([id_])[id_] == [Tag("dog", 1.0, "owner")]
    assert catalog.tags.of_program(id_) == (dog(),)


def test_indexing_never_writes_for_the_owner(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", Tag("forged", 1.0, "owner"))
    assert catalog.tags.verdict(id_, "forged") is None


def test_tags_go_with_their_photo(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", dog())
    catalog.tags.set_verdict(id_, "mine", True)
    catalog.photos.remove((id_,))
    assert catalog.tags.of([id_]) == {id_: []}
    assert catalog.tags.having("mine") == set()


def test_shared_tags_are_counted_over_the_photos_asked_about(catalog: Catalog) -> None:
    ids = [photo(catalog, f"{n}.jpg", dog(), Tag(f"t{n}", 0.5, "model")) for n in range(3)]
    catalog.tags.set_verdict(ids[0], "dog", True)
    catalog.tags.set_verdict(ids[1], "dog", False)
    assert catalog.tags.shared(ids[:2]) == [
        TagCount("dog", 1, 1),
        TagCount("t0", 1),
        TagCount("t1", 1),
    ]
    assert catalog.tags.shared([]) == []


def test_thousands_of_photos_can_be_asked_about(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", dog())
    asked = [*range(100_000, 130_000), id_]
    assert catalog.tags.shared(asked) == [TagCount("dog", 1)]


# -- of the library ------------------------------------------------------------------------------


def test_tags_are_counted_by_tab_and_view(catalog: Catalog) -> None:
    ids = [photo(catalog, f"{n}.jpg", dog()) for n in range(5)]
    tab = catalog.tabs.create("beach")
    catalog.tabs.assign({ids[0]: tab, ids[1]: tab, ids[2]: 0})
    catalog.photos.set_flag(ids[0], Flag.REJECT)
    catalog.photos.set_state([ids[4]], State.TRASHED)
    catalog.photos.set_problem(ids[3], "Damaged.")

    def count(tab: int, *, undecided: bool = False) -> list[tuple[str, int]]:
        found = catalog.tags.counted(tab, undecided=undecided)
        return [(each.name, each.photos) for each in found]

    assert count(View.ALL) == [("dog", 4)]
    assert count(View.ALL, undecided=True) == [("dog", 3)]
    assert count(tab) == [("dog", 2)]
    assert count(tab, undecided=True) == [("dog", 1)]
    assert count(View.SINGLES) == [("dog", 1)]
    assert count(View.REJECTED) == [("dog", 1)]
    assert count(View.PROBLEMS) == [("dog", 1)]
    assert count(12345) == []


def test_a_tag_from_two_sources_counts_once(catalog: Catalog) -> None:
    id_ = photo(catalog, "a.jpg", Tag("red", 0.5, "model"), Tag("red", 0.9, "pixels"))
    catalog.tags.set_verdict(id_, "red", True)
    assert catalog.tags.counted() == [TagCount("red", 1, 1)]


def test_a_threshold_holds_back_what_the_program_is_not_sure_of(catalog: Catalog) -> None:
    low, high = photo(catalog, "a.jpg", dog(0.3)), photo(catalog, "b.jpg", dog(0.8))
    owned = photo(catalog, "c.jpg", dog(0.1))
    catalog.tags.set_verdict(owned, "dog", True)
    catalog.tags.set_threshold("dog", 0.5)
    assert catalog.tags.thresholds() == {"dog": 0.5}
    assert catalog.tags.counted() == [TagCount("dog", 2, 1)]
    assert catalog.tags.having("dog") == {high, owned}
    assert catalog.tags.having("dog", 0.0) == {low, high, owned}
    assert catalog.tags.having("dog", 0.9) == {owned}
    catalog.tags.set_threshold("dog", 0.0)
    assert catalog.tags.thresholds() == {}
    assert catalog.tags.having("dog") == {low, high, owned}


verdicts = st.none() | st.booleans()


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9]) | st.none(), verdicts), max_size=6),
    st.sampled_from([0.0, 0.2, 0.5, 1.0]),
)
def test_counting_agrees_with_the_rule(
    rows: list[tuple[float | None, bool | None]], least: float
) -> None:
    """The owner's word where there is one, else the program's from the threshold on."""
    import tempfile

    with (
        tempfile.TemporaryDirectory() as home,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_DATA_HOME", home)
        with Catalog.open(library_paths(Path(home))) as catalog, catalog.transaction():
            expected = set()
            for number, (score, verdict) in enumerate(rows):
                tags = [] if score is None else [dog(score)]
                id_ = photo(catalog, f"{number}.jpg", *tags)
                catalog.tags.set_verdict(id_, "dog", verdict)
                by_program = score is not None and score >= least
                if by_program if verdict is None else verdict:
                    expected.add(id_)
            catalog.tags.set_threshold("dog", least)
            assert catalog.tags.having("dog") == expected
            assert sum(each.photos for each in catalog.tags.counted()) == len(expected)


# -- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dog", "dog"),
        ("#Dog", "dog"),
        ("  two \t words\n", "two words"),
        ("a\x1b[31mred\x00", "a [31mred"),
        ("[bold]not markup[/]", "[bold]not markup[/]"),
        ("Straße", "strasse"),
        ("e\u0301te\u0301", "été"),
        ("bad \udcff byte", "bad ? byte"),
        ("שלום", "שלום"),
        ("🐕", "🐕"),
        ("x" * LONGEST, "x" * LONGEST),
    ],
)
def test_names_are_kept_in_one_form(text: str, name: str) -> None:
    assert tag_name(text) == name


@pytest.mark.parametrize("text", ["", "#", " \x00\n ", "x" * 1000])
def test_what_is_no_name_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"tag .*\.$"):
        tag_name(text)


@given(st.text(max_size=200))
def test_every_name_can_be_searched_for(text: str) -> None:
    try:
        name = tag_name(text)
    except ValueError:
        return
    assert tag_name(name) == name
    (clause,) = parse("#" + query.value(name)).tags
    assert clause.names == (name,)


# -- a catalog that was lost ---------------------------------------------------------------------


def test_rescued_tags_wait_for_their_photo(catalog: Catalog) -> None:
    (id_,) = catalog.photos.add([Found(path="a.jpg", size=1, mtime_ns=1, kind=Kind.IMAGE)])
    catalog.photos.rescue(
        [
            Rescued(
                hash=b"%d" % id_,
                path="a.jpg",
                flag=Flag.NONE,
                rating=0,
                label="",
                tags={"mine": True, "dog": False, "late": False},
            )
        ]
    )
    catalog.tags.set_verdict(id_, "late", True)
    index(catalog, id_, dog())
    assert sorted(names(catalog, id_)) == ["late", "mine"]
    assert catalog.tags.verdict(id_, "dog") is False


def test_an_older_catalog_gets_what_tags_need(tmp_path: Path) -> None:
    from tui_selector.library.catalog import schema

    path = tmp_path / "catalog.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(schema.MIGRATIONS[0] + schema.MIGRATIONS[1])
    connection.execute("INSERT INTO rescued VALUES(x'00', 'a.jpg', 1, 0, '', 1)")
    connection.execute("PRAGMA user_version=2")
    connection.commit()
    connection.close()
    migrated, _ = schema.connect(path)
    assert migrated.execute("SELECT tags FROM rescued").fetchone() == ("{}",)
    assert migrated.execute("SELECT count(*) FROM tag_thresholds").fetchone() == (0,)
    migrated.close()
