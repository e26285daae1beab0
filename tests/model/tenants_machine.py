"""The tenants of the model, and how its machine asks: the ground that the other rules stand on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from controlplane.storage.codec import Item
from devserver.http_message import HttpRequest
from tests.faults.plant import Answer, Plant
from tests.model.expectation import BUILT_IN, READS, TenantModel

PLATFORM, V1 = "/api/v1/platform", "/api/v1"
MOST_TENANTS = 3
LISTS = {
    "keys": "/apikeys", "users": "/users", "policies": "/policies", "roles": "/roles", "projects": "/projects",
    "environments": "/environments",
}  # fmt: skip
any_place = st.integers(0, 63)
few = st.lists(any_place, max_size=3)
NAMES = st.sampled_from(["one", "two", "three"])
EMAILS = st.sampled_from(["a@example.com", "A@Example.com", "b@example.com", "c@example.com"])
EFFECTS = st.sampled_from(["allow", "deny"])
ACTIONS = st.sampled_from([*READS, "*"])


class TenantsMachine(RuleBasedStateMachine):
    """Steps of the people who use the product; `open_world` makes an empty one and tells how to look into its table."""

    open_world: Callable[[], tuple[Plant, Any, str, Callable[[], list[Item]]]]

    def __init__(self) -> None:
        super().__init__()
        self.plant, self.clock, self.operator, self.items = type(self).open_world()
        self.tenants: dict[str, TenantModel] = {}
        self.admins: dict[str, str] = {}
        self.platform = self.say(201, "POST", f"{V1}/apikeys", {
            "name": "landlord", "platform": True, "role_ids": ["role_platform_admin"]}, key=self.operator)["key"]
        self.built_in = self._built_in_roles(self.operator)

    # asking

    def ask(self, method: str, path: str, body: Any = None, *, key: str, **headers: str) -> Answer:
        """Send one request through gateway, authorizer and function."""
        named = [("Host", "h"), ("Authorization", f"Bearer {key}")]
        named += [(name.replace("_", "-"), value) for name, value in headers.items()]
        path, _, query = path.partition("?")
        text = b"" if body is None else json.dumps(body).encode()
        return self.plant.ask(HttpRequest(method, path, query, tuple(named), text, "HTTP/1.1", "192.0.2.1"))

    def say(self, status: int, method: str, path: str, body: Any = None, *, key: str, **headers: str) -> Any:
        """Send a request whose status is known beforehand; return the reply's body."""
        answer = self.ask(method, path, body, key=key, **headers)
        assert (status, method, path) == (answer.status, method, path), (answer.text, body)
        return answer.body

    def tell(self, tenant: TenantModel, status: int, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The same, by an admin of a tenant; one that is suspended is refused whatever it asks."""
        if tenant.suspended:
            self.say(403, method, V1 + path, body, key=self.admins[tenant.id], **headers)
            return None
        return self.say(status, method, V1 + path, body, key=self.admins[tenant.id], **headers)

    def tenant(self, place: int) -> TenantModel:
        """Return one of the tenants."""
        chosen: TenantModel = one_of(list(self.tenants.values()), place)
        return chosen

    def role_ids(self, tenant: TenantModel, places: list[int]) -> list[str]:
        """Return some of the roles that there are, at least one."""
        there = [*BUILT_IN, *sorted(tenant.roles)]
        return list(dict.fromkeys(one_of(there, place) for place in places)) or ["role_viewer"]

    # tenants

    @initialize()
    def begin(self) -> None:
        """There are two tenants to begin with, and a few keys."""
        for name in ("acme", "other"):
            self.add_tenant(name)
        for tenant in self.tenants.values():
            for role in BUILT_IN:
                self._new_key(tenant, [role], "", None)

    @precondition(lambda self: len(self.tenants) < MOST_TENANTS)
    @rule(name=st.sampled_from(["acme", "other", "third"]))
    def add_tenant(self, name: str) -> None:
        """A tenant comes with a project and an environment; a name is taken once."""
        if name in {one.name for one in self.tenants.values()}:
            self.say(409, "POST", f"{PLATFORM}/tenants", {"name": name}, key=self.platform)
            return
        made = self.say(201, "POST", f"{PLATFORM}/tenants", {"name": name}, key=self.platform)
        tenant = self.tenants[made["id"]] = TenantModel(made["id"], name)
        issued = self.say(201, "POST", f"{V1}/apikeys", {"name": "admin", "role_ids": ["role_admin"]},
                          key=self.platform, X_Ironflow_Org=tenant.id)  # fmt: skip
        self.admins[tenant.id] = issued["key"]
        tenant.keys[issued["id"]] = {"name": "admin", "roles": ["role_admin"], "env": "", "expires": 0,
                                     "value": issued["key"]}  # fmt: skip
        (project,) = self.tell(tenant, 200, "GET", "/projects")
        tenant.projects[project["id"]] = {"name": "default"}
        tenant.environments["env_default"] = {"name": "default", "project": project["id"]}

    @precondition(lambda self: len(self.tenants) > 1)
    @rule(place=any_place)
    def remove_tenant(self, place: int) -> None:
        """A tenant goes with everything, at once."""
        tenant = self.tenant(place)
        self.say(204, "DELETE", f"{PLATFORM}/tenants/{tenant.id}", key=self.platform)
        del self.tenants[tenant.id]
        for key in tenant.keys.values():
            self.say(401, "GET", f"{V1}/projects", key=key["value"])

    @rule(place=any_place, suspended=st.sampled_from([False, False, False, True]))
    def suspend(self, place: int, suspended: bool) -> None:
        """A tenant is suspended, or no longer."""
        tenant = self.tenant(place)
        self.say(200, "PUT", f"{PLATFORM}/tenants/{tenant.id}", {"suspended": suspended}, key=self.platform)
        tenant.suspended = suspended

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.clock.seconds += hours * 3600

    # keys

    def _new_key(self, tenant: TenantModel, roles: list[str], env_id: str, hours: int | None) -> None:
        body = {"name": "key", "role_ids": roles, "env_id": env_id or None,
                "expires_in": f"{hours}h" if hours else None}  # fmt: skip
        issued = self.tell(tenant, 201, "POST", "/apikeys", body)
        if issued:
            expires = self.clock.seconds + hours * 3600 if hours else 0
            tenant.keys[issued["id"]] = {"name": "key", "roles": roles, "env": env_id, "expires": expires,
                                         "value": issued["key"]}  # fmt: skip

    def _built_in_roles(self, key: str) -> list[dict[str, Any]]:
        shown = self.say(200, "GET", f"{V1}/roles", key=key)
        return [{name: role[name] for name in ("id", "name", "is_default", "policy_ids", "policy_count")}
                for role in shown if role["id"] in BUILT_IN]  # fmt: skip



def one_of(there: list[Any], place: int) -> Any:
    return there[place % len(there)]
