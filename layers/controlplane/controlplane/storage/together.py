"""Asking the table several questions at once, where none needs another's answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_AT_ONCE = 8


def each(ask: Callable[[T], R], subjects: Sequence[T]) -> list[R]:
    """Ask about every subject, eight at a time, and return the answers in the order of the subjects.

    The request's patience holds for all of them. The first failure is the caller's: what was not asked by then is not.
    """
    if len(subjects) < 2:
        return [ask(subject) for subject in subjects]
    from concurrent.futures import ThreadPoolExecutor  # needed by few requests

    contexts = [copy_context() for _ in subjects]
    with ThreadPoolExecutor(min(_AT_ONCE, len(subjects))) as threads:
        return list(threads.map(lambda context, subject: context.run(ask, subject), contexts, subjects))
