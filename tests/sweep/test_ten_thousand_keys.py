"""The sweep over ten thousand keys on a real engine, killed again and again (issue: expiry sweep)."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from controlplane.bootstrap import Services
from controlplane.domain.expiry import DAY
from controlplane.domain.records import ApiKey
from controlplane.settings import Settings
from controlplane.storage.codec import encode
from controlplane.storage.handler_client import dynamodb_tables
from controlplane.storage.schema import places_of
from tests.services.conftest import START, TENANT, SettableClock
from tests.sweep.conftest import HOUR, all_events, key_of, world_over

ROOT = Path(__file__).parents[2]
KILLS = 20
EXPIRED, EXPIRING, LIVE, ENDLESS = 3_000, 1_000, 4_000, 2_000


def _keys() -> list[ApiKey]:
    """Ten thousand keys of one tenant, the due ones in between the others."""
    lives = [
        *(-HOUR - number for number in range(EXPIRED)),
        *(DAY * 2 + number for number in range(EXPIRING)),
        *(31 * DAY + number for number in range(LIVE)),
        *(0 for _ in range(ENDLESS)),
    ]
    random.Random(7).shuffle(lives)
    return [key_of(number, left) for number, left in enumerate(lives)]


def _items(record: object) -> list[dict[str, Any]]:
    return [
        {**encode(record), "pk": {"S": pk}, "sk": {"S": sk}, **{name: {"S": v} for name, v in index.items()}}
        for (pk, sk), index in places_of(record)
    ]


def _load(client: Any, table: str, records: list[Any]) -> None:
    items = [item for record in records for item in _items(record)]
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start:start + 25]]
        client.batch_write_item(RequestItems={table: puts})


def _rows(client: Any, table: str, wanted: list[ApiKey]) -> list[dict[str, Any]]:
    """Read the items of keys as they are stored."""
    found: list[dict[str, Any]] = []
    keys = [{"pk": item["pk"], "sk": item["sk"]} for key in wanted for item in _items(key)]
    for start in range(0, len(keys), 100):
        reply = client.batch_get_item(RequestItems={table: {"Keys": keys[start:start + 100], "ConsistentRead": True}})
        found += reply["Responses"][table]
    return sorted(found, key=lambda item: str(item["sk"]["S"]))


def _sweep(table: str, endpoint: str, bus: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.sweep.sweeping_process", table, endpoint, str(bus)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _wait_for_work(bus: Path, process: subprocess.Popen[str]) -> None:
    """Return when something new is announced, or when nothing is left to announce."""
    there = bus.stat().st_size if bus.exists() else 0
    while process.poll() is None and (not bus.exists() or bus.stat().st_size == there):
        time.sleep(0.002)


def _services(table: str, endpoint: str) -> Services:
    settings = Settings(table=table, region="us-east-1", endpoint=endpoint)
    return Services(settings, clock=SettableClock())


def test_one_event_a_key_of_ten_thousand_through_twenty_kills(
    dynamodb_endpoint: str, dynamodb_client: Any, fresh_table: str, tmp_path: Path
) -> None:
    """Killed at twenty random moments, two at once among them: one event a due key, and no other key is touched."""
    keys, bus = _keys(), tmp_path / "bus"
    due = sorted(key.id for key in keys if key.expires_at and key.expires_at <= START)
    live = [key for key in keys if not key.expires_at or key.expires_at > START + 30 * DAY]
    world_over(dynamodb_tables(fresh_table, region="us-east-1", endpoint=dynamodb_endpoint)[0])
    _load(dynamodb_client, fresh_table, list(keys))
    before, chance = _rows(dynamodb_client, fresh_table, live), random.Random(11)

    for kill in range(KILLS):
        running = [_sweep(fresh_table, dynamodb_endpoint, bus) for _ in range(1 + kill % 2)]
        _wait_for_work(bus, running[0])
        time.sleep(chance.random() * 0.12)
        for process in running:
            process.kill()
            process.communicate()
    unfinished = len(list(all_events(_services(fresh_table, dynamodb_endpoint), TENANT)))
    last, _ = _sweep(fresh_table, dynamodb_endpoint, bus).communicate()

    announced = [json.loads(line) for line in bus.read_text().splitlines()]
    events = list(all_events(_services(fresh_table, dynamodb_endpoint), TENANT))
    assert 0 < unfinished < EXPIRED, "the kills must fall into the work, not beside it"
    assert json.loads(last)["done"]
    assert sorted(str(event.payload["api_key_id"]) for event in events) == due
    assert {id for id, kind in announced if kind == "key.expired"} == {f"{key_id}:expired" for key_id in due}
    assert len({id for id, kind in announced if kind == "key.expiring"}) == EXPIRING
    assert _rows(dynamodb_client, fresh_table, live) == before
    assert len(before) == LIVE + ENDLESS
    assert max(Counter(id for id, _ in announced).values()) <= 2 * KILLS
