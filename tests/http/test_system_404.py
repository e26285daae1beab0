"""What is not served (contract, section 5)."""

from __future__ import annotations

import pytest

from controlplane.api.routes import ROUTES, Route
from tests.http.client import V1
from tests.http.world import World, some_id

READABLE = [route for route in ROUTES if route.method == "GET" and "{" not in route.path]


@pytest.mark.parametrize("route", READABLE, ids=lambda route: route.path)
def test_404_head(world: World, route: Route) -> None:
    """HEAD is not served, so that no reader of one status has to be told from the reader of the other."""
    reply = world.a.admin.request("HEAD", route.path)

    assert (404, b"") == (reply.status, reply.body)


@pytest.mark.parametrize("path", [f"{V1}/nothing", f"{V1}/apikeys/a/b/c/d", f"{V1}/ws"])
def test_404_an_unknown_path_with_a_credential(world: World, path: str) -> None:
    """Whoever may know that a path does not exist is told so."""
    assert (404, "not_found", "not found") == world.a.admin.get(path).error


@pytest.mark.parametrize("path", ["/nothing", "/metrics/x", "/api", "/api/v2/apikeys"])
def test_404_outside_the_api(world: World, path: str) -> None:
    """Nothing is served beside the API, whoever asks."""
    assert (404, "not_found", "not found") == world.nobody.get(path).error


def test_404_the_document_for_an_organization_that_is_none(world: World) -> None:
    """Whoever acts inside an organization that does not exist hears so everywhere, and the document says so itself."""
    reply = world.platform["admin"].entering(some_id("org_")).get(f"{V1}/openapi.json")

    assert (404, "not_found", "organization not found") == reply.error
