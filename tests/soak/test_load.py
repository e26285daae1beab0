"""Steady load at a share of what the server can do, while its store fails now and then (issue: a hostile world)."""

from __future__ import annotations

import os
from pathlib import Path

from devserver.embedded_store import start_file_store
from devserver.tables import connect
from tests.conftest import REGION
from tests.faults.invariants import broken_invariants
from tests.hostile.figures import keep
from tests.http.client import Ledger
from tests.http.world import World
from tests.running_server import RunningServer
from tests.soak.failing_store import FailingStore
from tests.soak.load import K6, KEYS, Callers
from tests.soak.memory import MemoryWatch

SECONDS = float(os.environ.get("IRONFLOW_SOAK_SECONDS", "20"))
PROGRAM = os.environ.get("IRONFLOW_K6", "")  # k6 drives the load where it is given: make soak does
SHARE_OF_CAPACITY, SHARE_OF_FAULTS = 0.6, 0.01
WARM_SECONDS = MEASURED_SECONDS = min(max(SECONDS / 40, 3.0), 30.0)
WATCHES = 200
GROWTH, GROWTH_OF_ONE = 1.25, 1.15  # of all that runs, since it was warm; of any process, since it had settled


def test_steady_load_over_a_store_that_fails_one_time_in_a_hundred(tmp_path: Path) -> None:
    """No error that is not a fault's, no acknowledged write lost, nothing broken, and memory stays where it was."""
    data = tmp_path / "data"
    with (
        start_file_store(tmp_path / "store.db") as store,
        FailingStore(store.endpoint, share=SHARE_OF_FAULTS, seed=1) as failing,
        RunningServer("--no-reload", "--dynamodb-endpoint", failing.endpoint, data_dir=data) as server,
    ):
        operator = World(server, Ledger()).operator
        load = K6(PROGRAM, server) if PROGRAM else Callers(operator)
        warm = load.run(WARM_SECONDS)
        measured = load.run(MEASURED_SECONDS)
        capacity = measured.per_second

        with MemoryWatch(lambda: [server.process.pid, *server.children()], every=SECONDS / WATCHES) as memory:
            steady = load.run(SECONDS, rate=capacity * SHARE_OF_CAPACITY)

        failing.share = 0
        listed = {key["id"] for page in operator.pages(KEYS, limit=500) for key in page}
        pages = connect(store.endpoint, region=REGION).get_paginator("scan").paginate(TableName=_table(store.endpoint))
        broken = broken_invariants(item for page in pages for item in page["Items"])

    runs = (warm, measured, steady)
    lost = {key_id for one in runs for key_id in one.acknowledged} - listed
    wrong = [sentence for one in runs for sentence in one.wrong]
    unavailable, faults = sum(one.unavailable for one in runs), failing.failed.total()
    first, most, last = memory.megabytes
    keep(
        "load",
        seconds=round(steady.seconds),
        capacity_per_second=round(capacity),
        requests=steady.asked,
        requests_per_second=round(steady.per_second),
        **{f"{name}_milliseconds": value for name, value in steady.milliseconds.items()},
        store_failures=faults,
        answered_503=unavailable,
        other_errors=len(wrong),
        acknowledged_writes_lost=len(lost),
        broken_invariants=len(broken),
        megabytes_first_most_last=f"{first}, {most}, {last}",
        growth_of_the_process_that_grew_most=round(memory.growth, 2),
    )
    told = f"{steady.per_second:.0f} of {capacity:.0f} a second, {memory.megabytes} MB, × {memory.growth:.2f}, {faults}"
    assert ([], set(), []) == (wrong[:20], lost, broken), told
    assert unavailable <= faults, told  # and most failures of the store are overcome without a word
    assert steady.asked > 100 * unavailable, told
    assert faults > steady.asked * SHARE_OF_FAULTS / 2, told
    assert last < first * GROWTH, told
    assert memory.growth < GROWTH_OF_ONE, told


def _table(endpoint: str) -> str:
    (name,) = connect(endpoint, region=REGION).list_tables()["TableNames"]
    return str(name)
