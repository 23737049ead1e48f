"""What the status line says about the album, the engine and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_selector.app.widgets.status_bar import Part, progress_text
from tui_selector.library.display import printable
from tui_selector.library.photo import Flag, Photo

if TYPE_CHECKING:
    from tui_selector.app.album import Album
    from tui_selector.app.app import SelectorApp
    from tui_selector.engine.protocol import Progress

_FLAGS = {Flag.PICK: "picked", Flag.NONE: "", Flag.REJECT: "rejected"}


def status_parts(app: SelectorApp, in_range: int = 0) -> list[Part]:
    """The parts of the status line, from left to right.

    Args:
        app: What it is about.
        in_range: How many photos the visual range holds.
    """
    album = app.album
    if app.trouble:
        return [Part(app.trouble, 9, "error", shrinks=True)]
    if album is None:
        return [Part("opening …", 9, "work")]
    titles = app.desk.titles if app.desk is not None else None
    undo = titles.undo if titles is not None else None
    return [
        *_photo_parts(album),
        Part(f"range of {in_range}" if in_range else "", 8, "warning"),
        Part(_marks(album), 8, "warning"),
        Part("undecided only" if album.query.undecided else "", 7, "warning"),
        Part("folded" if album.query.folded else "", 7, "warning"),
        Part(album.query.tags.words(), 7, "warning", shrinks=True),
        *_view_parts(album),
        Part(app.out.words, 8, "work"),
        *_engine_parts(app),
        Part(f"{app.keys.first('undo')}: undo {undo}" if undo else "", 5, shrinks=True),
        Part(traffic_text(app) if app.shows_traffic else "", 8),
        Part(app.graphics.kind, 1),
    ]


def _view_parts(album: Album) -> list[Part]:
    """What is shown of a tab, and in which order."""
    query = album.query
    order = "by time" if query.order == "time" else ""
    return [
        Part(query.legend.words(), 7, "warning", shrinks=True),
        Part(query.span.words() if query.span is not None else "", 7, "warning", shrinks=True),
        Part(order if query.sort is None else query.sort.words(), 3),
    ]


def traffic_text(app: SelectorApp) -> str:
    """What the line to the terminal carries: "sent 1.2 MB, link 240 kB/s, 82 ms, 64 colours 3/4".

    "≥" stands before a speed that the line has reached without being full.
    """
    link = app.terminal_link
    if not link.paced:
        return "the link is not measured"
    speed = link.speed
    words = [
        f"sent {_bytes(speed.sent)}",
        f"link {'' if speed.measured else '≥ '}{_bytes(speed.rate)}/s",
    ]
    if speed.round_trip:
        words.append(f"{1000 * speed.round_trip:.0f} ms")
    quality = app.painter.quality
    return ", ".join([*words, *([quality] if quality else [])])


def _bytes(count: float) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _photo_parts(album: Album) -> list[Part]:
    photo = album.current
    where = f"{album.cursor + 1}/{len(album)}" if len(album) else "0/0"
    if photo is None:
        return [Part(where, 9, "strong")]
    words = " ".join(filter(None, (decision_text(photo), photo.label)))
    return [
        Part(f"{printable(photo.name)}  {where}", 9, "strong", shrinks=True),
        Part(words, 4, "plain"),
        Part(printable(photo.problem), 6, "error", shrinks=True),
    ]


def decision_text(photo: Photo) -> str:
    """What has been decided about a photo: "picked ★★★"; "" where nothing has."""
    return " ".join(filter(None, (_FLAGS[photo.flag], "★" * photo.rating)))


def _marks(album: Album) -> str:
    if not album.marks:
        return ""
    count, here = len(album.marks), album.marks_here
    return f"{count} marked" if count == here else f"{count} marked ({here} here)"


def _engine_parts(app: SelectorApp) -> list[Part]:
    if not app.link.connected:
        return [Part("engine ended" if app.link.trouble else "", 6, "error")]
    progress = app.progress
    trouble = standstill(progress)
    return [
        Part(trouble, 6, "error", shrinks=True),
        Part(
            "" if trouble else progress_text(progress),
            6,
            "error" if progress.stage == "failed" else "work",
        ),
        Part(_closed(progress.closed), 5, "warning"),
        Part("polling" if progress.watching == "polling" else "", 3, "warning"),
        Part(model_text(progress), 6 if progress.coming else 2, shrinks=True),
    ]


def standstill(progress: Progress) -> str:
    """Why the engine cannot look into the folder, and what to do, where it cannot; else ""."""
    return printable(progress.note) if progress.watching == "no" else ""


def model_text(progress: Progress) -> str:
    """The model that made what is on screen, and the one that is to take over: "this → that"."""
    if not progress.coming:
        return printable(progress.model)
    names = (printable(name).partition(" · ")[0] for name in (progress.model, progress.coming))
    return " → ".join(names)


def _closed(folders: int) -> str:
    if not folders:
        return ""
    return "1 folder left out" if folders == 1 else f"{folders} folders left out"
