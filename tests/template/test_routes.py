"""The template deploys exactly what the route table promises (contract, sections 3 to 5)."""

from __future__ import annotations

import re
from typing import Any

from controlplane.api.routes import ROUTES, V1, Access, Route, preflights
from devserver.deployment import Deployment

EVERY_ROW = (*ROUTES, *preflights())
LAMBDA_POLICY_BYTES = 20_480
PERMISSION_BYTES = 600  # a statement that lets the gateway call a function by one path, generously


def _event_name(route: Route) -> str:
    """One line of the template for each row: after its operation, and a preflight after its path."""
    words = re.findall(r"[A-Za-z0-9]+", route.path.removeprefix(V1) if route in preflights() else "")
    return "".join(word.capitalize() for word in (*route.operation.split("_"), *words))


def test_the_template_serves_the_route_table_and_nothing_else(deployment: Deployment) -> None:
    """A row that is not deployed answers 404, and a path that is deployed without a row has no decision."""
    promised = {
        (route.method, route.path, f"{route.function.capitalize()}Function", route.access is Access.PUBLIC)
        for route in EVERY_ROW
    }

    deployed = {
        (route.method, route.resource, route.function.name, route.authorizer is None)
        for route in deployment.routes
    }

    assert deployed == promised


def test_an_event_is_named_after_its_operation(properties: dict[str, dict[str, Any]]) -> None:
    """One name from URL to test: searching for an operation finds its line in the template."""
    promised = {_event_name(route): route.key for route in EVERY_ROW}

    deployed = {
        name: (event["Properties"]["Method"], event["Properties"]["Path"])
        for resource in properties.values()
        for name, event in resource.get("Events", {}).items()
        if event["Type"] == "Api"
    }

    assert deployed == promised


def test_a_public_operation_is_public_in_both_places_only(deployment: Deployment) -> None:
    """What needs no credential is a short list that a person can read."""
    public = sorted(
        route.resource for route in deployment.routes if route.authorizer is None and route.method != "OPTIONS"
    )

    assert public == [
        "/api/v1/auth/login",
        "/api/v1/auth/validate",
        "/api/v1/capabilities",
        "/api/v1/platform/auth/login",
        "/health",
        "/metrics",
        "/ready",
    ]


def test_every_path_answers_a_browser_s_preflight(deployment: Deployment) -> None:
    """A browser asks before it calls from another origin, and it asks without a credential."""
    answered = {route.resource for route in deployment.routes if route.method == "OPTIONS" and not route.authorizer}

    assert answered == {route.resource for route in deployment.routes}


def test_no_function_outgrows_its_policy(deployment: Deployment) -> None:
    """Each path needs a permission on its function, and Lambda takes 20 KB of them for one function."""
    permissions = [route.function.name for route in deployment.routes]

    assert [] == [
        name for name in set(permissions) if permissions.count(name) * PERMISSION_BYTES > LAMBDA_POLICY_BYTES
    ]


def test_the_authorizer_is_asked_every_time_and_whatever_the_headers(deployment: Deployment) -> None:
    """Revoked means dead on the next request, and a key in `?token=` needs no header."""
    authorizers = {route.authorizer.name: route.authorizer for route in deployment.routes if route.authorizer}

    assert [("AuthorizerFunction", 0, ())] == [
        (found.function.name, found.ttl, found.identity_sources) for found in authorizers.values()
    ]


def test_every_function_has_its_code(deployment: Deployment) -> None:
    """The template names no folder that is not there."""
    missing = [function.name for function in deployment.functions if not (function.code / "app.py").is_file()]

    assert missing == []
