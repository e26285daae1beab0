"""Who may do what, over the socket: the whole oracle, cell by cell (contract, sections 1 to 7)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from controlplane.api.routes import ROUTES, UNKNOWN_PATH
from tests.http.client import Client, Reply
from tests.http.world import World, some_id
from tests.spec.callers import CALLERS, COLUMNS, Cast
from tests.spec.route_oracle import BODIES, RULES, Row, rows

_PARAMETER = re.compile(r"\{(\w+)\}")
LOGOUT = "/api/v1/platform/auth/logout"
UNAUTHENTICATED = 401


@pytest.fixture(scope="session")
def cast(world: World) -> Cast:
    """The callers, made once."""
    return Cast(world)


def _ask(client: Client, row: Row) -> Reply:
    path = _PARAMETER.sub(lambda found: some_id(found[1]), row.path)
    body: Any = None if row.method in ("GET", "DELETE") or row.path.endswith("/rotate") else BODIES[row.body]
    return client.request(row.method, path, body)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.label)
def test_every_caller_gets_the_answer_of_the_table(cast: Cast, world: World, row: Row) -> None:
    """No caller gets more, or less, than the contract gives it; every refusal has the one shape of errors."""
    expected = {name: row.expected(column) for column, name in enumerate(CALLERS)}
    clients = dict(cast.clients)
    if row.path == LOGOUT:  # it ends the session that it is called with
        clients["platform_user"] = world.platform_user("role_platform_admin").client

    replies = {name: _ask(clients[name], row) for name in CALLERS}

    assert expected == {name: reply.status for name, reply in replies.items()}
    for reply in replies.values():
        if reply.status >= 400:
            assert reply.error


def test_the_oracle_has_every_route_and_no_other() -> None:
    """A route without a row here does not exist as far as these tests can tell, so it may not exist at all."""
    stated = {(row.method, _PARAMETER.sub("{}", row.path.partition("?")[0])) for row in rows()}
    stated = {(method, path.replace("/rollback/1", "/rollback/{}")) for method, path in stated}

    served = {(route.method, _PARAMETER.sub("{}", route.path)) for route in ROUTES if route.path != UNKNOWN_PATH}

    assert served | {("GET", "/api/v1/nothing/here")} == stated


def test_every_rule_speaks_of_every_caller() -> None:
    """A rule whose marks do not stand in the groups of the columns would be read wrongly."""
    sizes = [len(group) for group in COLUMNS.values()]

    assert dict.fromkeys(RULES, sizes) == {name: [len(part) for part in marks.split()]
                                               for name, marks in RULES.items()}  # fmt: skip


def test_unknown_callers_hear_the_precise_reason(cast: Cast) -> None:
    """The exact sentences of a missing, a bad and an expired credential (contract, section 1)."""
    heard = {name: cast.clients[name].get("/api/v1/apikeys").error for name in COLUMNS["unknown"]}

    assert heard == {
        "nobody": (UNAUTHENTICATED, "unauthenticated", "authentication required"),
        "bad_key": (UNAUTHENTICATED, "unauthenticated", "invalid API key"),
        "expired_key": (UNAUTHENTICATED, "unauthenticated", "API key expired"),
        "forged_token": (UNAUTHENTICATED, "unauthenticated", "invalid or expired token"),
    }
