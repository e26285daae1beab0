"""The pool of environments behind one function."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devserver import pool as pools
from devserver.deployment import Function
from devserver.environments import MAX_ENVIRONMENTS, FunctionProcesses
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


class Called:
    """Functions in processes, called one by one, or several at once."""

    def __init__(self, runner: asyncio.Runner, limit: int) -> None:
        self._runner = runner
        self.functions = FunctionProcesses(lambda function: function_environment(function, {}), limit=limit)

    def call(self, function: Function, seconds: float = 5, **event: Any) -> tuple[Any, bool]:
        """Return what the handler returned, and whether its process was started for this call."""
        return self._runner.run(self._call(function, seconds, event))

    def call_at_once(self, function: Function, *events: dict[str, Any]) -> list[tuple[Any, bool] | BaseException]:
        """Return what each of several calls gives or raises."""

        async def all_of_them() -> list[tuple[Any, bool] | BaseException]:
            calls = [self._call(function, 5, event) for event in events]
            return await asyncio.gather(*calls, return_exceptions=True)

        return self._runner.run(all_of_them())

    def call_in_turns(self, function: Function, *, clients: int, calls: int, **event: Any) -> set[Any]:
        """Let some clients call one time after the other; return what all of them were given."""

        async def client() -> set[Any]:
            return {(await self._call(function, 5, event))[0] for _ in range(calls)}

        async def all_of_them() -> set[Any]:
            return set().union(*await asyncio.gather(*[client() for _ in range(clients)]))

        return self._runner.run(all_of_them())

    def recycle(self) -> None:
        """Let later calls see the code as it is now."""

        async def recycle() -> None:
            self.functions.recycle()

        self._runner.run(recycle())

    def close(self) -> None:
        """End them."""
        self._runner.run(self.functions.close())

    async def _call(self, function: Function, seconds: float, event: dict[str, Any]) -> tuple[Any, bool]:
        outcome = await self.functions.invoke(function, event, request_id="id", seconds=seconds)
        return outcome.value, outcome.cold


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """A loop that ends with the test."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def pool(runner: asyncio.Runner) -> Iterator[Called]:
    """At most one environment per function."""
    called = Called(runner, 1)
    yield called
    called.close()


@pytest.fixture
def wide_pool(runner: asyncio.Runner) -> Iterator[Called]:
    """As many environments as the server has."""
    called = Called(runner, MAX_ENVIRONMENTS)
    yield called
    called.close()


def _call(pool: Called, function: Function, seconds: float = 5, **event: Any) -> tuple[Any, bool]:
    return pool.call(function, seconds, **event)


def test_an_environment_is_started_once_and_kept(pool: Called, function: Function) -> None:
    """Only the first of two calls is a cold start."""
    first, second = _call(pool, function), _call(pool, function)

    assert (first[0], True, False) == (second[0], first[1], second[1])


