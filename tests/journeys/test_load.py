"""Many clients at once: no error, no lost write, and the server does not grow (issue: 2,000 requests, 16 clients)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from devserver.environments import MAX_ENVIRONMENTS
from tests.http.client import Client
from tests.http.world import World
from tests.journeys.product import Product, rounds
from tests.soak.memory import resident

KEYS = "/api/v1/apikeys"
CLIENTS = 16
REQUESTS = rounds("LOAD", 2_000)
GROWTH = 1.15
FUNCTIONS = 4  # authorizer, apikeys, projects, auth
MOST_PROCESSES = 2 + (FUNCTIONS + 1) * MAX_ENVIRONMENTS  # server and store; and whatever made the tenant


def test_two_thousand_requests_of_sixteen_clients(product: Product) -> None:
    """Every request succeeds, every acknowledged write is there, and nothing that ran before grows in a second run."""
    world = product.start()
    tenant = world.tenant("Load")
    made: set[str] = set()
    _run(tenant.admin, REQUESTS // 4, made)
    before = _memory(world)

    _run(tenant.admin, REQUESTS, made)

    after = _memory(world)
    listed = {key["id"] for page in tenant.admin.pages(KEYS, limit=500) for key in page}
    assert set() == made - listed
    stayed = before.keys() & after.keys()
    assert sum(after[pid] for pid in stayed) < sum(before[pid] for pid in stayed) * GROWTH
    assert len(after) <= MOST_PROCESSES


def _run(client: Client, requests: int, made: set[str]) -> None:
    """Let each client make its share: a write, and three reads."""
    lock = threading.Lock()

    def share(_number: int) -> None:
        own = client.having()
        for _ in range(requests // CLIENTS // 4):
            issued = own.post(KEYS, {"name": "load"}).ok()
            with lock:
                made.add(issued["id"])
            assert issued["id"] == own.get(f"{KEYS}/{issued['id']}").ok()["id"]
            own.get("/api/v1/projects").ok()
            own.get("/api/v1/auth/validate").ok()
        own.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(share, range(CLIENTS)))


def _memory(world: World) -> dict[int, int]:
    """Return the resident kilobytes of the server and of everything that it started, by process."""
    return {pid: resident(pid) for pid in [world.server.process.pid, *world.server.children()]}
