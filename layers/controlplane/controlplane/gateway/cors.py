"""Which browsers' pages may read what this API says (contract, sections 1 and 5): those of configured origins only.

The gateway's own refusals cannot vary by origin: a page of a foreign origin sees those as network errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controlplane.api.routes import ROUTES
from controlplane.gateway.headers import header_values

_ASKED_WITH = ", ".join((
    "Authorization", "Content-Type", "Idempotency-Key", "X-Ironflow-Environment", "X-Ironflow-Environment-ID",
    "X-Ironflow-Org", "X-Ironflow-Reason",
))
_ANSWERED_WITH = "Idempotency-Replayed, Retry-After, X-Next-Cursor, X-Request-Id"
_REMEMBERED_SECONDS = "600"


def cors_headers(event: Mapping[str, Any], origins: tuple[str, ...]) -> dict[str, str]:
    """Return what lets a page of a configured origin read this reply, or on `OPTIONS`, ask for one.

    Caches are told that a reply depends on the origin. Cookies are not shared: no reply ever says
    `Access-Control-Allow-Credentials`.
    """
    if not origins:
        return {}
    asking = header_values(event, "origin")
    if len(asking) != 1 or asking[0] not in origins:
        return {"Vary": "Origin"}
    allowed = {"Vary": "Origin", "Access-Control-Allow-Origin": asking[0]}
    if event["httpMethod"] == "OPTIONS":
        return allowed | {"Access-Control-Allow-Methods": _methods_of(event["resource"]),
                          "Access-Control-Allow-Headers": _ASKED_WITH,
                          "Access-Control-Max-Age": _REMEMBERED_SECONDS}
    return allowed | {"Access-Control-Expose-Headers": _ANSWERED_WITH}


def _methods_of(path: str) -> str:
    return ", ".join(route.method for route in ROUTES if route.path == path and route.method != "ANY")
