"""Identifiers: their shape, their order, and that they are never the same (contract, sections 2 and 8)."""

from __future__ import annotations

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from controlplane.security.clock import SystemClock
from controlplane.security.ids import SystemIds

MOMENT = 1_773_309_600_123


class StoppedClock:
    """A clock that is set by hand."""

    def __init__(self, *, now_ms: int = MOMENT) -> None:
        self.milliseconds = now_ms

    def now(self) -> int:
        """Return whole seconds."""
        return self.milliseconds // 1000

    def now_ms(self) -> int:
        """Return milliseconds."""
        return self.milliseconds


@pytest.fixture
def clock() -> StoppedClock:
    """A clock that stands still unless it is moved."""
    return StoppedClock()


@pytest.fixture
def ids(clock: StoppedClock) -> SystemIds:
    """Identifiers of that clock."""
    return SystemIds(clock)


def test_system_clock_tells_utc() -> None:
    """Seconds and milliseconds are of the same clock, and that is the system's."""
    before, clock = time.time(), SystemClock()

    seconds, milliseconds = clock.now(), clock.now_ms()

    assert int(before) <= seconds <= milliseconds // 1000 <= before + 5


def test_new_id_is_a_uuid7(ids: SystemIds) -> None:
    """An id is its prefix and 32 lower-case hex digits, which are a UUID of version 7 of the clock's time."""
    text = ids.new("org_")

    number = uuid.UUID(text.removeprefix("org_"))
    assert re.fullmatch("org_[0-9a-f]{32}", text)
    assert (7, uuid.RFC_4122, MOMENT) == (number.version, number.variant, number.int >> 80)


def test_key_id_has_hyphens(ids: SystemIds) -> None:
    """A key's id is `ak_` and a UUID as people write it."""
    text = ids.key_id()

    assert text == f"ak_{uuid.UUID(text.removeprefix('ak_'))}"


def test_event_id_is_a_ulid(ids: SystemIds) -> None:
    """An event's id has 26 characters of Crockford's alphabet that begin with its time."""
    text = ids.event_id()

    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", text)
    assert _time_of(text) == MOMENT


@pytest.mark.parametrize("moves", [[0] * 5000, [1, 0, 0, -5000, 0, -1, 1] * 500], ids=["standing", "stepping back"])
def test_order_of_creation(ids: SystemIds, clock: StoppedClock, moves: list[int]) -> None:
    """Ids sort in the order of creation within a millisecond, and when the clock steps back."""
    made = []
    for move in moves:
        clock.milliseconds += move
        made.append((ids.new("org_"), ids.key_id(), ids.event_id()))

    for column in zip(*made, strict=True):
        assert list(column) == sorted(set(column))


def test_distinct_across_threads() -> None:
    """Two threads never get one id."""
    ids = SystemIds(SystemClock())

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: (ids.new(""), ids.event_id()), range(4000)))

    assert [len(set(column)) for column in zip(*made, strict=True)] == [4000, 4000]


def test_distinct_across_generators(clock: StoppedClock) -> None:
    """Processes that start in the same millisecond do not meet."""
    made = {SystemIds(clock).new("") for _ in range(1000)}

    assert len(made) == 1000


def test_secret_has_the_size_asked_for(ids: SystemIds) -> None:
    """A secret of 16 bytes is 32 lower-case hex digits, new each time."""
    made = {ids.secret_hex(16) for _ in range(1000)}

    assert len(made) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", text) for text in made)


def _time_of(ulid: str) -> int:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = 0
    for character in ulid:
        number = number * 32 + alphabet.index(character)
    return number >> 80
