"""Who may enter which organization with which method, and the one trace that it leaves (contract, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pytest

from tests.http.client import PLATFORM, V1, Client
from tests.http.world import Tenant, World, some_id, unique

METHODS = {
    "GET": f"{V1}/environments", "HEAD": f"{V1}/environments", "POST": f"{V1}/environments",
    "PUT": f"{V1}/environments/env_of_nobody", "PATCH": f"{V1}/users/user_of_nobody",
    "DELETE": f"{V1}/environments/env_of_nobody",
}  # fmt: skip
READS, WRITES = ("GET",), ("POST", "PUT", "PATCH", "DELETE")
GRANTED = {"GET": 200, "POST": 400, "PUT": 404, "PATCH": 404, "DELETE": 404}
ORGANIZATIONS = ("real", "unknown", "deleted", "suspended", "sentinel", "operator")
MAY_READ = {"admin": True, "operator": True, "viewer": True, "none": False, "only read": True, "only write": False,
            "denied writes": True, "user": True}  # fmt: skip
MAY_WRITE = {"admin": True, "operator": True, "viewer": False, "none": False, "only read": False, "only write": True,
             "denied writes": False, "user": True}  # fmt: skip
REFUSED = (403, "permission_denied", "platform credential required")


class Doors:
    """The organizations that can be named, and who tries to enter them."""

    def __init__(self, world: World) -> None:
        self._world = world

    @cached_property
    def tenants(self) -> Mapping[str, Tenant]:
        """One live and one suspended tenant."""
        made = {name: self._world.tenant(name) for name in ("real", "suspended")}
        self._world.platform["admin"].put(f"{PLATFORM}/tenants/{made['suspended'].id}", {"suspended": True}).ok()
        return made

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """The organization's id by the kind of organization."""
        gone = self._world.tenant("gone").id
        assert 204 == self._world.platform["admin"].delete(f"{PLATFORM}/tenants/{gone}").status
        return {
            "unknown": some_id("org_"), "deleted": gone, "sentinel": "org_platform", "operator": "org_default",
            **{name: tenant.id for name, tenant in self.tenants.items()},
        }  # fmt: skip

    @cached_property
    def callers(self) -> Mapping[str, Client]:
        """Platform callers by what they may do."""
        custom = {
            "only read": [("allow", "platform:impersonate:read")],
            "only write": [("allow", "platform:impersonate")],
            "denied writes": [("allow", "*"), ("deny", "platform:impersonate")],
        }
        return {
            **self._world.platform,
            **{name: self._custom(*grants) for name, grants in custom.items()},
            "user": self._world.platform_user("role_platform_admin").client,
        }

    def _custom(self, *grants: tuple[str, str]) -> Client:
        admin = self._world.platform["admin"]
        policies = [
            admin.post(f"{PLATFORM}/policies", {"name": unique("p"), "effect": effect, "actions": actions,
                                                "resources": "*"}).ok()["id"]
            for effect, actions in grants
        ]  # fmt: skip
        role = admin.post(f"{PLATFORM}/roles", {"name": unique("r"), "policy_ids": policies}).ok()
        return self._world.platform_key(role["id"])


@pytest.fixture(scope="module")
def doors(world: World) -> Doors:
    """The organizations and the callers, made once."""
    return Doors(world)


def _expected(caller: str, method: str, organization: str) -> int:
    """Return the status by the rules of the contract, in their order."""
    if method == "HEAD":
        return 404
    if not (MAY_READ if method in READS else MAY_WRITE)[caller]:
        return 403
    if organization in ("unknown", "deleted"):
        return 404
    if organization == "sentinel" or (organization == "suspended" and method in WRITES):
        return 403
    return GRANTED[method]


def _events(world: World, org_id: str) -> int:
    page: dict[str, Any] = world.platform["admin"].get(
        f"{PLATFORM}/audit?event_type=platform.impersonated&impersonated_org_id={org_id}&limit=1").ok()
    return int(page["total"])


@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_the_whole_matrix(world: World, doors: Doors, organization: str) -> None:
    """Caller × method: the status of the table, one event for what was allowed, and none for what was refused."""
    org_id = doors.ids[organization]
    cells = [(caller, method) for caller in doors.callers for method in METHODS]
    expected = {cell: _expected(*cell, organization) for cell in cells}
    before = _events(world, org_id)

    statuses = {
        (caller, method): doors.callers[caller].entering(org_id).request(
            method, METHODS[method], {} if method in ("POST", "PUT", "PATCH") else None).status
        for caller, method in cells
    }  # fmt: skip

    assert expected == statuses
    allowed = [
        (caller, method) for caller, method in cells
        if method != "HEAD" and (MAY_READ if method in READS else MAY_WRITE)[caller]
        and organization in ("real", "operator", "suspended") and not (organization == "suspended" and method in WRITES)
    ]  # fmt: skip
    assert len(allowed) == _events(world, org_id) - before


@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_nobody_of_a_tenant_enters(world: World, doors: Doors, organization: str) -> None:
    """A tenant's key or token that sends the header is refused, its own organization included; it leaves no event."""
    org_id = doors.ids[organization]
    people = {"key": world.a.admin, "token": world.tenant_user(world.a, "admin").client, "operator": world.operator}
    before = _events(world, org_id)

    replies = [
        client.entering(org_id).request(method, path, {} if method in ("POST", "PUT", "PATCH") else None)
        for client in people.values() for method, path in METHODS.items() if method != "HEAD"
    ]  # fmt: skip

    assert {REFUSED} == {reply.error for reply in replies}
    assert REFUSED == world.a.admin.entering(world.a.id).get(f"{V1}/environments").error
    assert before == _events(world, org_id)


def test_on_a_platform_endpoint_the_header_has_no_effect(world: World) -> None:
    """The answer is the platform's, and there is no event."""
    before = _events(world, world.a.id)

    reply = world.platform["admin"].entering(world.a.id).get(f"{PLATFORM}/roles")

    assert {"org_platform"} == {role["org_id"] for role in reply.ok()}
    assert before == _events(world, world.a.id)


def test_the_tenant_sees_who_was_in_and_why(world: World) -> None:
    """Its own trail tells who of the platform came, for what, by which request; changes carry that actor."""
    tenant = world.tenant("Watched")
    person = world.platform_user("role_platform_admin")
    inside = person.client.entering(tenant.id).having(**{"X-Ironflow-Reason": "ticket 42"})

    project = inside.post(f"{V1}/projects", {"name": "made from outside"}).ok()

    events = tenant.admin.get(f"{V1}/audit?limit=2").ok()["events"]
    assert ["project.created", "platform.impersonated"] == [event["event_type"] for event in events]
    made, entered = events
    assert {"type": "platform_user", "id": person.id} == made["payload"]["actor"] == entered["payload"]["actor"]
    assert project["id"] == made["payload"]["project_id"]
    assert "ticket 42" in entered["payload"].values()
    assert ("POST", f"{V1}/projects") == (entered["payload"]["method"], entered["payload"]["path"])
    assert (person.id, tenant.id) == (entered["platform_user_id"], entered["impersonated_org_id"])
