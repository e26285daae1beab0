"""What is told of a request, once, by allow-list: never an event, a header, a body, a token or a claim.

One line in the log, and the figures. On Lambda CloudWatch reads the fleet's figures from the log as well.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from controlplane.api.routes import Route
from controlplane.gateway.figures import figures
from controlplane.settings import edge

SERVICE, NAMESPACE = "ironflow", "Ironflow"
UNROUTED = "none"
INFO, ERROR = "INFO", "ERROR"
_TELL_REQUESTS = frozenset({"DEBUG", INFO})
_MOST_FRAMES = 8
_FIRST: Iterator[bool] = iter((True,))
_encoded = json.JSONEncoder(separators=(",", ":")).encode


def tell_request(event: dict[str, Any], route: Route | None, status: int, *, seconds: float) -> None:
    """Write the request's line, unless only errors are wanted, and count it."""
    here, context = edge(), event["requestContext"].get("authorizer") or {}
    operation = route.operation if route else UNROUTED
    if here.log_level in _TELL_REQUESTS:
        _write({
            "level": INFO, "message": "request", "service": SERVICE, "operation": operation,
            "principal_type": context.get("principal_type", ""), "principal_id": context.get("principal_id", ""),
            "org_id": context.get("org_id", ""), "status": status, "milliseconds": round(seconds * 1000, 1),
            "request_id": event["requestContext"]["requestId"], "cold_start": next(_FIRST, False),
        })
    figures().request(operation, status, seconds=seconds)
    if here.reports:
        _report(operation, status, stage=here.stage, milliseconds=seconds * 1000)


def tell_failure(error: BaseException, *, request_id: str, operation: str) -> None:
    """Write where an unexpected error came from; its message may hold input, so it stays out."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    _write({"level": ERROR, "message": "unexpected error", "service": SERVICE, "error": type(error).__name__,
            "frames": frames[-_MOST_FRAMES:], "operation": operation, "request_id": request_id})


def _report(operation: str, status: int, *, stage: str, milliseconds: float) -> None:
    """Write the request as CloudWatch's embedded metrics: count and latency by operation and class of status."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    told = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    for name, value in (("stage", stage), ("operation", operation), ("status", f"{status // 100}xx")):
        told.add_dimension(name=name, value=value)
    told.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    told.add_metric(name="Latency", unit=MetricUnit.Milliseconds, value=milliseconds)
    told.flush_metrics()


def _write(line: dict[str, Any]) -> None:
    """Write a line; when it was written, the log that takes it knows."""
    sys.stdout.write(_encoded(line) + "\n")
    sys.stdout.flush()
