"""The flags that every command takes, before the subcommand or after it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import KEY, TOKEN, CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

ENVIRONMENT = {"id": "env_default", "name": "default", "created_at": "2026-03-12T10:00:00Z"}
ENVIRONMENTS = "ID           NAME     CREATED\nenv_default  default  2026-03-12T10:00:00Z\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--as-org", "org_x1y2z3w4", "env", "list"),
        ("env", "--as-org", "org_x1y2z3w4", "list"),
        ("env", "list", "--as-org", "org_x1y2z3w4"),
        ("env", "list", "--as-org=org_x1y2z3w4"),
    ],
)
def test_as_org_may_stand_anywhere(ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...]) -> None:
    """It sends the login and the header, prints the tutorial's table, and says where it acts on stderr."""
    ironflow.logged_in()
    server.answers("list_environments", [ENVIRONMENT])

    ran = ironflow(*arguments)

    assert (0, ENVIRONMENTS, "Acting inside org_x1y2z3w4\n") == (ran.code, ran.out, ran.err)
    (asked,) = server.asked
    assert (f"Bearer {TOKEN}", "org_x1y2z3w4") == (asked.headers["authorization"], asked.headers["x-ironflow-org"])


def test_the_innermost_flag_wins(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """What stands nearest to the command is what was meant."""
    server.answers("list_environments", [])

    ironflow("--as-org", "org_1", "env", "list", "--as-org", "org_2")

    assert "org_2" == server.asked[0].headers["x-ironflow-org"]


def test_as_org_takes_the_key_when_nobody_is_logged_in(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A platform key impersonates as well as a person does."""
    server.answers("list_environments", [])

    ironflow("--as-org", "org_1", "env", "list")

    assert f"Bearer {KEY}" == server.asked[0].headers["authorization"]


def test_as_org_on_a_platform_command_says_that_it_does_nothing(
    ironflow: CommandLine, server: FakeControlPlane
) -> None:
    """Nobody believes to have listed the users of a tenant."""
    server.answers("list_platform_users", [])

    ran = ironflow("--as-org", "org_1", "platform", "users", "list")

    assert (0, "--as-org org_1 has no effect on this command: it acts on the platform\n") == (ran.code, ran.err)


@pytest.mark.parametrize(
    ("arguments", "operation", "sent"),
    [
        (("apikey", "list"), "list_keys", KEY),
        (("platform", "users", "list"), "list_platform_users", TOKEN),
        (("org", "create", "Acme"), "create_platform_org", TOKEN),
        (("tenant", "list"), "list_tenants_as_operator", KEY),
        (("whoami", "--json"), "validate_credential", KEY),
        (("platform", "whoami", "--json"), "validate_credential", TOKEN),
    ],
)
def test_which_credential_goes_first(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...], operation: str, sent: str
) -> None:
    """`platform …` uses the login, else the key; every other command the key, else the login (section 9)."""
    ironflow.logged_in()
    server.answers(operation, [] if "list" in operation else {"name": "Acme", "id": "org_1"})

    ran = ironflow(*arguments)

    assert (0, [f"Bearer {sent}"]) == (ran.code, [asked.headers["authorization"] for asked in server.asked])


def test_a_tenants_login_does_not_stand_in_a_platform_keys_way(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Where a login goes first it is the platform's; a tenant's would only be refused."""
    ironflow.logged_in(kind="tenant")
    server.answers("list_platform_users", [])

    ironflow("platform", "users", "list")

    assert f"Bearer {KEY}" == server.asked[0].headers["authorization"]


def test_a_command_without_a_key_uses_the_login(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The tutorial creates its platform key with nothing but the login."""
    ironflow.logged_in()
    ironflow.without_key()
    server.answers("list_keys", [])

    ironflow("apikey", "list", "--platform")

    assert f"Bearer {TOKEN}" == server.asked[0].headers["authorization"]


@pytest.mark.parametrize(
    "arguments", [("-v", "apikey", "list"), ("apikey", "-v", "list"), ("apikey", "list", "--verbose")]
)
def test_verbose_prints_one_line_per_request(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...]
) -> None:
    """Method, path, status, time and request id on stderr; stdout stays what it was; never a credential."""
    server.answers("list_keys", [], headers={"X-Amzn-RequestId": "req_9"})

    ran = ironflow(*arguments)

    assert (0, "GET /api/v1/apikeys 200 0 ms req_9\n") == (ran.code, ran.err)
    assert ran.out.startswith("ID  NAME")


@pytest.mark.parametrize(
    "arguments",
    [
        ("platform", "login", "--email", "a@example.com", "--password-stdin", "-v"),
        ("platform", "create-admin", "--email", "a@example.com", "--name", "A", "--password-stdin", "-v"),
        ("apikey", "list", "-v"),
    ],
)
def test_no_secret_is_ever_on_stderr(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...]
) -> None:
    """Neither what was typed nor what was stored, whatever goes wrong."""
    for operation in ("login_platform_user", "bootstrap_platform", "list_keys"):
        server.refuses(operation, 401, "invalid credentials")

    ran = ironflow(*arguments, stdin="swordfish\n")

    assert 4 == ran.code
    assert not any(secret in ran.err + ran.out for secret in ("swordfish", KEY, TOKEN))


def test_a_reason_travels_with_the_request(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Why somebody acted inside a tenant arrives unaltered, in any language."""
    server.answers("list_environments", [])

    ironflow("env", "list", "--as-org", "org_1", "--reason", "Störung #42")

    raw = server.asked[0].headers["x-ironflow-reason"]
    assert "Störung #42" == raw.encode("latin-1").decode()


@pytest.mark.parametrize("option", ["--as-org", "--reason", "--server"])
def test_an_empty_flag_is_wrong_usage(ironflow: CommandLine, server: FakeControlPlane, option: str) -> None:
    """`--as-org "$ORG"` with ORG unset does not act on one's own organization instead."""
    ran = ironflow("env", "list", option, "")

    assert (2, []) == (ran.code, server.asked)


@pytest.mark.parametrize("option", ["--as-org", "--reason"])
def test_a_header_cannot_be_smuggled(ironflow: CommandLine, server: FakeControlPlane, option: str) -> None:
    """A line break in a flag is wrong usage, not a second header."""
    ran = ironflow("env", "list", option, "x\r\nX-Evil: 1")

    assert (2, []) == (ran.code, server.asked)


@pytest.mark.parametrize(
    ("arguments", "environ", "header"),
    [
        (("function", "list", "--env", "env_1"), {}, "env_1"),
        (("function", "list"), {"IRONFLOW_ENV": "staging"}, "staging"),
        (("function", "list", "--env", "env_1"), {"IRONFLOW_ENV": "staging"}, "env_1"),
        (("function", "list"), {}, None),
    ],
)
def test_the_environment_is_a_header(
    ironflow: CommandLine,
    server: FakeControlPlane,
    arguments: tuple[str, ...],
    environ: dict[str, str],
    header: str | None,
) -> None:
    """The flag goes before the variable."""
    server.answers("list_functions", [])

    ironflow(*arguments, environ=environ)

    assert header == server.asked[0].headers.get("x-ironflow-environment")


def test_the_environment_is_kept_from_the_platforms_keys(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A platform credential is in no organization, until --as-org says so."""
    server.answers("list_keys", [])
    platform_key = {"IRONFLOW_API_KEY": "ifplatform_1", "IRONFLOW_ENV": "staging"}

    ironflow("apikey", "list", "--platform", environ=platform_key)
    ironflow("apikey", "list", "--as-org", "org_1", environ=platform_key)

    assert [None, "staging"] == [asked.headers.get("x-ironflow-environment") for asked in server.asked]


def test_the_environment_is_kept_from_platform_commands(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A variable set for a tenant's work does not get in the way of the platform's, which has no environment."""
    server.answers("list_platform_users", [])

    ironflow("platform", "users", "list", environ={"IRONFLOW_ENV": "staging"})

    assert "x-ironflow-environment" not in server.asked[0].headers


@pytest.mark.parametrize("arguments", [("-s", "{url}", "apikey", "list"), ("apikey", "list", "--server", "{url}/")])
def test_the_server_flag_goes_before_the_variable(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...]
) -> None:
    """A slash at the end makes no difference."""
    server.answers("list_keys", [])

    ran = ironflow(
        *[argument.format(url=server.url) for argument in arguments],
        environ={"IRONFLOW_SERVER_URL": "http://127.0.0.1:1"},
    )

    assert (0, 1) == (ran.code, len(server.asked))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("apikey",),
        ("apikey", "create"),
        ("platform",),
        ("platform", "login"),
        ("platform", "tenants", "provision"),
        ("policy", "test"),
        ("audit",),
    ],
)
def test_help_is_there_at_every_level(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...]
) -> None:
    """Help is an answer: on stdout, exit code 0, with the shared flags, and nothing is sent."""
    ran = ironflow(*arguments, "--help")

    assert (0, "", []) == (ran.code, ran.err, server.asked)
    assert "--as-org ORG" in ran.out
