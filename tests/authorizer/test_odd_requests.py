"""Whatever a request looks like, the authorizer answers, and allows nobody without a reason."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from controlplane.api.routes import ROUTES, Access
from controlplane.domain.actions import PLATFORM_READ_ACTIONS, READ_ACTIONS
from controlplane.domain.names import PLATFORM_ORG
from controlplane.gateway.context import refusal_of, unpack

if TYPE_CHECKING:
    from tests.authorizer.conftest import Gate, World

ODD = ["", " ", "\t", "\x00", "\ud800", "é", "𐍈", "current", "true", "a,b", "a;b=c", "*", "%00", "%2F", "..", "#",
       "ORG#x", "x" * 300, "Bearer", "null", "{}", "'\"", "org_acme", "org_platform", "env_default",
       "staging"]  # fmt: skip
NAMES = ["Authorization", "authorization", "Cookie", "X-Ironflow-Org", "x-ironflow-org", "X-Ironflow-Environment",
         "X-Ironflow-Environment-ID", "X-Ironflow-Reason", "Origin", "Host", "Sec-Fetch-Site"]  # fmt: skip
FIELDS = ["token", "env", "env_id", "platform", "limit"]
READS = {*READ_ACTIONS, *PLATFORM_READ_ACTIONS}
ROUNDS = 1500


def _values(dice: random.Random, good: list[str]) -> list[str]:
    pool = [*ODD, *(f"Bearer {one}" for one in good), *good, *(f"ironflow_dashboard_token={one}" for one in good)]
    return [dice.choice(pool) for _ in range(dice.choice([1, 1, 1, 2]))]


def test_odd_requests_are_answered_and_never_allowed_by_chance(gate: Gate, world: World) -> None:
    """No combination of odd values crashes a decision, and none makes a caller into somebody else."""
    dice = random.Random(20260312)
    world.user("org_acme", "user_1", "role_viewer")
    callers = {
        world.key("org_acme", "role_viewer", id="ak_v"): "ak_v",
        world.key(PLATFORM_ORG, "role_platform_viewer", id="ak_p"): "ak_p",
        world.token("org_acme", "user_1"): "user_1",
    }
    good = list(callers)
    routes = [route for route in ROUTES if route.access is not Access.PUBLIC]

    for _ in range(ROUNDS):
        route = dice.choice(routes)
        headers: dict[str, Any] = {name: _values(dice, good) for name in dice.sample(NAMES, dice.randint(0, 5))}
        query: dict[str, Any] = {name: _values(dice, good) for name in dice.sample(FIELDS, dice.randint(0, 2))}
        key = dice.choice([None, *good])
        event = gate.event(route.method, route.path, key, resource=route.path, headers=headers, query=query,
                           parameters={"user_id": dice.choice(ODD), "role_id": dice.choice(ODD)})

        reply = gate.authorizer.authorize(event)

        (statement,) = reply["policyDocument"]["Statement"]
        assert event["methodArn"] == statement["Resource"]
        if statement["Effect"] == "Deny":
            assert ("anonymous", "unauthenticated") == (reply["principalId"], reply["context"]["code"])
            continue
        sent = str(event["multiValueHeaders"]) + str(event["multiValueQueryStringParameters"])
        principal = unpack(reply["context"])
        assert [True] == [value in sent for value, name in callers.items() if name == principal.id]
        if refusal_of(reply["context"]) is None:
            assert principal.org_id in ("org_acme", PLATFORM_ORG)
            assert route.access is Access.AUTHENTICATED or READS & {route.action, route.platform_action}
