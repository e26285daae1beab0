"""Values that are somebody's already, and things that are in use (contract, sections 3 to 5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import PLATFORM, V1
from tests.http.world import World, unique

EXISTS, ABORTED = (409, "already_exists"), (409, "aborted")


def _slug() -> str:
    return unique("e").replace(" ", "-")


@pytest.mark.parametrize(
    ("base", "kind", "method"),
    [(V1, "roles", "PATCH"), (V1, "projects", "PUT"), (V1, "environments", "PUT"), (PLATFORM, "roles", "PUT"),
     (PLATFORM, "tenants", "PUT")],
)  # fmt: skip
def test_a_name_is_taken_once(world: World, base: str, kind: str, method: str) -> None:
    """Neither made twice nor renamed to; after the deletion it is free again."""
    client, path = world.a.admin if base == V1 else world.platform["admin"], f"{base}/{kind}"
    first, second = (client.post(path, {"name": _slug()}).ok() for _ in range(2))

    assert EXISTS == client.post(path, {"name": first["name"]}).error[:2]
    assert EXISTS == client.request(method, f"{path}/{second['id']}", {"name": first["name"]}).error[:2]
    assert 200 == client.request(method, f"{path}/{first['id']}", {"name": first["name"]}).status
    assert 200 == client.request(method, f"{path}/{first['id']}", {"name": _slug()}).status
    assert 200 == client.request(method, f"{path}/{second['id']}", {"name": first["name"]}).status


def test_names_of_two_organizations_do_not_meet(world: World) -> None:
    """Uniqueness is within the organization."""
    name = _slug()

    made = [tenant.admin.post(f"{V1}/{kind}", {"name": name}).status
            for tenant in (world.a, world.b) for kind in ("roles", "projects", "environments")]  # fmt: skip

    assert [201] * 6 == made


@pytest.mark.parametrize("base", [V1, PLATFORM])
def test_an_email_is_taken_once_however_it_is_written(world: World, base: str) -> None:
    """Capitals and wide signs do not make another address; the kind of organization does."""
    client = world.a.admin if base == V1 else world.platform["admin"]
    email, password = unique("ann").replace(" ", ".") + "@example.com", {"password": "long-enough-1", "name": "Ann"}
    client.post(f"{base}/users", {"email": email, **password}).ok()

    again = [client.post(f"{base}/users", {"email": one, **password})
             for one in (email, email.upper(), email.replace("ann", "ａｎｎ"))]  # fmt: skip

    assert [EXISTS] * 3 == [reply.error[:2] for reply in again]


@pytest.mark.parametrize("base", [V1, PLATFORM])
def test_a_policy_in_use_stays(world: World, base: str) -> None:
    """A role must let go of it first."""
    client = world.a.admin if base == V1 else world.platform["admin"]
    actions = "users:read" if base == V1 else "platform:users:read"
    wanted: dict[str, Any] = {"name": "used", "effect": "allow", "actions": actions, "resources": "*"}
    policy = client.post(f"{base}/policies", wanted).ok()["id"]
    role = client.post(f"{base}/roles", {"name": _slug(), "policy_ids": [policy]}).ok()["id"]

    assert ABORTED == client.delete(f"{base}/policies/{policy}").error[:2]
    assert 204 == client.delete(f"{base}/roles/{role}").status
    assert 204 == client.delete(f"{base}/policies/{policy}").status
