"""A small world on a real table, and an authorizer whose round trips are counted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from controlplane.authorizer_bootstrap import AuthorizerParts
from controlplane.domain import records as r
from controlplane.domain.credentials import display_prefix, hash_of
from controlplane.domain.errors import Problem
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.token_claims import TokenClaims
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.ports import AuditFilter
from controlplane.security.ids import SystemIds
from controlplane.security.secret import Secret
from controlplane.security.token_secrets import TokenSecret
from controlplane.security.tokens import Hs256Tokens
from controlplane.storage.identity_reader import ENVIRONMENT_NAME, LeanIdentityReader
from controlplane.storage.identity_writer import LeanIdentityWriter
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.store import TableStore
from controlplane.storage.wire_table import WireTable

START = 1_800_000_000
ACME, OTHER = "org_acme", "org_other"
ENV, STAGING = "env_default", "env_staging"
TAKEN = Problem("taken")


@dataclass
class HeldClock:
    """A clock that stands until a test moves it."""

    seconds: int = START

    def now(self) -> int:
        return self.seconds

    def now_ms(self) -> int:
        return self.seconds * 1000


@dataclass
class Line:
    """The lean client's `call` and `batch_get`, with a list of what went over it, and switches to cut it."""

    client: DynamoClient
    reads: list[list[tuple[str, str]]] = field(default_factory=list)
    writes: list[dict[str, Any]] = field(default_factory=list)
    broken: Callable[[str], bool] = lambda operation: False

    def batch_get(self, table: str, keys: list[dict[str, Any]], deadline: float) -> list[dict[str, Any]]:
        self.reads.append(sorted((key["pk"]["S"], key["sk"]["S"]) for key in keys))
        self._check("BatchGetItem")
        return self.client.batch_get(table, keys, deadline)

    def call(
        self, operation: str, payload: dict[str, Any], *, deadline: float, idempotent: bool = False
    ) -> dict[str, Any]:
        self.writes.append({operation: payload})
        self._check(operation)
        return self.client.call(operation, payload, deadline=max(deadline, time.monotonic() + 5), idempotent=idempotent)

    def _check(self, operation: str) -> None:
        from controlplane.domain.errors import StoreUnavailable

        if self.broken(operation):
            raise StoreUnavailable


