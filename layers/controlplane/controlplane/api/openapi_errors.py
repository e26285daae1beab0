"""Which errors an operation can give, and what they look like, for the OpenAPI document (contract, section 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from controlplane.api.errors import error_body, status_of
from controlplane.api.routes import Access, Route
from controlplane.domain.errors import Problem

IMPERSONATES = (Access.TENANT, Access.KEYS, Access.SELF)
_NAMES_A_PLACE = (*IMPERSONATES, Access.AUTHENTICATED)
_UNMAPPED = 500
_ALWAYS = (400, 429, 500, 503)  # 400: no request at all to the gateway, such as a header with a control character
_JSON = "application/json"
_REQUEST_ID = "289eb8c0-51da-4a57-b659-7c6ebe41958f"

# status: its name in the document, what it means, an example's sentence, and the action that the example misses
_ERRORS = {
    400: ("BadRequest", "The request is wrong, or the object's state forbids it", "name is required", ""),
    401: ("Unauthenticated", "The credential is missing, unknown, expired or revoked", "invalid API key", ""),
    403: ("Forbidden", "The caller may not do this; `required` names the missing action, where one is missing",
          "insufficient permissions", "apikeys:manage"),
    404: ("NotFound", "No such object for this caller", "not found", ""),
    409: ("Conflict", "A unique value is taken, or another request was first", "this name is taken", ""),
    413: ("TooLarge", "The body exceeds 1 MB", "request body exceeds 1 MB", ""),
    429: ("TooManyRequests", "Too many requests, or too many failed logins; come back after `Retry-After` seconds",
          "too many requests", ""),
    500: ("Internal", "Something unexpected; the request id leads to it", "internal error", ""),
    503: ("Unavailable", "Temporarily unavailable; the same request may be sent again",
          "service temporarily unavailable", ""),
}  # fmt: skip


def statuses(route: Route) -> tuple[int, ...]:
    """Return every error status that an operation can give: the row's own, and those of everything before it."""
    found = {*route.errors, *_ALWAYS}
    refused = route.access is Access.PLATFORM_ONLY_ELSEWHERE
    if route.access is not Access.PUBLIC:
        found |= {401, 403}
    if route.access in _NAMES_A_PLACE:
        found |= {404}
    if route.body:
        found |= {413}
    if route.method != "GET" and route.access is not Access.PUBLIC and not refused:
        found |= {409}  # an Idempotency-Key of another request, or an object that others keep changing
    return tuple(sorted(found))


def codes() -> dict[int, tuple[str, ...]]:
    """Return the codes with which each status comes."""
    found: dict[int, set[str]] = {}
    kinds: list[type[Problem]] = [Problem, *_descendants(Problem)]
    for kind in kinds:
        status = status_of(kind.__new__(kind))
        if status != _UNMAPPED or kind is Problem:  # others without a status never reach a client
            found.setdefault(status, set()).add(kind.code)
    return {status: tuple(sorted(names)) for status, names in sorted(found.items())}


def meaning_of_status(status: int) -> str:
    """Say what a status means, whatever the operation."""
    return _ERRORS[status][1]


def error_reference(status: int) -> dict[str, str]:
    """Return a reference to the response of a status."""
    return {"$ref": f"#/components/responses/{_ERRORS[status][0]}"}


def error_responses() -> dict[str, Any]:
    """Return the shared responses, each with an example."""
    known = codes()
    return {name: _response(status, known[status][-1]) for status, (name, *_) in _ERRORS.items()}


def _response(status: int, code: str) -> dict[str, Any]:
    _, meaning, sentence, required = _ERRORS[status]
    example = error_body(sentence, code, request_id=_REQUEST_ID, required=required)
    response: dict[str, Any] = {
        "description": meaning,
        "content": {_JSON: {"schema": {"$ref": "#/components/schemas/Error"}, "example": example}},
    }
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
    return response


def _descendants(kind: type[Problem]) -> Iterator[type[Problem]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
