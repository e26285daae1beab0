"""The schemas of the OpenAPI document: types of requests and replies, each field with its meaning and an example."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from controlplane.api import bodies, views
from controlplane.api.openapi_errors import codes
from controlplane.api.openapi_fields import meaning_of
from controlplane.api.routes import ROUTES

_REF = "#/components/schemas/{name}"
_REQUEST = "Request"


@cache
def schemas() -> dict[str, Any]:
    """Return every schema by its public name."""
    for group in views.HOMES:
        import_module(f"controlplane.api.views_{group}")
    kinds = [getattr(bodies, name) for name in sorted({route.body for route in ROUTES if route.body})]
    _, components = msgspec.json.schema_components([*kinds, *views.TYPES.values()], ref_template=_REF)
    found = {public_name(name): _renamed(schema) for name, schema in components.items()}
    found["Error"] = _error()
    for name, schema in found.items():
        _describe(name, schema)
    return dict(sorted(found.items()))


def reference(name: str) -> dict[str, str]:
    """Return a reference to a schema."""
    return {"$ref": _REF.format(name=name)}


def example_of(name: str) -> dict[str, Any]:
    """Return a request as a caller would send it: its required fields, or its first where none is."""
    schema = schemas()[name]
    fields = schema.get("required") or list(schema["properties"])[:1]
    return {field: _example(schema["properties"][field]) for field in fields}


def public_name(name: str) -> str:
    """Return a schema's public name: `KeyView` → `Key`, and a request's type `Login` → `LoginRequest`."""
    return f"{name}{_REQUEST}" if name in _request_types() else name.removesuffix("View")


@cache
def _request_types() -> frozenset[str]:
    kinds = (getattr(bodies, route.body) for route in ROUTES if route.body)
    return frozenset(kind.__name__ for kind in kinds)


def _describe(name: str, schema: dict[str, Any]) -> None:
    """Say what each field means, with an example where it has one of its own."""
    for field, about in schema.get("properties", {}).items():
        meaning, example = meaning_of(name, field)
        about["description"] = meaning
        if example is not None:
            about["examples"] = [example]


def _example(schema: dict[str, Any]) -> Any:
    if "$ref" not in schema:
        return schema["examples"][0]
    return example_of(schema["$ref"].rpartition("/")[2])


def _error() -> dict[str, Any]:
    fields: dict[str, Any] = {name: {"type": "string"} for name in ("error", "message", "code", "request_id")}
    fields["code"]["enum"] = sorted({code for found in codes().values() for code in found})
    return {"type": "object", "title": "Error", "required": list(fields),
            "properties": fields | {"required": {"type": "string"}, "retryable": {"type": "boolean"}}}


def _renamed(schema: Any) -> Any:
    """Drop our types' ending from titles and references."""
    if isinstance(schema, dict):
        return {key: _public_value(key, value) for key, value in schema.items()}
    return [_renamed(member) for member in schema] if isinstance(schema, list) else schema


def _public_value(key: str, value: Any) -> Any:
    if key == "title" and isinstance(value, str):
        return public_name(value)
    if key == "$ref" and isinstance(value, str):
        start, _, name = value.rpartition("/")
        return f"{start}/{public_name(name)}"
    return _renamed(value)
