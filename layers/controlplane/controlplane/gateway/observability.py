"""What is told of a request, once, by allow-list: never an event, a header, a body, a token or a claim.

One line in the log, and the figures. On Lambda CloudWatch reads the fleet's figures from the log as well.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from controlplane.api.routes import Route
from controlplane.gateway.figures import figures
from controlplane.settings import edge

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

SERVICE, NAMESPACE = "ironflow", "Ironflow"
UNROUTED = "none"
_MOST_FRAMES = 8
_FIRST: Iterator[bool] = iter((True,))


def tell_request(event: dict[str, Any], route: Route | None, status: int, *, seconds: float) -> None:
    """Write the request's line, and count it."""
    context = event["requestContext"].get("authorizer") or {}
    operation = route.operation if route else UNROUTED
    _logger().info(
        "request", operation=operation, principal_type=context.get("principal_type", ""),
        principal_id=context.get("principal_id", ""), org_id=context.get("org_id", ""), status=status,
        milliseconds=round(seconds * 1000, 1), request_id=event["requestContext"]["requestId"],
        cold_start=next(_FIRST, False),
    )
    figures().request(operation, status, seconds=seconds)
    here = edge()
    if here.reports:
        _report(operation, status, stage=here.stage, milliseconds=seconds * 1000)


def tell_failure(error: BaseException, *, request_id: str, operation: str) -> None:
    """Write where an unexpected error came from; its message may hold input, so it stays out."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    _logger().error("unexpected error", error=type(error).__name__, frames=frames[-_MOST_FRAMES:],
                    operation=operation, request_id=request_id)


def _report(operation: str, status: int, *, stage: str, milliseconds: float) -> None:
    """Write the request as CloudWatch's embedded metrics: count and latency by operation and class of status."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    told = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    for name, value in (("stage", stage), ("operation", operation), ("status", f"{status // 100}xx")):
        told.add_dimension(name=name, value=value)
    told.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    told.add_metric(name="Latency", unit=MetricUnit.Milliseconds, value=milliseconds)
    told.flush_metrics()


@cache
def _logger() -> Logger:
    from aws_lambda_powertools import Logger

    return Logger(service=SERVICE, stream=sys.stdout, location=None)
