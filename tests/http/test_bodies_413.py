"""Bodies that are too large (contract, section 1)."""

from __future__ import annotations

import pytest

from tests.http.world import World

LIMIT = 1_000_000
TEN_MB = 10_000_000


def _of_size(size: int) -> bytes:
    start, end = b'{"condition": "true", "padding": "', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


@pytest.mark.parametrize("path", ["/api/v1/policies/dry-run", "/api/v1/apikeys", "/api/v1/roles"])
@pytest.mark.parametrize("size", [LIMIT + 1, 2 * LIMIT, TEN_MB, TEN_MB + TEN_MB // 10])
def test_more_than_one_megabyte_is_refused(world: World, path: str, size: int) -> None:
    """One byte too many is 413, and so are ten million, with the same shape of error."""
    reply = world.a.admin.post(path, body=_of_size(size))

    assert (413, "invalid_argument") == reply.error[:2]


def test_one_megabyte_is_accepted(world: World) -> None:
    """The limit itself is allowed."""
    reply = world.a.admin.post("/api/v1/policies/dry-run", body=_of_size(LIMIT))

    assert 200 == reply.status


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/api/v1/platform/auth/login"])
def test_the_public_routes_refuse_it_too(world: World, path: str) -> None:
    """Nobody needs a credential to be refused."""
    assert (413, "invalid_argument") == world.nobody.post(path, body=_of_size(TEN_MB)).error[:2]


def test_a_compressed_body_is_not_unpacked(world: World) -> None:
    """A small body that would become a large one stays small: it is not JSON."""
    reply = world.a.admin.post("/api/v1/roles", body=b"\x1f\x8b" + b"\x00" * 64, headers=[("Content-Encoding", "gzip")])

    assert (400, "invalid_argument") == reply.error[:2]
