"""Read the translated API: Swagger paths with API Gateway's extensions become routes and gateway responses."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any

from devserver.deployment import Authorizer, Function, GatewayResponse, Route
from devserver.errors import CannotStart

ANY_METHOD = "x-amazon-apigateway-any-method"
DEFAULT_AUTHORIZER_TTL = 300
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", ANY_METHOD})
_FUNCTION_IN_URI = re.compile(r"/functions/(arn:aws:lambda:[^:]+:[^:]+:function:[^:/]+)(?::[^/]+)?/invocations$")


def read_routes(body: Mapping[str, Any], *, functions: Mapping[str, Function]) -> tuple[Route, ...]:
    """Return every method of every path, in the order of the document; `functions` is keyed by ARN."""
    authorizers = _authorizers(body, functions=functions)
    return tuple(
        _route(path, method, operation, body, authorizers=authorizers, functions=functions)
        for path, operations in body.get("paths", {}).items()
        for method, operation in operations.items()
        if method in _METHODS
    )


def read_gateway_responses(body: Mapping[str, Any]) -> dict[str, GatewayResponse]:
    """Return the wording of the gateway's own replies, by response type."""
    return {
        kind: GatewayResponse(
            status=int(row["statusCode"]) if row.get("statusCode") else None,
            headers={
                name.removeprefix("gatewayresponse.header."): str(value)
                for name, value in (row.get("responseParameters") or {}).items()
                if name.startswith("gatewayresponse.header.")
            },
            templates=dict(row.get("responseTemplates") or {}),
        )
        for kind, row in body.get("x-amazon-apigateway-gateway-responses", {}).items()
    }


def _route(
    path: str,
    method: str,
    operation: Mapping[str, Any],
    body: Mapping[str, Any],
    *,
    authorizers: Mapping[str, Authorizer],
    functions: Mapping[str, Function],
) -> Route:
    verb = "ANY" if method == ANY_METHOD else method.upper()
    where = f"{verb} {path}"
    return Route(
        resource=path,
        method=verb,
        function=_integration(operation, where=where, functions=functions),
        authorizer=_authorizer_of(operation, body, where=where, authorizers=authorizers),
        resource_id=f"{zlib.crc32(path.encode()):08x}",
    )


def _integration(operation: Mapping[str, Any], *, where: str, functions: Mapping[str, Function]) -> Function:
    integration = operation.get("x-amazon-apigateway-integration", {})
    kind = str(integration.get("type", "")).lower()
    if kind != "aws_proxy":
        raise CannotStart(f"template.yaml: {where} has an integration of type {kind!r}; only aws_proxy is served")
    return _function(str(integration.get("uri", "")), where=where, functions=functions)


def _function(uri: str, *, where: str, functions: Mapping[str, Function]) -> Function:
    found = _FUNCTION_IN_URI.search(uri)
    if not found or found[1] not in functions:
        raise CannotStart(f"template.yaml: {where} names no function of this template ({uri})")
    return functions[found[1]]


def _authorizers(body: Mapping[str, Any], *, functions: Mapping[str, Function]) -> dict[str, Authorizer]:
    schemes = body.get("securityDefinitions") or body.get("components", {}).get("securitySchemes", {})
    found = {}
    for name, scheme in schemes.items():
        row = scheme.get("x-amazon-apigateway-authorizer")
        if row is None:
            continue
        where = f"the authorizer {name}"
        if str(row.get("type", "")).lower() != "request":
            raise CannotStart(f"template.yaml: {where} is of type {row.get('type')!r}; only REQUEST is served")
        sources = str(row.get("identitySource", ""))
        found[name] = Authorizer(
            name=name,
            function=_function(str(row.get("authorizerUri", "")), where=where, functions=functions),
            ttl=int(row.get("authorizerResultTtlInSeconds", DEFAULT_AUTHORIZER_TTL)),
            identity_sources=tuple(part.strip() for part in sources.split(",") if part.strip()),
        )
    return found


def _authorizer_of(
    operation: Mapping[str, Any], body: Mapping[str, Any], *, where: str, authorizers: Mapping[str, Authorizer]
) -> Authorizer | None:
    """Return who guards an operation. A scheme that cannot be enforced here stops the server: never open by mistake."""
    for requirement in operation.get("security", body.get("security", [])):
        for name in requirement:
            if name in authorizers:
                return authorizers[name]
            if name != "NONE":
                raise CannotStart(f"template.yaml: {where} is guarded by {name!r}, which is not served here")
    return None
