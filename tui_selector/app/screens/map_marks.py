"""What is marked on the map, and whom decisions there are about."""

from __future__ import annotations

from textual import on

from tui_selector.app.album import Album
from tui_selector.app.screens.mapping import Mapping
from tui_selector.app.widgets.map_plot import MapPlot


class MapMarks(Mapping):
    """Marks photos on the map by lines, one by one, and all in sight."""

    @property
    def plot(self) -> MapPlot:
        """The map itself."""
        return self.query_one("#map", MapPlot)

    @on(MapPlot.Enclosed)
    def _enclosed(self, event: MapPlot.Enclosed) -> None:
        event.stop()
        shown, album = self.shown, self.album
        if shown is None or album is None:
            return
        photos = shown.points.ids[shown.points.inside(event.corners)].tolist()
        if event.adding:
            album.mark_photos(photos)
        else:
            album.unmark(photos)
        done = "Marked" if event.adding else "Unmarked"
        self.selector.say(f"{done} {len(photos):,} photos." if len(photos) != 1 else f"{done} one.")
        self.show_decided(photos)

    def targets(self) -> list[int]:
        """The marked photos, or the one that is looked at."""
        album = self.album
        if album is not None and album.marks:
            return sorted(album.marks)
        return [] if self.current_id is None else [self.current_id]

    def _decided(self, album: Album, photos: list[int], *, advance: bool) -> None:
        """Use up the marks."""
        album.unmark(photos)
        self.show_decided(photos)

    def action_mark(self) -> None:
        """Mark or unmark the photo that is looked at."""
        album, photo = self.album, self.current_id
        if album is None or photo is None:
            self.app.bell()
            return
        if photo in album.marks:
            album.unmark([photo])
        else:
            album.mark_photos([photo])
        self.show_decided([photo])

    def action_mark_all(self) -> None:
        """Mark every photo in sight."""
        if self.shown is not None and self.album is not None:
            points = self.shown.points
            photos = points.ids[points.visible(self.plot.camera)].tolist()
            self.album.mark_photos(photos)
            self.show_decided(photos)

    def action_invert_marks(self) -> None:
        """Mark what is not marked on the map, and unmark what is."""
        if self.shown is not None and self.album is not None:
            points = self.shown.points
            marked, others = points.ids[points.marked].tolist(), points.ids[~points.marked].tolist()
            self.album.unmark(marked)
            self.album.mark_photos(others)
            self.show_decided([*marked, *others])
