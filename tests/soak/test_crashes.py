"""Crash after crash at random moments of writing: nothing acknowledged is lost, and nothing is ever half done."""

from __future__ import annotations

import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devserver.embedded_store import start_file_store
from devserver.tables import connect
from tests.conftest import REGION
from tests.faults.invariants import broken_invariants
from tests.hostile.figures import keep
from tests.http.client import V1, Client, Ledger, Reply
from tests.http.world import World
from tests.running_server import RunningServer

CRASHES = int(os.environ.get("IRONFLOW_CRASHES", "4"))  # make soak: 50
WRITERS, SHORTEST, LONGEST = 4, 0.2, 1.2
STEPS, PATIENCE = 5, 60.0  # all writers are at it, on warm functions, before the clock of the crash begins
BROKEN = (http.client.HTTPException, OSError)
KEYS = f"{V1}/apikeys"


@dataclass
class Known:
    """What one writer was told: what must work, what must not (`dead` values of `gone` keys); the rest is open."""

    alive: dict[str, str] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    acknowledged: int = 0


class Writer(threading.Thread):
    """Writes until the server is gone; what it asked for and was not told of is nobody's to know."""

    def __init__(self, client: Client, known: Known, *, seed: int) -> None:
        super().__init__()
        self._client, self._known, self._chance = client, known, random.Random(seed)

    def run(self) -> None:
        """Write."""
        try:
            while True:
                self._step()
        except BROKEN:
            return

    def _step(self) -> None:
        known, dice = self._known, self._chance.random()
        if dice < 0.4 or not known.alive:
            issued = self._told(self._client.post(KEYS, {"name": "under fire"}), 201)
            known.alive[issued["id"]] = issued["key"]
        elif dice < 0.7:
            self._end_key(rotate=dice < 0.55)
        else:
            self._access()
        known.acknowledged += 1

    def _end_key(self, *, rotate: bool) -> None:
        known = self._known
        key_id = self._chance.choice(list(known.alive))
        value = known.alive.pop(key_id)  # from here on nobody knows
        if rotate:
            issued = self._told(self._client.post(f"{KEYS}/{key_id}/rotate"), 200)
            known.alive[issued["id"]] = issued["key"]
        else:
            self._told(self._client.delete(f"{KEYS}/{key_id}"), 204)
        known.dead.append(value)
        known.gone.append(key_id)

    def _access(self) -> None:
        """Make a policy, a role that holds it, and change the policy: three items that must agree."""
        text = {"name": "p", "effect": "allow", "actions": "projects:read", "resources": "*"}
        policy = self._told(self._client.post(f"{V1}/policies", text), 201)
        name = f"role {self._chance.getrandbits(64):x}"
        role = self._told(self._client.post(f"{V1}/roles", {"name": name, "policy_ids": [policy["id"]]}), 201)
        self._told(self._client.patch(f"{V1}/policies/{policy['id']}", {"actions": "users:read"}), 200)
        self._known.policies.append(policy["id"])
        self._known.roles.append(role["id"])

    def _told(self, reply: Reply, status: int) -> Any:
        if reply.status >= 500:  # the gateway lives on for a moment while what it asks is dead
            raise ConnectionError
        assert status == reply.status, reply.body
        return reply.json() if reply.body else None


def test_no_crash_breaks_or_loses_anything(tmp_path: Path) -> None:
    """After each kill -9 the table is sound, what was acknowledged is there, and what was revoked stays dead."""
    data, chance, known = tmp_path / "data", random.Random(7), [Known() for _ in range(WRITERS)]
    wrong: list[str] = []

    for crash in range(CRASHES):
        _write_and_crash(data, known, seed=crash, seconds=chance.uniform(SHORTEST, LONGEST))
        wrong += (f"crash {crash}: {one}" for one in _wrong_in_the_table(data, known))

    acknowledged = sum(one.acknowledged for one in known)
    keep("crashes", kill_9_under_load=CRASHES, acknowledged_writes=acknowledged, lost_or_broken=len(wrong))
    assert [] == wrong
    assert acknowledged >= CRASHES * WRITERS * STEPS

    with RunningServer("--no-reload", data_dir=data) as server:
        nobody = Client(server.port, ledger=Ledger())
        alive = [value for one in known for value in list(one.alive.values())[-10:]]
        dead = [value for one in known for value in one.dead[-10:]]
        assert {200} == {nobody.having(value).get(f"{V1}/projects").status for value in alive}
        assert {401} == {nobody.having(value).get(f"{V1}/projects").status for value in dead}


def _write_and_crash(data: Path, known: list[Known], *, seed: int, seconds: float) -> None:
    server = RunningServer("--no-reload", data_dir=data).wait_until_ready()
    operator = World(server, Ledger()).operator
    writers = [Writer(operator.having(), one, seed=seed * WRITERS + n) for n, one in enumerate(known)]
    begun = [one.acknowledged for one in known]
    for writer in writers:
        writer.start()
    _wait_for(lambda: all(one.acknowledged >= before + STEPS for one, before in zip(known, begun, strict=True)))
    time.sleep(seconds)
    for pid in [server.process.pid, *server.children()]:
        _kill(pid)
    server.wait()
    for writer in writers:
        writer.join(30)


def _wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "the writers do not get on"
        time.sleep(0.01)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wrong_in_the_table(data: Path, known: list[Known]) -> Iterator[str]:
    """Look into the file as the crash left it."""
    with start_file_store(data / "ironflow.db") as store:
        client = connect(store.endpoint, region=REGION)
        (name,) = client.list_tables()["TableNames"]
        items = [item for page in client.get_paginator("scan").paginate(TableName=name) for item in page["Items"]]
    there = {item["id"]["S"] for item in items if "id" in item}
    yield from broken_invariants(items)
    for one in known:
        yield from (f"{id} is lost" for id in [*one.alive, *one.policies, *one.roles] if id not in there)
        yield from (f"{id} is back" for id in one.gone if id in there)
