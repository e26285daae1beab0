"""Names are stored and returned exactly as given (contract, section 1)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.http.world import World

NAMES = {
    "emoji": "👩‍🚀🇪🇺 …",
    "right to left": "مرحبا עולם",
    "spaces": "  two  spaces  ",
    "combining signs": "e\u0301 ≠ é",
    "markup": "<script>alert(1)</script>&amp;\"'",
    "templates": "${jndi:ldap://x} {{7*7}} %s %n $input.body",
    "a separator": "ORG#1#KEY#2 / ../.. \\",
    "a line separator": "one\u2028two",
    "zero width": "a\u200bb",
    "wide when folded": "\ufdfa" * 180,
    "200 emoji": "🚀" * 180,
}
MAKERS = {
    "key": ("/api/v1/apikeys", {}),
    "project": ("/api/v1/projects", {}),
    "role": ("/api/v1/roles", {}),
    "function": ("/api/v1/functions", {}),
    "policy": ("/api/v1/policies", {"effect": "allow", "actions": "users:read", "resources": "*"}),
}
PLATFORM_MAKERS = {
    "tenant": ("/api/v1/platform/tenants", {}),
    "organization": ("/api/v1/platform/orgs", {}),
    "platform policy": (
        "/api/v1/platform/policies", {"effect": "allow", "actions": "platform:users:read", "resources": "*"},
    ),
}  # fmt: skip


def _named(name: str) -> str:
    return f"{name} {uuid.uuid4().hex[:10]}"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("kind", [*MAKERS, *PLATFORM_MAKERS])
def test_a_name_comes_back_as_it_was_given(world: World, kind: str, name: str) -> None:
    """Not trimmed, not folded, not escaped, also when read again."""
    path, more = (MAKERS | PLATFORM_MAKERS)[kind]
    client = world.platform["admin"] if kind in PLATFORM_MAKERS else world.a.admin
    headers = {"X-Ironflow-Environment": "env_default"} if kind == "function" else {}
    wanted = _named(name)

    made: dict[str, Any] = client.having(**headers).post(path, {"name": wanted, **more}).ok()

    listed = {row["id"]: row["name"] for row in client.get(path).ok()} if kind != "organization" else {}
    assert (wanted, wanted) == (made["name"], listed.get(made["id"], wanted))


@pytest.mark.parametrize(("length", "status"), [(0, 400), (1, 201), (200, 201), (201, 400), (10_000, 400)])
def test_a_name_has_1_to_200_characters(world: World, length: int, status: int) -> None:
    """Characters are counted, not bytes."""
    assert status == world.a.admin.post("/api/v1/apikeys", {"name": "🚀" * length}).status


def test_a_description_may_have_lines_and_a_name_may_not(world: World) -> None:
    """Tab and newline are for descriptions only."""
    text = "one\n\ttwo"

    project = world.a.admin.post("/api/v1/projects", {"name": _named("lines"), "description": text}).ok()

    assert text == project["description"]
    assert 400 == world.a.admin.post("/api/v1/projects", {"name": text}).status


def test_an_email_of_wide_signs_is_answered(world: World) -> None:
    """An address that grows when it is folded is either refused or kept, never a failure."""
    emails = ["\ufdfa" * 60 + "@example.com", "x" * 4000 + "@example.com", "a@" + "b." * 500 + "c", "🚀@example.com"]

    statuses = [
        world.a.admin.post("/api/v1/users", {"email": email, "password": "long-enough-1"}).status for email in emails
    ]

    assert set(statuses) <= {201, 400}


def test_json_escapes_and_plain_signs_are_one(world: World) -> None:
    """A name written with escapes, surrogate pairs included, is the name."""
    raw = json.dumps({"name": "Zoë 🚀"}, ensure_ascii=True).encode()

    assert "Zoë 🚀" == world.a.admin.post("/api/v1/apikeys", body=raw).ok()["name"]
