"""A request's way: route, authorizer, function, reply. Everything it knows comes from the deployment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from devserver.authorizer import MAX_SECONDS, Authorizers
from devserver.deployment import Deployment, Function
from devserver.events import UndecodableQuery, Visit, proxy_event
from devserver.gateway_responses import Refusal, word_refusal
from devserver.http_message import HttpRequest
from devserver.http_reply import Reply
from devserver.invocation import EventTooLarge, FunctionFailed, Functions, FunctionTimedOut, TooManyInvocations
from devserver.proxy_reply import read_proxy_reply
from devserver.request_log import LogLine
from devserver.routing import Match, NoRoute, Router, UndecodablePath

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNREADABLE = {
    408: "REQUEST_TIMEOUT",
    413: "REQUEST_TOO_LARGE",
    429: "THROTTLED",
    431: "REQUEST_HEADERS_TOO_LARGE",
}

Log = Callable[[LogLine], None]


class Gateway:
    """API Gateway for one deployment."""

    def __init__(self, deployment: Deployment, functions: Functions, *, log: Log) -> None:
        self._deployment = deployment
        self._functions = functions
        self._router = Router(deployment.routes)
        self._authorizers = Authorizers(deployment, functions)
        self._log = log

    async def answer(self, request: HttpRequest) -> Reply:
        """Answer a request; whatever goes wrong is one of the gateway's responses, never an exception."""
        visit = Visit(request, _method(request))
        started = time.monotonic()
        try:
            reply = await self._serve(visit)
        except Refusal as refusal:
            reply = self._refuse(refusal, visit)
        except Exception as error:  # noqa: BLE001 - the outermost edge: a bug here must not end the connection
            print(f"devserver: {type(error).__name__}: {error}", flush=True)
            reply = self._refuse(Refusal("GATEWAY_ERROR"), visit)
        milliseconds = (time.monotonic() - started) * 1000
        self._log(
            LogLine(visit.method, request.path, reply.status, milliseconds, visit.request_id, tuple(visit.cold_starts))
        )
        return reply.with_headers(
            [("x-amzn-RequestId", visit.request_id), ("x-amz-apigw-id", visit.extended_request_id)]
        )

    def refuse_unreadable(self, status: int, source_ip: str) -> Reply:
        """Word the reply to bytes that are no request."""
        request = HttpRequest("-", "-", "", (), b"", "HTTP/1.1", source_ip)
        visit = Visit(request, "-")
        reply = self._refuse(Refusal(_UNREADABLE.get(status, "BAD_REQUEST")), visit)
        self._log(LogLine("-", "(unreadable request)", reply.status, 0.0, visit.request_id, ()))
        return reply.with_headers([("x-amzn-RequestId", visit.request_id)])

    async def _serve(self, visit: Visit) -> Reply:
        match = self._match(visit)
        route = match.route
        authorizer: dict[str, Any] | None = None
        try:
            if route.authorizer:
                authorizer = await self._authorizers.authorize(route.authorizer, visit, match)
            event = proxy_event(self._deployment, visit, match, authorizer=authorizer)
        except UndecodableQuery:
            raise Refusal("BAD_REQUEST") from None
        return await self._integrate(route.function, event, visit)

    def _match(self, visit: Visit) -> Match:
        try:
            return self._router.match(visit.method, visit.request.path)
        except NoRoute:
            raise Refusal("MISSING_AUTHENTICATION_TOKEN") from None
        except UndecodablePath:
            raise Refusal("BAD_REQUEST") from None

    async def _integrate(self, function: Function, event: dict[str, Any], visit: Visit) -> Reply:
        seconds = min(function.timeout, MAX_SECONDS)
        try:
            outcome = await self._functions.invoke(function, event, request_id=visit.request_id, seconds=seconds)
        except FunctionFailed:
            raise Refusal("INTEGRATION_FAILURE") from None
        except FunctionTimedOut:
            raise Refusal("INTEGRATION_TIMEOUT") from None
        except TooManyInvocations:
            raise Refusal("THROTTLED") from None
        except EventTooLarge:
            raise Refusal("REQUEST_TOO_LARGE") from None
        if outcome.cold:
            visit.cold_starts.append(function.name)
        return read_proxy_reply(
            outcome.value,
            accept=visit.request.header("accept"),
            binary_media_types=self._deployment.binary_media_types,
        )

    def _refuse(self, refusal: Refusal, visit: Visit) -> Reply:
        context = {
            "accountId": self._deployment.account,
            "apiId": self._deployment.api_id,
            "extendedRequestId": visit.extended_request_id,
            "httpMethod": visit.method,
            "identity": {"sourceIp": visit.request.source_ip, "userAgent": visit.request.header("user-agent")},
            "path": visit.path,
            "protocol": visit.request.version,
            "requestId": visit.request_id,
            "requestTimeEpoch": int(visit.started * 1000),
            "stage": self._deployment.stage,
        }
        responses = self._deployment.gateway_responses
        return word_refusal(refusal, responses=responses, context=context, accept=visit.request.header("accept"))


def _method(request: HttpRequest) -> str:
    """The method that is executed: API Gateway itself honours the override header, before it routes."""
    override = (request.header("x-http-method-override") or "").strip().upper()
    return override if override in METHODS else request.method
