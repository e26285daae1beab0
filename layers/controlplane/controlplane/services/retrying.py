"""Doing a use case again when another request changed its object in between."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from controlplane.domain.errors import Conflict

P = ParamSpec("P")
T = TypeVar("T")
_TRIES = 5


def retried(use_case: Callable[P, T]) -> Callable[P, T]:
    """Run a use case again from its first read after a Conflict; the last try's Conflict is the caller's."""

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_TRIES - 1):
            try:
                return use_case(*args, **kwargs)
            except Conflict:
                continue
        return use_case(*args, **kwargs)

    return run
