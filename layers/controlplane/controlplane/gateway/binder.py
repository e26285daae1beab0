"""Binds operations to API Gateway events: refuses first, then parses, asks the service, and shapes the reply.

An `app.py` gives one short function per operation; everything that is the same for all of them happens here, once.
"""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from controlplane.api import bodies
from controlplane.api.body_parser import parse_object
from controlplane.api.errors import body_of, error_body, headers_of, internal_error, status_of
from controlplane.api.routes import PREFLIGHT, Access, Route, find_route
from controlplane.api.views import render
from controlplane.bootstrap import Services, services_for
from controlplane.domain.errors import InvalidArgument, NotFound, PermissionDenied, Problem
from controlplane.domain.principal import Principal
from controlplane.domain.values import replace
from controlplane.gateway import observability
from controlplane.gateway.context import Refusal, refusal_of, unpack
from controlplane.gateway.cors import cors_headers
from controlplane.gateway.idempotency import answer_once
from controlplane.gateway.replies import Reply
from controlplane.gateway.request import Request, SealedPage, check_path
from controlplane.settings import edge

Event = dict[str, Any]
Operation = Callable[[Request, Services], Any]
Handler = Callable[[Event, Any], dict[str, Any]]
_SPARE_SECONDS = 4.0  # for an attempt that began in time, and for the reply
_USUAL_SECONDS = 15.0
_NO_CONTEXT = Refusal(status=401, code="unauthenticated", sentence="authentication required")
_OTHER_OPERATION = Refusal(status=403, code="permission_denied", sentence="insufficient permissions")


def bind(*operations: Operation, aliases: Mapping[str, str] | None = None) -> Handler:
    """Return the Lambda handler for operations, each a function named like its row of the route table.

    `aliases` lets further rows be served by the same functions: row → function's name.
    """
    by_name = {operation.__name__: operation for operation in operations}
    by_name |= {row: by_name[name] for row, name in (aliases or {}).items()}

    def handler(event: Event, context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        request_id = event["requestContext"]["requestId"]
        route = find_route(event["httpMethod"], event["resource"])
        reply = _answer(event, route, by_name, request_id, seconds=_seconds_for(context))
        observability.tell_request(event, route, reply.status, seconds=time.perf_counter() - started)
        shared = cors_headers(event, edge().cors_origins)
        return replace(reply, headers={**reply.headers, **shared}).to_gateway(request_id=request_id)

    return handler


def _seconds_for(context: Any) -> float:
    """Return how long a request may go on asking the table: until its function's timeout is near."""
    left = context.get_remaining_time_in_millis() / 1000 if context else _USUAL_SECONDS
    return float(max(left - _SPARE_SECONDS, 0.0))


def _answer(
    event: Event, route: Route | None, by_name: Mapping[str, Operation], request_id: str, *, seconds: float
) -> Reply:
    if route and route.operation == PREFLIGHT:
        return Reply(route.success)
    try:
        if route is None or route.operation not in by_name:
            raise NotFound("not found")
        refusal = refusal_for(event, route)
        if refusal:
            body = error_body(refusal.sentence, refusal.code, request_id=request_id, required=refusal.required)
            return Reply(refusal.status, body)
        services = services_for()
        raw_body = _raw_body(event)
        request = _request(event, route, services, raw_body)
        with services.within(seconds):
            return _do(by_name[route.operation], request, services, raw_body)
    except Problem as problem:
        return Reply(status_of(problem), body_of(problem, request_id=request_id), headers=headers_of(problem))
    except Exception as error:  # noqa: BLE001 - the outermost edge: nothing of it may reach the client
        observability.tell_failure(error, request_id=request_id, operation=route.operation if route else "")
        return Reply(500, internal_error(request_id))


def _do(operation: Operation, request: Request, services: Services, raw_body: bytes) -> Reply:
    """Answer once for each Idempotency-Key; what the service refuses for want of rights is on record like the rest."""
    try:
        return answer_once(request, services, raw_body=raw_body,
                           answer=lambda: _success(request.route, operation(request, services)))
    except PermissionDenied as problem:
        services.denials.note(problem.required, asked=request.asked, by=request.caller)
        raise


def refusal_for(event: Event, route: Route) -> Refusal | None:
    """Return why the request may not go on; only an authorizer's explicit `allow` for this very operation may."""
    if route.access is Access.PUBLIC:
        return None
    context = event["requestContext"].get("authorizer") or {}
    if "decision" not in context:
        return _NO_CONTEXT
    if context.get("operation") != route.operation:
        return _OTHER_OPERATION
    return refusal_of(context)


def _request(event: Event, route: Route, services: Services, raw_body: bytes) -> Request:
    principal: Principal | None = None
    if route.access is not Access.PUBLIC:
        principal = unpack(event["requestContext"]["authorizer"])
    path = check_path(event.get("pathParameters") or {}, route)
    query = event.get("queryStringParameters") or {}
    body = bodies.build(route.body, parse_object(raw_body)) if route.body else None
    return Request(route=route, path=path, query=query, body=body, caller=principal, event=event,
                   cursors=services.cursors)


def _raw_body(event: Event) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return b64decode(body)
    try:
        return str(body).encode()
    except UnicodeEncodeError:
        raise InvalidArgument("request body must be UTF-8") from None


def _success(route: Route, answer: Any) -> Reply:
    if isinstance(answer, Reply):
        return answer
    headers: dict[str, str] = {}
    if isinstance(answer, SealedPage):
        headers = {"X-Next-Cursor": answer.cursor} if answer.cursor else {}
        answer = answer.items
    if route.success == 204:
        return Reply(204, None, headers=headers)
    return Reply(route.success, render(route.reply, answer), headers=headers)


