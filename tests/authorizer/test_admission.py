"""Who may reach which kind of route (contract, sections 2 to 7), for every row of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from controlplane.api.routes import ROUTES, Access, Route
from controlplane.domain.grants import grants_of_built_in
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG

if TYPE_CHECKING:
    from tests.authorizer.conftest import Answer, Gate, World

KEYS = "/api/v1/apikeys"
ALLOW = ("allow",)
NEEDS_PLATFORM = ("403", "platform credential required")
KINDS = ("admin", "developer", "viewer", "none", "operator", "user", "platform_admin", "platform_viewer",
         "platform_none", "platform_user")  # fmt: skip
GUARDED = [route for route in ROUTES if route.access is not Access.PUBLIC]


def _missing(action: str) -> tuple[str, ...]:
    return ("403", "insufficient permissions", action)


@pytest.fixture
def credentials(world: World) -> dict[str, str]:
    """One credential of each kind."""
    world.user("org_acme", "user_1", "role_admin")
    world.user(PLATFORM_ORG, "puser_1", "role_platform_admin")
    return {
        "admin": world.key("org_acme", "role_admin"),
        "developer": world.key("org_acme", "role_developer"),
        "viewer": world.key("org_acme", "role_viewer"),
        "none": world.key("org_acme", "role_platform_admin"),
        "operator": world.key(OPERATOR_ORG, "role_admin"),
        "user": world.token("org_acme", "user_1", session_id="jti-t"),
        "platform_admin": world.key(PLATFORM_ORG, "role_platform_admin"),
        "platform_viewer": world.key(PLATFORM_ORG, "role_platform_viewer"),
        "platform_none": world.key(PLATFORM_ORG, "role_admin"),
        "platform_user": world.token(PLATFORM_ORG, "puser_1", session_id="jti-p"),
    }


def _ask(gate: Gate, route: Route, credential: str, **more: dict[str, str]) -> Answer:
    method = "PATCH" if route.method == "ANY" else route.method
    names = [part.partition("}")[0] for part in route.path.split("{")[1:]]
    path = route.path
    for name in names:
        path = path.replace("{" + name + "}", "some-id")
    return gate.ask(method, path, credential, resource=route.path, parameters=dict.fromkeys(names, "some-id"), **more)


def _holds(role: str, action: str) -> bool:
    return any(grant.names_action(action) for grant in grants_of_built_in(role))


def _expected(route: Route, kind: str) -> tuple[str, ...]:
    """Say in the contract's words what a kind of credential gets; an oracle of its own, not the code's."""
    role = {"user": "role_admin", "operator": "role_admin", "platform_user": "role_platform_admin"}.get(kind)
    role = role or f"role_{kind}"
    if kind.startswith("platform"):
        return _expected_of_platform(route, kind, role)
    if route.access in (Access.PLATFORM, Access.SESSION, Access.PLATFORM_ONLY_ELSEWHERE):
        return NEEDS_PLATFORM
    if route.access is Access.OPERATOR:
        return ALLOW if kind == "operator" else _missing("operator")
    if route.access is Access.AUTHENTICATED or _holds(role, route.action):
        return ALLOW
    return _missing(route.action)


def _expected_of_platform(route: Route, kind: str, role: str) -> tuple[str, ...]:
    special = {
        Access.AUTHENTICATED: ALLOW,
        Access.OPERATOR: _missing("operator"),
        Access.PLATFORM_ONLY_ELSEWHERE: NEEDS_PLATFORM,
        Access.SESSION: ALLOW if kind == "platform_user" else ("403", "insufficient permissions"),
    }
    if route.access in special:
        return special[route.access]
    if route.access is Access.PLATFORM:
        return ALLOW if _holds(role, route.action) else _missing(route.action)
    if route.access is Access.KEYS and route.operation != "list_keys":
        return ALLOW if _holds(role, route.platform_action) else _missing(route.platform_action)
    return _missing(route.action)


@pytest.mark.parametrize("kind", KINDS)
def test_every_route_asks_for_what_its_row_says(gate: Gate, credentials: dict[str, str], kind: str) -> None:
    """A request is allowed only because a row says so and a role grants it; the context names the operation."""
    expected = {route.operation: _expected(route, kind) for route in GUARDED}

    answers = {route.operation: _ask(gate, route, credentials[kind]) for route in GUARDED}

    assert expected == {operation: answer.said for operation, answer in answers.items()}
    assert all(operation == answer.context["operation"] for operation, answer in answers.items())


def test_a_policy_names_the_method_arn_as_it_came(gate: Gate, credentials: dict[str, str]) -> None:
    """An answer is for exactly the request that was asked about, and no other."""
    event = gate.event("GET", "/api/v1/apikeys/a%2Fb *", credentials["viewer"], resource=KEYS + "/{key_id}")

    reply = gate.authorizer.authorize(event)

    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    assert {"Version": "2012-10-17", "Statement": [statement]} == reply["policyDocument"]


@pytest.mark.parametrize(("method", "resource"), [("GET", "/nowhere"), ("HEAD", KEYS), ("DELETE", KEYS)])
def test_a_route_that_is_not_in_the_table_does_not_exist(
    gate: Gate, credentials: dict[str, str], method: str, resource: str
) -> None:
    """Whatever a gateway sends here, without a row there is nothing to allow."""
    said = gate.ask(method, resource, credentials["platform_admin"]).said, gate.ask(method, resource).said

    assert (("404", "not found"), ("401", "authentication required")) == said


LISTS = [
    # who               platform=           header   answer
    ("admin",           None,               False,   ALLOW),
    ("admin",           "true",             False,   _missing("platform:keys:read")),
    ("admin",           "TRUE",             False,   ALLOW),
    ("admin",           "1",                False,   ALLOW),
    ("admin",           ["true", "false"],  False,   ("400", "platform is given twice")),
    ("admin",           None,               True,    NEEDS_PLATFORM),
    ("operator",        "true",             False,   ALLOW),
    ("operator",        None,               False,   ALLOW),
    ("platform_viewer", None,               False,   _missing("apikeys:read")),
    ("platform_viewer", "TRUE",             False,   _missing("apikeys:read")),
    ("platform_viewer", "true",             False,   ALLOW),
    ("platform_none",   "true",             False,   _missing("platform:keys:read")),
    ("platform_viewer", None,               True,    ALLOW),
    ("platform_viewer", "true",             True,    _missing("platform:keys:read")),
    ("platform_none",   None,               True,    _missing("platform:impersonate:read")),
]  # fmt: skip


def test_whose_keys_are_listed(gate: Gate, credentials: dict[str, str]) -> None:
    """`/apikeys` serves both kinds of keys, each to those who may see them (contract, section 3)."""
    asked = [({"X-Ironflow-Org": "org_other"} if header else {}, {} if platform is None else {"platform": platform})
             for _, platform, header, _ in LISTS]

    said = [gate.ask("GET", KEYS, credentials[who], headers=headers, query=query).said
            for (who, *_), (headers, query) in zip(LISTS, asked, strict=True)]

    assert [answer for *_, answer in LISTS] == said


def test_a_user_may_change_its_own_password_and_no_other(gate: Gate, world: World) -> None:
    """The one thing that needs no role is to change one's own password."""
    world.user("org_acme", "user_9", "role_viewer")
    token, key = world.token("org_acme", "user_9"), world.key("org_acme", "role_viewer", id="user_9")
    one = "/api/v1/users/{user_id}/password"

    said = [
        gate.ask("PATCH", one, credential, resource=one, parameters={"user_id": user_id}).said
        for credential, user_id in ((token, "user_9"), (token, "user_8"), (key, "user_9"))
    ]

    assert [ALLOW, _missing("users:manage"), _missing("users:manage")] == said


