"""Build the events that API Gateway sends: REST proxy events (payload 1.0) and REQUEST authorizer events."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from os import urandom
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from devserver.deployment import Deployment
from devserver.http_message import HttpRequest
from devserver.routing import Match, without_trailing_slash

MAX_QUERY_FIELDS = 1_000
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"})
_OWN = frozenset({"x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"})
_DROPPED = _HOP_BY_HOP | _OWN
_ABSENT = ("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
           "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn")  # fmt: skip


class UndecodableQuery(Exception):
    """The query string is not UTF-8 behind its percent signs, or has too many fields."""


def new_uuid() -> str:
    """Return a random UUID; the library's own object for it costs more than everything else of a visit."""
    digits = urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"


class Visit(msgspec.Struct, frozen=True):
    """One request on its way through the gateway: the identifiers and times that everything about it shows.

    `cold_starts` is a note for the log, written on the way: the functions that were started for this request.
    """

    request: HttpRequest
    method: str
    request_id: str = msgspec.field(default_factory=new_uuid)
    extended_request_id: str = msgspec.field(default_factory=lambda: b64encode(urandom(11), b"-_").decode())
    started: float = msgspec.field(default_factory=time.time)
    cold_starts: list[str] = msgspec.field(default_factory=list)

    @property
    def path(self) -> str:
        """The path that routes, authorizer and function all see."""
        return without_trailing_slash(self.request.path)


def method_arn(deployment: Deployment, visit: Visit) -> str:
    """The ARN of the method that the request asks for, with its path as it came."""
    api = f"arn:aws:execute-api:{deployment.region}:{deployment.account}:{deployment.api_id}"
    return f"{api}/{deployment.stage}/{visit.method}/{visit.path.removeprefix('/')}"


def authorizer_event(deployment: Deployment, visit: Visit, match: Match) -> dict[str, Any]:
    """The event of a REQUEST authorizer."""
    common = _common(deployment, visit, match)
    return {"type": "REQUEST", "methodArn": method_arn(deployment, visit), **common}


def proxy_event(
    deployment: Deployment, visit: Visit, match: Match, *, authorizer: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The event of a proxy integration; `authorizer` is what the authorizer let through."""
    event = _common(deployment, visit, match)
    if authorizer is not None:
        event["requestContext"]["authorizer"] = dict(authorizer)
    event["body"], event["isBase64Encoded"] = _body(visit.request, deployment.binary_media_types)
    return event


@lru_cache(maxsize=1000)
def is_binary(media_type: str | None, binary_media_types: frozenset[str]) -> bool:
    """Whether a media type is one that the API treats as binary."""
    wanted = (media_type or "").split(";")[0].strip().lower()
    return any(kind in ("*/*", wanted) or kind == f"{wanted.split('/')[0]}/*" for kind in binary_media_types)


def _common(deployment: Deployment, visit: Visit, match: Match) -> dict[str, Any]:
    headers = _grouped(_headers(visit.request), fold=True)
    query = _grouped(_query(visit.request.query), fold=False)
    return {
        "resource": match.route.resource,
        "path": visit.path,
        "httpMethod": visit.method,
        "headers": _last_of_each(headers),
        "multiValueHeaders": headers or None,
        "queryStringParameters": _last_of_each(query),
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(match.path_parameters) or None,
        "stageVariables": dict(deployment.stage_variables) or None,
        "requestContext": _request_context(deployment, visit, match),
    }


def _request_context(deployment: Deployment, visit: Visit, match: Match) -> dict[str, Any]:
    request = visit.request
    host = request.header("host") or "localhost"
    return {
        "accountId": deployment.account,
        "apiId": deployment.api_id,
        "domainName": host,
        "domainPrefix": host.split(".")[0],
        "extendedRequestId": visit.extended_request_id,
        "httpMethod": visit.method,
        "identity": _identity(request),
        "path": visit.path,
        "protocol": request.version,
        "requestId": visit.request_id,
        "requestTime": _request_time(int(visit.started)),
        "requestTimeEpoch": int(visit.started * 1000),
        "resourceId": match.route.resource_id,
        "resourcePath": match.route.resource,
        "stage": deployment.stage,
    }


@lru_cache(maxsize=1)
def _request_time(second: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))


def _identity(request: HttpRequest) -> dict[str, Any]:
    known = {"sourceIp": request.source_ip, "userAgent": request.header("user-agent")}
    return dict.fromkeys(_ABSENT) | known


def _headers(request: HttpRequest) -> list[tuple[str, str]]:
    """The client's headers, less those of the connection, and what a gateway in front adds."""
    kept = [(name, value) for name, value in request.headers if name.lower() not in _DROPPED]
    port = (request.header("host") or "").rpartition(":")[2]
    forwarded = [*request.header_values("x-forwarded-for"), request.source_ip]
    return [
        *kept,
        ("X-Forwarded-For", ", ".join(forwarded)),
        ("X-Forwarded-Port", port if port.isdigit() else "80"),
        ("X-Forwarded-Proto", "http"),
    ]


def _query(text: str) -> list[tuple[str, str]]:
    if not text:
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise UndecodableQuery from None


def _grouped(pairs: Iterable[tuple[str, str]], *, fold: bool) -> dict[str, list[str]]:
    """Collect the values of each name in order; header names that differ in case only are one name."""
    groups: dict[str, list[str]] = {}
    spelling: dict[str, str] = {}
    for name, value in pairs:
        key = spelling.setdefault(name.lower(), name) if fold else name
        groups.setdefault(key, []).append(value)
    return groups


def _last_of_each(groups: Mapping[str, list[str]]) -> dict[str, str] | None:
    return {name: values[-1] for name, values in groups.items()} or None


def _body(request: HttpRequest, binary_media_types: frozenset[str]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if not is_binary(request.header("content-type"), binary_media_types):
        try:
            return request.body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return b64encode(request.body).decode("ascii"), True
