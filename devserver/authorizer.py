"""Ask a REQUEST authorizer, check what it says, and keep its answer for exactly as long as the template allows."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from devserver import policy
from devserver.deployment import Authorizer, Deployment
from devserver.events import Visit, authorizer_event, method_arn
from devserver.gateway_responses import Refusal
from devserver.invocation import (
    EventTooLarge,
    FunctionFailed,
    Functions,
    FunctionTimedOut,
    TooManyInvocations,
)
from devserver.routing import Match

MAX_KEPT_ANSWERS = 10_000
MAX_SECONDS = 29.0


class Authorizers:
    """Decides requests by the authorizers of one deployment."""

    def __init__(self, deployment: Deployment, functions: Functions) -> None:
        self._deployment = deployment
        self._functions = functions
        self._kept: dict[tuple[str, ...], tuple[float, dict[str, Any]]] = {}

    async def authorize(self, authorizer: Authorizer, visit: Visit, match: Match) -> dict[str, Any]:
        """Return the context for the function behind.

        Raises Refusal: UNAUTHORIZED, ACCESS_DENIED, AUTHORIZER_FAILURE or AUTHORIZER_CONFIGURATION_ERROR.
        """
        identity = _identity(authorizer, visit)
        if authorizer.identity_sources and not all(identity):
            raise Refusal("UNAUTHORIZED")
        started = time.monotonic()
        answer = await self._answer(authorizer, visit, match, identity)
        principal, context = _read_answer(answer)
        try:
            allowed = policy.allows(answer.get("policyDocument"), method_arn(self._deployment, visit))
        except policy.UnusablePolicy:
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR") from None
        if not allowed:
            raise Refusal("ACCESS_DENIED", authorizer=context | {"principalId": principal})
        latency = int((time.monotonic() - started) * 1000)
        return {**context, "principalId": principal, "integrationLatency": latency}

    async def _answer(
        self, authorizer: Authorizer, visit: Visit, match: Match, identity: tuple[str, ...]
    ) -> dict[str, Any]:
        key = (authorizer.name, *identity)
        keep = authorizer.ttl > 0 and bool(identity)
        if keep:
            until, kept = self._kept.get(key, (0.0, {}))
            if time.monotonic() < until:
                return kept
        answer = await self._ask(authorizer, visit, match)
        if not isinstance(answer, dict):
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR")
        if keep:
            if len(self._kept) >= MAX_KEPT_ANSWERS:
                self._kept.clear()
            self._kept[key] = (time.monotonic() + authorizer.ttl, answer)
        return answer

    async def _ask(self, authorizer: Authorizer, visit: Visit, match: Match) -> Any:
        function = authorizer.function
        event = authorizer_event(self._deployment, visit, match)
        seconds = min(function.timeout, MAX_SECONDS)
        try:
            outcome = await self._functions.invoke(function, event, request_id=visit.request_id, seconds=seconds)
        except FunctionFailed as error:
            raise Refusal("UNAUTHORIZED" if error.message == "Unauthorized" else "AUTHORIZER_FAILURE") from None
        except TooManyInvocations:
            raise Refusal("THROTTLED") from None
        except (FunctionTimedOut, EventTooLarge):
            raise Refusal("AUTHORIZER_FAILURE") from None
        if outcome.cold:
            visit.cold_starts.append(function.name)
        return outcome.value


def _read_answer(answer: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return principal and context; the context must be flat, and becomes strings as it does on AWS."""
    principal, context = answer.get("principalId"), answer.get("context") or {}
    if not isinstance(principal, str) or not principal or not isinstance(context, Mapping):
        raise Refusal("AUTHORIZER_CONFIGURATION_ERROR")
    if not all(isinstance(value, str | int | float | bool) for value in context.values()):
        raise Refusal("AUTHORIZER_CONFIGURATION_ERROR")
    return principal, {name: _as_text(value) for name, value in context.items()}


def _as_text(value: str | float | bool) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _identity(authorizer: Authorizer, visit: Visit) -> tuple[str, ...]:
    return tuple(_source(source, visit) for source in authorizer.identity_sources)


def _source(source: str, visit: Visit) -> str:
    kind, _, name = source.removeprefix("method.request.").partition(".")
    if kind == "header":
        return visit.request.header(name) or ""
    if kind == "querystring":
        return dict(parse_qsl(visit.request.query)).get(name, "")
    known = {"context.identity.sourceIp": visit.request.source_ip, "context.httpMethod": visit.method}
    return known.get(source, "")
