"""Sessions over the socket: opened, told apart, and ended on the very next request (contract, sections 1, 4 and 5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import PLATFORM, V1, Client, Reply
from tests.http.world import FORGED_TOKEN, NOBODY_S_KEY, Person, World, unique

COOKIE = "ironflow_dashboard_token"
LOGINS = {"platform": f"{PLATFORM}/auth/login", "tenant": f"{V1}/auth/login"}


def _login(world: World, person: Person, *, password: str = "", base: str = PLATFORM) -> Reply:
    return world.nobody.post(f"{base}/auth/login", {"email": person.email, "password": password or person.password})


def _another_session(world: World, person: Person) -> Client:
    return world.nobody.having(_login(world, person).ok()["token"])


def _validation(caller: Client) -> Any:
    return caller.get(f"{V1}/auth/validate").ok()


def test_200_the_cookie_is_a_credential(world: World) -> None:
    """A browser needs nothing but the cookie to read; what it holds is the token of the reply."""
    person = world.platform_user("role_platform_viewer")
    reply = _login(world, person)

    token = reply.ok()["token"]
    assert f"{COOKIE}={token}; HttpOnly; Path=/; SameSite=Strict; Max-Age=86400" == reply.headers["set-cookie"]
    browser = world.nobody.having(Cookie=f"{COOKIE}={token}")
    assert 200 == browser.get(f"{PLATFORM}/users/{person.id}").status


def test_401_after_logout(world: World) -> None:
    """Logging out ends that session, clears its cookie, and leaves the user's other sessions alone."""
    person = world.platform_user("role_platform_viewer")
    other = _another_session(world, person)

    reply = person.client.post(f"{PLATFORM}/auth/logout")

    assert (204, b"") == (reply.status, reply.body)
    assert f"{COOKIE}=; HttpOnly; Path=/; SameSite=Strict; Max-Age=0" == reply.headers["set-cookie"]
    assert (401, "unauthenticated", "invalid or expired token") == person.client.get(f"{PLATFORM}/users").error
    assert (401, "unauthenticated", "invalid or expired token") == person.client.post(f"{PLATFORM}/auth/logout").error
    assert 200 == other.get(f"{PLATFORM}/users").status


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "Another-Password-1"}, None])
def test_401_once_a_platform_user_is_changed(world: World, change: dict[str, Any] | None) -> None:
    """Deactivation, another password and deletion end every session on the next request."""
    person = world.platform_user("role_platform_viewer")
    sessions = [person.client, _another_session(world, person)]
    path = f"{PLATFORM}/users/{person.id}"

    admin = world.platform["admin"]
    (admin.put(path, change) if change else admin.delete(path)).ok()

    assert [401, 401] == [session.get(f"{PLATFORM}/users").status for session in sessions]


def test_200_new_roles_need_no_new_session(world: World) -> None:
    """What a token may do is what the table says of its user now."""
    person = world.platform_user()
    assert 403 == person.client.get(f"{PLATFORM}/users").status

    world.platform["admin"].put(f"{PLATFORM}/users/{person.id}", {"role_ids": ["role_platform_viewer"]}).ok()

    assert 200 == person.client.get(f"{PLATFORM}/users").status


def test_401_after_a_tenant_users_own_password_change(world: World) -> None:
    """A user without any role changes its own password; its old token and its old password are dead."""
    person = world.tenant_user(world.a)
    path, new = f"{V1}/users/{person.id}/password", "Another-Password-2"

    wrong = person.client.patch(path, {"current_password": "not this one", "new_password": new})
    reply = person.client.patch(path, {"current_password": person.password, "new_password": new})

    assert (401, "unauthenticated", "invalid credentials") == wrong.error
    assert (204, b"") == (reply.status, reply.body)
    assert 401 == person.client.get(f"{V1}/auth/validate").status
    assert 401 == _login(world, person, base=V1).status
    assert 200 == _login(world, person, password=new, base=V1).status


def test_403_for_an_inactive_account(world: World) -> None:
    """Only after the right password is it told that the account is inactive."""
    person = world.platform_user()
    world.platform["admin"].put(f"{PLATFORM}/users/{person.id}", {"is_active": False}).ok()

    assert (401, "unauthenticated", "invalid credentials") == _login(world, person, password="not this one").error
    assert (403, "permission_denied", "account is inactive") == _login(world, person).error


def test_429_after_five_failures(world: World) -> None:
    """An address that nobody has is throttled like one that somebody has, with the seconds to wait."""
    nobody = {"email": f"{unique('nobody').replace(' ', '-')}@example.com", "password": "not this one"}
    statuses = [world.nobody.post(LOGINS["platform"], nobody).status for _ in range(5)]

    reply = world.nobody.post(LOGINS["platform"], nobody)

    assert [401] * 5 == statuses
    assert (429, "resource_exhausted") == reply.error[:2]
    assert 1 <= int(reply.headers["retry-after"]) <= 8


def test_200_a_credential_is_told_apart(world: World) -> None:
    """The services behind the gateway learn whose a credential is, and where it acts."""
    person = world.tenant_user(world.a, "developer")
    token = _validation(person.client)
    entered = _validation(world.platform["operator"].entering(world.a.id))

    assert {
        "valid": True, "type": "api_key", "org_id": world.a.id, "environment_id": "", "roles": ["viewer"],
        "platform": False,
    } == _validation(world.a.keys["viewer"])  # fmt: skip
    assert {
        "valid": True, "type": "jwt", "org_id": world.a.id, "environment_id": "env_default",
        "roles": ["developer"], "platform": False, "expires_at": token["expires_at"],
    } == token  # fmt: skip
    assert {
        "valid": True, "type": "api_key", "org_id": "org_platform", "environment_id": "env_default",
        "roles": ["platform_operator"], "platform": True, "impersonated_org_id": world.a.id,
    } == entered  # fmt: skip


@pytest.mark.parametrize(("credential", "sentence"), [
    ("", "authentication required"), (NOBODY_S_KEY, "invalid API key"), (FORGED_TOKEN, "invalid or expired token"),
])  # fmt: skip
def test_401_with_the_precise_reason(world: World, credential: str, sentence: str) -> None:
    """A service behind the gateway can tell its caller what is wrong with the credential."""
    reply = world.nobody.having(credential).get(f"{V1}/auth/validate")

    assert (401, "unauthenticated", sentence) == reply.error


def test_403_bootstrap_is_the_operators(world: World) -> None:
    """Neither platform staff nor a tenant's admin opens the platform, and both are told who can."""
    for caller in (world.platform["admin"], world.a.admin):
        reply = caller.post(f"{PLATFORM}/bootstrap", {"email": "x@example.com", "password": "x" * 12, "name": "X"})

        assert (403, "permission_denied", "insufficient permissions") == reply.error
        assert "operator" == reply.json()["required"]
