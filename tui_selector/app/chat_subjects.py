"""Whom the next question of a conversation is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui_selector.app.widgets.chat_chips import Chip
from tui_selector.chat.conversation import MOST_PHOTOS, Conversation
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.app.app import SelectorApp


#: Tells the ids of photos to ask about; None as long as that is not known.
Offer: TypeAlias = Callable[[], Sequence[int] | None]


class Chosen(NamedTuple):
    """Ids of photos.

    Attributes:
        about: Those that a question is about.
        joining: Those that are new to the conversation.
    """

    about: list[int]
    joining: list[int]


class Subjects:
    """The photos of a conversation, and those that join with its next question."""

    def __init__(self, app: SelectorApp, conversation: Callable[[], Conversation]) -> None:
        """
        Args:
            app: The application.
            conversation: Tells the one that is shown.
        """
        self._app, self._conversation = app, conversation
        # Ids of the photos that the owner picked out for the next question, by hand.
        self._picked: tuple[int, ...] | None = None
        # Ids of what the view offers in which the owner asks; None: the photo under the cursor.
        self._offer: Offer | None = None
        self._marks: frozenset[int] = frozenset()

    @property
    def are_offered(self) -> bool:
        """Whether a view offers photos in the place of the one under the cursor."""
        return self._offer is not None

    @property
    def are_known(self) -> bool:
        """Whether the view knows by now which photos it has to offer, or photos are marked."""
        album = self._app.album
        is_marked = album is not None and bool(album.marks)
        return is_marked or self._offer is None or self._offer() is not None

    @property
    def joining(self) -> list[int]:
        """Ids of the photos that join with the next question: the marked ones; else what the view
        offers, or the current one, where nobody is talked about yet."""
        album, conversation = self._app.album, self._conversation()
        if album is None:
            return []
        here = {photo.id for photo in conversation.photos if not photo.gone}
        room = MOST_PHOTOS - len(conversation.photos)
        marked = [id_ for id_ in album.targets() if id_ in album.marks and id_ not in here]
        if not album.marks and self._offer is not None:
            return [id_ for id_ in self._offer() or () if id_ not in here][:room]
        if marked or here or album.marks:
            return marked[:room]
        return [] if album.current_id is None else [album.current_id]

    @property
    def about(self) -> list[int]:
        """Ids of the photos that the next question is about.

        Those picked out by hand; else the marked ones; else what the view offers; else those of the
        question before; else all.
        """
        album, conversation = self._app.album, self._conversation()
        here = [photo.id for photo in conversation.photos if not photo.gone]
        joining = self.joining
        if self._picked is not None:
            return [id_ for id_ in (*here, *joining) if id_ in self._picked]
        wanted: Collection[int] = album.marks if album is not None else ()
        if not wanted and self._offer is not None:
            wanted = self._offer() or ()
        chosen = [id_ for id_ in here if id_ in wanted]
        if chosen or joining:
            return [*chosen, *joining]
        last = next((turn for turn in reversed(conversation.turns) if turn.who == "owner"), None)
        before = set() if last is None else set(last.photos)
        same = [
            photo.id for photo in conversation.photos if photo.number in before and not photo.gone
        ]
        return same or here

    @property
    def chips(self) -> list[Chip]:
        """The photos of the conversation, and behind them those that join."""
        about, album = set(self.about), self._app.album
        chips = [
            Chip(photo.id, photo.number, photo.name, photo.gone, photo.id in about)
            for photo in self._conversation().photos
        ]
        for id_ in self.joining:
            photo = album.photo_of(id_) if album is not None else None
            if photo is not None:
                chips.append(Chip(id_, 0, printable(photo.name), asked=id_ in about))
        return chips

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of `about` in the conversation, once those that join are numbered."""
        numbers = {photo.id: photo.number for photo in self._conversation().photos}
        for id_ in self.joining:
            numbers.setdefault(id_, len(numbers) + 1)
        return tuple(numbers[id_] for id_ in self.about)

    def toggle(self, photo: int) -> None:
        """Ask about a photo with the next question, or do not."""
        about = self.about
        if photo in about:
            about.remove(photo)
        else:
            about.append(photo)
        self._picked = tuple(about)

    def offer(self, photos: Offer | None) -> None:
        """Have the next question be about what a view offers, unless photos are marked.

        Args:
            photos: Tells them; None: the one under the cursor, where nobody is talked about yet.
        """
        self._offer = photos

    def marks_changed(self) -> None:
        """Forget what was picked out by hand where other photos are marked now."""
        album = self._app.album
        marks = frozenset(album.marks) if album is not None else frozenset()
        if marks != self._marks:
            self._marks, self._picked = marks, None

    def forget(self) -> None:
        """Forget what was picked out by hand."""
        self._picked = None

    def take(self) -> Chosen:
        """Whom a question is about that is asked now; those of them that are marked are unmarked.

        The next question is about the same, until the owner goes elsewhere for it.
        """
        chosen = Chosen(self.about, self.joining)
        self._picked = None
        self._offer = None if self._offer is None else (lambda: ())
        album = self._app.album
        if album is not None:
            used = [id_ for id_ in chosen.about if id_ in album.marks]
            album.unmark(used)
            self._app.album_changed.publish(used)
        return chosen
