"""The OpenAPI 3.1 document, derived from the route table and the types of bodies and replies (contract, section 5)."""

from __future__ import annotations

from functools import cache
from typing import Any

from controlplane import VERSION
from controlplane.api import bodies, views
from controlplane.api.openapi_errors import IMPERSONATES, error_reference, error_responses, statuses
from controlplane.api.openapi_schemas import example_of, public_name, reference, schemas
from controlplane.api.routes import ROUTES, UNKNOWN_PATH, Access, Route
from controlplane.domain.names import COOKIE

_JSON = "application/json"
_ACCESS = {
    Access.PUBLIC: "Public.",
    Access.AUTHENTICATED: "Any valid credential.",
    Access.OPERATOR: "Admins of the operator organization only.",
    Access.SESSION: "A platform user's session token.",
    Access.PLATFORM_ONLY_ELSEWHERE: "Refused for everybody.",
}
_QUERY: dict[str, dict[str, Any]] = {
    "limit": {"description": "Most items of a page", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
    "cursor": {"description": "Where to go on: the value of `X-Next-Cursor` or `next_cursor` of the page before"},
    "platform": {"description": "`true` lists platform keys", "schema": {"type": "string", "enum": ["true"]}},
    "expiring": {"description": "Only keys that expired or will within this duration, such as `30d`"},
    "order": {"description": "`asc` is oldest first", "schema": {"type": "string", "enum": ["asc", "desc"]}},
    "from": {"description": "ISO 8601 timestamp or date, inclusive"},
    "to": {"description": "ISO 8601 timestamp, inclusive, or a date for that day's end"},
}
_HEADERS: dict[str, dict[str, Any]] = {
    "X-Ironflow-Org": {"description": "Act inside this organization (platform credentials only)"},
    "X-Ironflow-Reason": {"description": "Why, for the audit trail", "schema": {"type": "string", "maxLength": 500}},
    "X-Ironflow-Environment": {"description": "The environment's id or name, or `current`"},
    "Idempotency-Key": {"description": "Makes a repetition of this request harmless for 24 hours"},
}


@cache
def document() -> dict[str, Any]:
    """Return the whole document as JSON values."""
    described = schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        if route.path != UNKNOWN_PATH:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ironflow Platform", "version": VERSION,
                 "description": "Identity, keys, permissions, tenancy and audit of a multi-tenant API product.",
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in sorted({route.function for route in ROUTES})],
        "paths": paths,
        "components": {"schemas": described, "responses": error_responses(), "securitySchemes": _security_schemes()},
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation, "summary": route.summary, "tags": [route.function],
        "description": _description(route), "parameters": _parameters(route), "responses": _responses(route),
        "security": [] if route.access is Access.PUBLIC else [{"bearer": []}, {"token": []}, {"cookie": []}],
    }
    if route.body:
        kind = getattr(bodies, route.body)
        name = public_name(kind.__name__)
        content = {"schema": reference(name), "example": example_of(name)}
        operation["requestBody"] = {"required": True, "content": {_JSON: content}}
    return operation


def _description(route: Route) -> str:
    if route.access in _ACCESS:
        return _ACCESS[route.access]
    platform = f" With platform credentials: `{route.platform_action}`." if route.platform_action else ""
    return f"Needs `{route.action}`.{platform}"


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [
        _parameter(part[1:-1], "path", {}, required=True) for part in route.path.split("/") if part.startswith("{")
    ]
    found += [_parameter(name, "query", _QUERY.get(name, {})) for name in route.query]
    headers = list(_HEADERS)[:3] if route.access in IMPERSONATES else []
    if route.method == "POST":
        headers.append("Idempotency-Key")
    return found + [_parameter(name, "header", _HEADERS[name]) for name in headers]


def _parameter(name: str, place: str, known: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": {"type": "string"}} | known


def _responses(route: Route) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done" if route.success == 204 else "The result"}
    if route.reply == "text":
        success["content"] = {"text/plain": {"schema": {"type": "string"}}}
    elif route.reply:
        success["content"] = {_JSON: {"schema": _reply_schema(route.reply)}}
    if "cursor" in route.query:
        success["headers"] = {"X-Next-Cursor": {"description": "Where the next page starts; absent at the end",
                                                "schema": {"type": "string"}}}
    found = {} if route.access is Access.PLATFORM_ONLY_ELSEWHERE else {str(route.success): success}
    return found | {str(status): error_reference(status) for status in statuses(route)}


def _reply_schema(reply: str) -> dict[str, Any]:
    if reply.startswith("list["):
        return {"type": "array", "items": reference(reply[5:-1])}
    return reference(reply) if reply in views.TYPES else {"type": "object"}


def _security_schemes() -> dict[str, Any]:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An API key or a session token"},
        "token": {"type": "apiKey", "in": "query", "name": "token", "description": "Where headers are impossible"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The dashboard's session"},
    }
