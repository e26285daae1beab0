"""Steady load at a share of what the server can do, while its store fails now and then (issue: a hostile world)."""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devserver.embedded_store import start_file_store
from devserver.tables import connect
from tests.conftest import REGION
from tests.faults.invariants import broken_invariants
from tests.http.client import Client, Ledger
from tests.http.world import World
from tests.journeys.test_load import _memory
from tests.running_server import RunningServer
from tests.soak.failing_store import FailingStore

SECONDS = float(os.environ.get("IRONFLOW_SOAK_SECONDS", "20"))
K6 = os.environ.get("IRONFLOW_K6", "")  # its program drives the load if it is given: make soak does
SHARE_OF_CAPACITY, SHARE_OF_FAULTS = 0.6, 0.01
CALLERS, GROWTH = 4, 1.25
WARM_SECONDS, MEASURED_SECONDS = 3.0, 3.0
KEYS = "/api/v1/apikeys"


class Load:
    """Callers that read, write and delete keys of one tenant; what was acknowledged is kept."""

    def __init__(self, admin: Client) -> None:
        self._admin = admin
        self._lock = threading.Lock()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.made: set[str] = set()
        self.gone: set[str] = set()

    def run(self, seconds: float, *, pause: float = 0.0) -> float:
        """Let all callers ask for so long, one request per `pause` seconds each; return requests per second."""
        end, before = time.monotonic() + seconds, self.answers.total()
        with ThreadPoolExecutor(CALLERS) as pool:
            for one in [pool.submit(self._call, end, pause, seed) for seed in range(CALLERS)]:
                one.result()
        return (self.answers.total() - before) / seconds

    def _call(self, end: float, pause: float, seed: int) -> None:
        chance, own, client = random.Random(seed), list[str](), self._admin.having()
        due = time.monotonic()
        while time.monotonic() < end:
            self._ask(client, own, chance.random())
            due = max(due + pause, time.monotonic() - 1)
            time.sleep(max(due - time.monotonic(), 0))
        client.close()

    def _ask(self, client: Client, own: list[str], dice: float) -> None:
        if dice < 0.2 or not own:
            reply = client.post(KEYS, {"name": "load"})
            if reply.status == 201:
                own.append(reply.json()["id"])
                self._note(self.made, own[-1])
        elif dice < 0.3:
            key_id = own.pop()
            reply = client.delete(f"{KEYS}/{key_id}")
            self._note(self.gone, key_id)  # acknowledged, or perhaps done: not looked for either way
        else:
            reply = client.get(f"{KEYS}/{own[-1]}" if dice < 0.6 else "/api/v1/projects")
        with self._lock:
            self.answers[reply.method, reply.status] += 1

    def _note(self, where: set[str], key_id: str) -> None:
        with self._lock:
            where.add(key_id)


def test_steady_load_over_a_store_that_fails_one_time_in_a_hundred(tmp_path: Path) -> None:
    """No error that is not a fault's, no acknowledged write lost, nothing broken, and memory stays where it was."""
    data = tmp_path / "data"
    with (
        start_file_store(tmp_path / "store.db") as store,
        FailingStore(store.endpoint, share=SHARE_OF_FAULTS, seed=1) as failing,
        RunningServer("--no-reload", "--dynamodb-endpoint", failing.endpoint, data_dir=data) as server,
    ):
        ledger = Ledger()
        world = World(server, ledger)
        load = Load(world.operator)
        load.run(WARM_SECONDS)
        capacity = load.run(MEASURED_SECONDS)
        memory = _memory(world)

        rate = capacity * SHARE_OF_CAPACITY
        if K6:
            _k6(server, rate)
        else:
            rate = load.run(SECONDS, pause=CALLERS / rate)

        grown = _memory(world) / memory
        listed = {key["id"] for page in world.operator.pages(KEYS, limit=500) for key in page}
        pages = connect(store.endpoint, region=REGION).get_paginator("scan").paginate(TableName=_table(store.endpoint))
        broken = broken_invariants(item for page in pages for item in page["Items"])

    unexpected = {key: n for key, n in load.answers.items() if key[1] >= 300 and key[1] != 503}
    told = f"{rate:.0f} of {capacity:.0f} a second, memory × {grown:.2f}, {dict(load.answers)}, {failing.failed}"
    assert ({}, set(), []) == (unexpected, load.made - load.gone - listed, broken), told
    assert load.answers.total() // 100 >= sum(n for (_, status), n in load.answers.items() if status == 503), told
    assert failing.failed.total() > 0, told
    assert grown < GROWTH, told


def _k6(server: RunningServer, rate: float) -> None:
    """Let k6 send at the rate; it fails when any reply is neither a success nor a 503 that may be tried again."""
    script = Path(__file__).with_name("load.js")
    told = {"BASE": server.base_url, "KEY": server.bootstrap_key, "RATE": str(max(int(rate), 1)),
            "SECONDS": str(int(SECONDS)), "K6_NO_USAGE_REPORT": "true"}  # fmt: skip
    ended = subprocess.run([K6, "run", "--quiet", "--no-color", str(script)], env={**os.environ, **told},
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]


def _table(endpoint: str) -> str:
    (name,) = connect(endpoint, region=REGION).list_tables()["TableNames"]
    return str(name)
