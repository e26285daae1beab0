"""Who calls the shared server in the tests: an operator, the platform's people, and the tenants A and B."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from tests.http.client import PLATFORM, V1, Client, Ledger
from tests.running_server import RunningServer

BUILT_IN = ("admin", "developer", "viewer")
PLATFORM_BUILT_IN = ("admin", "operator", "viewer")
NOBODY_S_KEY = "ifkey_" + "0" * 32
FORGED_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ."
REMOVED = 204


def unique(word: str) -> str:
    """Return a name that no other test uses."""
    return f"{word} {uuid.uuid4().hex[:12]}"


def some_id(prefix: str) -> str:
    """Return an id of the right shape that belongs to nothing."""
    return f"ak_{uuid.uuid4()}" if prefix == "ak_" else prefix + uuid.uuid4().hex


@dataclass(frozen=True)
class Person:
    """Somebody who logged in."""

    id: str
    email: str
    password: str
    client: Client


@dataclass(frozen=True)
class Tenant:
    """An organization, with a key for each built-in role."""

    id: str
    name: str
    keys: dict[str, Client]
    owner: Client

    @property
    def admin(self) -> Client:
        """A key that may do everything inside."""
        return self.keys["admin"]


class World:
    """Makes callers on one server, the lasting ones once."""

    def __init__(self, server: RunningServer, ledger: Ledger) -> None:
        self.server = server
        self.ledger = ledger
        self.nobody = Client(server.port, ledger=ledger)
        self.operator = self.nobody.having(server.bootstrap_key)
        ledger.secrets.add(server.bootstrap_key)

    @cached_property
    def platform(self) -> dict[str, Client]:
        """A platform key for each built-in role, and one without any."""
        keys = {name: [f"role_platform_{name}"] for name in PLATFORM_BUILT_IN} | {"none": []}
        return {name: self.platform_key(*roles) for name, roles in keys.items()}

    @cached_property
    def a(self) -> Tenant:
        """One tenant."""
        return self.tenant("Tenant A")

    @cached_property
    def b(self) -> Tenant:
        """Another tenant."""
        return self.tenant("Tenant B")

    def key(self, by: Client, **wanted: Any) -> dict[str, Any]:
        """Issue a key and return its reply, value included."""
        issued: dict[str, Any] = by.post(f"{V1}/apikeys", {"name": unique("key"), **wanted}).ok()
        return issued

    def platform_key(self, *role_ids: str) -> Client:
        """Return a platform key as a caller."""
        issued = self.key(self.operator, platform=True, role_ids=list(role_ids))
        return self.nobody.having(issued["key"])

    def tenant(self, word: str) -> Tenant:
        """Provision a tenant and make a key for each built-in role."""
        org = self.platform["admin"].post(f"{PLATFORM}/tenants", {"name": unique(word)}).ok()
        owner = self.platform["admin"].entering(org["id"])
        keys = {
            role: self.nobody.having(self.key(owner, role_ids=[f"role_{role}"])["key"]) for role in BUILT_IN
        }
        return Tenant(id=org["id"], name=org["name"], keys=keys, owner=owner)

    def platform_user(self, *role_ids: str) -> Person:
        """Create a platform user and log it in."""
        return self._person(self.platform["admin"], PLATFORM, {"role_ids": list(role_ids)})

    def tenant_user(self, tenant: Tenant, *roles: str) -> Person:
        """Create a tenant user, with roles by name, and log it in."""
        return self._person(tenant.admin, V1, {"roles": list(roles)})

    def deleted_role_key(self, tenant: Tenant) -> Client:
        """Return a key whose only role was deleted."""
        role = tenant.admin.post(f"{V1}/roles", {"name": unique("passing")}).ok()
        issued = self.key(tenant.admin, role_ids=[role["id"]])
        assert REMOVED == tenant.admin.delete(f"{V1}/roles/{role['id']}").status
        return self.nobody.having(issued["key"])

    def _person(self, by: Client, base: str, roles: dict[str, Any]) -> Person:
        email, password = f"{uuid.uuid4().hex}@example.com", f"Pass-{uuid.uuid4().hex}"
        wanted = {"email": email, "password": password, "name": unique("person"), **roles}
        user = by.post(f"{base}/users", wanted).ok()
        token = self.nobody.post(f"{base}/auth/login", {"email": email, "password": password}).ok()["token"]
        return Person(id=user["id"], email=email, password=password, client=self.nobody.having(token))


@pytest.fixture(scope="session")
def ledger(live_server: RunningServer) -> Iterator[Ledger]:
    """What the shared server was told and said; at the end nothing may have failed, and no secret may be out."""
    kept = Ledger()
    yield kept
    assert [] == kept.failures
    files = [file.read_bytes().decode("latin-1") for file in live_server.data_dir.glob("ironflow.db*")]
    assert [] == kept.leaks(live_server.stdout, live_server.stderr, *files)


@pytest.fixture(scope="session")
def world(live_server: RunningServer, ledger: Ledger) -> World:
    """The callers of the shared server."""
    return World(live_server, ledger)
