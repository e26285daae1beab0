"""How requests travel: never a secret in the clear, never a change twice, never half a list."""

from __future__ import annotations

import pytest

from ironflow.problems import Misuse
from ironflow.server import parse_server
from tests.cli.conftest import CommandLine
from tests.cli.fake_control_plane import FakeControlPlane


@pytest.mark.parametrize(
    "arguments",
    [
        ("apikey", "list"),
        ("platform", "login", "--email", "a@example.com", "--password-stdin"),
    ],
)
def test_no_secret_goes_over_plain_http_to_another_machine(ironflow: CommandLine, arguments: tuple[str, ...]) -> None:
    """Neither a key nor a password; the way round is named."""
    ran = ironflow(*arguments, "--server", "http://api.example.com", stdin="pw")

    assert (1, "") == (ran.code, ran.out)
    assert ran.err == (
        "Error: refusing to send a credential to http://api.example.com in the clear\n"
        "Use an https:// address, or insist with --allow-insecure-http (IRONFLOW_ALLOW_INSECURE_HTTP=1).\n"
    )


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (("--allow-insecure-http",), {}),
        ((), {"IRONFLOW_ALLOW_INSECURE_HTTP": "1"}),
    ],
)
def test_whoever_insists_is_obeyed(ironflow: CommandLine, arguments: tuple[str, ...], environ: dict[str, str]) -> None:
    """The request is tried, and fails for want of such a host."""
    ran = ironflow("apikey", "list", "-s", "http://no-such-host.invalid", *arguments, environ=environ)

    assert (1, True) == (ran.code, ran.err.startswith("Error: cannot reach http://no-such-host.invalid: "))


@pytest.mark.parametrize(
    ("text", "url", "private"),
    [
        ("http://localhost:9123", "http://localhost:9123", True),
        ("http://127.8.9.1/", "http://127.8.9.1", True),
        ("http://[::1]:9123", "http://[::1]:9123", True),
        ("https://API.example.com:443/dev/", "https://api.example.com/dev", True),
        ("http://api.example.com", "http://api.example.com", False),
        ("http://0.0.0.0:9123", "http://0.0.0.0:9123", False),
        ("http://localhost.example.com", "http://localhost.example.com", False),
    ],
)
def test_an_address_has_one_spelling(text: str, url: str, private: bool) -> None:
    """Logins are filed under it; only TLS and this very machine are private."""
    server = parse_server(text)

    assert (url, private) == (server.url, server.is_private)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:9123",
        "ftp://x",
        "http://",
        "http://x:99999",
        "http://x?y=1",
        "http://user:pw@x",
        "http://x y",
        "http://x/\u00e9",
    ],
)
def test_what_is_no_address_is_wrong_usage(text: str) -> None:
    """A password in an address is refused, and not repeated."""
    with pytest.raises(Misuse) as caught:
        parse_server(text)

    assert "pw" not in "".join(caught.value.lines)


def test_a_base_path_stands_before_every_path(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """An API behind a stage or a reverse proxy is reached under its prefix."""
    ironflow("apikey", "list", "-s", f"{server.url}/dev")

    assert [{"path": "/dev/api/v1/apikeys"}] == [asked.path for asked in server.asked]


def test_a_read_waits_for_a_server_that_asks_for_patience(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """503 with Retry-After is tried again after that time."""
    server.answers("list_keys", status=503, headers={"Retry-After": "3"})
    server.answers("list_keys", [])

    ran = ironflow("apikey", "list")

    assert (0, [3.0], 2) == (ran.code, ironflow.slept, len(server.asked))


def test_patience_ends(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Three attempts, and no wait longer than ten seconds."""
    body = {"error": "service temporarily unavailable", "message": "", "code": "unavailable", "retryable": True}
    server.answers("list_keys", body, status=503, headers={"Retry-After": "86400"})

    ran = ironflow("apikey", "list")

    assert (1, "Error: service temporarily unavailable\n") == (ran.code, ran.err)
    assert ([10.0, 10.0], 3) == (ironflow.slept, len(server.asked))


def test_a_change_is_sent_once(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Only reads are repeated."""
    server.answers("create_key", status=503, headers={"Retry-After": "1"})

    ran = ironflow("apikey", "create", "k")

    assert (1, [], 1) == (ran.code, ironflow.slept, len(server.asked))


def test_a_long_list_is_followed_to_its_end(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A table holds every page's rows, under one heading."""
    server.answers("list_orgs", [{"id": "org_1"}], headers={"X-Next-Cursor": "c1"})
    server.answers("list_orgs", [{"id": "org_22"}])

    ran = ironflow("org", "list")

    assert ran.out == "ID      NAME  CREATED\norg_1   -     -\norg_22  -     -\n"
    assert [{}, {"cursor": "c1"}] == [asked.query for asked in server.asked]


def test_the_json_of_a_long_list_is_one_array(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Pages are spliced without touching a byte of their items."""
    server.answers("list_orgs", b'[{"id" : 1.0}]\n', headers={"X-Next-Cursor": "c1"})
    server.answers("list_orgs", b"[]", headers={"X-Next-Cursor": "c2"})
    server.answers("list_orgs", b'[{"id":"\\u00e9"}]')

    ran = ironflow("org", "list", "--json")

    assert ran.out == '[{"id" : 1.0},{"id":"\\u00e9"}]'


def test_a_limit_asks_for_one_page(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Where it goes on is said on stderr."""
    server.answers("list_orgs", [{"id": "org_1"}], headers={"X-Next-Cursor": "c1"})

    ran = ironflow("org", "list", "--limit", "1")

    assert ("There is more: --cursor c1\n", 1) == (ran.err, len(server.asked))


def test_a_cursor_that_stands_still_ends_the_list(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A server's mistake does not become an endless loop."""
    server.answers("list_orgs", [], headers={"X-Next-Cursor": "c1"})

    ran = ironflow("org", "list")

    assert (0, 2) == (ran.code, len(server.asked))
