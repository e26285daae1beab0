"""Questions to the audit trails that cannot be answered (contract, section 8)."""

from __future__ import annotations

import pytest

from tests.http.client import PLATFORM, V1
from tests.http.world import World

BAD = (
    "limit=0", "limit=1001", "limit=abc", "limit=-1", "from=yesterday", "to=2026-13-01", "from=2026-02-30",
    "to=2026-03-12T25:00:00Z", "from=%00", "cursor=abc", "cursor=" + "A" * 2000, "order=sideways", "from=9999999999999",
)  # fmt: skip
GOOD = (
    "limit=1", "limit=1000", "order=asc", "order=desc", "from=2026-03-12", "to=2099-12-31", "from=2026-03-12T10:00:00Z",
    "to=9999-12-31",
    "event_type=nothing.like.it", "from=2099-01-01&to=2020-01-01", "event_type=platform.key.created&from=2020-01-01",
)  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_a_bad_question_is_refused(world: World, query: str) -> None:
    """Bad timestamps, cursors, limits and orders, in both trails."""
    replies = [world.platform["admin"].get(f"{PLATFORM}/audit?{query}"), world.a.admin.get(f"{V1}/audit?{query}")]

    assert [(400, "invalid_argument")] * 2 == [reply.error[:2] for reply in replies]


@pytest.mark.parametrize("query", GOOD)
def test_a_good_question_is_answered(world: World, query: str) -> None:
    """Filters combine, and an empty answer is an answer."""
    platform = world.platform["admin"].get(f"{PLATFORM}/audit?{query}").ok()
    tenant = world.a.admin.get(f"{V1}/audit?{query}").ok()

    assert {"events", "total", "next_cursor"} <= set(platform)
    assert {"events", "total_count", "next_cursor", "retention_days"} <= set(tenant)


def test_a_cursor_belongs_to_its_filters_and_its_trail(world: World) -> None:
    """With another filter, order or organization it is 400."""
    assert world.b
    cursor = world.a.admin.get(f"{V1}/audit?limit=1").ok()["next_cursor"]

    refused = [
        world.a.admin.get(f"{V1}/audit?limit=1&order=asc&cursor={cursor}"),
        world.a.admin.get(f"{V1}/audit?limit=1&event_type=x&cursor={cursor}"),
        world.b.admin.get(f"{V1}/audit?limit=1&cursor={cursor}"),
        world.platform["admin"].get(f"{PLATFORM}/audit?limit=1&cursor={cursor}"),
        world.a.admin.get(f"{V1}/audit?limit=1&cursor={cursor[:-1]}"),
    ]

    assert [400] * len(refused) == [reply.status for reply in refused]
    assert 200 == world.a.admin.get(f"{V1}/audit?limit=1&cursor={cursor}").status
