"""Acting inside a tenant with platform credentials (contract, section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from controlplane.api.routes import UNKNOWN_PATH
from controlplane.domain.errors import NotFound, PermissionDenied, StoreUnavailable
from controlplane.domain.names import PLATFORM_ORG

if TYPE_CHECKING:
    from tests.authorizer.conftest import Gate, World

ROLES, ONE = "/api/v1/roles", "/api/v1/roles/{role_id}"
RESOURCE = {"GET": ROLES, "POST": ROLES, "PATCH": ONE, "DELETE": ONE}
READ, WRITE = "platform:impersonate:read", "platform:impersonate"
ALLOW, NEEDS_PLATFORM = ("allow",), ("403", "platform credential required")
TARGETS = ("org_acme", "org_suspended", "org_deleted", "org_unknown", PLATFORM_ORG)
# what each kind holds of the two permissions; None for tenants
KINDS: dict[str, tuple[str, ...] | None] = {
    "role_platform_viewer": (READ,),
    "role_platform_operator": (READ, WRITE),
    "role_platform_admin": (READ, WRITE),
    "role_write_only": (WRITE,),
    "role_stranger": (),
    "no role": (),
    "platform user": (READ, WRITE),
    "tenant key": None,
    "tenant user": None,
}


@pytest.fixture
def credentials(world: World) -> dict[str, str]:
    """One credential of each kind, and organizations in every state."""
    for org_id in ("org_suspended", "org_deleted"):
        world.organization(org_id)
    world.suspend("org_suspended")
    world.delete_organization("org_deleted")
    world.role(PLATFORM_ORG, "role_write_only", {"actions": WRITE})
    world.role(PLATFORM_ORG, "role_stranger", {"actions": "platform:users:*"})
    world.user(PLATFORM_ORG, "puser_1", "role_platform_operator")
    world.user("org_acme", "user_1", "role_admin")
    made = {kind: world.key(PLATFORM_ORG, kind) for kind in KINDS if kind.startswith("role_")}
    return made | {
        "no role": world.key(PLATFORM_ORG),
        "platform user": world.token(PLATFORM_ORG, "puser_1", session_id="jti-p"),
        "tenant key": world.key("org_acme", "role_admin"),
        "tenant user": world.token("org_acme", "user_1", session_id="jti-t"),
    }


def _expected(held: tuple[str, ...] | None, method: str, target: str) -> tuple[str, ...]:
    needed = READ if method == "GET" else WRITE
    if held is None:
        return NEEDS_PLATFORM
    if needed not in held:
        return ("403", "insufficient permissions", needed)
    if target == "org_suspended" and method != "GET":
        return ("403", "organization is suspended")
    return {
        PLATFORM_ORG: ("403", "the platform organization cannot be impersonated"),
        "org_deleted": ("404", "organization not found"),
        "org_unknown": ("404", "organization not found"),
    }.get(target, ALLOW)


@pytest.mark.parametrize("kind", KINDS)
def test_the_impersonation_matrix(gate: Gate, world: World, credentials: dict[str, str], kind: str) -> None:
    """Each method needs its own permission, and each allowed request leaves exactly one event in both trails."""
    asked = [(method, target) for method in RESOURCE for target in TARGETS]
    expected = [_expected(KINDS[kind], *one) for one in asked]

    said = [gate.ask(method, ROLES, credentials[kind], resource=RESOURCE[method],
                     headers={"X-Ironflow-Org": target}).said for method, target in asked]

    entered = [target for (_, target), told in zip(asked, expected, strict=True) if told == ALLOW]
    assert expected == said
    assert sorted(entered) == sorted(event.impersonated_org_id for event in world.events(PLATFORM_ORG))
    assert entered.count("org_acme") == len(world.events("org_acme"))


def test_what_an_impersonation_leaves(gate: Gate, world: World) -> None:
    """The event says who entered, where, for what and why; the handler is told the same."""
    key = world.key(PLATFORM_ORG, "role_platform_operator", id="ak_p")
    headers = {"x-ironflow-org": "org_acme", "X-Ironflow-Reason": "ticket 42, ждёт"}

    answer = gate.ask("POST", ROLES, key, headers=headers)

    (event,) = world.events(PLATFORM_ORG)
    assert world.events("org_acme") == [event]
    assert ("platform.impersonated", "platform", (PLATFORM_ORG, "org_acme"), "ak_p", "", "org_acme") == (
        event.event_type, event.scope, event.trails, event.platform_key_id, event.platform_user_id,
        event.impersonated_org_id)
    assert {"org_id": "org_acme", "method": "POST", "path": ROLES, "operation": "create_role",
            "environment_id": "env_default", "reason": "ticket 42, ждёт", "request_id": gate.request_id,
            "actor": {"type": "api_key", "id": "ak_p"}} == event.payload
    assert {"principal_id": "ak_p", "home_org_id": PLATFORM_ORG, "org_id": "org_acme", "impersonating": "true",
            "may_write": "true", "environment_id": "env_default", "reason": "ticket 42, ждёт"}.items() <= (
        answer.context.items())


def test_a_platform_user_is_named_as_such(gate: Gate, world: World) -> None:
    """A person's visit is recorded under the person; whoever may only read is known to the handler as such."""
    world.user(PLATFORM_ORG, "puser_1", "role_platform_viewer")

    answer = gate.ask("GET", ROLES, world.token(PLATFORM_ORG, "puser_1"), headers={"X-Ironflow-Org": "org_acme"})

    assert ALLOW == answer.said
    (event,) = world.events("org_acme")
    assert ("", "puser_1", {"type": "platform_user", "id": "puser_1"}) == (
        event.platform_key_id, event.platform_user_id, event.payload["actor"])
    assert "" == answer.context["may_write"]


