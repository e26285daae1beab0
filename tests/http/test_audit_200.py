"""Questions to the audit trails that are answered (contract, sections 1 and 8)."""

from __future__ import annotations

from tests.http.client import PLATFORM, V1
from tests.http.world import World, unique


def test_a_further_page_is_announced_in_body_and_header(world: World) -> None:
    """A client that follows `X-Next-Cursor` through every list reads whole trails too."""
    for _ in range(2):
        world.a.admin.post(f"{V1}/projects", {"name": unique("project")}).ok()
        world.platform["admin"].post(f"{PLATFORM}/roles", {"name": unique("role")}).ok()

    for client, path in ((world.a.admin, f"{V1}/audit"), (world.platform["admin"], f"{PLATFORM}/audit")):
        more, end = client.get(f"{path}?limit=1"), client.get(f"{path}?limit=1&to=2020-01-01")

        assert more.headers["x-next-cursor"] == more.ok()["next_cursor"] != ""
        assert ("", False) == (end.ok()["next_cursor"], "x-next-cursor" in end.headers)
