"""Random sequences of steps on the whole API, beside a model of it (issue: a hostile world)."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from controlplane.gateway import binder
from controlplane.security.ids import SystemIds
from controlplane.storage.codec import Item
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.lean.errors import DynamoError
from tests.conftest import REGION
from tests.faults.faulty import Call, Line, VirtualTime
from tests.faults.plant import Plant
from tests.faults.wire_memory import Refused, WireMemory
from tests.hostile.figures import keep
from tests.model.machine import Machine
from tests.services.conftest import SettableClock

# Hypothesis leaves some rules out of each run, so many short runs see more than a few long ones.
RUNS = int(os.environ.get("IRONFLOW_MODEL_RUNS", "40"))
STEPS = 18


class Opener:
    """Opens worlds, one after another; the handlers find the last one's services."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder, self._patch = folder, patch

    def world(self, call: Call, table: str) -> tuple[Plant, SettableClock, str]:
        """Return a plant on an engine after the first boot, its clock, and the operator's key."""
        clock, still = SettableClock(), VirtualTime()
        lines = Line(call, still), Line(call, still)
        plant = Plant(*lines, self._folder, clock=clock, ids=SystemIds(clock), table=table)
        self._patch.setattr(binder, "services_for", lambda: plant.services)
        return plant, clock, plant.services.first_boot.issue_bootstrap_key().raw


@pytest.fixture
def opener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """What opens worlds."""
    return Opener(tmp_path, monkeypatch)


def _run(machine: type[Machine], *, runs: int, steps: int) -> None:
    """Let Hypothesis take a machine through its runs; how many steps these had is kept, found wrong or not."""
    told: Counter[str] = Counter()

    class Counted(machine):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            told["sequences"] += 1

        def check_invariants(self, *told_by_hypothesis: Any, **options: Any) -> None:
            told["steps"] += 1
            super().check_invariants(*told_by_hypothesis, **options)

    try:
        _play(Counted, runs=runs, steps=steps)
    finally:
        keep(f"model-{machine.__name__.lower()}", **told, wrong_answers=int(sys.exc_info()[0] is not None))


def _play(machine: type[Machine], *, runs: int, steps: int) -> None:
    run_state_machine_as_test(machine, settings=settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None,
        derandomize="IRONFLOW_MODEL_RUNS" not in os.environ, suppress_health_check=list(HealthCheck),
    ))  # fmt: skip


def test_the_api_does_what_its_model_does(opener: Opener) -> None:
    """Any sequence of steps gives the answers that dictionaries give, and leaves a sound table at every step."""

    def open_world() -> Any:
        engine = WireMemory()
        return (*opener.world(engine.call, "plant"), lambda: list(engine.items.values()))

    class OnMemory(Machine):
        pass

    OnMemory.open_world = staticmethod(open_world)
    _run(OnMemory, runs=RUNS, steps=STEPS)


def test_the_api_on_a_real_engine_does_what_its_model_does(
    opener: Opener, dynamodb_endpoint: str, fresh_table: str, dynamodb_client: Any, table_definition: dict[str, Any]
) -> None:
    """The same on an engine that speaks DynamoDB's protocol: nothing depends on the fake."""
    client = DynamoClient(endpoint=dynamodb_endpoint, region=REGION, timeout=5)

    def call(operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        try:
            return client.call(operation, payload, deadline=time.monotonic() + 5)
        except DynamoError as error:
            raise Refused(error.code, error.cancellation_reasons) from None

    def items() -> list[Item]:
        pages = dynamodb_client.get_paginator("scan").paginate(TableName=fresh_table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def open_world() -> Any:
        for item in items():
            dynamodb_client.delete_item(TableName=fresh_table, Key={"pk": item["pk"], "sk": item["sk"]})
        return (*opener.world(call, fresh_table), items)

    class OnEngine(Machine):
        pass

    OnEngine.open_world = staticmethod(open_world)
    _run(OnEngine, runs=max(RUNS // 20, 1), steps=STEPS)
