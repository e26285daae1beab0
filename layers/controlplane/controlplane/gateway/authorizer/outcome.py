"""One line a request, by allow-list: nothing that a caller wrote, no credential, nothing read from the table."""

from __future__ import annotations

import json
import sys
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any

from controlplane.domain.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[dict[str, Any], object], dict[str, Any]]

REFUSED, FAILED = "deny", "failed"


def logged(handler: Handler) -> Handler:
    """Log how each request ended. What the handler raises goes on, without its cause: the gateway answers 503."""

    @wraps(handler)
    def with_line(event: dict[str, Any], context: object) -> dict[str, Any]:
        started = perf_counter()
        try:
            reply = handler(event, context)
        except Problem as problem:
            _write(event, started, outcome=FAILED, code=problem.code)
            raise problem from None
        told = reply["context"]
        _write(
            event, started, outcome=told.get("decision", REFUSED), code=told.get("code", ""),
            operation=told.get("operation", ""), principal=reply["principalId"],
        )
        return reply

    return with_line


def _write(event: dict[str, Any], started: float, **shown: str) -> None:
    line = {
        "event": "authorized",
        "request_id": (event.get("requestContext") or {}).get("requestId", ""),
        "milliseconds": round((perf_counter() - started) * 1000, 2),
    }
    sys.stdout.write(json.dumps(line | shown, separators=(",", ":")) + "\n")
    sys.stdout.flush()
