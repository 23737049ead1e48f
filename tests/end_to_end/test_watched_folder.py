"""A folder that is open on the screen while photos come, are renamed and go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from installed_command import command, paths_of, query, wait_until
from terminal_session import Terminal

Open = Callable[..., Terminal]

NEW = 30


def listed(folder: Path) -> dict[str, dict[str, Any]]:
    """Path to what `list --json` says of it."""
    return {photo["path"]: photo for photo in command("list", folder, "--json").json}


def states(folder: Path) -> dict[str, str]:
    """Path to state, from the catalog alone: nothing but the engine compares the folder here."""
    return {
        path.decode(): state
        for path, state in query(
            folder, "SELECT path, state FROM photos WHERE state NOT IN ('trashed', 'missing')"
        )
    }


def test_thirty_come_one_slowly_one_is_renamed_one_goes(album: Path, open_terminal: Open) -> None:
    terminal = open_terminal(album, "--graphics", "halfcell")
    terminal.wait("Problems")
    terminal.wait(lambda: "found" not in states(album).values())
    terminal.wait(lambda: _in_tabs(album, ["coffee_01.jpg", "cat_01.jpg"]))
    assert command("mark", album, "coffee_01.jpg", "--pick", "--rating", "4").code == 0
    before = listed(album)
    source = (album / "cat_01.jpg").read_bytes()

    names = [f"new_{number:02}.jpg" for number in range(NEW)]
    pieces = [source[: len(source) // 3], source[len(source) // 3 : -2000], source[-2000:], b"slow"]
    with (album / "slow.jpg").open("wb") as slow:
        for number in range(NEW):
            (album / f"new_{number:02}.jpg").write_bytes(source + bytes([number]))
            if number % 10 == 0:
                slow.write(pieces[number // 10])
                slow.flush()
            if number == 12:
                (album / "coffee_01.jpg").rename(album / "renamed.jpg")
            if number == 14:
                (album / "moon_01.jpg").unlink()
        # While it is still open the others come in, and what is there of it is never looked at.
        terminal.wait(lambda: _has(album, names))
        assert states(album).get("slow.jpg", "found") == "found"
        slow.write(pieces[3])
    terminal.wait(lambda: _has(album, ["slow.jpg", "renamed.jpg"]))
    terminal.wait(lambda: "moon_01.jpg" not in states(album))

    after = listed(album)
    assert after.keys() == {path.name for path in album.iterdir()}
    assert after["slow.jpg"]["bytes"] == len(source) + 4
    vectors = "SELECT count(*), count(DISTINCT hash) FROM vectors GROUP BY space"
    hashes = {photo["hash"] for photo in after.values() if photo["state"] == "indexed"}
    hashes.add(before["moon_01.jpg"]["hash"])
    # Frames of videos have vectors of their own.
    hashes |= {key for (key,) in query(album, "SELECT lower(hex(key)) FROM frames")}
    assert query(album, vectors) == [(len(hashes), len(hashes))] * 2

    old, new = before["coffee_01.jpg"], after["renamed.jpg"]
    assert (new["flag"], new["rating"]) == ("pick", 4)
    assert [new[key] for key in ("id", "hash", "tab")] == [
        old[key] for key in ("id", "hash", "tab")
    ]
    assert query(album, "SELECT state FROM photos WHERE path = CAST('moon_01.jpg' AS BLOB)") == [
        ("missing",)
    ]
    # The copies of the cat went where the cat is.
    wait_until(lambda: _in_tabs(album, names))
    after = listed(album)
    tabs = {after[name]["tab"] for name in names}
    assert tabs == {before["cat_01.jpg"]["tab"]}
    assert terminal.leave() == 0
    assert b"Traceback" not in terminal.seen


def _has(folder: Path, names: list[str]) -> bool:
    there = states(folder)
    return all(there.get(name) == "indexed" for name in names)


def _in_tabs(folder: Path, names: list[str]) -> bool:
    """Whether each of these photos is in a tab by now."""
    return set(names) <= set(paths_of(folder, "id IN (SELECT photo FROM members)"))
