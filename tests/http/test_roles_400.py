"""Roles that cannot be made or changed as asked, over the socket (contract, sections 4 and 5)."""

from __future__ import annotations

import pytest

from tests.http.client import PLATFORM, V1, Client
from tests.http.world import World, some_id, unique

MADE = 201


def _sides(world: World) -> list[tuple[Client, str, str, str]]:
    """Return who changes roles where: the tenant's side and the platform's, with the method of an update."""
    return [(world.a.admin, V1, "role_admin", "PATCH"),
            (world.platform["admin"], PLATFORM, "role_platform_admin", "PUT")]


def test_built_ins_stay_as_they_are(world: World) -> None:
    """Each way to change or delete a built-in role is refused with its sentence, and the role is shown as before."""
    for caller, base, role_id, update in _sides(world):
        before = caller.get(f"{base}/roles/{role_id}").json()
        changed = (400, "invalid_argument", "built-in roles cannot be changed")
        kept = (400, "invalid_argument", "cannot delete built-in role")

        assert kept == caller.delete(f"{base}/roles/{role_id}").error
        assert changed == caller.request(update, f"{base}/roles/{role_id}", {"name": "mine"}).error
        assert changed == caller.request(update, f"{base}/roles/{role_id}", {"policy_ids": []}).error
        assert before == caller.get(f"{base}/roles/{role_id}").json()


def test_built_ins_hold_no_policies(world: World) -> None:
    """Nothing is attached to a built-in role, and nothing detached from it."""
    changed = (400, "invalid_argument", "built-in roles cannot be changed")

    assert changed == world.a.admin.post(f"{V1}/roles/role_viewer/policies", {"policy_id": some_id("pol_")}).error
    assert changed == world.a.admin.delete(f"{V1}/roles/role_viewer/policies/{some_id('pol_')}").error


@pytest.mark.parametrize("name", ["admin", "VIEWER", " developer", "platform_admin", "platform_mine", "", "x" * 201])
def test_a_reserved_or_impossible_name_is_refused(world: World, name: str) -> None:
    """A custom role of a tenant is never named like a built-in one, or like one of the platform."""
    assert (400, "invalid_argument") == world.a.admin.post(f"{V1}/roles", {"name": name}).error[:2]


@pytest.mark.parametrize("name", ["role_admin", "ROLE_VIEWER", "role_platform_admin", "role_" + "0a" * 16])
def test_no_role_is_named_like_the_id_of_another(world: World, name: str) -> None:
    """Conditions call roles by name and by id, and nobody gets into another role's place by choosing a name."""
    assert (400, "invalid_argument") == world.a.admin.post(f"{V1}/roles", {"name": name}).error[:2]


@pytest.mark.parametrize("name", ["role_mine", "role_" + "0a" * 15, "role_" + "0g" * 16])
def test_a_name_that_only_begins_like_an_id_is_taken(world: World, name: str) -> None:
    """Only what could be an id is refused."""
    assert MADE == world.b.admin.post(f"{V1}/roles", {"name": name}).status


@pytest.mark.parametrize("name", ["admin", "Operator", "platform_viewer", "x" * 192])
def test_a_platform_name_is_judged_with_its_prefix(world: World, name: str) -> None:
    """`admin` would be `platform_admin`, and 192 characters would be 201."""
    assert (400, "invalid_argument") == world.platform["admin"].post(f"{PLATFORM}/roles", {"name": name}).error[:2]


def test_an_unknown_policy_in_a_list_is_refused(world: World) -> None:
    """A policy of another tenant in `policy_ids` looks like one that never was."""
    text = {"name": unique("policy"), "effect": "allow", "actions": "apikeys:read", "resources": "*"}
    foreign = world.b.admin.post(f"{V1}/policies", text).ok()["id"]

    sentences = {world.a.admin.post(f"{V1}/roles", {"name": unique("role"), "policy_ids": [policy_id]}).error
                 for policy_id in (foreign, some_id("pol_"))}

    assert {(400, "invalid_argument", "unknown policy in policy_ids")} == sentences
