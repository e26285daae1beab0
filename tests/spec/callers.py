"""Everybody who may call, by a short name: the columns of the oracle."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property

from tests.http.client import PLATFORM, Client
from tests.http.world import FORGED_TOKEN, NOBODY_S_KEY, Tenant, World

COLUMNS = {
    "unknown": ("nobody", "bad_key", "expired_key", "forged_token"),
    "tenant": (
        "admin_key", "developer_key", "viewer_key", "deleted_role_key", "admin_user", "user_without_roles",
        "suspended_key", "entering_key",
    ),
    "operator": ("operator_admin", "operator_viewer"),
    "platform": ("platform_admin", "platform_operator", "platform_viewer", "platform_none", "platform_user"),
    "inside": ("inside_admin", "inside_operator", "inside_viewer", "inside_none"),
}
"""The groups of a row's marks, in their order."""

CALLERS = tuple(name for group in COLUMNS.values() for name in group)


class Cast:
    """One client for each column, all of them made before the first row is tried."""

    def __init__(self, world: World) -> None:
        self._world = world

    @cached_property
    def clients(self) -> Mapping[str, Client]:
        """Return the callers by name."""
        world, a = self._world, self._world.a
        expired = self._expired_key(a)
        return {
            "nobody": world.nobody,
            "bad_key": world.nobody.having(NOBODY_S_KEY),
            "expired_key": expired,
            "forged_token": world.nobody.having(FORGED_TOKEN + "forged"),
            "admin_key": a.keys["admin"],
            "developer_key": a.keys["developer"],
            "viewer_key": a.keys["viewer"],
            "deleted_role_key": world.deleted_role_key(a),
            "admin_user": world.tenant_user(a, "admin").client,
            "user_without_roles": world.tenant_user(a).client,
            "suspended_key": self._suspended_key(),
            "entering_key": a.admin.entering(world.b.id),
            "operator_admin": world.operator,
            "operator_viewer": world.nobody.having(world.key(world.operator, role_ids=["role_viewer"])["key"]),
            **{f"platform_{name}": client for name, client in world.platform.items()},
            "platform_user": world.platform_user("role_platform_admin").client,
            **{f"inside_{name}": client.entering(a.id) for name, client in world.platform.items()},
        }

    def _expired_key(self, tenant: Tenant) -> Client:
        issued = self._world.key(tenant.admin, expires_in="1s", role_ids=["role_admin"])
        time.sleep(2)
        return self._world.nobody.having(issued["key"])

    def _suspended_key(self) -> Client:
        tenant = self._world.tenant("Suspended")
        self._world.platform["admin"].put(f"{PLATFORM}/tenants/{tenant.id}", {"suspended": True}).ok()
        return tenant.admin
