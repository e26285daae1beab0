"""An API of somebody's own behind this authorizer: its routes, and nothing else (docs/attach.md)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from controlplane.api.attached import attached_routes
from controlplane.authorizer_bootstrap import authorizer_parts
from controlplane.domain.names import PLATFORM_ORG
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.settings import ConfigurationError, Settings
from tests.authorizer.conftest import ACME, Gate

ROUTES = """GET /orders=orders:read; GET /orders/{order_id}=orders:read
POST /orders=orders:write;ANY /reports=audit:read;"""
EXTRA = ("orders:read", "orders:write")


@pytest.fixture
def attached(gate: Gate) -> Gate:
    """A gate whose authorizer was put together as the settings of an attached one say."""
    settings = Settings(table="t", region="eu-west-1", extra_actions=EXTRA, attached_routes=ROUTES)
    parts = authorizer_parts(settings)
    mine = replace(gate.parts, find_route=parts.find_route, deny_at_gateway=parts.deny_at_gateway,
                   extra_actions=parts.extra_actions)
    gate.authorizer = Authorizer(mine)
    return gate


def test_a_route_asks_for_its_own_action(attached: Gate) -> None:
    """A role that grants `orders:read` reads orders, one by one too, and is denied writing them."""
    role = attached.world.role(ACME, "role_reader", {"actions": "orders:read"})
    key = attached.world.key(ACME, role)

    allowed = [attached.ask("GET", "/orders", key),
               attached.ask("GET", "/orders/7", key, resource="/orders/{order_id}", parameters={"order_id": "7"})]
    denied = attached.ask("POST", "/orders", key)

    assert [("Allow", "GET /orders"), ("Allow", "GET /orders/{order_id}")] == [
        (answer.effect, answer.context["operation"]) for answer in allowed
    ]
    assert ("Deny", {"sentence": "insufficient permissions", "code": "permission_denied",
                     "required": "orders:write"}) == (denied.effect, denied.context)


def test_a_policy_may_name_one_object_of_the_api(attached: Gate) -> None:
    """The first parameter of the path is the id of the resource that policies match."""
    one = {"actions": "orders:read", "resources": f"irn:ironflow:{ACME}:*:orders:*:7"}
    key = attached.world.key(ACME, attached.world.role(ACME, "role_seven", one))

    effects = [attached.ask("GET", f"/orders/{n}", key, resource="/orders/{order_id}",
                            parameters={"order_id": n}).effect for n in ("7", "8")]

    assert ["Allow", "Deny"] == effects


def test_any_serves_every_method(attached: Gate) -> None:
    """A row with `ANY` decides on each method of its resource."""
    key = attached.world.key(ACME, "role_viewer")

    assert ["Allow", "Allow"] == [attached.ask(method, "/reports", key).effect for method in ("GET", "DELETE")]


@pytest.mark.parametrize("path", ["/refunds", "/api/v1/apikeys", "/api/v1/nowhere"])
def test_what_the_parameter_does_not_name_is_denied(attached: Gate, path: str) -> None:
    """Neither an unknown route nor one that the control plane itself would serve is let through, even to an admin."""
    key = attached.world.key(ACME, "role_admin")

    assert "Deny" == attached.ask("GET", path, key).effect


def test_a_platform_credential_enters_a_tenant(attached: Gate) -> None:
    """Impersonation holds for an attached API too: with its header, its permission, and its event."""
    key = attached.world.key(PLATFORM_ORG, "role_platform_admin")

    outside = attached.ask("GET", "/orders", key)
    inside = attached.ask("GET", "/orders", key, headers={"X-Ironflow-Org": ACME})

    assert ("Deny", "Allow") == (outside.effect, inside.effect)
    assert (ACME, "true") == (inside.context["org_id"], inside.context["impersonating"])


def test_the_integration_learns_who_calls(attached: Gate) -> None:
    """The context tells principal, organization and environment, and the key's tool scopes as JSON."""
    value = attached.world.key(ACME, "role_admin", environment_id="env_default", id="ak_tools")
    found = attached.world.credential(value)
    attached.world._replace(found, replace(found, tool_scopes=("search", "a, b")))

    context = attached.ask("GET", "/orders", value).context

    assert {"principal_type": "api_key", "principal_id": "ak_tools", "org_id": ACME,
            "environment_id": "env_default"}.items() <= context.items()
    assert ["search", "a, b"] == json.loads(context["tool_scopes"])


@pytest.mark.parametrize("text", [
    "GET /orders", "orders:read", "FETCH /orders=orders:read", "GET orders=orders:read", "GET /orders=",
    "GET /orders=orders:read;GET /orders=orders:write", "GET /orders=orders:reed",
    "GET /orders=platform:users:read",
])
def test_a_table_with_a_mistake_serves_nobody(text: str) -> None:
    """A row that is none, stands there twice, or names an undeclared or a platform's action ends the start."""
    with pytest.raises(ConfigurationError, match="IRONFLOW_ROUTES"):
        attached_routes(text, extra_actions=EXTRA)
