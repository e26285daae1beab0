"""Several questions at once are one answer: in order, within the request's time, and all or nothing."""

from __future__ import annotations

import threading
import time

import pytest

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage import patience
from controlplane.storage.together import each


def test_answers_come_in_the_order_of_the_questions() -> None:
    """Whoever asks may pair subjects and answers, whichever answer came first."""
    slow_first = threading.Event()

    def ask(subject: int) -> int:
        if subject == 0:
            assert slow_first.wait(5)
        if subject == 99:
            slow_first.set()
        return subject * 2

    assert [subject * 2 for subject in range(100)] == each(ask, range(100))


def test_no_more_are_asked_at_once_than_there_are_connections_for() -> None:
    """Eight wait together, so that no list takes all of a process's connections, nor asks one after the other."""
    gate = threading.Barrier(8)
    now: list[int] = []
    most = 0

    def ask(subject: int) -> None:
        nonlocal most
        now.append(subject)
        most = max(most, len(now))
        gate.wait(5)
        now.remove(subject)
        gate.wait(5)

    each(ask, range(24))

    assert 8 == most


@pytest.mark.parametrize("subjects", [1, 30])
def test_the_request_s_time_is_everybody_s(subjects: int) -> None:
    """A question that is asked beside others ends with the request, as it would alone."""

    def ask(_: int) -> bool:
        return patience.over()

    with patience.within(0):
        assert [True] * subjects == each(ask, range(subjects))
    assert [False] * subjects == each(ask, range(subjects))


def test_one_failure_fails_them_all_and_ends_the_asking() -> None:
    """There is no list with a hole in it, and nothing is asked for an answer that nobody will see."""
    asked: list[int] = []

    def ask(subject: int) -> None:
        asked.append(subject)
        time.sleep(0.01)  # as long as an answer takes
        raise StoreUnavailable

    with pytest.raises(StoreUnavailable):
        each(ask, range(1000))

    assert len(asked) < 500
