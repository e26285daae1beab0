"""The OpenAPI 3.1 document, derived from the route table and the types of bodies and replies (contract, section 5)."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from controlplane import VERSION
from controlplane.api import bodies, views
from controlplane.api.routes import ROUTES, UNKNOWN_PATH, Access, Route
from controlplane.domain.names import COOKIE

_REF = "#/components/schemas/{name}"
_JSON = "application/json"
_GATEWAY_ERRORS = (429, 500, 503)
_REASONS = {
    400: "The request is wrong, or the object's state forbids it",
    401: "The credential is missing, unknown, expired or revoked",
    403: "The caller may not do this; `required` names the missing action",
    404: "No such object for this caller",
    409: "A unique value is taken, or another request won",
    413: "The body exceeds 1 MB",
    429: "Too many requests; come back after `Retry-After` seconds",
    500: "Something unexpected; the request id leads to it",
    503: "Temporarily unavailable; retrying is safe",
}
_ACCESS = {
    Access.PUBLIC: "Public.",
    Access.AUTHENTICATED: "Any valid credential.",
    Access.OPERATOR: "Admins of the operator organization only.",
    Access.SESSION: "A platform user's session token.",
    Access.PLATFORM_ONLY_ELSEWHERE: "Refused for everybody.",
}
_IMPERSONATES = (Access.TENANT, Access.KEYS, Access.SELF)
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
    for group in views.HOMES:
        import_module(f"controlplane.api.views_{group}")
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
        "components": {"schemas": _schemas(), "securitySchemes": _security_schemes()},
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation, "summary": route.summary, "tags": [route.function],
        "description": _description(route), "parameters": _parameters(route), "responses": _responses(route),
        "security": [] if route.access is Access.PUBLIC else [{"bearer": []}, {"token": []}, {"cookie": []}],
    }
    if route.body:
        kind = getattr(bodies, route.body)
        operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": _ref(_public(kind.__name__))}}}
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
    headers = list(_HEADERS)[:3] if route.access in _IMPERSONATES else []
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
    if route.reply.startswith("list["):
        success["headers"] = {"X-Next-Cursor": {"description": "Where the next page starts; absent at the end",
                                                "schema": {"type": "string"}}}
    responses = {str(route.success): success}
    if route.access is Access.PLATFORM_ONLY_ELSEWHERE:
        responses = {}
    for status in statuses(route):
        responses[str(status)] = {"description": _REASONS[status], "content": {_JSON: {"schema": _ref("Error")}}}
    return responses


def statuses(route: Route) -> tuple[int, ...]:
    """Return every error status that an operation can give."""
    found = {*route.errors, *_GATEWAY_ERRORS}
    if route.access is not Access.PUBLIC:
        found |= {401, 403}
    if route.access in _IMPERSONATES:
        found |= {400, 404}
    if route.body:
        found |= {400, 413}
    if route.method == "POST" and route.access is not Access.PUBLIC:
        found |= {400, 409}
    return tuple(sorted(found))


def _reply_schema(reply: str) -> dict[str, Any]:
    if reply.startswith("list["):
        return {"type": "array", "items": _ref(reply[5:-1])}
    return _ref(reply) if reply in views.TYPES else {"type": "object"}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(name=name)}


def _schemas() -> dict[str, Any]:
    kinds = [getattr(bodies, name) for name in sorted({route.body for route in ROUTES if route.body})]
    kinds += list(views.TYPES.values())
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schemas = {_public(name): _renamed(schema) for name, schema in components.items()}
    texts = {name: {"type": "string"} for name in ("error", "message", "code", "request_id")}
    schemas["Error"] = {
        "type": "object", "required": list(texts),
        "properties": texts | {"required": {"type": "string", "description": "The missing action, with 403"},
                               "retryable": {"type": "boolean", "description": "True with 503"}},
    }
    return dict(sorted(schemas.items()))


def _public(name: str) -> str:
    """Return a schema's public name: `KeyView` → `Key`, and a request's type `Login` → `LoginRequest`."""
    return f"{name}Request" if name in _request_types() else name.removesuffix("View")


@cache
def _request_types() -> frozenset[str]:
    kinds = (getattr(bodies, route.body) for route in ROUTES if route.body)
    return frozenset(kind.__name__ for kind in kinds)


def _renamed(schema: Any) -> Any:
    """Drop our types' ending from titles and references."""
    if isinstance(schema, dict):
        return {key: _public_value(key, value) for key, value in schema.items()}
    return [_renamed(member) for member in schema] if isinstance(schema, list) else schema


def _public_value(key: str, value: Any) -> Any:
    if key == "title" and isinstance(value, str):
        return _public(value)
    if key == "$ref" and isinstance(value, str):
        start, _, name = value.rpartition("/")
        return f"{start}/{_public(name)}"
    return _renamed(value)


def _security_schemes() -> dict[str, Any]:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An API key or a session token"},
        "token": {"type": "apiKey", "in": "query", "name": "token", "description": "Where headers are impossible"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The dashboard's session"},
    }
