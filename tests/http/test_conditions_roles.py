"""What conditions see of the caller's roles (contract, section 6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import V1
from tests.http.world import World, unique

FUNCTIONS = f"{V1}/functions"
ALLOWED, DENIED = 200, 403
HELD = ("{id}", "{name}", "viewer", "role_viewer")
NOT_HELD = ("admin", "role_admin", "Viewer", "{name} ", "")


@pytest.mark.parametrize(
    ("called", "status"), [(text, DENIED) for text in HELD] + [(text, ALLOWED) for text in NOT_HELD]
)
def test_a_role_is_called_by_its_name_or_by_its_id(world: World, called: str, status: int) -> None:
    """A deny for who holds a role holds however it calls the role, built-in or custom; and for nobody else."""
    role = world.a.admin.post(f"{V1}/roles", {"name": unique("crew")}).ok()
    text = called.format(**role)

    key = _key(world, role, f"'{text}' in subject.roles")

    assert (status, status) == (world.nobody.having(key["key"]).get(FUNCTIONS).status, _explained(world, key["id"]))


def test_a_decision_about_an_object_sees_the_same_roles(world: World) -> None:
    """Where an object's own environment decides, in the service, the condition is asked about the same caller."""
    role = world.a.admin.post(f"{V1}/roles", {"name": unique("crew")}).ok()
    key = _key(world, role, f"'{role['name']}' in subject.roles && request.environment == 'env_default'")
    caller = world.nobody.having(key["key"])
    function = world.a.admin.post(f"{FUNCTIONS}?env=default", {"name": unique("f")}).ok()

    assert [DENIED] * 2 == [caller.get(f"{FUNCTIONS}/{function['id']}{at}").status for at in ("?env=default", "")]


def _key(world: World, role: dict[str, Any], condition: str) -> dict[str, Any]:
    """Issue a viewer's key that holds the role too, to which the condition denies all about functions."""
    policy = {"name": unique("deny"), "effect": "deny", "actions": "functions:*", "resources": "*",
              "condition": condition}
    made = world.a.admin.post(f"{V1}/policies", policy).ok()
    world.a.admin.post(f"{V1}/roles/{role['id']}/policies", {"policy_id": made["id"]}).ok()
    return world.key(world.a.admin, role_ids=[role["id"], "role_viewer"])


def _explained(world: World, key_id: str) -> int:
    asked = {"principal": {"key_id": key_id}, "action": "functions:list"}
    said = world.a.admin.post(f"{V1}/policies/explain", asked).ok()["decision"]
    return {"allow": ALLOWED, "deny": DENIED}[said]