def test_while_suspended_a_tenant_may_do_nothing(gate: Gate, world: World, credentials: dict[str, str]) -> None:
    """A suspended tenant's credentials are known and refused; the platform may look, not touch."""
    world.suspend("org_acme")
    inside = {"X-Ironflow-Org": "org_acme"}
    admin, platform = credentials["admin"], credentials["platform_admin"]

    said = [gate.ask(*asked).said for asked in (
        ("GET", KEYS, admin), ("GET", "/api/v1/openapi.json", admin), ("GET", KEYS, credentials["user"]),
        ("GET", "/api/v1/platform/users", admin))]
    entered = [gate.ask(method, "/api/v1/roles", platform, headers=inside).said for method in ("GET", "POST")]

    suspended = ("403", "organization is suspended")
    assert ([suspended] * 4, [ALLOW, suspended]) == (said, entered)


def test_denied_at_the_gateway_when_asked_for(gate: Gate, world: World, credentials: dict[str, str]) -> None:
    """An API without the binder gets a Deny for every refusal, and never an Allow that refuses."""
    from dataclasses import replace

    from controlplane.gateway.authorizer.authorizer import Authorizer

    gate.authorizer = Authorizer(replace(gate.parts, deny_at_gateway=True))

    refused, allowed = (gate.ask("POST", KEYS, credentials[kind]) for kind in ("viewer", "admin"))

    assert ("Deny", {"sentence": "insufficient permissions", "code": "permission_denied",
                     "required": "apikeys:manage"}) == (refused.effect, refused.context)
    assert ("Allow", ALLOW) == (allowed.effect, allowed.said)
