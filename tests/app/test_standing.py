"""Where a photo stands in its group, and what the info panel says of that."""

from __future__ import annotations

from grouped_album import GROUPS, grouping
from piloted import until

from tui_selector.app.standing import Standing, read_standing, standing_words
from tui_selector.app.widgets.info_panel import InfoPanel
from tui_selector.engine.group_messages import Judged
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.vote_table import Vote
from tui_selector.library.groups import GroupKind
from tui_selector.library.photo import State
from tui_selector.paths import LibraryPaths


def keep_groups(catalog: Catalog) -> None:
    """Keep the groups that the engine by hand finds."""
    places: dict[int, tuple[str, GroupKind, int]] = {
        photo: (group.key, group.kind, place)
        for group in GROUPS
        for place, photo in enumerate(group.photos)
    }
    with catalog.transaction():
        catalog.groups.replace(places)


def test_a_photo_is_held_against_the_best_and_the_best_against_the_next(
    small_library: LibraryPaths,
) -> None:
    with Catalog.open(small_library) as catalog:
        keep_groups(catalog)
        assert read_standing(catalog, 11) is None
        best = read_standing(catalog, 3)
        assert best == Standing(3, "burst", 0, 3, 0, 0, 1, "01.jpg")
        assert standing_words(best) == "Burst · 3 photos · the best"
        other = read_standing(catalog, 2)
        assert other == Standing(2, "burst", 2, 3, 0, 0, 3, "03.jpg")
        assert standing_words(other) == "Burst · 3 photos · 3 of 3"


def test_choices_of_the_owner_count_and_photos_that_have_left_do_not(
    small_library: LibraryPaths,
) -> None:
    with Catalog.open(small_library) as catalog:
        keep_groups(catalog)
        with catalog.transaction():
            catalog.votes.add(Vote(1, 3))
            catalog.votes.add(Vote(1, 9))
        best, other = read_standing(catalog, 1), read_standing(catalog, 2)
        assert best is not None
        assert other is not None
        assert best.rival == 3
        assert standing_words(best) == (
            "Burst · 3 photos · the best · you chose it over 1 of 2 others"
        )
        assert standing_words(other) == "Burst · 3 photos · 3 of 3"
        with catalog.transaction():
            catalog.votes.add(Vote(1, 2))
        best = read_standing(catalog, 1)
        assert best is not None
        assert standing_words(best) == "Burst · 3 photos · the best by your choice"
        with catalog.transaction():
            catalog.photos.set_state([5], State.TRASHED)
        assert read_standing(catalog, 4) is None


def test_a_set_that_stays_whole_has_no_best(small_library: LibraryPaths) -> None:
    with Catalog.open(small_library) as catalog:
        keep_groups(catalog)
        frame = read_standing(catalog, 7)
        assert frame is not None
        assert frame.rival is None
        assert standing_words(frame) == "Exposure bracket · 3 photos · 2 of 3 · stays whole"


async def test_the_info_panel_says_why_another_photo_is_better(
    small_library: LibraryPaths,
) -> None:
    with Catalog.open(small_library) as catalog:
        keep_groups(catalog)
    async with grouping(small_library) as (app, pilot, engine):
        engine.judge = lambda photos: Judged(
            order=photos[::-1], reasons=[f"why \x1b[1m{photo}" for photo in photos], confidence=0.9
        )
        await pilot.press("escape")
        await pilot.press("g", "l", "i")
        await until(pilot, lambda: app.screen.query(InfoPanel))
        panel = app.screen.query_one(InfoPanel)
        await until(pilot, lambda: "best 03.jpg: why" in text_of(panel, "judgement"))
        assert text_of(panel, "judgement").startswith("this why")
        assert "Burst · 3 photos" in text_of(panel, "facts")
        await pilot.press("G")
        await until(pilot, lambda: not text_of(panel, "judgement"))


def text_of(panel: InfoPanel, name: str) -> str:
    """What a part of the panel shows, in one line; "" where it is hidden."""
    part = panel.query_one(f"#{name}")
    if not part.display:
        return ""
    lines = part.render_lines(part.size.region)
    return " ".join(" ".join(line.text for line in lines).split())
