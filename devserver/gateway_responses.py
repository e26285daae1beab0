"""Word the gateway's own replies as the template asks for, with substitution but without escaping, as on AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from devserver.deployment import GatewayResponse
from devserver.http_reply import Reply

_VARIABLE = re.compile(r"\$(context|stageVariables|method)((?:\.[A-Za-z0-9_-]*[A-Za-z0-9_])+)")

# Response type → the status and the message that it has when no template says otherwise.
DEFAULTS: Mapping[str, tuple[int, str]] = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource with an explicit deny"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_FAILURE": (500, "Internal server error"),
    "BAD_REQUEST": (400, "Bad Request"),
    "INTEGRATION_FAILURE": (504, "Network error communicating with endpoint"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "MALFORMED_PROXY_RESPONSE": (502, "Internal server error"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "REQUEST_HEADERS_TOO_LARGE": (431, "Request Header Fields Too Large"),
    "REQUEST_TIMEOUT": (408, "Request Timeout"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long"),
    "THROTTLED": (429, "Too Many Requests"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "GATEWAY_ERROR": (500, "Internal server error"),
}
PLAIN_TEMPLATE = '{"message":$context.error.messageString}'


class Refusal(Exception):
    """The gateway answers itself, with one of its response types."""

    def __init__(self, kind: str, *, authorizer: Mapping[str, str] | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.authorizer = authorizer or {}


def word_refusal(
    refusal: Refusal, *, responses: Mapping[str, GatewayResponse], context: Mapping[str, Any], accept: str | None
) -> Reply:
    """Return the reply for a refusal: its own response, else the default of its class, else API Gateway's."""
    status, message = DEFAULTS[refusal.kind]
    fallback = "DEFAULT_4XX" if status < 500 else "DEFAULT_5XX"
    response = responses.get(refusal.kind) or responses.get(fallback) or GatewayResponse()
    values = {
        **context,
        "authorizer": refusal.authorizer,
        "error": {
            "message": message,
            "messageString": json.dumps(message),
            "responseType": refusal.kind,
            "validationErrorString": "",
        },
    }
    media_type, template = _choose_template(response.templates, accept)
    headers = [(name, _header_value(value, values)) for name, value in response.headers.items()]
    if "content-type" not in {name.lower() for name, _ in headers}:
        headers.append(("Content-Type", media_type))
    headers.append(("x-amzn-ErrorType", "".join(part.capitalize() for part in refusal.kind.split("_")) + "Exception"))
    return Reply(response.status or status, tuple(headers), substitute(template, values).encode("utf-8"))


def substitute(template: str, values: Mapping[str, Any]) -> str:
    """Replace `$context.a.b`; a name without a value becomes nothing."""

    def replacement(match: re.Match[str]) -> str:
        if match[1] != "context":
            return ""
        value: Any = values
        for part in match[2].split(".")[1:]:
            value = value.get(part) if isinstance(value, Mapping) else None
        return "" if value is None else str(value)

    return _VARIABLE.sub(replacement, template)


def _choose_template(templates: Mapping[str, str], accept: str | None) -> tuple[str, str]:
    if not templates:
        return "application/json", PLAIN_TEMPLATE
    asked = [part.split(";")[0].strip().lower() for part in (accept or "").split(",")]
    media_type = next((kind for kind in asked if kind in templates), None)
    media_type = media_type or ("application/json" if "application/json" in templates else next(iter(templates)))
    return media_type, templates[media_type]


def _header_value(expression: str, values: Mapping[str, Any]) -> str:
    """A header is a quoted literal, or the name of a context variable."""
    if expression.startswith("'") and expression.endswith("'"):
        return expression[1:-1]
    found = substitute(f"${expression}", values) if expression.startswith("context.") else ""
    return " ".join(found.split())
