"""Which photos pass tags and filters, by an album whose photos are known."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_selector.library.catalog.text_table import TROUBLE_KEY, TextLine
from tui_selector.library.photo import Flag, Kind, State, Tag
from tui_selector.library.pictures.metadata import Metadata
from tui_selector.search.fields import Circle
from tui_selector.search.filters import distance, matching, obstacle, remark
from tui_selector.search.language import parse
from tui_selector.search.query import Query, QueryError, TagClause


def local(text: str, offset: int | None = None, **facts: object) -> Metadata:
    """Metadata of a photo taken when the clock there showed `text`."""
    clock = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    return Metadata(taken=clock - 60 * (offset or 0), taken_offset=offset, **facts)  # type: ignore[arg-type]


@pytest.fixture
def names(search_album):
    """A function from a query to the names of the photos that pass."""
    add = search_album.add
    tab = search_album.catalog.tabs.create("Old Town", named_by="owner")
    dog = Tag("dog", 0.9, "model")
    unsure = Tag("dog", 0.55, "model")
    add(
        "a/dog.JPG",
        tags=[dog, Tag("bright", 0.6, "pixels")],
        metadata=local("2025-07-31T23:30", 120, camera="FUJIFILM X100V", iso=200),
        flag=Flag.PICK,
        rating=5,
        label="red",
        tab=tab,
        raw="a/dog.RAF",
    )
    add(
        "a/maybe.heic",
        size=(3000, 4000),
        tags=[unsure],
        metadata=local("2025-08-01T00:00", camera="Canon EOS R5", lens="RF 50mm", iso=3200),
        rating=3,
        tab=0,
    )
    add(
        "b/cat.png",
        size=(1000, 1000),
        tags=[Tag("cat", 0.8, "model"), Tag("dog", 0.0, "owner"), dog],
        metadata=local("2024-12-31T23:59:59", latitude=52.5163, longitude=13.3777),
        flag=Flag.REJECT,
        tab=tab,
    )
    add(
        "b/film.mov",
        kind=Kind.VIDEO,
        size=(1920, 1080),
        tags=[Tag("Dog".casefold(), 1.0, "owner")],
        metadata=local("2025-01-01T00:00", duration=12.5, latitude=52.52, longitude=13.405),
    )
    add("b/shot.CR3", kind=Kind.RAW, size=(6000, 4000))
    gone = add("b/gone.jpg", tags=[dog], rating=5, metadata=local("2025-07-15", iso=200), tab=tab)
    search_album.lose(gone)
    missing = add("b/missing.jpg", tags=[dog])
    search_album.lose(missing, State.MISSING)

    def find(text: str, **options) -> str:
        photos = search_album.catalog.photos.get(
            matching(search_album.catalog, parse(text), **options)
        )
        return " ".join(photo.name.partition(".")[0] for photo in photos)

    return find


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "dog maybe cat film shot"),
        ("words @photo", "dog maybe cat film shot"),
        ("#dog", "dog maybe film"),
        ("#dog|cat", "dog maybe cat film"),
        ("#dog #bright", "dog"),
        ("-#dog", "cat shot"),
        ("#cat -#dog", "cat"),
        ("#nothing", ""),
        ("date:2025", "dog maybe film"),
        ("date:2025-07", "dog"),
        ("date:2025-07-31", "dog"),
        ("date:2025-07..2025-08", "dog maybe"),
        ("date:..2024", "cat"),
        ("date:2025-08..", "maybe"),
        ("date>2025-07", "maybe"),
        ("date<=2024-12", "cat"),
        ("date<2025-01-02 date>=2025", "film"),
        ("date:2024|2025-08", "maybe cat"),
        ("-date:2025", "cat shot"),
        ("camera:x100", "dog"),
        ("camera:canon|fuji", "dog maybe"),
        ("-camera:canon", "dog cat film shot"),
        ('lens:"50MM"', "maybe"),
        ("rating>=3", "dog maybe"),
        ("rating:3", "maybe"),
        ("rating:none", "cat film shot"),
        ("rating:4..5", "dog"),
        ("flag:pick|reject", "dog cat"),
        ("flag:none", "maybe film shot"),
        ("label:red", "dog"),
        ("label:none -label:red", "maybe cat film shot"),
        ("type:raw", "dog shot"),
        ("type:video", "film"),
        ("type:jpeg|png", "dog cat"),
        ("type:heic", "maybe"),
        ("type:image", "dog maybe cat"),
        ("orientation:portrait", "maybe"),
        ("orientation:square", "cat"),
        ("orientation:landscape", "dog film shot"),
        ("has:gps", "cat film"),
        ("has:date", "dog maybe cat film"),
        ("has:tags", "dog maybe cat film"),
        ("near:52.5163,13.3777,1", "cat"),
        ("near:52.5163,13.3777,3", "cat film"),
        ("in:singles", "maybe"),
        ('in:"old town"', "dog cat"),
        ("in:rejected|singles", "maybe cat"),
        ("in:all -in:rejected", "dog maybe film shot"),
        ("name:SH", "shot"),
        ("name:*.CR3", "shot"),
        ("name:?a*", "maybe cat"),
        ("name:[dm]*", "dog maybe"),
        ("name:b/*", "cat film shot"),
        ("name:[[]", ""),
        ("width>=4000", "dog shot"),
        ("height<1080", "cat"),
        ("megapixels:12", "dog maybe"),
        ("megapixels>12", "shot"),
        ("iso:200", "dog"),
        ("iso>=100", "dog maybe"),
        ("duration>12", "film"),
        ("duration:12.5", "film"),
        ("#dog rating>=3 -type:heic", "dog"),
    ],
)
def test_filters_let_the_right_photos_through(names, text: str, expected: str) -> None:
    assert names(text) == expected


def test_the_least_score_of_a_tag_is_of_the_program_s_tags_alone(names) -> None:
    assert names("#dog", least={"dog": 0.6}) == "dog film"
    assert names("-#dog", least={"dog": 0.6}) == "maybe cat shot"
    assert names("#cat", least={"dog": 0.6}) == "cat"


def test_photos_come_in_the_order_that_is_asked_for(search_album) -> None:
    late = search_album.add("a10.jpg", metadata=local("2025-01-02"))
    early = search_album.add("b.jpg", metadata=local("2025-01-01"))
    first = search_album.add("a2.jpg", metadata=local("2025-01-03"), flag=Flag.PICK)
    catalog = search_album.catalog
    assert list(matching(catalog, Query())) == [late, early, first]
    assert list(matching(catalog, Query(), order="name")) == [first, late, early]
    assert list(matching(catalog, Query(), order="time")) == [early, late, first]
    assert list(matching(catalog, parse("flag:none"), order="name")) == [late, early]


@pytest.mark.parametrize("text", ["dog has:gps|text", 'dog text:"exit"'])
@pytest.mark.parametrize("trouble", ["", "Install the extra."])
def test_why_no_text_is_known_is_said(search_album, names, text: str, trouble: str) -> None:
    search_album.catalog.store(TROUBLE_KEY, trouble)
    with pytest.raises(QueryError, match=trouble or "No text has been read") as caught:
        names(text)
    assert (caught.value.column, caught.value.length) == (4, len(text) - 4 - 2 * ('"' in text))


def test_text_in_photos_is_found(search_album) -> None:
    catalog = search_album.catalog
    ids = [search_album.add(f"{number}.jpg") for number in range(4)]
    box = (0.0, 0.0, 1.0, 1.0)
    written = (["NO-ENTRY", "Café “Müller”"], ["Notausgang / Exit"], [], None)
    for photo, lines in zip(catalog.photos.get(ids), written, strict=True):
        if lines is not None:
            found = [TextLine(line, 0.9, box) for line in lines]
            catalog.texts.store(photo.hash or b"", "reader", found)

    def found_by(text: str) -> list[int]:
        return [ids.index(id_) for id_ in matching(catalog, parse(text))]

    assert found_by("has:text") == [0, 1]
    assert found_by("-has:text") == [2, 3]
    assert found_by('text:"no entry"') == [0]
    assert found_by("text:ENTR") == [0]
    assert found_by("text:müller") == [0]
    assert found_by("text:entry|exit") == [0, 1]
    assert found_by('text:"entry café"') == [0]  # lines of one picture are one text
    assert found_by("text:!!!") == []
    assert found_by("text:%") == []
    assert obstacle(catalog, parse("text:tuba")) == "No photo has “text:tuba”."
    assert "3 of 4" in remark(catalog, parse("text:exit"))
    assert remark(catalog, parse("has:gps")) == ""
    catalog.texts.store(catalog.photos.get(ids[3:])[0].hash or b"", "reader", [])
    assert remark(catalog, parse("has:text")) == ""


def test_thresholds_of_the_owner_count(search_album, names) -> None:
    assert names("#dog") == "dog maybe film"
    search_album.catalog.tags.set_threshold("dog", 0.6)
    assert names("#dog") == "dog film"


def test_a_tab_that_is_not_there_is_said_with_the_nearest(names) -> None:
    with pytest.raises(QueryError, match=r"no tab “Old Twon”; do you mean Old Town\?"):
        names('in:"Old Twon"')


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("#dgo", "No photo has the tag “dgo”; do you mean dog?"),
        ("#zebra|lion", "No photo has the tag “zebra” or “lion”."),
        ("#dog camera:leica", "No photo has “camera:leica”."),
        ("#cat flag:pick", "No photo meets all the conditions at once."),
        ("-in:all", "No photo meets all the conditions at once."),
    ],
)
def test_why_no_photo_passes(names, search_album, text: str, sentence: str) -> None:
    assert names(text) == ""
    assert obstacle(search_album.catalog, parse(text)) == sentence


def test_a_photo_that_is_not_indexed_has_no_size(search_album) -> None:
    search_album.add("a.jpg", size=(0, 0))
    for text in ("width<100", "height<100", "megapixels<1", "orientation:square|landscape"):
        assert list(matching(search_album.catalog, parse(text))) == []


@pytest.mark.parametrize(
    "hostile", ["'; DROP TABLE photos; --", "x' OR '1'='1", "%", "_", "\x00", "*" * 900]
)
def test_values_are_never_read_as_statements(search_album, hostile: str) -> None:
    kept = search_album.add("a.jpg", tags=[Tag("dog", 1, "model")], metadata=Metadata(camera="X"))
    catalog = search_album.catalog
    assert list(matching(catalog, Query(tags=(TagClause((hostile,)),)))) == []
    assert list(matching(catalog, parse(f'camera:"y{hostile}"'))) == []
    assert list(matching(catalog, parse(f'name:"y{hostile}"'))) == []
    with pytest.raises(QueryError, match="no tab"):
        matching(catalog, parse(f'in:"y{hostile}"'))
    assert list(matching(catalog, Query())) == [kept]


PLACES = st.tuples(
    st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0, 89.99, 0.0])),
    st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 179.99, -179.99, 0.0])),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(
    places=st.lists(PLACES, min_size=1, max_size=8),
    middle=PLACES,
    radius=st.sampled_from([0.5, 30.0, 800.0, 9000.0, 20000.0]),
)
def test_near_finds_what_lies_within_the_radius(search_album, places, middle, radius) -> None:
    """The angle between two unit vectors says how far apart two places are, everywhere."""

    def vector(latitude: float, longitude: float) -> tuple[float, float, float]:
        phi, theta = math.radians(latitude), math.radians(longitude)
        return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)

    middle = (round(middle[0], 6), round(middle[1], 6))
    apart = {}
    for number, (latitude, longitude) in enumerate(places):
        facts = Metadata(latitude=latitude, longitude=longitude)
        id_ = search_album.add(
            f"{number}-{len(list(search_album.catalog.photos.all()))}.jpg", metadata=facts
        )
        a, b = vector(latitude, longitude), vector(*middle)
        cross = math.hypot(
            a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
        )
        apart[id_] = 6371.0088 * math.atan2(cross, sum(map(float.__mul__, a, b)))
        assert distance(latitude, longitude, Circle(*middle, radius)) == pytest.approx(
            apart[id_], abs=0.2
        )
    text = f"near:{middle[0]:.6f},{middle[1]:.6f},{radius:g}"
    found = set(matching(search_album.catalog, parse(text)))
    for id_, far in apart.items():
        if abs(far - radius) > 0.2:
            assert (id_ in found) == (far < radius)


def test_faces_are_those_that_were_marked_or_found(search_album) -> None:
    add = search_album.add
    marked = add("marked.jpg", tags=[Tag("people", 1.0, "exif"), Tag("two people", 1.0, "exif")])
    found = add("found.jpg", tags=[Tag("faces", 1.0, "pixels")])
    add("guessed.jpg", tags=[Tag("person", 0.9, "model")])
    assert set(matching(search_album.catalog, parse("has:faces"))) == {marked, found}


@pytest.mark.parametrize("text", ["dog has:gps|caption", "dog caption:exit"])
def test_why_no_description_is_known_is_said(search_album, names, text: str) -> None:
    with pytest.raises(QueryError, match="No photo is described yet") as caught:
        names(text)
    assert caught.value.column == 4


def test_photos_are_found_by_their_descriptions(search_album) -> None:
    catalog = search_album.catalog
    ids = [search_album.add(f"{number}.jpg") for number in range(3)]
    hashes = [photo.hash or b"" for photo in catalog.photos.get(ids)]
    catalog.captions.store(hashes[0], "Two people under a red umbrella.", "model")
    catalog.captions.store(hashes[1], "A café at night.", "model")

    def found_by(text: str) -> list[int]:
        return [ids.index(id_) for id_ in matching(catalog, parse(text))]

    assert found_by("has:caption") == [0, 1]
    assert found_by("-has:caption") == [2]
    assert found_by('caption:"red umbrella"') == [0]
    assert found_by("caption:cafe|umbrella") == [0, 1]
    assert remark(catalog, parse("has:caption")) == "2 of 3 photos are described so far."
    assert remark(catalog, parse("dog")) == ""
