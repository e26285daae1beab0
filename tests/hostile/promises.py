"""What no request may bring about, whatever it looks like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from controlplane.api.routes import Access
from tests.hostile.house import Event, Passage, operation_given

_REFUSED, _FAILED = 400, 500
_SAME = (
    "httpMethod",
    "resource",
    "path",
    "pathParameters",
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
)
_ERROR_FIELDS = {"error", "message", "code", "request_id"}
_MORE_FIELDS = {"required", "retryable"}
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]*")


def broken_promises(passage: Passage, *, credentials: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a passage; `credentials` gives the value of a credential → its owner's id."""
    return [
        *_answer(passage),
        *_one_request(passage),
        *_somebody(passage, credentials),
        *_secrets(passage, credentials),
    ]


def _answer(passage: Passage) -> Iterator[str]:
    """Every answer is a success or a refusal in the contract's shape (contract, section 1)."""
    reply = passage.reply
    if not 200 <= reply.status < _FAILED:
        yield f"answered {reply.status} {reply.body[:200]!r}"
    for name, value in reply.headers:
        if not _PRINTABLE.fullmatch(name + value):
            yield f"the header {name} holds a control character"
    if _REFUSED <= reply.status:
        told = json.loads(reply.body)
        if not _ERROR_FIELDS <= set(told) <= _ERROR_FIELDS | _MORE_FIELDS or told["error"] != told["message"]:
            yield f"a refusal of another shape: {told}"


def _one_request(passage: Passage) -> Iterator[str]:
    """The policy is for the very method that was asked about."""
    if passage.ruling:
        assert passage.asked
        (statement,) = passage.ruling["policyDocument"]["Statement"]
        if statement["Resource"] != passage.asked["methodArn"]:
            yield "the policy is for another method"
        if not passage.asked["methodArn"].endswith(f"/{passage.asked['httpMethod']}{passage.asked['path']}"):
            yield "the ARN names another method than the event"


def _one_operation(passage: Passage) -> Iterator[str]:
    """What was routed is what was served, and what was authorised."""
    if passage.given is None:
        return
    if passage.served is None or passage.served.operation != operation_given(passage):
        yield f"{operation_given(passage)} was routed, {passage.served} was served"
    elif passage.served.access is not Access.PUBLIC:
        yield from _as_authorised(passage, passage.given, passage.served.operation)


def _as_authorised(passage: Passage, given: Event, served: str) -> Iterator[str]:
    if passage.ruling is None or passage.asked is None:
        yield f"{served} was served, and nobody was asked"
        return
    if any(passage.asked[name] != given[name] for name in _SAME):
        yield "authorizer and function were given different requests"
    if passage.context.get("operation") != served:
        yield f"authorised as {passage.context.get('operation')}, served as {served}"
    if passage.reply.status < _REFUSED and not passage.allowed:
        yield f"refused, but answered {passage.reply.status}"


def _somebody(passage: Passage, credentials: Mapping[str, str]) -> Iterator[str]:
    """Whoever is allowed something presented the credential of just this principal."""
    if not passage.context.get("principal_id"):
        return
    told = passage.context["principal_id"]
    sent = repr(passage.request.headers) + _plain(passage.request.query)
    if not any(value in sent for value, owner in credentials.items() if owner == told):
        yield f"taken for {told}, whose credential was not sent"


def _secrets(passage: Passage, credentials: Mapping[str, str]) -> Iterator[str]:
    """No answer repeats a credential."""
    text = passage.reply.body.decode(errors="replace") + repr(passage.reply.headers)
    if any(value in text for value in credentials):
        yield "a credential stands in the answer"


def _plain(query: str) -> str:
    from urllib.parse import unquote_plus

    return unquote_plus(query, errors="replace")
