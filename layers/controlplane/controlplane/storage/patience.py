"""How long a request may wait for the table: within a budget of the call's own, and never past the request's end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_END: ContextVar[float] = ContextVar("end", default=float("inf"))
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.2


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let everything inside start nothing more with the table once so many seconds are over."""
    token = _END.set(min(_END.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _END.reset(token)


def over() -> bool:
    """Tell whether the request's time is over."""
    return time.monotonic() >= _END.get()


def deadline(budget: float) -> float:
    """Return the moment of `time.monotonic()` at which `budget` seconds, or the request, are over."""
    return min(time.monotonic() + budget, _END.get())


def attempts(budget: float) -> Iterator[int]:
    """Yield once at once, then again after ever longer random pauses, while `budget` seconds and the request last."""
    end, longest, attempt = deadline(budget), _FIRST_PAUSE, 0
    while True:
        yield attempt
        import random  # most requests never wait

        pause = random.uniform(0, longest)  # noqa: S311 - jitter, not a secret
        if time.monotonic() + pause >= end:
            return
        time.sleep(pause)
        longest, attempt = min(longest * 2, _LONGEST_PAUSE), attempt + 1
