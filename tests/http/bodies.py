"""One body that each route accepts, written by hand; its ids belong to nothing, so that nothing is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.http.client import Client
from tests.http.world import World, some_id

_POLICY: dict[str, Any] = {
    "name": "n", "effect": "allow", "actions": "apikeys:read", "resources": "*", "condition": "false",
}  # fmt: skip
_PLATFORM_POLICY = {**_POLICY, "actions": "platform:users:read"}
_ENVIRONMENT: dict[str, Any] = {"name": "n", "project_id": "proj_of_nobody", "color": "blue"}


@dataclass(frozen=True)
class Sample:
    """A route that takes a body: who may call it, where, and a good body."""

    caller: str
    method: str
    path: str
    body: dict[str, Any]

    def client(self, world: World) -> Client:
        """Return a caller who is granted the route."""
        callers = {"nobody": world.nobody, "operator": world.operator}
        if self.caller in callers:
            return callers[self.caller]
        return world.platform["admin"] if self.caller == "platform" else world.a.admin

    def url(self) -> str:
        """Return the path with ids of nothing."""
        head, opened, rest = self.path.partition("{")
        return head + some_id(rest.partition("}")[0]) + rest.partition("}")[2] if opened else head


SAMPLES = (
    Sample("tenant", "POST", "/api/v1/apikeys", {
        "name": "n", "env_id": "env_of_nobody", "expires_in": "1h", "role_ids": ["role_viewer"], "platform": False,
        "tool_scopes": ["search"],
    }),
    Sample("tenant", "PUT", "/api/v1/apikeys/{ak_}/roles", {"role_ids": ["role_viewer"]}),
    Sample("nobody", "POST", "/api/v1/auth/login", {"email": "e@example.com", "password": "a-password"}),
    Sample("nobody", "POST", "/api/v1/platform/auth/login", {"email": "e@example.com", "password": "a-password"}),
    Sample("operator", "POST", "/api/v1/platform/bootstrap", {
        "email": "e@example.com", "password": "a-password", "name": "n"}),
    Sample("platform", "POST", "/api/v1/platform/users", {
        "email": "e@example.com", "password": "a-password", "name": "n", "role_ids": ["role_platform_viewer"]}),
    Sample("platform", "PUT", "/api/v1/platform/users/{puser_}", {
        "email": "e@example.com", "password": "a-password", "name": "n", "is_active": True,
        "role_ids": ["role_platform_viewer"]}),
    Sample("platform", "POST", "/api/v1/platform/roles", {"name": "n", "policy_ids": ["pol_of_nobody"]}),
    Sample("platform", "PUT", "/api/v1/platform/roles/{role_}", {"name": "n", "policy_ids": ["pol_of_nobody"]}),
    Sample("platform", "POST", "/api/v1/platform/policies", _PLATFORM_POLICY),
    Sample("platform", "PUT", "/api/v1/platform/policies/{pol_}", _PLATFORM_POLICY),
    Sample("platform", "POST", "/api/v1/platform/policies/explain", {
        "principal": {"key_id": "ak_of_nobody"}, "action": "platform:users:read", "resource": "*",
        "environment": "env_default"}),
    Sample("platform", "POST", "/api/v1/platform/tenants", {"name": "n"}),
    Sample("platform", "PUT", "/api/v1/platform/tenants/{org_}", {"name": "n", "suspended": False}),
    Sample("platform", "POST", "/api/v1/platform/orgs", {"name": "n"}),
    Sample("tenant", "PATCH", "/api/v1/orgs/{org_}", {"name": "n"}),
    Sample("operator", "POST", "/api/v1/tenants/provision", {"org_name": "n", "env_name": "production"}),
    Sample("tenant", "POST", "/api/v1/projects", {"name": "n", "description": "d"}),
    Sample("tenant", "PUT", "/api/v1/projects/{proj_}", {"name": "n", "description": "d"}),
    Sample("tenant", "POST", "/api/v1/environments", _ENVIRONMENT),
    Sample("tenant", "PUT", "/api/v1/environments/{env_}", {"name": "n", "color": "blue"}),
    Sample("tenant", "POST", "/api/v1/envs", _ENVIRONMENT),
    Sample("tenant", "PUT", "/api/v1/envs/{env_}", {"name": "n", "color": "blue"}),
    Sample("tenant", "POST", "/api/v1/functions", {
        "name": "n", "description": "d", "endpoint_url": "https://example.com/f"}),
    Sample("tenant", "POST", "/api/v1/users", {
        "email": "e@example.com", "password": "a-password", "name": "n", "roles": ["viewer"]}),
    Sample("tenant", "PATCH", "/api/v1/users/{user_}", {"email": "e@example.com", "name": "n", "roles": ["viewer"]}),
    Sample("tenant", "PATCH", "/api/v1/users/{user_}/password", {
        "current_password": "a-password", "new_password": "b-password"}),
    Sample("tenant", "POST", "/api/v1/roles", {"name": "n", "policy_ids": ["pol_of_nobody"]}),
    Sample("tenant", "PATCH", "/api/v1/roles/{role_}", {"name": "n", "policy_ids": ["pol_of_nobody"]}),
    Sample("tenant", "POST", "/api/v1/roles/{role_}/policies", {"policy_id": "pol_of_nobody"}),
    Sample("tenant", "POST", "/api/v1/policies", _POLICY),
    Sample("tenant", "PATCH", "/api/v1/policies/{pol_}", _POLICY),
    Sample("tenant", "POST", "/api/v1/policies/dry-run", {
        "condition": "true", "policy_id": "pol_of_nobody", "request": {"method": "GET"}, "subject": {"id": "x"}}),
    Sample("tenant", "POST", "/api/v1/policies/explain", {
        "principal": {"user_id": "user_of_nobody"}, "action": "users:read", "resource": "*",
        "environment": "env_default"}),
)  # fmt: skip
