"""Functions that no request calls: one log line each, and failures left to Lambda, which tries again.

They have no route and no authorizer: whoever may invoke them is IAM's decision, and the template gives it to nobody.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from controlplane.bootstrap import Services, services_for
from controlplane.domain.values import dataclass, field

_SPARE_SECONDS = 15.0  # what a step may take that began just before the time was over
_MOST_FRAMES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One invocation: what it was given, and for how many seconds it may work."""

    event: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What goes back to the caller, and what of it may be logged."""

    reply: Mapping[str, Any] = field(repr=False)
    told: Mapping[str, Any]


class TaskFailed(Exception):
    """A task ended early; the log says where, without a word of what it was about."""


def bind_task(task: Callable[[Task, Services], Done]) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the Lambda handler of a task, which is a function named like it."""

    def handler(event: Any, context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        seconds = context.get_remaining_time_in_millis() / 1000 - _SPARE_SECONDS
        given = event if isinstance(event, Mapping) else {}
        line = {"level": "INFO", "message": "task", "task": task.__name__, "request_id": context.aws_request_id}
        try:
            done = task(Task(event=given, seconds=max(seconds, 0.0)), services_for())
        except Exception as error:  # noqa: BLE001 - the outermost edge: its message may hold input
            frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            _tell({**line, "level": "ERROR", "message": "task failed", "error": type(error).__name__,
                   "frames": frames[-_MOST_FRAMES:]})
            raise TaskFailed(type(error).__name__) from None
        _tell({**line, "milliseconds": round((time.perf_counter() - started) * 1000, 1), **done.told})
        return dict(done.reply)

    return handler


def _tell(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()
