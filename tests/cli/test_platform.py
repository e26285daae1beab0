"""`ironflow platform create-admin`, `login`, `logout`, `whoami`."""

from __future__ import annotations

import json
import stat

import pytest

from tests.cli.conftest import KEY, TOKEN, CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

USER = {"id": "puser_a1b2c3d4", "email": "admin@example.com", "name": "Platform Admin", "roles": ["platform_admin"]}
LOGGED_IN = {"token": TOKEN, "expires_at": "2026-03-13T10:00:00Z", "user": USER}
LOGIN = ("platform", "login", "--email", "admin@example.com")


def test_create_admin_prints_the_contracts_line(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """One prompt without echo, one line on stdout, and the password only in the request's body."""
    server.answers(
        "bootstrap_platform", {"id": "puser_a1b2c3d4", "email": "admin@example.com", "name": "Platform Admin"}
    )

    ran = ironflow(
        "platform", "create-admin", "--email", "admin@example.com", "--name", "Platform Admin", terminal=True
    )

    assert (0, "Created platform admin: admin@example.com (id: puser_a1b2c3d4)\n", "") == (ran.code, ran.out, ran.err)
    assert ["Password: "] == ironflow.prompts
    (asked,) = server.asked
    assert asked.body == {"email": "admin@example.com", "password": "correct horse", "name": "Platform Admin"}
    assert asked.headers["authorization"] == f"Bearer {KEY}"


def test_create_admin_never_uses_a_login(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Without a key it stops before it asks for a password, whoever is logged in."""
    ironflow.logged_in()
    ironflow.without_key()

    ran = ironflow("platform", "create-admin", "--email", "e@example.com", "--name", "N", terminal=True)

    assert (4, "", [], []) == (ran.code, ran.out, ironflow.prompts, server.asked)
    assert ran.err == (
        "Error: authentication required\n"
        "Set IRONFLOW_API_KEY to a key of the operator's admin, such as the one in .ironflow_bootstrap_key.json;"
        " a login does not do here.\n"
    )


def test_a_second_create_admin_fails(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The API's sentence and request id are what the user reads."""
    server.refuses("bootstrap_platform", 409, "platform already bootstrapped")

    ran = ironflow(
        "platform",
        "create-admin",
        "--email",
        "e@example.com",
        "--name",
        "N",
        "--password-stdin",
        stdin="correct horse\n",
    )

    assert (1, "") == (ran.code, ran.out)
    assert ran.err == "Error: platform already bootstrapped\nRequest id: req_1\n"


def test_login_keeps_the_token_for_its_owner_alone(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The line of the contract; the token in a 0600 file in a 0700 directory, under this server's address."""
    server.answers("login_platform_user", LOGGED_IN)

    ran = ironflow(*LOGIN, "--password-stdin", stdin="correct horse\r\n")

    assert (0, "Logged in as admin@example.com (expires: 2026-03-13T10:00:00Z)\n", "") == (ran.code, ran.out, ran.err)
    path = ironflow.logins.path
    assert (0o600, 0o700) == (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode))
    assert json.loads(path.read_text()) == {"servers": {server.url: {**LOGGED_IN, "kind": "platform"}}}
    assert [path.name] == [entry.name for entry in path.parent.iterdir()]


def test_login_sends_no_credential(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A key in the environment has no business in a login, nor has an organization."""
    server.answers("login_platform_user", LOGGED_IN)

    ironflow(*LOGIN, "--password-stdin", "--as-org", "org_1", stdin="correct horse")

    (asked,) = server.asked
    assert asked.body == {"email": "admin@example.com", "password": "correct horse"}
    assert {"authorization", "x-ironflow-org"} & set(asked.headers) == set()


@pytest.mark.parametrize(
    ("status", "sentence", "code", "hint"),
    [
        (401, "invalid credentials", 4, "Check the e-mail address and the password.\n"),
        (403, "account is inactive", 1, ""),
    ],
)
def test_a_refused_login_keeps_the_old_one(
    ironflow: CommandLine, server: FakeControlPlane, status: int, sentence: str, code: int, hint: str
) -> None:
    """A mistyped password costs nobody the session they had."""
    before = ironflow.logged_in()
    server.refuses("login_platform_user", status, sentence)

    ran = ironflow(*LOGIN, "--password-stdin", stdin="wrong")

    assert (code, "") == (ran.code, ran.out)
    assert ran.err == f"Error: {sentence}\nRequest id: req_1\n{hint}"
    assert ironflow.logins.find(server.url) == before


def test_a_throttled_login_says_when_to_try_again(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The server's Retry-After reaches the user."""
    body = {"error": "too many attempts", "message": "too many attempts", "code": "resource_exhausted"}
    server.answers("login_platform_user", body, status=429, headers={"Retry-After": "8"})

    ran = ironflow(*LOGIN, "--password-stdin", stdin="wrong")

    assert (1, "Error: too many attempts\nTry again in 8 s.\n") == (ran.code, ran.err)


def test_a_password_is_not_taken_from_a_pipe_by_accident(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Without a terminal the command says what to use instead of waiting for input."""
    ran = ironflow(*LOGIN, stdin="correct horse\n")

    assert (2, [], []) == (ran.code, ironflow.prompts, server.asked)
    assert "use --password-stdin" in ran.err


def test_logout_ends_the_session_and_forgets_the_token(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The stored token is what is ended, not the key; afterwards the file is gone."""
    ironflow.logged_in()
    server.answers("logout_platform_user")

    ran = ironflow("platform", "logout")

    assert (0, "Logged out: admin@example.com\n", "") == (ran.code, ran.out, ran.err)
    assert [f"Bearer {TOKEN}"] == [asked.headers["authorization"] for asked in server.asked]
    assert not ironflow.logins.path.exists()


def test_logout_of_a_dead_session_is_done(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A token that the server no longer takes is forgotten all the same."""
    ironflow.logged_in()
    server.refuses("logout_platform_user", 401, "invalid or expired token")

    ran = ironflow("platform", "logout")

    assert (0, "Logged out: admin@example.com\n") == (ran.code, ran.out)
    assert not ironflow.logins.path.exists()


def test_logout_without_a_login_is_no_failure(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """What was asked for is already so."""
    ran = ironflow("platform", "logout")

    assert (0, "", f"Not logged in to {server.url}.\n") == (ran.code, ran.out, ran.err)


def test_whoami_confirms_the_login(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The stored login goes before the key on platform commands, and the server is asked."""
    ironflow.logged_in()
    server.answers("validate_credential", {"valid": True, "type": "jwt", "org_id": "org_platform"})

    ran = ironflow("platform", "whoami")

    assert (0, "Logged in as admin@example.com (expires: 2026-03-13T10:00:00Z)\n") == (ran.code, ran.out)
    assert [f"Bearer {TOKEN}"] == [asked.headers["authorization"] for asked in server.asked]


def test_whoami_with_a_key_names_its_organization(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A key has no e-mail address; what it has is an organization and roles."""
    server.answers(
        "validate_credential", {"valid": True, "type": "api_key", "org_id": "org_platform", "roles": ["platform_admin"]}
    )

    ran = ironflow("platform", "whoami")

    assert (0, "API key of org_platform (roles: platform_admin)\n") == (ran.code, ran.out)


def test_an_expired_login_gives_way_to_the_key(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A token that the server would refuse is not in the way of a key that works."""
    ironflow.logged_in(expires_at="2026-03-12T10:00:00Z")
    server.answers("list_tenants", [])

    ran = ironflow("platform", "tenants", "list")

    assert (0, f"Bearer {KEY}") == (ran.code, server.asked[0].headers["authorization"])


def test_an_expired_login_alone_names_the_command_that_renews_it(
    ironflow: CommandLine, server: FakeControlPlane
) -> None:
    """Nothing is sent, and the way back in can be pasted."""
    ironflow.logged_in(expires_at="2026-03-12T10:00:00Z")
    ironflow.without_key()

    ran = ironflow("platform", "tenants", "list")

    assert (4, []) == (ran.code, server.asked)
    assert ran.err == (
        "Error: your login expired at 2026-03-12T10:00:00Z\n"
        "Log in again: ironflow platform login --email admin@example.com, or set IRONFLOW_API_KEY.\n"
    )
