"""What a browser's page may ask and read (contract, sections 1 and 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from controlplane.api.routes import ROUTES, Route, preflights
from tests.http.client import V1, Client
from tests.http.world import NOBODY_S_KEY, World
from tests.running_server import RunningServer

OURS, FOREIGN = "https://console.example.com", "https://evil.example.com"
ALSO_OURS = "http://localhost:5173"
READABLE = "Idempotency-Replayed, Retry-After, X-Next-Cursor, X-Request-Id"


def _path(route: Route) -> str:
    return route.path.replace("{proxy+}", "no/such/path").replace("{version}", "1").replace("{", "").replace("}", "")


def _cors(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("access-control-") or name == "vary"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server that two origins may call."""
    origins = {"IRONFLOW_CORS_ORIGINS": f"{OURS}, {ALSO_OURS}"}
    with RunningServer("--no-reload", data_dir=tmp_path_factory.mktemp("cors"), environ=origins) as server:
        yield Client(server.port, server.bootstrap_key)


@pytest.mark.parametrize("route", preflights(), ids=lambda route: route.path)
def test_204_options_on_every_path(world: World, route: Route) -> None:
    """A preflight carries no credential and gets no error; where no origin is configured, it allows nothing."""
    reply = world.nobody.request("OPTIONS", _path(route), headers=[("Origin", OURS)])

    assert (204, b"", {}) == (reply.status, reply.body, _cors(reply.headers))


@pytest.mark.parametrize("origin", [OURS, ALSO_OURS])
def test_204_a_configured_origin_may_ask_what_the_path_has(shared: Client, origin: str) -> None:
    """A page of ours may use every method of the path, and every header of the contract."""
    reply = shared.having("").request("OPTIONS", f"{V1}/apikeys/ak_1", headers=[("Origin", origin)])

    assert {
        "vary": "Origin",
        "access-control-allow-origin": origin,
        "access-control-allow-methods": ", ".join(
            route.method for route in ROUTES if route.path == f"{V1}/apikeys/{{key_id}}"
        ),
        "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key, X-Ironflow-Environment, "
                                        "X-Ironflow-Environment-ID, X-Ironflow-Org, X-Ironflow-Reason",
        "access-control-max-age": "600",
    } == _cors(reply.headers)  # fmt: skip


@pytest.mark.parametrize("origin", [FOREIGN, "null", OURS.upper(), f"{OURS}.evil.example.com", f"{OURS}:8443", "*"])
def test_204_another_origin_is_allowed_nothing(shared: Client, origin: str) -> None:
    """An origin is compared whole: a longer, shorter or differently written one is another one."""
    reply = shared.having("").request("OPTIONS", f"{V1}/apikeys", headers=[("Origin", origin)])

    assert (204, {"vary": "Origin"}) == (reply.status, _cors(reply.headers))


def test_204_two_origins_are_none(shared: Client) -> None:
    """No browser sends two; whoever does gets nothing."""
    reply = shared.request("OPTIONS", f"{V1}/apikeys", headers=[("Origin", OURS), ("Origin", FOREIGN)])

    assert {"vary": "Origin"} == _cors(reply.headers)


@pytest.mark.parametrize(
    ("path", "status"), [(f"{V1}/apikeys", 200), (f"{V1}/apikeys?limit=x", 400), (f"{V1}/apikeys/ak_none", 404)]
)
def test_a_configured_origin_may_read_replies_and_errors(shared: Client, path: str, status: int) -> None:
    """A page reads the reply and the headers that it goes on with; cookies never cross origins."""
    reply = shared.request("GET", path, headers=[("Origin", OURS)])

    assert status == reply.status
    assert {"vary": "Origin", "access-control-allow-origin": OURS,
            "access-control-expose-headers": READABLE} == _cors(reply.headers)


def test_the_gateway_s_own_refusals_are_shared_with_nobody(shared: Client) -> None:
    """Their headers are fixed texts, so they cannot say which origin may read them."""
    reply = shared.having(NOBODY_S_KEY).request("GET", f"{V1}/apikeys", headers=[("Origin", OURS)])

    assert (401, {}) == (reply.status, _cors(reply.headers))
