"""Headers that every reply carries (contract, section 1)."""

from __future__ import annotations

import pytest

from tests.http.client import V1
from tests.http.world import NOBODY_S_KEY, World

ALWAYS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": (
        "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'none'"
    ),
    "strict-transport-security": None,  # a promise for TLS; replies have it in the cloud: test_gateway_responses.py
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200), ("GET", "/metrics", 200), ("GET", f"{V1}/apikeys", 200),
        ("OPTIONS", f"{V1}/apikeys", 204), ("GET", f"{V1}/apikeys?limit=x", 400),
        ("POST", f"{V1}/orgs", 403), ("GET", f"{V1}/nothing", 404),
    ],
)  # fmt: skip
def test_what_a_function_answers_is_kept_sniffed_and_framed_by_nobody(
    world: World, method: str, path: str, status: int
) -> None:
    """A reply may hold a secret, and an error may hold what somebody wrote."""
    reply = world.a.admin.request(method, path)

    assert (status, ALWAYS) == (reply.status, {name: reply.headers.get(name) for name in ALWAYS})


@pytest.mark.parametrize(("path", "status"), [(f"{V1}/apikeys", 401), ("/nothing", 404)])
def test_what_the_gateway_refuses_says_the_same(world: World, path: str, status: int) -> None:
    """No reply is without them, whoever made it."""
    reply = world.nobody.having(NOBODY_S_KEY).get(path)

    assert (status, ALWAYS) == (reply.status, {name: reply.headers.get(name) for name in ALWAYS})
