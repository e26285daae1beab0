"""A crash in the middle of writing (contract, section 2; issue: no acknowledged write is lost)."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time

from tests.http.world import World
from tests.journeys.product import Product

KEYS = "/api/v1/apikeys"
WRITERS, SECONDS = 4, 1.5
BROKEN = (http.client.HTTPException, OSError)


def test_kill_9_under_writes_loses_no_acknowledged_write(product: Product) -> None:
    """Server and store are killed while four clients write; every key that was answered works after the restart."""
    first = product.start()
    first.key(first.operator)
    acknowledged: list[dict[str, str]] = []
    writers = [threading.Thread(target=_write_until_it_breaks, args=(first, acknowledged)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(SECONDS)

    _kill_everything(first)
    for writer in writers:
        writer.join(30)
    second = product.start()

    listed = {key["id"] for key in second.operator.get(KEYS).ok()}
    assert len(acknowledged) > WRITERS
    assert set() == {issued["id"] for issued in acknowledged} - listed
    statuses = [second.nobody.having(issued["key"]).get(f"{KEYS}?limit=1").status for issued in acknowledged[-20:]]
    assert {200} == set(statuses)


def _write_until_it_breaks(world: World, acknowledged: list[dict[str, str]]) -> None:
    client = world.operator.having()
    try:
        while True:
            reply = client.post(KEYS, {"name": "under fire"})
            if reply.status == 201:
                acknowledged.append(reply.json())
    except BROKEN:
        return


def _kill_everything(world: World) -> None:
    """End the server and all that it started, as a power cut does."""
    children = world.server.children()
    world.server.process.send_signal(signal.SIGKILL)
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue
    world.server.wait()
    world.ledger.failures.clear()  # what was in flight when the store died