def test_without_its_event_nothing_is_served(gate: Gate, world: World) -> None:
    """An impersonation that cannot be recorded is refused with a 503, for reads as for writes."""
    key = world.key(PLATFORM_ORG, "role_platform_operator")
    gate.line.broken = lambda operation: operation == "TransactWriteItems"

    said = [gate.ask(method, ROLES, key, headers={"X-Ironflow-Org": "org_acme"}).said for method in ("GET", "POST")]

    assert [("503", "service temporarily unavailable")] * 2 == said


def test_a_request_asked_about_twice_leaves_one_event(gate: Gate, world: World) -> None:
    """A gateway that repeats its question about one request does not double the visit."""
    key = world.key(PLATFORM_ORG, "role_platform_operator")
    event = gate.event("GET", ROLES, key, headers={"X-Ironflow-Org": "org_acme"})

    for _ in range(2):
        gate.authorizer.authorize(event)
    gate.ask("GET", ROLES, key, headers={"X-Ironflow-Org": "org_acme"})

    assert (2, 2) == (len(world.events(PLATFORM_ORG)), len(world.events("org_acme")))


def test_where_the_header_has_no_effect(gate: Gate, world: World) -> None:
    """On platform endpoints, and where no endpoint is, nobody is entered and no event is left."""
    key, tenant = world.key(PLATFORM_ORG, "role_platform_operator"), world.key("org_acme", "role_admin")
    asked = [("/api/v1/platform/users", key), (UNKNOWN_PATH, key), (UNKNOWN_PATH, tenant)]

    answers = [gate.ask("GET", path, credential, headers={"X-Ironflow-Org": target})
               for path, credential in asked for target in ("org_other", "")]

    assert [(ALLOW, "")] * 6 == [(answer.said, answer.context["impersonating"]) for answer in answers]
    assert [] == world.events(PLATFORM_ORG)


def test_the_document_is_an_endpoint_like_any_other(gate: Gate, world: World) -> None:
    """Reading the OpenAPI document inside an organization is a visit, and nothing that a tenant may ask for."""
    key, tenant = world.key(PLATFORM_ORG, "role_platform_operator"), world.key("org_acme", "role_admin")

    visit, refusal = (gate.ask("GET", "/api/v1/openapi.json", credential, headers={"X-Ironflow-Org": "org_acme"})
                      for credential in (key, tenant))

    assert (ALLOW, "true") == (visit.said, visit.context["impersonating"])
    assert ("403", "platform credential required") == refusal.said
    assert 1 == len(world.events("org_acme"))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"X-Ironflow-Org": ""}, "X-Ironflow-Org is empty"),
    ({"X-Ironflow-Org": ["org_acme", "org_acme"]}, "more than one x-ironflow-org header"),
    ({"X-Ironflow-Org": "org_acme", "X-Ironflow-Reason": "x" * 501}, "X-Ironflow-Reason must be"),
    ({"X-Ironflow-Org": "org_acme", "X-Ironflow-Reason": "a\x07b"}, "X-Ironflow-Reason must be"),
    ({"X-Ironflow-Org": "org_acme", "X-Ironflow-Reason": ["a", "b"]}, "more than one x-ironflow-reason header"),
]


