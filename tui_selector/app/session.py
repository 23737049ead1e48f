"""What the screen looked like when the owner left, so that reopening stands on the same photo."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from tui_selector.app.searches import SEARCH
from tui_selector.library.catalog.tab_table import Order, View
from tui_selector.library.groups import GroupWish

if TYPE_CHECKING:
    from tui_selector.app.album import Album

Panel = Literal["", "info", "algorithm", "search", "tags", "chat", "legend"]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Where the owner stood.

    Attributes:
        tab: A cluster's id or a `View`.
        photo: Id of the photo under the cursor.
        top: Index of the first tile on screen.
        undecided: Whether only undecided photos were shown.
        order: Order of the photos; None where it was never changed.
        tile: Tile size from 1 to 7; None where it was never changed.
        theme: Name of the theme; None where it was never changed.
        panel: The panel that stood open.
        bring: What was chosen for files dropped into the terminal; "" where it was never asked.
        queries: What was searched for, the latest last.
        grouping: How photos were grouped last.
        columns: Ids of the table's columns; empty where they were never chosen.
        export: The folder that was exported to last; "" where nothing was.
    """

    tab: int = View.ALL
    photo: int | None = None
    top: int | None = None
    undecided: bool = False
    order: Order | None = None
    tile: Annotated[int, msgspec.Meta(ge=1, le=7)] | None = None
    theme: str | None = None
    panel: Panel = ""
    bring: Literal["", "copy", "move"] = ""
    queries: tuple[str, ...] = ()
    grouping: GroupWish = GroupWish()
    columns: tuple[str, ...] = ()
    export: str = ""


def load(file: Path) -> Session:
    """The session that was saved; a new one where there is none or it cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Session)
    except (OSError, msgspec.MsgspecError):
        return Session()


def save(file: Path, session: Session) -> bool:
    """Save a session, whole or not at all; return whether that worked."""
    draft = file.with_name(f"{file.name}.{os.urandom(4).hex()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_bytes(msgspec.json.encode(session))
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        return False
    return True


def standing(session: Session, album: Album, theme: str) -> Session:
    """A session with where the owner stands now: the tab of a search that is not kept is none."""
    lasting = album.query.tab != SEARCH
    return msgspec.structs.replace(
        session,
        tab=album.query.tab if lasting else View.ALL,
        photo=album.current_id,
        top=album.top if lasting else None,
        undecided=album.query.undecided,
        order=album.query.order,
        theme=theme,
    )
