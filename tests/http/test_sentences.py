"""The exact words of refusals that clients and people rely on (contract, sections 1 to 7)."""

from __future__ import annotations

import pytest

from tests.http.client import PLATFORM, V1
from tests.http.world import World, some_id, unique

DENIED = "permission_denied"
INSUFFICIENT = (403, DENIED, "insufficient permissions")
BUILT_IN = (400, "invalid_argument", "cannot delete built-in role")
PLATFORM_REQUIRED = (403, DENIED, "platform credential required")
NOT_DEFAULT_ENVIRONMENT = (403, DENIED, "cannot delete default environment")


@pytest.mark.parametrize("role", ["role_admin", "role_developer", "role_viewer"])
def test_a_built_in_role_stays(world: World, role: str) -> None:
    """Neither deleted nor changed, and nothing attached or detached."""
    admin, path = world.a.admin, f"{V1}/roles/{role}"

    assert BUILT_IN == admin.delete(path).error
    changes = [
        admin.patch(path, {"name": "mine"}), admin.post(f"{path}/policies", {"policy_id": some_id("pol_")}),
        admin.delete(f"{path}/policies/{some_id('pol_')}"),
    ]  # fmt: skip
    assert {400} == {reply.error[0] for reply in changes}
    assert [True] == [one["is_default"] for one in admin.get(f"{V1}/roles").ok() if one["id"] == role]


@pytest.mark.parametrize("role", ["role_platform_admin", "role_platform_operator", "role_platform_viewer"])
def test_a_built_in_platform_role_stays(world: World, role: str) -> None:
    """Neither deleted nor changed."""
    assert BUILT_IN == world.platform["admin"].delete(f"{PLATFORM}/roles/{role}").error
    assert 400 == world.platform["admin"].put(f"{PLATFORM}/roles/{role}", {"name": "mine"}).error[0]


@pytest.mark.parametrize("name", ["admin", "developer", "viewer", "Admin"])
def test_a_reserved_role_name_is_refused(world: World, name: str) -> None:
    """A custom role cannot be taken for a built-in one."""
    assert (400, "invalid_argument") == world.a.admin.post(f"{V1}/roles", {"name": name}).error[:2]


def test_sentinel_and_operator_organizations_stay(world: World) -> None:
    """Neither is deleted by any route, and neither is suspended; the sentinel is in no list."""
    admin = world.platform["admin"]

    assert (400, "invalid_argument", "cannot delete platform org") == admin.delete(
        f"{PLATFORM}/tenants/org_platform").error  # fmt: skip
    by_all_ways = [
        admin.delete(f"{PLATFORM}/tenants/org_default"), world.operator.delete(f"{V1}/orgs/org_default"),
        admin.entering("org_default").delete(f"{V1}/orgs/org_default"),
    ]  # fmt: skip
    assert {(400, "invalid_argument", "cannot delete default org")} == {reply.error for reply in by_all_ways}
    assert {400} == {admin.put(f"{PLATFORM}/tenants/{one}", {"suspended": True}).status
                     for one in ("org_platform", "org_default")}  # fmt: skip
    listed = {org["id"] for org in admin.get(f"{PLATFORM}/tenants").ok()}
    assert ("org_default" in listed, "org_platform" in listed) == (True, False)
    assert 404 == admin.get(f"{PLATFORM}/tenants/org_platform").status


def test_the_default_environment_stays(world: World) -> None:
    """Also in an organization that has none, under both names of the route, and with its project."""
    default = {env["id"]: env for env in world.a.admin.get(f"{V1}/environments").ok()}["env_default"]
    bare = world.platform["admin"].post(f"{PLATFORM}/orgs", {"name": unique("Bare")}).ok()
    in_bare = world.platform["admin"].entering(bare["id"])

    replies = [
        world.a.admin.delete(f"{V1}/environments/env_default"), world.a.admin.delete(f"{V1}/envs/env_default"),
        world.a.admin.delete(f"{V1}/projects/{default['project_id']}"),
        in_bare.delete(f"{V1}/environments/env_default"),
    ]  # fmt: skip

    assert [NOT_DEFAULT_ENVIRONMENT] * 4 == [reply.error for reply in replies]


