"""What a request costs an authorizer that has seen the caller before, and how often it asks the table."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

from benchmarks.callers import CONDITIONS, CUSTOM, IMPERSONATING, SIMPLE, Measured, events_of_callers
from benchmarks.floor import RawGetItem
from benchmarks.report import Section, Target, milliseconds, ratio
from benchmarks.sampling import Cost, in_turn, median_cost, repeated
from benchmarks.world import ACME, REGION, TABLE, World, world

ROUNDS = 500
FLOOR, BOTO3 = "a raw signed GetItem (the floor)", "boto3's `get_item` alone"
METHOD = f"""\
One environment, in this process, on the embedded store over plain HTTP: an event goes in, policy, context and log line
come out. Medians of {ROUNDS} requests each, one by one in turn with a raw GetItem (sign, send on a kept-alive socket,
receive, parse; nothing else) and with boto3's, so that each finds store and caches as the others left them. An
impersonation's round trips are a read and the transaction of its audit event. Once a minute a key's `last_used_at` is
one write more, which is among the samples."""


def run(*, large: bool) -> Section:
    """Measure every caller beside the floor and boto3."""
    del large
    with world() as place, open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        measured, events = Measured(place), events_of_callers(place)
        asking: dict[str, Callable[[], object]] = {
            FLOOR: RawGetItem(place.endpoint, _read()), BOTO3: _boto3(place),
            **{name: measured.asking(event) for name, event in events.items()},
        }
        trips = {name: _trips(measured, ask) for name, ask in asking.items()}
        samples = in_turn({name: repeated(ask, times=1) for name, ask in asking.items()}, rounds=ROUNDS)
    costs = {name: median_cost(found) for name, found in samples.items()}
    return Section("warm", "Warm requests in the authorizer", METHOD, _table(costs, trips), _targets(costs, trips))


def _read() -> dict[str, Any]:
    key = {"pk": {"S": f"ORG#{ACME}"}, "sk": {"S": "ORG"}}
    return {"TableName": TABLE, "Key": key, "ConsistentRead": True}


def _boto3(place: World) -> Callable[[], object]:
    import boto3

    client = boto3.client("dynamodb", endpoint_url=place.endpoint, region_name=REGION)
    return lambda: client.get_item(**_read())


def _trips(measured: Measured, ask: Callable[[], object]) -> tuple[int, int]:
    """Return the round trips of a first and of a later request."""
    counts = []
    for _ in range(3):
        before = measured.line.exchanges
        ask()
        counts.append(measured.line.exchanges - before)
    return counts[0], counts[-1]


def _table(costs: dict[str, Cost], trips: dict[str, tuple[int, int]]) -> list[list[str]]:
    floor, boto3 = costs[FLOOR], costs[BOTO3]
    rows = [["", "round trips: first, later", "CPU ms", "CPU, to the floor", "CPU, to boto3", "wall ms"]]
    for name, cost in costs.items():
        first, later = trips[name]
        rows.append([name, f"{first}, {later}" if first else "1, 1", milliseconds(cost.cpu),
                     ratio(cost.cpu / floor.cpu), ratio(cost.cpu / boto3.cpu), milliseconds(cost.wall)])
    return rows


def _targets(costs: dict[str, Cost], trips: dict[str, tuple[int, int]]) -> list[Target]:
    simple = costs[SIMPLE].cpu
    return [
        Target("round trips of a key with a built-in role", trips[SIMPLE][1], 1),
        Target("CPU of a key with a built-in role, to the floor", simple / costs[FLOOR].cpu, 3),
        Target("CPU of a key with a built-in role, to boto3's `get_item`", simple / costs[BOTO3].cpu, 0.2),
        Target("CPU of 5 roles and 20 policies, to the simple case", costs[CUSTOM].cpu / simple, 2),
        Target("CPU of the same with 3 conditions, to the simple case", costs[CONDITIONS].cpu / simple, 2),
        Target("round trips of an impersonation, its event included", trips[IMPERSONATING][1], 2),
    ]
