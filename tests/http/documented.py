"""What the OpenAPI document says of the statuses of a request."""

from __future__ import annotations

import re
from functools import cache

from controlplane.api.openapi_errors import statuses
from controlplane.api.routes import ROUTES, UNKNOWN_PATH, Access, Route

_PARAMETER = re.compile(r"\\{\w+\\}")


def is_documented(method: str, path: str, status: int) -> bool:
    """Tell whether an operation's row names the status; what is no operation may be answered in any way."""
    path = path.partition("?")[0]
    found = [stated for served, pattern, stated in _operations() if served == method and re.fullmatch(pattern, path)]
    return not found or any(status in stated for stated in found)


@cache
def _operations() -> tuple[tuple[str, str, frozenset[int]], ...]:
    return tuple(
        (route.method, _PARAMETER.sub("[^/]+", re.escape(route.path)), _stated(route))
        for route in ROUTES
        if route.path != UNKNOWN_PATH
    )


def _stated(route: Route) -> frozenset[int]:
    refused = route.access is Access.PLATFORM_ONLY_ELSEWHERE
    return frozenset(statuses(route)) | (frozenset() if refused else {route.success})