def test_the_missing_action_is_named(world: World) -> None:
    """A 403 for want of an action carries `required`."""
    required = {
        "projects:manage": world.a.keys["viewer"].post(f"{V1}/projects", {"name": "n"}),
        "platform:users:manage": world.platform["viewer"].post(f"{PLATFORM}/users", {}),
        "platform:impersonate": world.platform["viewer"].entering(world.a.id).post(f"{V1}/projects", {}),
        "platform:impersonate:read": world.platform["none"].entering(world.a.id).get(f"{V1}/projects"),
        "operator": world.a.admin.get(f"{V1}/tenants"),
        "projects:read": world.platform["admin"].get(f"{V1}/projects"),
    }

    assert dict.fromkeys(required, INSUFFICIENT) == {action: reply.error for action, reply in required.items()}
    assert {action: action for action in required} == {
        action: reply.json().get("required") for action, reply in required.items()
    }


def test_platform_endpoints_need_a_platform_credential(world: World) -> None:
    """Also of a tenant's admin; bootstrapping has a sentence of its own."""
    assert PLATFORM_REQUIRED == world.a.admin.get(f"{PLATFORM}/users").error
    assert PLATFORM_REQUIRED == world.operator.get(f"{PLATFORM}/tenants").error
    assert PLATFORM_REQUIRED == world.a.admin.post(f"{V1}/orgs", {"name": "n"}).error
    assert PLATFORM_REQUIRED == world.platform["admin"].entering(world.a.id).post(f"{V1}/orgs", {"name": "n"}).error
    assert INSUFFICIENT == world.a.admin.post(f"{PLATFORM}/bootstrap", {}).error
    assert INSUFFICIENT == world.platform["admin"].post(f"{PLATFORM}/bootstrap", {}).error


def test_the_platform_is_bootstrapped_once(world: World) -> None:
    """Every later call is told so."""
    assert world.platform_user()

    reply = world.operator.post(f"{PLATFORM}/bootstrap", {
        "email": "late@example.com", "password": "much-too-late-1", "name": "Late"})  # fmt: skip

    assert (409, "already_exists", "platform already bootstrapped") == reply.error


def test_logins_tell_no_more_than_they_must(world: World) -> None:
    """Wrong password and unknown e-mail are one sentence; inactivity is told after a right password only."""
    person = world.platform_user()
    world.platform["admin"].put(f"{PLATFORM}/users/{person.id}", {"is_active": False}).ok()
    login = f"{PLATFORM}/auth/login"

    wrong = world.nobody.post(login, {"email": person.email, "password": "not-this-one-at-all"})
    unknown = world.nobody.post(login, {"email": "nobody-at-all@example.com", "password": "not-this-one-at-all"})
    inactive = world.nobody.post(login, {"email": person.email.upper(), "password": person.password})

    assert (401, "unauthenticated", "invalid credentials") == wrong.error == unknown.error
    assert (403, DENIED, "account is inactive") == inactive.error
    assert (401, "unauthenticated", "invalid or expired token") == person.client.get(f"{V1}/auth/validate").error


def test_a_suspended_organization_hears_it(world: World) -> None:
    """Its credentials are refused, the platform may still read inside, and resuming mends it."""
    tenant = world.tenant("Paused")
    path = f"{PLATFORM}/tenants/{tenant.id}"
    world.platform["admin"].put(path, {"suspended": True}).ok()

    refused = tenant.admin.get(f"{V1}/projects").error
    inside = (tenant.owner.get(f"{V1}/projects").status, tenant.owner.post(f"{V1}/projects", {"name": "n"}).error)
    world.platform["admin"].put(path, {"suspended": False}).ok()

    sentence = (403, DENIED, "organization is suspended")
    assert (sentence, (200, sentence)) == (refused, inside)
    assert 200 == tenant.admin.get(f"{V1}/projects").status
