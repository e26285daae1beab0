"""API keys that cannot be made or changed as asked (contract, section 3)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.http.world import World, some_id

KEYS = "/api/v1/apikeys"
BAD_DURATIONS = (
    "0", "0h", "0d0h", "-1h", "abc", "9999999h", "87673h", "3654d", "", " ", "1", "h", "1.5h", "1h 30m", " 1h", "1h ",
    "1H", "1y", "1w", "1ms", "+1h", "１h", "1h-30m", "1" + "0" * 4000 + "s", "1e3s", "0x1h", "∞h",
)  # fmt: skip
GOOD_DURATIONS = ("1s", "90s", "1h30m", "720h", "3650d", "1d1h1m1s", "87600h", "001h", "0h1s")


@pytest.mark.parametrize("duration", BAD_DURATIONS)
def test_a_bad_duration_is_refused(world: World, duration: str) -> None:
    """Zero, negative, over ten years, and everything that is not integers with units."""
    reply = world.a.admin.post(KEYS, {"name": "n", "expires_in": duration})

    assert (400, "invalid_argument") == reply.error[:2]


@pytest.mark.parametrize("duration", ["soon", "0h", "11000d"])
def test_a_bad_duration_in_a_query_is_refused_by_its_own_name(world: World, duration: str) -> None:
    """Who asks for keys that expire soon is told about `expiring`, not about a field that was never sent."""
    reply = world.a.admin.get(f"{KEYS}?expiring={duration}")

    assert (400, True) == (reply.status, reply.sentence.startswith("expiring must "))


@pytest.mark.parametrize("duration", GOOD_DURATIONS)
def test_a_good_duration_is_taken(world: World, duration: str) -> None:
    """One or more integers with units, up to ten years."""
    issued = world.key(world.a.admin, expires_in=duration)

    assert issued["expires_at"] > issued["created_at"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": ""},
        {},
        {"name": "n", "role_ids": ["role_of_nobody"]},
        {"name": "n", "role_ids": ["role_platform_viewer"]},
        {"name": "n", "role_ids": ["role_viewer"] * 19 + [some_id("role_")]},
        {"name": "n", "role_ids": [f"role_{number}" for number in range(21)]},
        {"name": "n", "tool_scopes": [""]},
    ],
    ids=lambda wanted: ",".join(wanted),
)
def test_a_bad_key_is_refused(world: World, wanted: dict[str, Any]) -> None:
    """An empty name, and roles that the organization does not have."""
    assert (400, "invalid_argument") == world.a.admin.post(KEYS, wanted).error[:2]


def test_a_platform_key_has_no_environment(world: World) -> None:
    """`env_id` with `platform` is 400, for operators and platform admins alike."""
    wanted = {"name": "n", "platform": True, "env_id": "env_default"}

    statuses = [client.post(KEYS, wanted).error[:2] for client in (world.operator, world.platform["admin"])]

    assert [(400, "invalid_argument")] * 2 == statuses


@pytest.mark.parametrize("role_ids", [[], ["role_of_nobody"], ["role_viewer", "role_platform_admin"]])
def test_roles_must_be_some_and_known(world: World, role_ids: list[str]) -> None:
    """A key's roles are replaced by known ones only."""
    issued = world.key(world.a.admin)

    reply = world.a.admin.put(f"{KEYS}/{issued['id']}/roles", {"role_ids": role_ids})

    assert (400, "invalid_argument") == reply.error[:2]


def test_an_expired_key_cannot_be_rotated(world: World) -> None:
    """It stays in the list until it is deleted, and its value is answered with its own sentence."""
    issued = world.key(world.a.admin, expires_in="1s")
    time.sleep(1.1)

    rotated = world.a.admin.post(f"{KEYS}/{issued['id']}/rotate")
    used = world.nobody.having(issued["key"]).get(KEYS)

    assert (400, "failed_precondition") == rotated.error[:2]
    assert (401, "unauthenticated", "API key expired") == used.error
    assert issued["id"] in [key["id"] for key in world.a.admin.get(KEYS).ok()]
    assert 204 == world.a.admin.delete(f"{KEYS}/{issued['id']}").status


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=1001", "limit=abc", "limit=1.5", "limit=%EF%BC%91",
                                   "limit=99999999999999999999", "cursor=abc", "cursor=%00", "cursor=" + "A" * 3000,
                                   "expiring=abc", "platform=true&platform=false"])  # fmt: skip
@pytest.mark.parametrize("path", [KEYS])
def test_a_bad_page_is_refused(world: World, path: str, query: str) -> None:
    """Limits are 1 to 1,000, and cursors are ours."""
    assert (400, "invalid_argument") == world.a.admin.get(f"{path}?{query}").error[:2]
