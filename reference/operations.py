"""The page of all operations: how to reach each, what it takes, what it gives, and how it can fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from controlplane.api.openapi import document
from controlplane.api.routes import ROUTES, UNKNOWN_PATH, Route
from reference.markdown import anchor, code, page, table

_INTRODUCTION = """
Every path starts at the server's address, such as `http://localhost:9123`. Bodies are JSON, times are UTC, and every
error has [one shape](errors.md). Beside the statuses listed, any operation can answer 429, 500 and 503. The same in
OpenAPI 3.1 is [openapi.json](openapi.json), which the server hands out at `/api/v1/openapi.json`.
"""
_JSON = "application/json"
_EVERYWHERE = {"429", "500", "503"}
_PLACES = {"path": "in the path", "query": "in the query", "header": "header"}


def operations_page() -> str:
    """Return docs/reference/api.md."""
    served = [route for route in ROUTES if route.path != UNKNOWN_PATH]
    groups = dict.fromkeys(route.function for route in served)
    contents = "\n".join(_contents(group, [one for one in served if one.function == group]) for group in groups)
    sections = [f"## {group.capitalize()} operations\n\n" + "\n\n".join(_operations(group, served)) for group in groups]
    return page("The API", "the route table and the OpenAPI document", _INTRODUCTION, contents, *sections,
                "## Objects", *_objects())  # fmt: skip


def _contents(group: str, routes: list[Route]) -> str:
    links = ", ".join(f"[{route.operation}](#{route.operation})" for route in routes)
    return f"- **{group.capitalize()}**: {links}"


def _operations(group: str, served: list[Route]) -> Iterator[str]:
    for route in served:
        if route.function == group:
            yield _operation(route, document()["paths"][route.path][route.method.lower()])


def _operation(route: Route, described: Mapping[str, Any]) -> str:
    parts = [
        f"### {route.operation}",
        f"`{route.method} {route.path}`: {route.summary}. {described['description']}",
        _parameters(described["parameters"]),
        _request(described.get("requestBody")),
        _outcome(described["responses"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _parameters(parameters: list[Mapping[str, Any]]) -> str:
    named = [f"{code(one['name'])} ({_PLACES[one['in']]})" for one in parameters if one["in"] != "header"]
    headers = [code(one["name"]) for one in parameters if one["in"] == "header"]
    lines = [f"Parameters: {', '.join(named)}." if named else "", f"Headers: {', '.join(headers)}." if headers else ""]
    return " ".join(line for line in lines if line)


def _request(body: Mapping[str, Any] | None) -> str:
    if body is None:
        return ""
    name = _name(body["content"][_JSON]["schema"])
    return _fields(document()["components"]["schemas"][name])


def _outcome(responses: Mapping[str, Any]) -> str:
    good = [f"{status} {_shown(response)}".strip() for status, response in responses.items() if status < "400"]
    bad = [status for status in responses if status >= "400" and status not in _EVERYWHERE]
    return f"Answers {', '.join([*good, *bad])}."


def _shown(response: Mapping[str, Any]) -> str:
    for kind, content in response.get("content", {}).items():
        return _link(content["schema"]) if kind == _JSON else code(kind)
    return ""


def _link(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"a list of {_link(schema['items'])}"
    name = _name(schema)
    return f"[{name}](#{anchor(name)})" if name else code(schema.get("type", ""))


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _objects() -> Iterator[str]:
    for name, schema in document()["components"]["schemas"].items():
        if not name.endswith("Request"):
            yield f"### {name}\n\n{_fields(schema)}"


def _fields(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    return table(
        ("Field", "Type", "", "Meaning"),
        [(code(name), _type(about), "" if name in required else "optional", about["description"])
         for name, about in schema["properties"].items()],
    )  # fmt: skip


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _type_link(schema)
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    kind = kinds[0]
    return f"list of {_type(kind['items'])}" if kind.get("type") == "array" else _type_link(kind)


def _type_link(schema: Mapping[str, Any]) -> str:
    return _link(schema) if "$ref" in schema else str(schema.get("type", "any"))
