"""The template deploys exactly what the route table promises (contract, sections 3 to 5)."""

from __future__ import annotations

from typing import Any

from controlplane.api.routes import ROUTES, Access
from devserver.deployment import Deployment


def test_the_template_serves_the_route_table_and_nothing_else(deployment: Deployment) -> None:
    """A row that is not deployed answers 404, and a path that is deployed without a row has no decision."""
    promised = {
        (route.method, route.path, f"{route.function.capitalize()}Function", route.access is Access.PUBLIC)
        for route in ROUTES
    }

    deployed = {
        (route.method, route.resource, route.function.name, route.authorizer is None)
        for route in deployment.routes
    }

    assert deployed == promised


def test_an_event_is_named_after_its_operation(properties: dict[str, dict[str, Any]]) -> None:
    """One name from URL to test: searching for an operation finds its line in the template."""
    promised = {"".join(part.capitalize() for part in route.operation.split("_")): route.key for route in ROUTES}

    deployed = {
        name: (event["Properties"]["Method"], event["Properties"]["Path"])
        for resource in properties.values()
        for name, event in resource.get("Events", {}).items()
    }

    assert deployed == promised


def test_a_public_operation_is_public_in_both_places_only(deployment: Deployment) -> None:
    """What needs no credential is a short list that a person can read."""
    public = sorted(route.resource for route in deployment.routes if route.authorizer is None)

    assert public == [
        "/api/v1/auth/login",
        "/api/v1/auth/validate",
        "/api/v1/capabilities",
        "/api/v1/platform/auth/login",
        "/health",
        "/metrics",
        "/ready",
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
