"""What the gateway itself refuses reads like every other error (contract, section 1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from controlplane.gateway.replies import Reply
from devserver.deployment import Deployment

UNAVAILABLE = (503, "unavailable", "service unavailable")
NOT_FOUND = (404, "not_found", "not found")
PROMISED = {
    "ACCESS_DENIED": (401, "unauthenticated", "API key expired"),
    "UNAUTHORIZED": (401, "unauthenticated", "authentication required"),
    "MISSING_AUTHENTICATION_TOKEN": NOT_FOUND,
    "INVALID_SIGNATURE": NOT_FOUND,
    "RESOURCE_NOT_FOUND": NOT_FOUND,
    "REQUEST_TOO_LARGE": (413, "invalid_argument", "request body too large"),
    "THROTTLED": (429, "resource_exhausted", "too many requests"),
    "QUOTA_EXCEEDED": (429, "resource_exhausted", "too many requests"),
    "WAF_FILTERED": (403, "permission_denied", "request refused"),
    "AUTHORIZER_FAILURE": UNAVAILABLE,
    "AUTHORIZER_CONFIGURATION_ERROR": UNAVAILABLE,
    "INTEGRATION_FAILURE": UNAVAILABLE,
    "INTEGRATION_TIMEOUT": UNAVAILABLE,
    "DEFAULT_4XX": (400, "invalid_argument", "bad request"),
    "DEFAULT_5XX": (500, "internal", "internal error"),
}
GUARDED = dict(Reply(200).to_gateway(request_id="")["headers"].items() - {("X-Request-Id", "")})
SUBSTITUTED = {"$context.requestId": "req-1", "$context.authorizer.sentence": "API key expired"}


def _body(deployment: Deployment, kind: str) -> dict[str, Any]:
    text = deployment.gateway_responses[kind].templates["application/json"]
    for variable, value in SUBSTITUTED.items():
        text = text.replace(variable, value)
    body: dict[str, Any] = json.loads(text)
    return body


def test_every_refusal_of_the_gateway_is_worded(deployment: Deployment) -> None:
    """No refusal leaks API Gateway's own body, which no client of ours reads."""
    worded = set(deployment.gateway_responses)

    assert worded == set(PROMISED)


@pytest.mark.parametrize("kind", PROMISED)
def test_a_refusal_has_the_contracts_body(deployment: Deployment, kind: str) -> None:
    """Clients read `error`, `message` or `code`: all three are there, as valid JSON, under the right status."""
    status, code, sentence = PROMISED[kind]
    promised = {"error": sentence, "message": sentence, "code": code, "request_id": "req-1"}

    body = _body(deployment, kind)

    assert body == promised | ({"retryable": True} if status == 503 else {})
    assert deployment.gateway_responses[kind].status == status


@pytest.mark.parametrize("kind", PROMISED)
def test_a_refusal_that_passes_says_when_to_come_back(deployment: Deployment, kind: str) -> None:
    """429 and 503 carry Retry-After, and nothing else does; a browser is told what a function's reply tells it."""
    response = deployment.gateway_responses[kind]

    headers = {name: value[1:-1] for name, value in response.headers.items()}

    assert headers == GUARDED | ({"Retry-After": "1"} if response.status in (429, 503) else {})


@pytest.mark.parametrize("kind", PROMISED)
def test_nothing_that_a_caller_writes_stands_in_a_refusal(deployment: Deployment, kind: str) -> None:
    """Templates substitute without escaping: a path or a message in one would be an injection."""
    text = deployment.gateway_responses[kind].templates["application/json"]

    for variable in SUBSTITUTED:
        text = text.replace(variable, "")

    assert "$" not in text
