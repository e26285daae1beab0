"""Doing a use case again when another request changed its object in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from controlplane.domain.errors import Conflict

P = ParamSpec("P")
T = TypeVar("T")
_TRIES = 12
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.2


def retried(use_case: Callable[P, T]) -> Callable[P, T]:
    """Run a use case again from its first read after a Conflict; the last try's Conflict is the caller's.

    Before each new try it pauses, at random and ever longer, so that ten callers who change one object at once, as
    tools that apply a plan do, all come through.
    """

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(_TRIES - 1):
            try:
                return use_case(*args, **kwargs)
            except Conflict:
                time.sleep(_pause(attempt))
        return use_case(*args, **kwargs)

    return run


def _pause(attempt: int) -> float:
    import random  # most requests never wait

    longest = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
    return random.uniform(0, longest)  # noqa: S311 - jitter, not a secret
