"""Choosing: which photos are compared, and what is decided about them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_selector.app.comparison import Comparison, neighbour, neighbour_in
from tui_selector.app.duel import Duel, Votes
from tui_selector.app.screens.decide import Deciding
from tui_selector.app.widgets.loupe_caption import percent
from tui_selector.library.display import printable
from tui_selector.library.photo import PRESENT, Flag, Photo

if TYPE_CHECKING:
    from tui_selector.app.album import Album


class Choosing(Deciding):
    """A comparison's photos: the active one is decided about, replaced, swapped or dropped.

    Subclasses show the photos (`show_photos`), say what is active (`tell`) and know how sharp they
    are (`sharpness`).

    Attributes:
        comparison: The photos.
        votes: What the owner has chosen between two photos; None while nobody has asked for it.
    """

    def __init__(
        self,
        photos: Sequence[int],
        among: Sequence[int] | None = None,
        votes: Votes | None = None,
    ) -> None:
        """
        Args:
            photos: Ids of at most four photos.
            among: What others are taken from, in order; None for the tab.
            votes: All that the owner has chosen between two photos, where that is known.
        """
        super().__init__()
        self.comparison = Comparison(photos)
        self.votes = votes
        self._among = among
        self._dropped: Photo | None = None

    @property
    @abstractmethod
    def sharpness(self) -> list[float | None]:
        """Of each photo at the spot in sight, as a share of the best; None while not known."""

    @property
    @abstractmethod
    def measured(self) -> bool:
        """Whether the sharpness of every photo is known, or that it has none."""

    @abstractmethod
    def show_photos(self) -> None:
        """Show the photos that are compared now."""

    @abstractmethod
    def tell(self) -> None:
        """Say in words what is active and what was decided."""

    def targets(self) -> list[int]:
        """The active photo, whatever is marked."""
        photo = self.comparison.active_photo
        return [] if photo is None else [photo]

    # -- decisions ---------------------------------------------------------------------------

    def _decided(self, album: Album, photos: list[int], *, advance: bool) -> None:
        """Use up the marks, and make the next photo the active one."""
        album.unmark(photos)
        if advance and photos == self.targets() and self.selector.settings.advance:
            self.comparison.active += 1
        self.show_decided(photos)

    def action_trash(self) -> None:
        """Move the active photo to the trash; undo brings it back here."""
        photos = self.targets()
        super().action_trash()
        album = self.album
        for photo in photos:
            if album is not None and album.is_leaving(photo):
                self.comparison.leave(photo)
        self.show_photos()

    def action_mark(self) -> None:
        """Mark or unmark the active photo, then advance."""
        album, photos = self.album, self.targets()
        if album is not None and photos:
            marked = photos[0] in album.marks
            (album.unmark if marked else album.mark_photos)(photos)
            self.comparison.active += 1
            self.show_decided(photos)

    def _changed(self, photos: Sequence[int] | None) -> None:
        """Let photos go that are gone, and take back those that undo has brought back."""
        album = self.album
        if album is None:
            return
        for photo in self.comparison.photos:
            if not self._is_there(photo):
                self.comparison.leave(photo)
        for photo in self.comparison.left:
            if self._is_there(photo) and not album.is_leaving(photo):
                self.comparison.come_back(photo)
        self.show_photos()

    def _is_there(self, photo: int) -> bool:
        row = self._row(photo)
        return row is not None and row.state in PRESENT

    def _row(self, photo: int) -> Photo | None:
        return self.album.photo_of(photo) if self.album is not None else None

    # -- choosing ----------------------------------------------------------------------------

    def action_pane(self, by: int) -> None:
        """Make the next photo the active one, or the one before; after the last comes the first."""
        count = len(self.comparison.frames)
        if count:
            self.choose((self.comparison.active + by) % count)

    def choose(self, index: int) -> None:
        """Make a photo the active one."""
        self.comparison.active = index
        self.tell()

    def action_swap(self) -> None:
        """Let the active photo and the next one change places."""
        if not self.comparison.swap():
            self.app.bell()
        self.show_photos()

    def action_replace_photo(self, by: int) -> None:
        """Compare the next photo of the tab, or the one before, in the place of the active one."""
        album, active = self.album, self.comparison.active_photo
        besides = self.comparison.photos
        if self._among is not None and active is not None:
            others = [each for each in self._among if each == active or self._is_there(each)]
            other = neighbour_in(others, active, by, besides)
        else:
            other = neighbour(album, active, by, besides) if album is not None else None
        if other is None:
            self.app.bell()
            return
        self.comparison.replace(other)
        self.show_photos()

    def action_drop_worst(self) -> None:
        """Compare the photo that is the least sharp at this spot no more; nothing else happens."""
        measured = {
            photo: share
            for photo, share in zip(self.comparison.photos, self.sharpness, strict=True)
            if share is not None
        }
        if len(measured) < 2:
            self.selector.say(
                "There are no two photos whose sharpness can be compared here."
                if self.measured
                else "The sharpness is still being measured."
            )
            self.app.bell()
            return
        worst = min(measured, key=measured.__getitem__)
        self._drop(worst, f", the least sharp here ({percent(round(measured[worst], 2))})")

    def action_drop(self) -> None:
        """Compare the active photo no more; nothing else happens to it."""
        photo = self.comparison.active_photo
        if photo is None or len(self.comparison.frames) < 2:
            self.app.bell()
            return
        self._drop(photo, "")

    def _drop(self, photo: int, why: str) -> None:
        self._dropped = self._row(photo)
        self.comparison.drop(photo)
        name = printable(self._dropped.name) if self._dropped else "the photo"
        key = self.selector.keys.first("reject-dropped")
        self.selector.say(f"Dropped {name}{why}. {key} rejects it.")
        self.show_photos()

    def action_reject_dropped(self) -> None:
        """Reject the photo that was dropped last."""
        album, desk, photo = self.album, self.selector.desk, self._dropped
        if album is None or desk is None or photo is None:
            self.app.bell()
            return
        self._dropped = None
        desk.flag([photo.id], Flag.REJECT)
        key = self.selector.keys.first("undo")
        self.selector.say(f"Rejected {printable(photo.name)}: {key} takes it back.")
        self._decided(album, [photo.id], advance=False)

    # -- duels -------------------------------------------------------------------------------

    async def action_duel(self) -> None:
        """Rank the photos compared, two at a time; afterwards they stand in that order."""
        from tui_selector.app.screens.dialogs import ChoiceDialog
        from tui_selector.app.screens.duel import DuelScreen

        photos = self.comparison.photos
        if len(photos) < 2:
            self.selector.say("A duel needs two photos.")
            self.app.bell()
            return
        if self.votes is None:
            read = await self.selector.reader.ask(lambda catalog: catalog.votes.all())
            self.votes = Votes(read or ())
        votes = self.votes.among(photos)
        duel = Duel(photos, votes)
        if duel.pair is not None:
            screen = DuelScreen(photos, votes)
            await self.app.push_screen(screen, lambda _: self._fought(screen.duel))
            return

        async def answered(answer: str | None) -> None:
            if answer == "order":
                self._stand(duel.ranked)
            elif answer == "again":
                await self._duel_again(photos)

        dialog = ChoiceDialog(
            "These photos are ranked already.",
            f"By {len(votes)} of your choices." if len(votes) > 1 else "By a choice of yours.",
            [
                ("o", "order", "show them in that order"),
                ("a", "again", "forget the choices and rank them again"),
            ],
        )
        await self.app.push_screen(dialog, answered)

    def _fought(self, duel: Duel) -> None:
        """Let the photos stand in the order that was chosen, as far as that has come."""
        if self.votes is None or not duel.made:
            return
        self.votes = self.votes.changed(add=duel.made)
        self._stand(duel.ranked)
        if duel.pair is not None:
            key = self.selector.keys.first("duel-compared")
            self.selector.say(
                f"{duel.placed} of {len(duel.ranked)} photos are ranked; {key} goes on."
            )
        else:
            self.selector.say("They stand in the order of your choices, the best first.")

    async def _duel_again(self, photos: Sequence[int]) -> None:
        """Forget the choices between these photos, and begin again."""
        desk, known = self.selector.desk, self.votes or Votes()
        votes = known.among(photos)
        fault = await desk.change_votes(remove=votes) if desk is not None else ""
        if fault:
            self.selector.say(fault, "error")
        self.votes = known.changed(remove=votes)
        await self.action_duel()

    def _stand(self, ranked: Sequence[int]) -> None:
        self.comparison.order(ranked)
        self.show_photos()
