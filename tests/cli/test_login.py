"""`ironflow login`, `logout` and `whoami`: an organization's own users."""

from __future__ import annotations

from tests.cli.conftest import KEY, TOKEN, CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

USER = {"id": "user_1", "email": "dev@example.com", "name": "Dev", "roles": ["developer"]}


def test_login_keeps_a_tenants_token(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The same line as the platform's, and the login is known as a tenant's."""
    server.answers("login_user", {"token": TOKEN, "expires_at": "2026-03-13T10:00:00Z", "user": USER})

    ran = ironflow("login", "--email", "dev@example.com", "--password-stdin", stdin="correct horse\n")

    assert (0, "Logged in as dev@example.com (expires: 2026-03-13T10:00:00Z)\n", "") == (ran.code, ran.out, ran.err)
    login = ironflow.logins.find(server.url)
    assert login is not None
    assert ("tenant", TOKEN) == (login.kind, login.token)


def test_an_answer_without_a_token_is_a_failure(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Another program's 200 is not a login."""
    server.answers("login_user", {"hello": "world"})

    ran = ironflow("login", "--email", "dev@example.com", "--password-stdin", stdin="pw")

    assert (1, "", None) == (ran.code, ran.out, ironflow.logins.find(server.url))


def test_logout_of_a_tenant_is_local(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The API ends no tenant's session, so nothing is sent."""
    ironflow.logged_in(kind="tenant")

    ran = ironflow("logout")

    assert (0, "Logged out: admin@example.com\n", []) == (ran.code, ran.out, server.asked)
    assert ironflow.logins.find(server.url) is None


def test_logout_that_the_server_did_not_hear_is_a_failure(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The token is off this machine, but the user learns that it still works elsewhere."""
    ironflow.logged_in()
    server.refuses("logout_platform_user", 503, "service temporarily unavailable")

    ran = ironflow("logout")

    assert (1, "", None) == (ran.code, ran.out, ironflow.logins.find(server.url))
    assert ran.err == (
        "Error: the token is forgotten here, but the server was not told that the session ended\n"
        "Error: service temporarily unavailable\n"
        "Request id: req_1\n"
    )


def test_whoami_uses_the_key_first(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """As every command outside `platform` does."""
    ironflow.logged_in()
    server.answers("validate_credential", {"org_id": "org_1", "roles": ["admin", "viewer"]})

    ran = ironflow("whoami")

    assert (0, "API key of org_1 (roles: admin,viewer)\n") == (ran.code, ran.out)
    assert f"Bearer {KEY}" == server.asked[0].headers["authorization"]