@pytest.mark.parametrize(("headers", "sentence"), BAD)
def test_400_for_headers_that_say_nothing_clear(
    gate: Gate, world: World, headers: dict[str, Any], sentence: str
) -> None:
    """Nobody is entered on a guess, and a refused attempt leaves no event."""
    key = world.key(PLATFORM_ORG, "role_platform_operator")

    status, said = gate.ask("GET", ROLES, key, headers=headers).said

    assert ("400", True, []) == (status, said.startswith(sentence), world.events(PLATFORM_ORG))


@pytest.mark.parametrize("target", ["ORG_ACME", "org_acme#", "org/../org_acme", "орг", "x" * 5000])
def test_404_for_organizations_that_cannot_be(gate: Gate, world: World, target: str) -> None:
    """Whatever stands in the header, it is an organization's id or nothing."""
    key = world.key(PLATFORM_ORG, "role_platform_operator")

    assert ("404", "organization not found") == gate.ask("GET", ROLES, key, headers={"X-Ironflow-Org": target}).said


def test_the_operation_that_lives_elsewhere_stays_there(gate: Gate, world: World) -> None:
    """`POST /orgs` is refused while impersonating too, and leaves no event."""
    key = world.key(PLATFORM_ORG, "role_platform_admin")

    said = gate.ask("POST", "/api/v1/orgs", key, headers={"X-Ironflow-Org": "org_acme"}).said

    assert (NEEDS_PLATFORM, []) == (said, world.events(PLATFORM_ORG))


def test_identify_says_whose_a_credential_is(gate: Gate, world: World) -> None:
    """A public route that reads the credential itself learns exactly what a guarded one would."""
    world.user(PLATFORM_ORG, "puser_1", "role_platform_viewer")
    path, inside = "/api/v1/auth/validate", {"X-Ironflow-Org": "org_acme"}
    key = world.key("org_acme", "role_viewer", environment_id="env_staging", expires_at=world.clock.now() + 60)
    token = world.token(PLATFORM_ORG, "puser_1")

    own = gate.authorizer.identify(gate.event("GET", path, key))
    home = gate.authorizer.identify(gate.event("GET", path, token))
    entered = gate.authorizer.identify(gate.event("GET", path, token, headers=inside))

    assert ("api_key", "org_acme", "env_staging", world.clock.now() + 60) == (
        own.kind, own.principal.org_id, own.principal.environment_id, own.expires_at)
    assert ("jwt", PLATFORM_ORG, "", False) == (
        home.kind, home.principal.org_id, home.principal.environment_id, home.principal.impersonating)
    assert ("org_acme", "env_default", True, 1) == (
        entered.principal.org_id, entered.principal.environment_id, entered.principal.impersonating,
        len(world.events("org_acme")))


def test_identify_refuses_as_a_guarded_route_would(gate: Gate, world: World) -> None:
    """Asking who one is opens no door that is closed elsewhere."""
    platform, tenant = world.key(PLATFORM_ORG), world.key("org_acme", "role_admin")
    path, inside, unknown = "/api/v1/auth/validate", {"X-Ironflow-Org": "org_acme"}, {"X-Ironflow-Org": "org_none"}
    viewer = world.key(PLATFORM_ORG, "role_platform_viewer")

    for credential, headers, problem in ((platform, inside, PermissionDenied), (tenant, inside, PermissionDenied),
                                         (viewer, unknown, NotFound)):
        with pytest.raises(problem):
            gate.authorizer.identify(gate.event("GET", path, credential, headers=headers))
    gate.line.broken = lambda operation: operation == "TransactWriteItems"
    with pytest.raises(StoreUnavailable):
        gate.authorizer.identify(gate.event("GET", path, viewer, headers=inside))
