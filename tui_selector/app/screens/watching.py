"""Videos in the loupe: going through them, where what is searched for is in them, their frames."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence

from textual import work

from tui_selector.app.graphics.films import FilmFacts
from tui_selector.app.screens.explaining import Explaining
from tui_selector.app.widgets.film_bar import FilmBar
from tui_selector.app.widgets.film_strip import FilmStrip, Frame
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.photo import Kind, Photo
from tui_selector.library.pictures.decode import DecodeError

#: Seconds of a step in a video.
SECOND = 1.0

#: Rows of a window that has room for a row of frames under the picture.
_ROOMY = 30

#: Seconds by which a frame must be ahead to be the next one.
_AHEAD = 0.002


class Watching(Explaining):
    """A screen that shows a video's frames one at a time."""

    DEFAULT_CSS = """
    Watching FilmStrip { display: none; }
    Watching.-strip FilmStrip { display: block; }
    """

    _film = FilmFacts(0.0, 25.0)
    _film_path = ""
    _frames: tuple[float, ...] = ()
    _heat: tuple[tuple[float, float], ...] = ()
    _floor = 0.0

    @property
    def shown_film(self) -> Photo | None:
        """The video that is shown; None where it is a photo."""
        photo = self.album.current if self.album is not None else None
        return photo if photo is not None and photo.kind is Kind.VIDEO else None

    def show_film(self, path: str) -> None:
        """Show the bar of a video, at first where it fits best what is searched for.

        How long it is, and which frames stand for it, follows as soon as that is known.
        """
        photo = self.shown_film
        self.set_class(photo is not None, "-film")
        self._show_heat(photo)
        if path == self._film_path:
            self.show_moment()
            return
        self._film_path = path
        self._frames, self._film = (), FilmFacts(0.0, 25.0)
        if photo is not None and self._heat:
            self.view.moment = max(self._heat, key=lambda each: each[1])[0]
        self.show_moment()
        if photo is None:
            self.workers.cancel_group(self, "film")
            return
        self.run_worker(self._measure_film(photo, path), exclusive=True, group="film")

    def _show_heat(self, photo: Photo | None) -> None:
        """Show along the bar how well each frame fits what is searched for."""
        results = self.album.results if self.album is not None else None
        hit = None if results is None or photo is None else results.hits.get(photo.id)
        self._heat = () if hit is None else hit.moments
        self._floor = results.sought.floor if results is not None else 0.0
        self.query_one(FilmBar).show_heat(self._heat, self._floor)

    def show_moment(self) -> None:
        """Show in the bar and among the frames where one is."""
        if not self.query(FilmBar):
            return  # the screen has closed meanwhile
        self.query_one(FilmBar).show(self.view.moment, self._film.duration)
        frames: Sequence[Frame] = self._heat or [(moment, None) for moment in self._frames]
        roomy = self.size.height >= _ROOMY and len(frames) > 1 and self.shown_film is not None
        self.set_class(roomy, "-strip")
        if roomy and self.view.tile is not None:
            self.query_one(FilmStrip).show_frames(
                self.view.tile, frames, self.view.moment, self._floor
            )

    def on_resize(self) -> None:
        """There may be room for the frames now, or none any more."""
        self.show_moment()

    async def _measure_film(self, photo: Photo, path: str) -> None:
        hash_ = photo.hash

        def read(catalog: Catalog) -> list[float]:
            return catalog.frames.of(hash_) if hash_ is not None else []

        self._frames = tuple(await self.selector.reader.ask(read) or ())
        self.show_moment()
        try:
            self._film = await asyncio.to_thread(self.selector.pictures.films.facts, path)
        except DecodeError:
            # The picture's own place says why it cannot be read.
            return
        self.show_moment()

    # -- going through it --------------------------------------------------------------------

    def seek(self, moment: float) -> None:
        """Show the frame at a moment, as far as the video goes."""
        last = self._film.duration - 0.5 / self._film.frame_rate
        moment = min(max(0.0, moment), last) if self._film.duration else max(0.0, moment)
        if moment == self.view.moment:
            self.app.bell()
        self.view.moment = moment
        self.show_moment()
        self.explain()
        self.say_where()

    def seek_by(self, seconds: float) -> None:
        """Go on or back in the video."""
        self.seek((self.view.moment or 0.0) + seconds)

    def seek_frame(self, by: int) -> None:
        """Go to the frame before or after the one that is shown."""
        rate = self._film.frame_rate
        moment = self.view.moment
        frame = -1 if moment is None else int(moment * rate)
        # The middle of a frame is that frame, however its time was rounded.
        self.seek((frame + by + 0.5) / rate)

    def action_moment(self, by: int) -> None:
        """Go to the next or the previous of the frames that stand for the video: its scenes."""
        moments = [moment for moment, _ in self._heat] or self._frames
        here = -1.0 if self.view.moment is None else self.view.moment
        if self.shown_film is None:
            self.app.bell()
        elif by > 0 and (later := [each for each in moments if each > here + _AHEAD]):
            self.seek(later[0])
        elif by < 0 and (earlier := [each for each in moments if each < here - _AHEAD]):
            self.seek(earlier[-1])
        else:
            self.app.bell()

    def on_film_bar_sought(self, message: FilmBar.Sought) -> None:
        self.seek(message.share * self._film.duration)

    def on_film_strip_chosen(self, message: FilmStrip.Chosen) -> None:
        self.seek(message.moment)

    @abstractmethod
    def say_where(self) -> None:
        """Show where one is."""

    # -- its frames as photos ----------------------------------------------------------------

    def action_export_frame(self) -> None:
        """Write the frame that is shown as a photo of its own."""
        keys = self.selector.keys
        if self.shown_film is None:
            self.selector.say("Only frames of videos can be made photos of their own.", "warning")
        elif self.view.moment is None:
            self.selector.say(
                f"This is the video's poster; go to a frame first ({keys.first('next-moment')}).",
                "warning",
            )
        else:
            self._export(self._film_path, self.view.moment)

    @work(group="export")
    async def _export(self, path: str, moment: float) -> None:
        from tui_selector.library.decisions.moves import RefusedError

        selector = self.selector
        films, root = selector.pictures.films, selector.paths.root
        try:
            place = await asyncio.to_thread(films.export, path, moment, root)
        except (DecodeError, RefusedError) as error:
            selector.say(str(error), "error")
        else:
            selector.say(f"Written: {printable(place.name)}")
