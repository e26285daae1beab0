"""Paths, methods and ids that there are not (contract, sections 1 and 5)."""

from __future__ import annotations

import pytest

from controlplane.api.routes import ROUTES, UNKNOWN_PATH
from tests.http.world import World, some_id

NOT_FOUND = (404, "not_found")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ODD_IDS = (
    "x", "%00", "%0a", "a%23b", "%2e%2e", "..%2f..", "é".encode().hex(), "%C3%A9", "%F0%9F%9A%80", "x" * 129,
    "x" * 2000, "null", "undefined", "*", "%2A", "ORG%23org_default", "ak_admin_bootstrap", "-1", "%20", "a%20b", "%25",
)  # fmt: skip
PLACES = (
    "/api/v1/apikeys/{}", "/api/v1/orgs/{}", "/api/v1/functions/{}", "/api/v1/users/{}", "/api/v1/roles/{}",
    "/api/v1/policies/{}", "/api/v1/roles/{}/policies", "/api/v1/policies/{}/versions",
)  # fmt: skip
FULL_PATHS = sorted({route.path for route in ROUTES if route.path != UNKNOWN_PATH})


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_odd_id_does_not_exist(world: World, odd: str) -> None:
    """Whatever stands where an id belongs, it is the 404 of an id that belongs to nothing."""
    replies = {place: world.a.admin.get(place.format(odd)) for place in PLACES}

    assert dict.fromkeys(PLACES, NOT_FOUND) == {place: reply.error[:2] for place, reply in replies.items()}


@pytest.mark.parametrize("path", FULL_PATHS)
def test_a_method_that_a_path_lacks_is_404(world: World, path: str) -> None:
    """A known path with another method is unknown to everybody, HEAD included."""
    if not path.startswith("/api/v1/"):
        pytest.skip("outside of the API the gateway knows no further methods")
    served = {route.method for route in ROUTES if route.path == path}
    url = path
    while "{" in url:
        head, _, rest = url.partition("{")
        url = head + some_id("role_") + rest.partition("}")[2]
    lacking = [method for method in METHODS if method not in served and not _is_another(method, url)]

    replies = {method: world.platform["admin"].request(method, url) for method in lacking}

    assert dict.fromkeys(lacking, NOT_FOUND) == {method: reply.error[:2] for method, reply in replies.items()}
    assert 404 == world.a.admin.request("HEAD", url).status
    assert [404] * len(lacking) == [world.nobody.request(method, url).status for method in lacking]


def _is_another(method: str, url: str) -> bool:
    """Tell whether the url, read with ids, is served under another row: `/policies/dry-run` is `/policies/{id}`."""
    words = url.strip("/").split("/")
    for route in ROUTES:
        parts = route.path.strip("/").split("/")
        if route.method == method and len(parts) == len(words) and all(
            part == word or part.startswith("{") for part, word in zip(parts, words, strict=True)
        ) and route.path != UNKNOWN_PATH:  # fmt: skip
            return True
    return False


@pytest.mark.parametrize("path", ["/api/v1/apikeys", "/health", "/api/v1/nothing", "/"])
def test_trace_is_404(world: World, path: str) -> None:
    """No reply holds what was sent, headers and all."""
    assert NOT_FOUND == world.a.admin.request("TRACE", path).error[:2]


@pytest.mark.parametrize("path", ["/api/v1/apikeys", "/api/v1/platform/users", "/health", "/api/v1/nothing"])
def test_options_is_answered_without_a_credential(world: World, path: str) -> None:
    """204, and no word about other origins unless they are set by parameter."""
    reply = world.nobody.request("OPTIONS", path, headers=[("Origin", "https://elsewhere.example")])

    assert (204, None) == (reply.status, reply.headers.get("access-control-allow-origin"))


def test_a_path_that_is_no_text_is_refused(world: World) -> None:
    """Bytes that are not UTF-8 belong to no path."""
    reply = world.a.admin.get("/api/v1/apikeys/%ff")

    assert (400, "invalid_argument") == reply.error[:2]


@pytest.mark.parametrize("path", ["/api", "/api/v2/apikeys", "/platform", "/nothing", "/healthz", "//api/v1/apikeys"])
def test_outside_of_the_api_there_is_nothing(world: World, path: str) -> None:
    """A path outside of /api/v1 that is not served is not there, with or without a credential."""
    statuses = {world.nobody.get(path).status, world.a.admin.get(path).status}

    assert statuses <= {404, 401}
