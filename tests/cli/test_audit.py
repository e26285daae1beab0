"""`ironflow platform audit` and `ironflow audit`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

FIRST = {
    "id": "01HXYZ00000000000000000001",
    "event_type": "platform.user.created",
    "scope": "platform",
    "created_at": "2026-03-12T09:00:00Z",
    "payload": {"user_id": "puser_1"},
}
SECOND = {
    **FIRST,
    "id": "01HXYZ00000000000000000002",
    "event_type": "platform.key.created",
    "created_at": "2026-03-12T09:05:00Z",
}
THIRD = {
    **FIRST,
    "id": "01HXYZ00000000000000000003",
    "event_type": "platform.impersonated",
    "created_at": "2026-03-12T09:10:00Z",
}
HEADING = f"ID{' ' * 26}EVENT_TYPE                    SCOPE     CREATED_AT\n"


def _page(*events: dict[str, Any], cursor: str = "") -> dict[str, Any]:
    return {"events": list(events), "total": len(events), "next_cursor": cursor}


def _line(event: dict[str, Any]) -> str:
    return f"{event['id']}  {event['event_type']:28}  platform  {event['created_at']}\n"


@pytest.fixture
def interrupted_after(ironflow: CommandLine) -> Any:
    """Press Ctrl-C when the command has waited so many times."""

    def after(times: int) -> None:
        def press() -> None:
            if len(ironflow.slept) >= times:
                raise KeyboardInterrupt

        ironflow.on_sleep = press

    return after


def test_the_platforms_trail_is_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The tutorial's columns, newest first as the API has them; where it goes on stands on stderr."""
    server.answers("query_platform_audit", _page(SECOND, FIRST, cursor="c1"))

    ran = ironflow("platform", "audit")

    assert ran.out == (
        "ID                          EVENT_TYPE             SCOPE     CREATED_AT\n"
        "01HXYZ00000000000000000002  platform.key.created   platform  2026-03-12T09:05:00Z\n"
        "01HXYZ00000000000000000001  platform.user.created  platform  2026-03-12T09:00:00Z\n"
    )
    assert (0, "There is more: --cursor c1\n", [{}]) == (ran.code, ran.err, [asked.query for asked in server.asked])


def test_every_filter_of_the_platforms_trail_travels(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Each option under the API's own name."""
    server.answers("query_platform_audit", _page())

    ironflow(
        "platform",
        "audit",
        "--event-type",
        "platform.impersonated",
        "--from",
        "2026-03-12",
        "--to",
        "2026-03-13",
        "--limit",
        "50",
        "--cursor",
        "c1",
        "--order",
        "asc",
        "--key",
        "ak_1",
        "--org",
        "org_1",
        "--json",
    )

    assert server.asked[0].query == {
        "event_type": "platform.impersonated",
        "from": "2026-03-12",
        "to": "2026-03-13",
        "limit": "50",
        "cursor": "c1",
        "order": "asc",
        "platform_key_id": "ak_1",
        "impersonated_org_id": "org_1",
    }


def test_every_filter_of_a_tenants_trail_travels(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Each option under the API's own name."""
    server.answers("query_audit", _page(FIRST))

    ran = ironflow(
        "audit",
        "--event-type",
        "authz.key.created",
        "--action",
        "apikeys:manage",
        "--key",
        "ak_1",
        "--from",
        "2026-03-12",
        "--to",
        "2026-03-13",
        "--limit",
        "5",
        "--cursor",
        "c1",
        "--order",
        "desc",
    )

    assert 0 == ran.code
    assert server.asked[0].query == {
        "event_type": "authz.key.created",
        "action": "apikeys:manage",
        "api_key_id": "ak_1",
        "from": "2026-03-12",
        "to": "2026-03-13",
        "limit": "5",
        "cursor": "c1",
        "order": "desc",
    }


@pytest.mark.parametrize(
    ("arguments", "operation"),
    [
        (("platform", "audit"), "query_platform_audit"),
        (("audit",), "query_audit"),
    ],
)
def test_the_json_of_a_trail_is_the_body(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...], operation: str
) -> None:
    """Byte for byte, cursor and total included."""
    body = b'{"events" : [], "total":0}'
    server.answers(operation, body)

    ran = ironflow(*arguments, "--json")

    assert (0, body.decode(), "") == (ran.code, ran.out, ran.err)


def test_follow_prints_what_is_new_once(
    ironflow: CommandLine, server: FakeControlPlane, interrupted_after: Any
) -> None:
    """It begins behind the newest event, asks again from there, repeats nothing, and ends well on Ctrl-C."""
    server.answers("query_platform_audit", _page(FIRST))
    server.answers("query_platform_audit", _page(FIRST))
    server.answers("query_platform_audit", _page(FIRST, SECOND))
    server.answers("query_platform_audit", _page(FIRST, SECOND, THIRD))
    interrupted_after(3)

    ran = ironflow("platform", "audit", "--follow")

    assert (0, HEADING + _line(SECOND) + _line(THIRD), "") == (ran.code, ran.out, ran.err)
    assert {"from": "2026-03-12T09:00:00Z", "order": "asc", "limit": "1000"} == server.asked[1].query


def test_follow_goes_on_by_cursor(ironflow: CommandLine, server: FakeControlPlane, interrupted_after: Any) -> None:
    """A full page is left behind, without a pause, with the filters that its cursor belongs to."""
    server.answers("query_platform_audit", _page(FIRST, SECOND, cursor="c1"))
    server.answers("query_platform_audit", _page(THIRD))
    interrupted_after(1)

    ran = ironflow("platform", "audit", "--follow", "--from", "2026-03-12")

    assert HEADING + _line(FIRST) + _line(SECOND) + _line(THIRD) == ran.out
    asked = {"from": "2026-03-12", "order": "asc", "limit": "1000"}
    assert [asked, {**asked, "cursor": "c1"}] == [request.query for request in server.asked]


def test_follow_outlives_a_server_that_is_away(
    ironflow: CommandLine, server: FakeControlPlane, interrupted_after: Any
) -> None:
    """A restart of the server is a note on stderr, and nothing is lost or repeated."""
    server.answers("query_platform_audit", _page(FIRST))
    server.refuses("query_platform_audit", 503, "service temporarily unavailable")
    server.refuses("query_platform_audit", 500, "internal error")
    server.answers("query_platform_audit", _page(FIRST, SECOND))
    interrupted_after(3)

    ran = ironflow("platform", "audit", "--follow")

    assert (0, HEADING + _line(SECOND)) == (ran.code, ran.out)
    assert ran.err == "service temporarily unavailable; trying again in 2 s\ninternal error; trying again in 4 s\n"


def test_follow_gives_up_when_it_may_not_look(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A revoked key does not poll for ever."""
    server.answers("query_platform_audit", _page(FIRST))
    server.refuses("query_platform_audit", 401, "invalid API key")

    ran = ironflow("platform", "audit", "--follow")

    assert (4, []) == (ran.code, ironflow.slept)


def test_follow_as_json_prints_a_line_per_event(
    ironflow: CommandLine, server: FakeControlPlane, interrupted_after: Any
) -> None:
    """A program reads it line by line."""
    server.answers("query_audit", _page(FIRST, SECOND))
    interrupted_after(1)

    ran = ironflow("audit", "--follow", "--from", "2026-03-12", "--json")

    assert [FIRST, SECOND] == [json.loads(line) for line in ran.out.splitlines()]
