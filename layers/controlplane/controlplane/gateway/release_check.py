"""The life of a key on new versions of two functions, before they serve anybody (docs/operations.md, releases).

They are invoked as the gateway would invoke them. A release that cannot refuse, admit and revoke is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from controlplane.api.routes import BY_OPERATION
from controlplane.domain.names import OPERATOR_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.roles import ADMIN, VIEWER
from controlplane.gateway.context import ALLOW, pack

Invoke = Callable[[Mapping[str, Any]], Any]
CHECKER = Principal(type="system", id="release_check", home_org_id=OPERATOR_ORG, org_id=OPERATOR_ORG, role_ids=(ADMIN,))
_KEY = {"name": "release check", "role_ids": [VIEWER], "expires_in": "15m"}
_ARN = "arn:aws:execute-api:{region}:000000000000:release/check/GET/api/v1/apikeys"


class ReleaseRefused(Exception):
    """A new version did not do what it must; the sentence says which step failed, and nothing else."""


def check_release(*, authorizer: Invoke, apikeys: Invoke, region: str) -> None:
    """Create a key, be admitted with it, list with it, revoke it, be refused; raise ReleaseRefused otherwise."""
    checker = _Checker(authorizer, apikeys, region=region)
    checker.must("nobody is refused", checker.effect("") == "Deny")
    key = checker.create()
    try:
        answer = checker.ask(key["key"])
        checker.must("a new key is admitted", answer["context"].get("decision") == ALLOW)
        listed = checker.call("list_keys", context=answer["context"])
        checker.must("a key lists", listed["statusCode"] == 200 and key["id"] in listed["body"])
    except BaseException:
        with suppress(ReleaseRefused):
            checker.revoke(key["id"])
        raise
    checker.revoke(key["id"])
    checker.must("a revoked key is refused", checker.effect(key["key"]) == "Deny")


class _Checker:
    def __init__(self, authorizer: Invoke, apikeys: Invoke, *, region: str) -> None:
        self._authorizer = authorizer
        self._apikeys = apikeys
        self._arn = _ARN.format(region=region)

    def must(self, what: str, holds: object) -> None:
        if not holds:
            raise ReleaseRefused(what)

    def create(self) -> dict[str, str]:
        reply = self.call("create_key", body=_KEY)
        self.must("a key is created", reply["statusCode"] == BY_OPERATION["create_key"].success)
        made: dict[str, str] = json.loads(reply["body"])
        return made

    def revoke(self, key_id: str) -> None:
        reply = self.call("delete_key", path={"key_id": key_id})
        self.must("a key is revoked", reply["statusCode"] == BY_OPERATION["delete_key"].success)

    def effect(self, key: str) -> str:
        return str(self.ask(key)["policyDocument"]["Statement"][0]["Effect"])

    def ask(self, key: str) -> Any:
        event = _event("list_keys", headers={"Authorization": f"Bearer {key}"} if key else {})
        return self._authorizer({"type": "REQUEST", "methodArn": self._arn, **event})

    def call(
        self, operation: str, *, body: object = None, path: Mapping[str, str] | None = None,
        context: Mapping[str, str] | None = None,
    ) -> Any:
        event = _event(operation, path=path)
        event["requestContext"]["authorizer"] = dict(context or pack(operation, CHECKER, None))
        return self._apikeys({**event, "body": None if body is None else json.dumps(body), "isBase64Encoded": False})


def _event(
    operation: str, *, path: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    route, parameters, given = BY_OPERATION[operation], dict(path or {}), dict(headers or {})
    return {
        "resource": route.path, "path": route.path.format_map(parameters), "httpMethod": route.method,
        "headers": given, "multiValueHeaders": {name: [value] for name, value in given.items()},
        "queryStringParameters": None, "multiValueQueryStringParameters": None,
        "pathParameters": parameters or None, "stageVariables": None,
        "requestContext": {"requestId": "release-check", "stage": "release", "identity": {"sourceIp": "127.0.0.1"},
                           "httpMethod": route.method, "resourcePath": route.path, "requestTimeEpoch": 0},
    }
