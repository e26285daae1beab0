"""What the system tells everybody (contract, section 5)."""

from __future__ import annotations

import re

from controlplane import VERSION
from controlplane.api.routes import BY_OPERATION, ROUTES
from tests.http.client import V1
from tests.http.world import World

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SAMPLE = re.compile(r'(\w+)\{((?:\w+="[^"]*",?)+)\} ([0-9.]+)')
OUTCOMES = {"allow", "refuse", "deny", "failed"}


def _samples(text: str) -> dict[tuple[str, str], float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = [SAMPLE.fullmatch(line) for line in lines]
    return {(match[1], match[2]): float(match[3]) for match in found if match}


def test_200_health_tells_that_the_process_is_alive(world: World) -> None:
    """A load balancer needs no credential to ask, and three fields are all it gets."""
    reply = world.nobody.get("/health")

    told = reply.json()
    assert TIMESTAMP.fullmatch(told.pop("timestamp"))
    assert (200, {"status": "healthy", "version": VERSION}) == (reply.status, told)


def test_200_ready_while_the_table_answers(world: World) -> None:
    """Traffic may come as soon as the table can be read."""
    reply = world.nobody.get("/ready")

    assert (200, {"status": "ready"}) == (reply.status, reply.json())


def test_200_capabilities_say_what_clients_may_build_on(world: World) -> None:
    """A client finds out without a credential what it can use, and that it will need one."""
    reply = world.nobody.get(f"{V1}/capabilities")

    told = reply.json()
    assert {"transports", "features", "version", "auth_required"} == set(told)
    assert (["http"], VERSION, True) == (told["transports"], told["version"], told["auth_required"])


def test_200_openapi_shows_every_operation_to_whoever_has_a_credential(world: World) -> None:
    """The document is the route table's, so a client generated from it can do whatever the API can."""
    document = world.a.keys["viewer"].get(f"{V1}/openapi.json").ok()

    described = {one["operationId"] for path in document["paths"].values() for one in path.values()}
    assert described == {route.operation for route in ROUTES} - {"unknown_path"}


def test_200_metrics_count_requests_by_operation_and_status(world: World) -> None:
    """Each request is counted once, under the status that its caller saw, whichever process served it."""
    before = _samples(world.nobody.get("/metrics").body.decode())

    for _ in range(3):
        world.a.admin.get(f"{V1}/projects")
    world.a.admin.get(f"{V1}/projects?limit=none")

    reply = world.nobody.get("/metrics")
    after = _samples(reply.body.decode())
    counted = {
        status: after[row] - before.get(row, 0)
        for status in ("200", "400")
        for row in [("ironflow_requests_total", f'operation="list_projects",status="{status}"')]
    }
    assert {"200": 3, "400": 1} == counted
    assert "text/plain; version=0.0.4; charset=utf-8" == reply.headers["content-type"]


def test_200_metrics_hold_latencies_that_add_up(world: World) -> None:
    """A histogram's last bucket is its count, and no bucket is smaller than the one before."""
    world.nobody.get("/health")

    samples = _samples(world.nobody.get("/metrics").body.decode())

    family = "ironflow_request_duration_seconds"
    buckets = [count for (name, labels), count in samples.items()
               if name == f"{family}_bucket" and 'operation="get_health"' in labels]
    assert buckets == sorted(buckets)
    assert buckets[-1] == samples[f"{family}_count", 'operation="get_health"'] >= 1


def test_200_metrics_count_what_the_authorizer_said(world: World) -> None:
    """Refusals at the gateway reach no function, and are counted all the same."""
    def outcomes() -> dict[str, float]:
        samples = _samples(world.nobody.get("/metrics").body.decode())
        return {one: samples.get(("ironflow_authorizer_outcomes_total", f'outcome="{one}"'), 0) for one in OUTCOMES}

    viewer, admin = world.a.keys["viewer"], world.a.admin
    before = outcomes()

    admin.get(f"{V1}/projects")
    viewer.post(f"{V1}/projects", {"name": "x"})
    world.nobody.get(f"{V1}/projects")

    after = outcomes()
    assert {"allow": 1, "refuse": 1, "deny": 1, "failed": 0} == {one: after[one] - before[one] for one in OUTCOMES}


def test_200_metrics_name_nobody(world: World) -> None:
    """Figures are public: no name, id or number of tenants is among them, and no label that a caller could choose."""
    world.a.admin.get(f"{V1}/{world.a.id}")

    text = world.nobody.get("/metrics").body.decode()

    values = set(re.findall(r'(\w+)="([^"]*)"', text))
    operations = set(BY_OPERATION) | {"preflight"}
    assert {label for label, _ in values} == {"operation", "status", "le", "outcome"}
    assert {value for label, value in values if label == "operation"} <= operations
    assert {value for label, value in values if label == "outcome"} <= OUTCOMES
    assert {value for label, value in values if label == "status"} <= {str(number) for number in range(200, 600)}
