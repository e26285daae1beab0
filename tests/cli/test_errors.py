"""What a user reads, and what a script gets, when a command does not do what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.cli.conftest import KEY, CommandLine
from tests.cli.fake_control_plane import FakeControlPlane


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address of this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_refused_connection_says_how_to_start_a_server(ironflow: CommandLine, nobody: str) -> None:
    """The most common first mistake explains itself."""
    ran = ironflow("apikey", "list", "--server", nobody)

    assert (1, "") == (ran.code, ran.out)
    assert ran.err == (
        f"Error: cannot reach {nobody}: connection refused\n"
        "Start one with `make dev`, or name another with IRONFLOW_SERVER_URL or --server.\n"
    )


def test_a_connection_that_breaks_during_a_change_says_so(ironflow: CommandLine) -> None:
    """Nobody repeats a change blindly: it may have been made."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        ran = ironflow("apikey", "delete", "ak_1", "--server", url)

    assert (1, "") == (ran.code, ran.out)
    assert "The change may have been made all the same" in ran.err


def test_a_401_of_a_key_names_the_variable(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Exit code 4, the API's sentence, and what mends it; the key is not repeated."""
    server.refuses("list_keys", 401, "invalid API key")

    ran = ironflow("apikey", "list")

    assert (4, "") == (ran.code, ran.out)
    assert ran.err == "Error: invalid API key\nRequest id: req_1\nCheck the key in IRONFLOW_API_KEY.\n"


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("platform", "ironflow platform login --email admin@example.com"),
        ("tenant", "ironflow login --email admin@example.com"),
    ],
)
def test_a_401_of_a_login_names_the_command(
    ironflow: CommandLine, server: FakeControlPlane, kind: str, command: str
) -> None:
    """The command that logs the same user in again."""
    ironflow.logged_in(kind=kind)
    ironflow.without_key()
    server.refuses("list_keys", 401, "invalid or expired token")

    ran = ironflow("apikey", "list")

    assert 4 == ran.code
    assert ran.err == f"Error: invalid or expired token\nRequest id: req_1\nLog in again: {command}\n"


