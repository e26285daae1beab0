"""Two sweeps at once over a table that refuses, fails and loses replies (issue: expiry sweep)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from controlplane.bootstrap import Services
from controlplane.domain.expiry import DAY
from controlplane.settings import Settings
from controlplane.storage.handler_client import dynamodb_tables
from tests.services.conftest import TENANT, SettableClock
from tests.soak.failing_store import FailingStore
from tests.sweep.conftest import HOUR, all_events, world_over

ROOT = Path(__file__).parents[2]
EXPIRED, EXPIRING, LIVE = 60, 20, 20
SHARE, MOST = 0.3, 20


def _sweep_twice(table: str, endpoint: str, bus: Path) -> list[str]:
    """Run two sweeps side by side; return what those said that came to an end."""
    command = [sys.executable, "-m", "tests.sweep.sweeping_process", table, endpoint, str(bus)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
               for _ in range(2)]
    return [process.communicate(timeout=300)[0] for process in running]


def test_one_event_a_key_while_the_table_throttles_two_sweeps(
    dynamodb_endpoint: str, fresh_table: str, tmp_path: Path
) -> None:
    """Three requests of ten are throttled, fail, or lose their reply: nobody is left out, and nobody is told twice."""
    bus, region = tmp_path / "bus", "us-east-1"
    world = world_over(dynamodb_tables(fresh_table, region=region, endpoint=dynamodb_endpoint)[0])
    due = [world.add_key(number, -HOUR * (number + 1)).id for number in range(EXPIRED)]
    soon = [world.add_key(EXPIRED + number, DAY * 2).id for number in range(EXPIRING)]
    live = [world.add_key(2 * EXPIRED + number, 31 * DAY) for number in range(LIVE)]

    with FailingStore(dynamodb_endpoint, share=SHARE, seed=5) as failing:
        for _ in range(MOST):
            said = _sweep_twice(fresh_table, failing.endpoint, bus)
            if any(json.loads(text)["done"] for text in said if text):
                break

    services = Services(Settings(table=fresh_table, region=region, endpoint=dynamodb_endpoint), clock=SettableClock())
    events = [str(event.payload["api_key_id"]) for event in all_events(services, TENANT)]
    announced = {id for id, _ in map(json.loads, bus.read_text().splitlines())}
    assert failing.failed["throttled"] > 0
    assert sorted(events) == sorted(due)
    assert announced == {f"{id}:expired" for id in due} | {f"{id}:expiring:7d" for id in soon}
    assert [services.store.key(TENANT, key.id) for key in live] == live
