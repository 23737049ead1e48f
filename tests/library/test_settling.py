from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.library.folder.settling import Look, Settling, Trust


class Clock:
    """Files that are what the test says, and a time that goes when the test says."""

    def __init__(self) -> None:
        self.files: dict[str, Look] = {}
        self.now = 100.0
        self.settling = Settling(lambda path: self.files.get(path))

    def note(self, path: str, trust: Trust, look: Look = (1, 1)) -> None:
        self.files[path] = look
        self.settling.note(path, trust, self.now)

    def run(self, seconds: float) -> dict[str, float]:
        """Let time pass; return what settled and after how long, to a tenth of a second."""
        start, settled = self.now, {}
        while self.now < start + seconds:
            self.now += 0.1
            for path in self.settling.ripe(self.now):
                settled[path] = round(self.now - start, 1)
        return settled


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("trust", list(Trust))
def test_a_file_that_stays_the_same_settles_after_its_quiet_time(
    clock: Clock, trust: Trust
) -> None:
    clock.note("a.jpg", trust)
    settled = clock.run(40)
    assert settled["a.jpg"] == pytest.approx(trust.value, abs=0.21)
    assert len(clock.settling) == 0
    assert clock.settling.next_time() is None


def test_each_event_begins_the_quiet_time_again(clock: Clock) -> None:
    for _ in range(10):
        clock.note("a.jpg", Trust.CLOSED)
        assert clock.run(0.25) == {}
    assert "a.jpg" in clock.run(1)


def test_a_file_that_grows_does_not_settle(clock: Clock) -> None:
    for size in range(20):
        clock.note("a.jpg", Trust.CLOSED, (size, 1)) if size == 0 else None
        clock.files["a.jpg"] = (size, 1)
        assert clock.run(0.2) == {}
    assert "a.jpg" in clock.run(1)


def test_a_new_time_counts_as_a_change(clock: Clock) -> None:
    clock.note("a.jpg", Trust.UNKNOWN, (1, 1))
    clock.run(1.5)
    clock.files["a.jpg"] = (1, 2)
    assert clock.run(1.5) == {}
    assert "a.jpg" in clock.run(2)


def test_an_open_file_waits_for_its_writer_to_close_it(clock: Clock) -> None:
    clock.note("a.jpg", Trust.OPEN)
    assert clock.run(10) == {}
    clock.note("a.jpg", Trust.CLOSED)
    assert clock.run(1) == {"a.jpg": pytest.approx(0.4, abs=0.21)}


def test_finding_an_open_file_does_not_make_it_trusted(clock: Clock) -> None:
    clock.note("a.jpg", Trust.OPEN)
    clock.note("a.jpg", Trust.UNKNOWN)
    assert clock.run(10) == {}


def test_a_file_that_is_gone_settles_soon(clock: Clock) -> None:
    clock.note("a.jpg", Trust.CLOSED, None)
    assert clock.run(1) == {"a.jpg": pytest.approx(0.4, abs=0.21)}
    clock.note("b.jpg", Trust.OPEN)
    clock.files["b.jpg"] = None
    assert "b.jpg" in clock.run(16)


def test_what_waits_follows_a_rename(clock: Clock) -> None:
    clock.note("d/a.jpg", Trust.OPEN)
    clock.note("dd.jpg", Trust.CLOSED)
    clock.files["e/a.jpg"] = (1, 1)
    clock.settling.move("d", "e", clock.now)
    assert clock.settling.paths == {"e/a.jpg", "dd.jpg"}
    assert clock.run(10).keys() == {"dd.jpg"}
    clock.note("e/a.jpg", Trust.CLOSED)
    assert "e/a.jpg" in clock.run(1)


def test_clearing_lets_nothing_wait(clock: Clock) -> None:
    clock.note("a.jpg", Trust.CLOSED)
    clock.settling.clear()
    assert clock.run(5) == {}


@given(
    st.lists(
        st.tuples(st.floats(0.05, 3), st.sampled_from(["write", "close", "look"])), max_size=30
    )
)
def test_a_settled_file_was_the_same_for_its_whole_quiet_time(
    steps: list[tuple[float, str]],
) -> None:
    clock = Clock()
    clock.note("a.jpg", Trust.OPEN)
    quiet_since, size = clock.now, 1
    for pause, step in [*steps, (0.05, "close"), (0.5, "look"), (0.5, "look")]:
        clock.now += pause
        if step == "write":
            size += 1
            clock.files["a.jpg"] = (size, size)
            quiet_since = clock.now
        elif step == "close":
            clock.settling.note("a.jpg", Trust.CLOSED, clock.now)
            quiet_since = clock.now
        elif clock.settling.ripe(clock.now):
            assert clock.now - quiet_since >= Trust.CLOSED.value / 2
            return
    settled = clock.run(1)
    assert "a.jpg" in settled