class World:
    """Two tenants, the operator and the platform; every method writes what a service would have written."""

    def __init__(self, client: DynamoClient, table: str, clock: HeldClock) -> None:
        def call(operation: str, payload: dict[str, Any]) -> dict[str, Any]:
            return client.call(operation, payload, deadline=time.monotonic() + 10)

        self.client, self.table_name, self.clock = client, table, clock
        self.table = WireTable(call, table)
        self.store = TableStore(self.table)
        self.tokens = Hs256Tokens(lambda kid: (TokenSecret("one", Secret("11" * 32)),))
        for org_id in (PLATFORM_ORG, OPERATOR_ORG, ACME, OTHER):
            self.organization(org_id)
        for org_id in (OPERATOR_ORG, ACME, OTHER):
            self.environment(org_id, ENV, "default")
        self.environment(ACME, STAGING, "staging", project_id="proj_second")

    def _create(self, *records: Any, claims: tuple[r.Claim, ...] = ()) -> None:
        transaction = self.store.transaction()
        for record in records:
            transaction.create(record)
        for claim in claims:
            transaction.claim(claim, otherwise=TAKEN)
        transaction.commit()

    def _remove(self, *records: Any) -> None:
        transaction = self.store.transaction()
        for record in records:
            transaction.remove(record)
        transaction.commit()

    def _replace(self, old: Any, new: Any) -> None:
        transaction = self.store.transaction()
        transaction.replace(old, new)
        transaction.commit()

    def organization(self, org_id: str) -> None:
        self._create(r.Organization(id=org_id, name=org_id, created_at=START, updated_at=START))

    def suspend(self, org_id: str) -> None:
        old = self.store.organization(org_id)
        assert old
        self._replace(old, replace(old, suspended=True))

    def delete_organization(self, org_id: str) -> None:
        self._remove(self.store.organization(org_id))

    def environment(self, org_id: str, env_id: str, name: str, *, project_id: str = "proj_first") -> None:
        self._create(
            r.Environment(id=env_id, org_id=org_id, project_id=project_id, name=name, created_at=START,
                          updated_at=START),
            claims=(r.Claim(kind=ENVIRONMENT_NAME, scope=org_id, value=name, owner_id=env_id, owner_org_id=org_id),),
        )

    def delete_environment(self, org_id: str, env_id: str) -> None:
        self._remove(self.store.environment(org_id, env_id))

    def key(self, org_id: str, *role_ids: str, environment_id: str = "", expires_at: int = 0, id: str = "") -> str:
        """Make a key and return its value."""
        value = ("ifplatform_" if org_id == PLATFORM_ORG else "ifkey_") + os.urandom(16).hex()
        key = r.ApiKey(
            id=id or f"ak_{os.urandom(4).hex()}", org_id=org_id, name="k", prefix=display_prefix(value),
            hash=hash_of(value), role_ids=role_ids, created_at=START, environment_id=environment_id,
            expires_at=expires_at,
        )
        self._create(key, r.Credential(hash=key.hash, key_id=key.id, org_id=org_id, role_ids=role_ids,
                                       environment_id=environment_id, expires_at=expires_at))
        return value

    def credential(self, value: str) -> r.Credential:
        found = self.store.credential(hash_of(value))
        assert found
        return found

    def stored_key(self, value: str) -> r.ApiKey:
        found = self.credential(value)
        key = self.store.key(found.org_id, found.key_id)
        assert key
        return key

    def revoke(self, value: str) -> None:
        self._remove(self.stored_key(value), self.credential(value))

    def set_roles(self, value: str, *role_ids: str) -> None:
        old = self.credential(value)
        self._replace(old, replace(old, role_ids=role_ids))

    def role(self, org_id: str, role_id: str, *grants: dict[str, str]) -> str:
        texts = tuple(
            {"effect": "allow", "actions": "*", "resources": "*", "condition": "", "policy_id": f"pol_{number}",
             "name": f"p{number}"} | grant
            for number, grant in enumerate(grants)
        )
        self._create(r.Role(id=role_id, org_id=org_id, name=role_id, created_at=START, updated_at=START,
                            grants=texts))
        return role_id

    def user(self, org_id: str, user_id: str, *role_ids: str, is_active: bool = True) -> None:
        self._create(r.User(id=user_id, org_id=org_id, email="who@example.com", name="u", password_hash="hash-of-it",
                            role_ids=role_ids, created_at=START, updated_at=START, is_active=is_active))

    def change_user(self, org_id: str, user_id: str, **changes: Any) -> None:
        old = self.store.user(org_id, user_id)
        assert old
        self._replace(old, replace(old, **changes))

    def delete_user(self, org_id: str, user_id: str) -> None:
        self._remove(self.store.user(org_id, user_id))

    def token(self, org_id: str, user_id: str, *, session_id: str = "jti-1", version: int = 1, hours: int = 24) -> str:
        now = self.clock.now()
        return self.tokens.sign(TokenClaims(user_id=user_id, org_id=org_id, session_id=session_id,
                                            session_version=version, issued_at=now, expires_at=now + hours * 3600))

    def end_session(self, session_id: str) -> None:
        self._create(r.EndedSession(jti=session_id, ttl=START + 86400))

    def events(self, trail: str, *, api_key_id: str = "") -> list[r.AuditEvent]:
        return list(self.store.events(AuditFilter(trail=trail, api_key_id=api_key_id), limit=100).items)

    def repeats(self, event: r.AuditEvent) -> int:
        return self.store.repeats([event]).get(event.id, 0)


