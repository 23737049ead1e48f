"""When a file that something happened to is whole: bookkeeping, told the time by its caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

#: What a look at a file shows: size and modification time (ns); None where there is no file.
Look = tuple[int, int] | None


class Trust(Enum):
    """How long a file has to stay the same, in seconds, before it counts as whole."""

    CLOSED = 0.4  # its writer closed it, or it was renamed, or it is gone
    UNKNOWN = 2.0  # it was there when the watching began; nobody saw who writes it
    OPEN = 30.0  # it was created and not closed yet; a writer that stalls may go on


@dataclass(slots=True)
class _Pending:
    trust: Trust
    since: float
    next_look: float
    look: Look = None
    looked: bool = False

    def restart(self, now: float) -> None:
        self.since = now
        self.next_look = now + self.trust.value / 2
        self.looked = False


class Settling:
    """Files that wait until two looks at them, half a quiet time apart, show the same.

    Args:
        look: Tells size and modification time of the file at a path.
    """

    def __init__(self, look: Callable[[str], Look]) -> None:
        self._look = look
        self._pending: dict[str, _Pending] = {}

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def paths(self) -> set[str]:
        """The files that wait."""
        return set(self._pending)

    def note(self, path: str, trust: Trust, now: float) -> None:
        """Something happened to a file at `now` (seconds): its quiet time begins again."""
        pending = self._pending.get(path)
        if pending is None:
            pending = self._pending[path] = _Pending(trust, now, now)
        elif not (trust is Trust.UNKNOWN and pending.trust is Trust.OPEN):
            pending.trust = trust
        pending.restart(now)

    def move(self, source: str, target: str, now: float) -> None:
        """A file or folder was renamed: what waits below it waits under its new name."""
        below = f"{source}/"
        for path in [path for path in self._pending if path == source or path.startswith(below)]:
            pending = self._pending.pop(path)
            pending.restart(now)
            self._pending[target + path[len(source) :]] = pending

    def ripe(self, now: float) -> set[str]:
        """The files that have settled by `now`; they wait no longer."""
        settled = set()
        for path, pending in self._pending.items():
            if pending.next_look > now:
                continue
            look = self._look(path)
            if look is None and pending.trust is not Trust.CLOSED:
                pending.trust = Trust.CLOSED
            if not pending.looked or look != pending.look:
                if pending.looked:
                    pending.restart(now)
                pending.look, pending.looked = look, True
                pending.next_look = now + pending.trust.value / 2
            else:
                settled.add(path)
        for path in settled:
            del self._pending[path]
        return settled

    def next_time(self) -> float | None:
        """When to ask for ripe files again; None while nothing waits."""
        return min((pending.next_look for pending in self._pending.values()), default=None)

    def clear(self) -> None:
        """Let nothing wait any more."""
        self._pending.clear()
