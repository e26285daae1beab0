"""The pool of environments behind one function."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devserver import environments
from devserver.deployment import Function
from devserver.environments import FunctionProcesses
from devserver.function_environment import function_environment
from devserver.invocation import EventTooLarge, FunctionFailed, FunctionTimedOut, TooManyInvocations

CODE = """
import os, sys, time
def handler(event, context):
    print("seen", event)
    if event.get("exit"): sys.exit(1)
    time.sleep(event.get("sleep", 0))
    return os.getpid()
"""


@pytest.fixture
def function(tmp_path: Path) -> Function:
    """A function whose code a test may replace."""
    (tmp_path / "app.py").write_text(CODE)
    return Function("Toy", "arn:toy", tmp_path, "app.handler", (), {}, timeout=3, memory=128, log_format="Text")


@pytest.fixture
def pool() -> Iterator[FunctionProcesses]:
    """At most one environment per function."""
    processes = FunctionProcesses(lambda function: function_environment(function, {}), limit=1)
    yield processes
    processes.close()


def _call(pool: FunctionProcesses, function: Function, seconds: float = 5, **event: Any) -> tuple[int, bool]:
    outcome = pool.invoke(function, event, request_id="id", seconds=seconds)
    return outcome.value, outcome.cold


def test_an_environment_is_started_once_and_kept(pool: FunctionProcesses, function: Function) -> None:
    """Only the first of two calls is a cold start."""
    first, second = _call(pool, function), _call(pool, function)

    assert (first[0], True, False) == (second[0], first[1], second[1])


def test_who_waits_too_long_for_an_environment_is_told_so(
    pool: FunctionProcesses, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that does not move is an answer, not a hang."""
    monkeypatch.setattr(environments, "QUEUE_SECONDS", 0.2)
    _call(pool, function)
    busy = threading.Thread(target=_call, args=(pool, function), kwargs={"sleep": 1})
    busy.start()
    time.sleep(0.1)

    with pytest.raises(TooManyInvocations):
        _call(pool, function)
    busy.join()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import nowhere", "No module named 'nowhere'"),
        ("def handler(", "Syntax error"),
        ("x = 1", "Handler 'handler' missing"),
        ("import os; os._exit(1)", "ended while it started"),
    ],
)
def test_code_that_cannot_be_loaded_fails_with_its_reason(
    pool: FunctionProcesses, function: Function, code: str, message: str
) -> None:
    """A broken module fails the call at once, and the next call after it is mended works."""
    (function.code / "app.py").write_text(code)
    with pytest.raises(FunctionFailed, match=message):
        _call(pool, function)

    (function.code / "app.py").write_text(CODE)
    assert _call(pool, function)[1]


def test_an_environment_that_timed_out_or_ended_is_never_used_again(
    pool: FunctionProcesses, function: Function
) -> None:
    """What a late handler still does cannot touch the next request."""
    first, _ = _call(pool, function)
    with pytest.raises(FunctionTimedOut):
        _call(pool, function, seconds=0.2, sleep=5)
    second, _ = _call(pool, function)
    with pytest.raises(FunctionFailed):
        _call(pool, function, exit=True)
    third, _ = _call(pool, function)

    assert 3 == len({first, second, third})


def test_an_event_larger_than_lambda_accepts_is_not_delivered(pool: FunctionProcesses, function: Function) -> None:
    """The limit of a deployed function holds here too."""
    with pytest.raises(EventTooLarge):
        _call(pool, function, text="x" * 6_300_000)


def test_recycled_environments_see_the_code_as_it_is_now(pool: FunctionProcesses, function: Function) -> None:
    """After a change no request is answered by old code."""
    _call(pool, function)
    (function.code / "app.py").write_text("def handler(event, context): return 42")

    pool.recycle()

    assert (42, True) == _call(pool, function)
