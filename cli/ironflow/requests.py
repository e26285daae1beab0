"""From an operation of the route table to the request that asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from controlplane.api.routes import BY_OPERATION, Access, Route
from ironflow.client import Request
from ironflow.flags import Flags
from ironflow.identity import Credential, Prefer
from ironflow.problems import Misuse

_PLATFORM = (Access.PLATFORM, Access.SESSION)
_OUTSIDE_EVERY_ORGANIZATION = (*_PLATFORM, Access.OPERATOR)


def route_of(operation: str) -> Route:
    """Return the row of the table for an operation's name."""
    return BY_OPERATION[operation]


def preference_of(route: Route) -> Prefer:
    """Say which credential an operation takes first, unless its command says otherwise."""
    if route.access is Access.PUBLIC:
        return Prefer.NOTHING
    return Prefer.LOGIN if route.access in _PLATFORM else Prefer.KEY


def acts_inside(route: Route) -> bool:
    """Whether an organization and an environment matter to an operation; they do not to platform ones."""
    return route.access not in _OUTSIDE_EVERY_ORGANIZATION


def build_request(
    route: Route,
    *,
    base: str,
    path: Mapping[str, str],
    query: Mapping[str, Any],
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str],
) -> Request:
    """Fill a row's path, add the query and the JSON body; unset query fields are left out."""
    filled = route.path.format_map({name: _segment(value) for name, value in path.items()})
    pairs = {name: str(value) for name, value in query.items() if value is not None}
    try:
        target = f"{base}{filled}{'?' + urlencode(pairs) if pairs else ''}"
    except UnicodeEncodeError as error:
        raise Misuse("an option holds bytes that are not text") from error
    if body is None:
        return Request(route.method, target, headers)
    return Request(route.method, target, {**headers, "Content-Type": "application/json"}, json.dumps(body).encode())


def headers_for(
    route: Route, credential: Credential | None, flags: Flags, *, environment: str | None, agent: str
) -> dict[str, str]:
    """Build the headers of a request: who asks, inside which organization and environment, and why."""
    headers = {"Accept": "application/json", "User-Agent": agent}
    if credential is None:
        return headers
    headers["Authorization"] = f"Bearer {credential.value}"
    if flags.as_org:
        headers["X-Ironflow-Org"] = _header("--as-org", flags.as_org)
    if flags.reason:
        headers["X-Ironflow-Reason"] = _header("--reason", flags.reason)
    inside = flags.as_org or not credential.is_platform  # the platform itself has no environments
    if environment and inside and acts_inside(route):
        headers["X-Ironflow-Environment"] = _header("the environment", environment)
    return headers


def _segment(value: str) -> str:
    try:
        quoted = quote(value, safe="")
    except UnicodeEncodeError as error:
        raise Misuse("an id holds bytes that are not text") from error
    if quoted in ("", ".", ".."):
        raise Misuse(f"not an id: {value!r}")
    return quoted


def _header(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Misuse(f"{name} holds bytes that are not text") from error
    if not value.isprintable():
        raise Misuse(f"{name} holds control characters")
    return value.strip()
