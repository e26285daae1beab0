"""One log line a request, by allow-list: never an event, a header, a body, a token or a claim."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

from controlplane.api.routes import Route


def log_request(event: dict[str, Any], route: Route | None, status: int, *, milliseconds: float) -> None:
    """Write the request's line: operation, principal, status, milliseconds, request id."""
    context = event["requestContext"].get("authorizer") or {}
    _write({
        "level": "INFO", "message": "request", "operation": route.operation if route else "",
        "principal_type": context.get("principal_type", ""), "principal_id": context.get("principal_id", ""),
        "org_id": context.get("org_id", ""), "status": status, "milliseconds": round(milliseconds, 1),
        "request_id": event["requestContext"]["requestId"],
    })


def log_failure(error: BaseException, *, request_id: str, operation: str) -> None:
    """Write where an unexpected error came from; its message may hold input, so it stays out."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    _write({"level": "ERROR", "message": "unexpected error", "error": type(error).__name__, "frames": frames[-8:],
            "operation": operation, "request_id": request_id})


def _write(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()
