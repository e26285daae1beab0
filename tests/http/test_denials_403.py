"""What the services refuse for want of rights is in the tenant's trail too (contract, section 8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import V1, Client
from tests.http.world import World

DENIED = "authz.decision.denied"


def _denials(world: World, key_id: str) -> list[dict[str, Any]]:
    query = f"event_type={DENIED}&api_key_id={key_id}"
    found: list[dict[str, Any]] = world.a.admin.get(f"{V1}/audit?{query}").ok()["events"]
    return found


def _developer(world: World) -> tuple[str, Client]:
    issued = world.key(world.a.admin, role_ids=["role_developer"])
    return issued["id"], world.nobody.having(issued["key"])


def test_an_attempt_to_escalate_is_on_record(world: World) -> None:
    """Who tries to mint more than it holds leaves one event that names what was missing, and a count of its tries."""
    key_id, developer = _developer(world)

    tries = [developer.post(f"{V1}/apikeys", {"name": "more", "role_ids": ["role_admin"]}) for _ in range(3)]

    assert [403] * 3 == [reply.status for reply in tries]
    events = _denials(world, key_id)
    assert {"decision": "denied", "action": tries[0].json()["required"], "method": "POST", "path": f"{V1}/apikeys",
            "api_key_id": key_id} == {name: value for name, value in events[0]["payload"].items() if name != "count"}
    assert 3 == sum(event["payload"]["count"] for event in events)  # of one minute, or of two at its turn


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("POST", "/apikeys", {"name": ""}, 400), ("GET", "/apikeys/ak_nothing", None, 404),
    ("PUT", "/apikeys/{own}/roles", {"role_ids": ["role_viewer"]}, 403),
])
def test_what_is_refused_for_another_reason_is_no_denial(
    world: World, method: str, path: str, body: Any, status: int
) -> None:
    """A bad request, an unknown id and a rule without an action leave no denial behind."""
    key_id, developer = _developer(world)

    reply = developer.request(method, V1 + path.format(own=key_id), body)

    assert (status, []) == (reply.status, _denials(world, key_id))


def test_the_platform_s_own_refusals_stand_in_no_tenant_s_trail(world: World) -> None:
    """A platform caller that is refused leaves nothing in the trail of a tenant."""
    support = world.platform_key("role_platform_operator")
    before = world.a.admin.get(f"{V1}/audit?event_type={DENIED}").ok()["total_count"]

    refused = support.post(f"{V1}/platform/users", {})

    assert 403 == refused.status
    assert before == world.a.admin.get(f"{V1}/audit?event_type={DENIED}").ok()["total_count"]