def test_who_waits_too_long_for_an_environment_is_told_so(
    pool: Called, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that does not move is an answer, not a hang."""
    monkeypatch.setattr(pools, "QUEUE_SECONDS", 0.2)
    _call(pool, function)

    served, refused = pool.call_at_once(function, {"sleep": 1}, {})

    assert (tuple, TooManyInvocations) == (type(served), type(refused))


def test_short_invocations_share_few_environments(
    wide_pool: Called, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More processes than processors compute no faster: as long as the queue moves, few of them serve it."""
    for name in ("STUCK_SECONDS", "LONG_SECONDS"):
        monkeypatch.setattr(pools, name, 60)
    _call(wide_pool, function)

    answers = wide_pool.call_at_once(function, *[{}] * 400)

    used = {answer[0] for answer in answers if not isinstance(answer, BaseException)}
    assert 1 <= len(used) <= pools.FEW


def test_clients_that_keep_a_function_busy_are_given_a_few_environments(wide_pool: Called, function: Function) -> None:
    """Nobody waits long for a short function, but where somebody always waits, one process is too few."""
    wide_pool.call(function)

    used = wide_pool.call_in_turns(function, clients=4, calls=60, sleep=0.002)

    assert 1 < len(used) <= pools.FEW


def test_a_slow_start_does_not_start_more_environments_than_it_needs(wide_pool: Called, function: Function) -> None:
    """Who waited for the first environments is served by them, however long they took to start."""
    (function.code / "app.py").write_text("import time; time.sleep(1.5)\n" + CODE)

    answers = wide_pool.call_at_once(function, *[{"sleep": 0.02}] * 40)

    assert len({answer[0] for answer in answers if not isinstance(answer, BaseException)}) <= pools.FEW


def test_invocations_that_hold_up_others_are_given_more_environments(wide_pool: Called, function: Function) -> None:
    """A queue that stands still means that functions wait for something: as on Lambda, each gets its own process."""
    answers = wide_pool.call_at_once(function, *[{"sleep": 2}] * MAX_ENVIRONMENTS)

    assert MAX_ENVIRONMENTS == len({answer[0] for answer in answers if not isinstance(answer, BaseException)})


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
    pool: Called, function: Function, code: str, message: str
) -> None:
    """A broken module fails the call at once, and the next call after it is mended works."""
    (function.code / "app.py").write_text(code)
    with pytest.raises(FunctionFailed, match=message):
        _call(pool, function)

    (function.code / "app.py").write_text(CODE)
    assert _call(pool, function)[1]


def test_an_environment_that_timed_out_or_ended_is_never_used_again(
    pool: Called, function: Function
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


def test_an_event_larger_than_lambda_accepts_is_not_delivered(pool: Called, function: Function) -> None:
    """The limit of a deployed function holds here too."""
    with pytest.raises(EventTooLarge):
        _call(pool, function, text="x" * 6_300_000)


def test_events_and_results_of_every_size_arrive_whole(pool: Called, function: Function) -> None:
    """Up to Lambda's own limits nothing is cut and nothing of one invocation is left for the next."""
    (function.code / "app.py").write_text("def handler(event, context): return event['text'] * event['times']")

    for size in (0, 1, 65_000, 70_000, 5_900_000):
        text = "x" * size
        assert pool.call(function, text=text, times=1)[0] == text, size
    with pytest.raises(FunctionFailed, match="ResponseSizeTooLarge"):
        pool.call(function, text="x" * 700_000, times=10)
    assert "éé" == pool.call(function, text="é", times=2)[0]


def test_a_handler_that_raises_or_returns_no_json_fails_one_call_only(pool: Called, function: Function) -> None:
    """Its environment serves on, as on Lambda, and the failure has the runtime client's words."""
    (function.code / "app.py").write_text("""
def handler(event, context):
    if event.get("object"): return object()
    return 1 // event["by"]
""")
    with pytest.raises(FunctionFailed, match="ZeroDivisionError: integer division"):
        pool.call(function, by=0)
    with pytest.raises(FunctionFailed, match=r"MarshalError: Unable to marshal response.*not JSON serializable"):
        pool.call(function, object=True)

    assert (1, False) == pool.call(function, by=1)


def test_a_handler_is_told_what_lambda_tells_it(pool: Called, function: Function) -> None:
    """The context has the request's id, the function's ARN, and the time that is left, counted in milliseconds."""
    (function.code / "app.py").write_text("""
def handler(event, context):
    return [context.aws_request_id, context.invoked_function_arn, context.get_remaining_time_in_millis()]
""")
    request_id, arn, left = pool.call(function, seconds=4)[0]

    assert ("id", "arn:toy") == (request_id, arn)
    assert 1_000 < left <= 4_000


def test_recycled_environments_see_the_code_as_it_is_now(pool: Called, function: Function) -> None:
    """After a change no request is answered by old code."""
    _call(pool, function)
    (function.code / "app.py").write_text("def handler(event, context): return 42")

    pool.recycle()

    assert (42, True) == _call(pool, function)