def test_no_credential_at_all_sends_nothing(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The server need not be asked to know the answer."""
    ironflow.without_key()

    ran = ironflow("apikey", "list")

    assert (4, "", []) == (ran.code, ran.out, server.asked)
    assert ran.err == (
        f"Error: authentication required: no credential for {server.url}\n"
        "Set IRONFLOW_API_KEY, or log in: ironflow login --email EMAIL, or ironflow platform login --email EMAIL\n"
    )


@pytest.mark.parametrize(
    ("required", "hint"),
    [
        ("apikeys:manage", "Explain: ironflow policy explain --action apikeys:manage --key ID (or --user ID)\n"),
        ("operator", ""),
    ],
)
def test_a_403_names_the_missing_action(
    ironflow: CommandLine, server: FakeControlPlane, required: str, hint: str
) -> None:
    """From the refusal straight to its explanation."""
    server.refuses("create_key", 403, "insufficient permissions", required=required)

    ran = ironflow("apikey", "create", "k")

    assert (1, "") == (ran.code, ran.out)
    assert ran.err == f"Error: insufficient permissions\nRequired: {required}\nRequest id: req_1\n{hint}"


def test_a_platform_login_outside_every_organization_is_told_about_as_org(
    ironflow: CommandLine, server: FakeControlPlane
) -> None:
    """The 403 that every platform user meets first says what is missing."""
    ironflow.logged_in()
    ironflow.without_key()
    server.refuses("list_environments", 403, "insufficient permissions", required="environments:read")

    ran = ironflow("env", "list")

    assert "A platform credential acts inside an organization only: add --as-org ORG.\n" in ran.err


def test_a_platform_login_that_asks_for_keys_is_told_which_it_may_have(
    ironflow: CommandLine, server: FakeControlPlane
) -> None:
    """Keys are of two kinds: a platform user may list its own, or those of an organization, and is told how."""
    ironflow.logged_in()
    ironflow.without_key()
    server.refuses("list_keys", 403, "insufficient permissions", required="apikeys:read")

    ran = ironflow("apikey", "list")

    assert ran.err.endswith(
        "A platform credential acts on platform keys, --platform, or inside an organization, --as-org ORG.\n"
    )


def test_a_platform_login_that_lacks_an_action_is_not_sent_elsewhere(
    ironflow: CommandLine, server: FakeControlPlane
) -> None:
    """Who already asked for platform keys lacks a right, which another flag does not give."""
    ironflow.logged_in()
    ironflow.without_key()
    server.refuses("create_key", 403, "insufficient permissions", required="platform:keys:manage")

    ran = ironflow("apikey", "create", "k", "--platform")

    assert "--as-org" not in ran.err
    assert "Explain: ironflow platform policies explain --action platform:keys:manage" in ran.err


def test_who_names_no_environment_where_one_is_needed_is_told_how(
    ironflow: CommandLine, server: FakeControlPlane
) -> None:
    """The first function that anybody registers needs one."""
    server.refuses("register_function", 400, "environment required")

    ran = ironflow("function", "register", "resize")

    assert ran.err.endswith("Name one: --env ID, or IRONFLOW_ENV.\n")


def test_a_tenants_credential_on_the_platform_is_told_where_to_log_in(
    ironflow: CommandLine, server: FakeControlPlane
) -> None:
    """The other 403 that everybody meets: a key where a person of the platform is needed."""
    server.refuses("list_platform_users", 403, "platform credential required")

    ran = ironflow("platform", "users", "list")

    assert ran.err == (
        "Error: platform credential required\nRequest id: req_1\n"
        "Log in as a platform user: ironflow platform login --email EMAIL, or set IRONFLOW_API_KEY to a platform key.\n"
    )


def test_an_error_without_the_contracts_body_still_says_something(
    ironflow: CommandLine, server: FakeControlPlane
) -> None:
    """A proxy's page of HTML is not thrown at the user."""
    server.answers("list_keys", b"<html>bad gateway</html>", status=502)

    ran = ironflow("apikey", "list")

    assert (1, "", "Error: the server answered HTTP 502\n") == (ran.code, ran.out, ran.err)


@pytest.mark.parametrize("body", [b"<html>hello</html>", b'{"not": "a list"}', b"[1, 2]", b""])
def test_a_success_that_is_no_list_is_a_failure(ironflow: CommandLine, server: FakeControlPlane, body: bytes) -> None:
    """Another program's answer is not taken for an empty list."""
    server.answers("list_keys", body)

    ran = ironflow("apikey", "list")

    assert (1, "") == (ran.code, ran.out)
    assert "is it an Ironflow server?" in ran.err


def test_a_key_with_odd_characters_is_not_sent(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A header cannot be forged through the variable, and its value is not printed."""
    ran = ironflow("apikey", "list", environ={"IRONFLOW_API_KEY": "secret\r\nX-Ironflow-Org: org_1"})

    assert (2, []) == (ran.code, server.asked)
    assert ran.err == "Error: IRONFLOW_API_KEY holds characters that no key has\n"


def test_a_key_read_from_a_file_may_end_in_a_newline(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """`export IRONFLOW_API_KEY=$(<file)` and its careless cousins work."""
    server.answers("list_keys", [])

    ironflow("apikey", "list", environ={"IRONFLOW_API_KEY": f" {KEY}\n"})

    assert f"Bearer {KEY}" == server.asked[0].headers["authorization"]


@pytest.mark.parametrize("identifier", ["", ".", ".."])
def test_an_id_that_would_change_the_path_is_wrong_usage(
    ironflow: CommandLine, server: FakeControlPlane, identifier: str
) -> None:
    """An empty variable in a script never turns one object's path into its list's."""
    ran = ironflow("apikey", "delete", identifier)

    assert (2, "", []) == (ran.code, ran.out, server.asked)


def test_an_id_is_one_segment_of_the_path(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Slashes, questions marks and the like are quoted."""
    server.answers("delete_key")

    ironflow("apikey", "delete", "../a?b#c d%é")

    assert {"key_id": "../a?b#c d%é"} == server.asked[0].path


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuch",),
        ("apikey", "nosuch"),
        ("apikey",),
        (),
        ("apikey", "create"),
        ("apikey", "list", "--limit", "0"),
        ("apikey", "list", "--nosuch"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...]
) -> None:
    """A mistyped command sends nothing and prints nothing on stdout."""
    ran = ironflow(*arguments)

    assert (2, "", []) == (ran.code, ran.out, server.asked)
    assert ran.err.startswith("Usage: ironflow")
