"""An API of another stack, protected by the control plane's authorizer (docs/attach.md)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.emulator.conftest import Typed, key_in
from tests.emulator.emulator import Stack


@pytest.fixture(scope="module")
def clerk(ironflow: Typed, key_file: Path) -> dict[str, str]:
    """A key whose only role may read orders."""
    first_key = key_in(key_file)
    policy = json.loads(ironflow("policy", "create", "read-orders", "--effect", "allow", "--actions", "orders:read",
                                 "--resources", "*", "--json", key=first_key))
    role = json.loads(ironflow("role", "create", "clerk", "--json", key=first_key))
    ironflow("role", "attach", role["id"], policy["id"], key=first_key)
    created: dict[str, str] = json.loads(
        ironflow("apikey", "create", "clerk", "--role", role["id"], "--json", key=first_key)
    )
    return created


def test_the_api_serves_whom_the_control_plane_lets(attached: Stack, clerk: dict[str, str]) -> None:
    """A key reaches the routes whose action its role grants, and the function learns who calls."""
    listed = attached.request("GET", "/orders", key=clerk["key"])
    one = attached.request("GET", "/orders/7", key=clerk["key"])

    assert (200, {"operation": "GET /orders", "principal": f"api_key {clerk['id']}", "org_id": "org_default",
                  "environment_id": "", "tool_scopes": None}) == (listed.status, listed.json())
    assert (200, "GET /orders/{order_id}") == (one.status, one.json()["operation"])


@pytest.mark.parametrize(("method", "path"), [("POST", "/orders"), ("GET", "/refunds")])
def test_the_api_denies_what_is_not_granted_or_not_named(
    attached: Stack, clerk: dict[str, str], first_key: str, method: str, path: str
) -> None:
    """A missing grant denies the clerk; a route that the parameter does not name denies the admin as well."""
    as_clerk = attached.request(method, path, key=clerk["key"], body="{}" if method == "POST" else None)
    as_admin = attached.request(method, path, key=first_key, body="{}" if method == "POST" else None)

    assert (403, 201 if method == "POST" else 403) == (as_clerk.status, as_admin.status)


def test_a_revoked_key_is_dead_at_the_attached_api_too(
    attached: Stack, ironflow: Typed, first_key: str
) -> None:
    """Its authorizer remembers nothing either."""
    key = json.loads(ironflow("apikey", "create", "k", "--role", "role_admin", "--json", key=first_key))
    alive = attached.request("GET", "/orders", key=key["key"])

    ironflow("apikey", "delete", key["id"], key=first_key)
    dead = attached.request("GET", "/orders", key=key["key"])

    assert (200, 403, 403) == (alive.status, dead.status, attached.request("GET", "/orders").status)