class Answer:
    """An authorizer's reply, in the words of the tests."""

    def __init__(self, reply: dict[str, Any]) -> None:
        self.reply = reply
        self.context: dict[str, str] = reply["context"]
        (self.statement,) = reply["policyDocument"]["Statement"]

    @property
    def effect(self) -> str:
        return str(self.statement["Effect"])

    @property
    def said(self) -> tuple[str, ...]:
        """`("allow",)`, or status, sentence and the missing action where there is one."""
        if self.effect == "Deny":
            return ("401", self.context["sentence"])
        if self.context["decision"] == "allow":
            return ("allow",)
        required = (self.context["required"],) if self.context["required"] else ()
        return (self.context["status"], self.context["sentence"], *required)


class Gate:
    """Asks an authorizer about requests as API Gateway would."""

    def __init__(self, world: World, line: Line, parts: AuthorizerParts) -> None:
        self.world, self.line, self.parts = world, line, parts
        self.authorizer = Authorizer(parts)
        self._run, self._count = os.urandom(4).hex(), 0  # all tests share one store, which remembers their tokens

    def event(
        self, method: str, path: str, key: str | None = None, *, resource: str = "",
        headers: dict[str, Any] | None = None, query: dict[str, Any] | None = None,
        parameters: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        self._count += 1
        self.request_id = f"request-{self._run}-{self._count}"
        multi = {name: value if isinstance(value, list) else [value] for name, value in (headers or {}).items()}
        if key is not None:
            multi["Authorization"] = [f"Bearer {key}"]
        fields = {name: value if isinstance(value, list) else [value] for name, value in (query or {}).items()}
        return {
            "type": "REQUEST",
            "methodArn": f"arn:aws:execute-api:eu-west-1:1:api/dev/{method}{path}",
            "resource": resource or path,
            "path": path,
            "httpMethod": method,
            "headers": {name: values[-1] for name, values in multi.items()},
            "multiValueHeaders": multi,
            "queryStringParameters": {name: values[-1] for name, values in fields.items()},
            "multiValueQueryStringParameters": fields,
            "pathParameters": parameters or {},
            "requestContext": {"requestId": self.request_id, "identity": {"sourceIp": "192.0.2.1"},
                               "requestTimeEpoch": self.world.clock.now_ms() + 1},
        }

    def ask(self, method: str, path: str, key: str | None = None, **more: Any) -> Answer:
        return Answer(self.authorizer.authorize(self.event(method, path, key, **more)))

    def another(self) -> Gate:
        """Return the authorizer of a second environment, which has seen nothing of what this one has."""
        reader = LeanIdentityReader(self.line.batch_get, self.world.table_name)
        writer = LeanIdentityWriter(self.line.call, self.world.table_name)
        return Gate(self.world, self.line, replace(self.parts, reader=reader, writer=writer))


@pytest.fixture
def clock() -> HeldClock:
    """A clock that stands."""
    return HeldClock()


@pytest.fixture(scope="session")
def lean_client(dynamodb_endpoint: str) -> DynamoClient:
    """One lean client on the session's store."""
    return DynamoClient(endpoint=dynamodb_endpoint, region="us-east-1", timeout=5)


@pytest.fixture
def world(lean_client: DynamoClient, fresh_table: str, clock: HeldClock) -> World:
    """The organizations of a test, on a table of its own."""
    return World(lean_client, fresh_table, clock)


@pytest.fixture
def line(lean_client: DynamoClient) -> Line:
    """The authorizer's way to the table."""
    return Line(lean_client)


@pytest.fixture
def parts(world: World, line: Line, clock: HeldClock) -> AuthorizerParts:
    """What the authorizer is made of: real adapters, held time."""
    from controlplane.security.conditions.engine import CelConditions

    conditions = CelConditions()
    return AuthorizerParts(
        reader=LeanIdentityReader(line.batch_get, world.table_name),
        writer=LeanIdentityWriter(line.call, world.table_name),
        clock=clock,
        ids=SystemIds(clock),
        tokens=lambda: world.tokens,
        conditions=lambda: conditions,
        extra_actions=("reports:run",),
    )


@pytest.fixture
def gate(world: World, line: Line, parts: AuthorizerParts) -> Gate:
    """The authorizer of a running environment that has not seen a request yet."""
    return Gate(world, line, parts)
