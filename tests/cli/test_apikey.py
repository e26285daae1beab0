"""`ironflow apikey`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

SECRET = "ifkey_a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4"
KEY: dict[str, Any] = {
    "id": "ak_abc123",
    "name": "my-key",
    "prefix": "ifkey_a1b2c3d4",
    "key_prefix": "ifkey_a1b2c3d4",
    "created_at": "2026-01-01T00:00:00Z",
    "role_ids": ["role_abc123"],
    "org_id": "org_default",
    "platform": False,
}
PLATFORM_KEY = {
    **KEY,
    "name": "my-automation-key",
    "prefix": "ifplatform_a1b2c3d4",
    "platform": True,
    "org_id": "org_platform",
}


def test_create_prints_the_key_once(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The three lines of the contract, on stdout, and nothing else anywhere."""
    server.answers("create_key", {**KEY, "key": SECRET})

    ran = ironflow("apikey", "create", "my-key")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == (
        f"Created API Key: my-key (id: ak_abc123)\nKey: {SECRET}\nSave this key — it will not be shown again.\n"
    )
    assert [{"name": "my-key"}] == [asked.body for asked in server.asked]


def test_create_sends_what_was_asked_for(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Each option arrives under the API's own name; the environment is the key's, not the request's."""
    server.answers("create_key", {**KEY, "key": SECRET})

    ironflow(
        "apikey",
        "create",
        "k",
        "--role",
        "role_a",
        "--role",
        "role_b",
        "--env",
        "env_1",
        "--expires",
        "720h",
        "--tool-scope",
        "search",
    )

    (asked,) = server.asked
    assert asked.body == {
        "name": "k",
        "role_ids": ["role_a", "role_b"],
        "env_id": "env_1",
        "expires_in": "720h",
        "tool_scopes": ["search"],
    }
    assert "x-ironflow-environment" not in asked.headers


@pytest.mark.parametrize(
    ("options", "roles"),
    [
        ((), ["role_platform_admin"]),
        (("--role", "role_platform_viewer"), ["role_platform_viewer"]),
    ],
)
def test_a_platform_key_is_an_admin_unless_a_role_is_named(
    ironflow: CommandLine, server: FakeControlPlane, options: tuple[str, ...], roles: list[str]
) -> None:
    """The API gives a platform key nothing by itself, so the command sends the role (contract, section 3)."""
    server.answers("create_key", {**PLATFORM_KEY, "key": SECRET})

    ran = ironflow("apikey", "create", "my-automation-key", "--platform", *options)

    assert ran.out.splitlines()[0] == "Created Platform Key: my-automation-key (id: ak_abc123)"
    assert [{"name": "my-automation-key", "platform": True, "role_ids": roles}] == [
        asked.body for asked in server.asked
    ]


def test_no_idempotency_key_is_sent(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A replayed answer would hide the new key's value."""
    server.answers("create_key", {**KEY, "key": SECRET})

    ironflow("apikey", "create", "k")

    assert "idempotency-key" not in server.asked[0].headers


def test_list_prints_plain_columns(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Seven columns, two spaces apart, `-` for what is not there, nothing cut off."""
    used = {
        **KEY,
        "id": "ak_2",
        "name": "n" * 60,
        "last_used_at": "2026-03-01T12:00:00Z",
        "expires_at": "2027-01-01T00:00:00Z",
        "role_ids": ["role_a", "role_b"],
    }
    server.answers("list_keys", [KEY, used])

    ran = ironflow("apikey", "list")

    assert ran.out == (
        f"ID         {'NAME':60}  PREFIX          ROLES          CREATED               LAST USED             EXPIRES\n"
        f"ak_abc123  {'my-key':60}  ifkey_a1b2c3d4  role_abc123    2026-01-01T00:00:00Z  -                     -\n"
        f"ak_2       {'n' * 60}  ifkey_a1b2c3d4  role_a,role_b  2026-01-01T00:00:00Z  2026-03-01T12:00:00Z  "
        "2027-01-01T00:00:00Z\n"
    )
    assert ran.err == ""


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ((), {}),
        (("--platform",), {"platform": "true"}),
        (("--expiring", "30d"), {"expiring": "30d"}),
        (("--limit", "5", "--cursor", "c1"), {"limit": "5", "cursor": "c1"}),
    ],
)
def test_list_filters_at_the_server(
    ironflow: CommandLine, server: FakeControlPlane, options: tuple[str, ...], query: dict[str, str]
) -> None:
    """A filter is the API's, so that a page of it is complete."""
    server.answers("list_keys", [])

    ran = ironflow("apikey", "list", *options)

    assert (0, "ID  NAME  PREFIX  ROLES  CREATED  LAST USED  EXPIRES\n") == (ran.code, ran.out)
    assert query == server.asked[0].query


def test_get_shows_every_field(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """What the API says of a key, a field to a line."""
    server.answers("get_key", KEY)

    ran = ironflow("apikey", "get", "ak_abc123")

    assert ran.out == (
        "id:         ak_abc123\n"
        "name:       my-key\n"
        "prefix:     ifkey_a1b2c3d4\n"
        "key_prefix: ifkey_a1b2c3d4\n"
        "created_at: 2026-01-01T00:00:00Z\n"
        "role_ids:   role_abc123\n"
        "org_id:     org_default\n"
        "platform:   false\n"
    )


@pytest.mark.parametrize(("found", "kind"), [(KEY, "API Key"), (PLATFORM_KEY, "Platform Key")])
def test_rotate_prints_the_new_key_once(
    ironflow: CommandLine, server: FakeControlPlane, found: dict[str, Any], kind: str
) -> None:
    """A rotation has a new id and a new value; both are printed, and the request has no body."""
    server.answers("rotate_key", {**found, "id": "ak_new", "key": SECRET, "rotated_from": "ak_abc123"})

    ran = ironflow("apikey", "rotate", "ak_abc123")

    assert ran.out == (
        f"Rotated {kind}: {found['name']} (id: ak_new)\nKey: {SECRET}\nSave this key — it will not be shown again.\n"
    )
    assert [({"key_id": "ak_abc123"}, None)] == [(asked.path, asked.body) for asked in server.asked]


def test_delete_says_what_is_gone(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The API answers without a body; the command still says what it did."""
    server.answers("delete_key")

    ran = ironflow("apikey", "delete", "ak_abc123")

    assert (0, "Deleted API Key: ak_abc123\n", "") == (ran.code, ran.out, ran.err)
    assert {"key_id": "ak_abc123"} == server.asked[0].path


def test_roles_replaces_all_roles(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The full list is sent, and what the key holds now is printed."""
    server.answers("set_key_roles", {**KEY, "role_ids": ["role_a", "role_b"]})

    ran = ironflow("apikey", "roles", "ak_abc123", "--role", "role_a", "--role", "role_b")

    assert ran.out == "Updated API Key: my-key (id: ak_abc123, roles: role_a,role_b)\n"
    assert {"role_ids": ["role_a", "role_b"]} == server.asked[0].body


def test_roles_without_a_role_is_wrong_usage(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A key never loses all its roles by a forgotten option."""
    ran = ironflow("apikey", "roles", "ak_abc123")

    assert (2, [], "") == (ran.code, server.asked, ran.out)


@pytest.mark.parametrize(
    "arguments",
    [
        ("apikey", "create", "my-key", "--json"),
        ("apikey", "list", "--json"),
        ("apikey", "get", "ak_abc123", "--json"),
        ("apikey", "rotate", "ak_abc123", "--json"),
        ("apikey", "roles", "ak_abc123", "--role", "role_a", "--json"),
    ],
)
def test_json_is_the_body_byte_for_byte(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...]
) -> None:
    """--json adds, drops and reorders nothing, not even white space."""
    body = b'{"name" :"\xc3\xa9", "id":"ak_1",\n "key": "k", "platform":false}  '
    for operation in ("create_key", "list_keys", "get_key", "rotate_key", "set_key_roles"):
        server.answers(operation, body)

    ran = ironflow(*arguments)

    assert (0, body.decode(), "") == (ran.code, ran.out, ran.err)
