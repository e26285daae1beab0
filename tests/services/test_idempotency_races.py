"""Many at once under one `Idempotency-Key`, on a real engine (contract, section 1)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import Aborted
from controlplane.domain.policy_text import PolicyText
from controlplane.services.idempotency import KeptReply
from controlplane.settings import Settings
from controlplane.storage.pynamo_client import PynamoClient
from controlplane.storage.table import Table
from controlplane.storage.wire_table import WireTable
from tests.conftest import REGION
from tests.services.conftest import TENANT, SettableClock
from tests.services.processes import CALLER, Process, settings_in

THREADS = 16
IN_PROGRESS = "a request with this Idempotency-Key is in progress"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of every process of the test."""
    return settings_in(tmp_path)


@pytest.fixture
def shared(fresh_table: str, dynamodb_endpoint: str) -> Table:
    """A table of the embedded store, where transactions of several threads meet."""
    return WireTable(PynamoClient(region=REGION, endpoint=dynamodb_endpoint).call, fresh_table)


def test_of_many_at_once_exactly_one_carries_it_out(
    settings: Settings, shared: Table, clock: SettableClock, rounds: int
) -> None:
    """A client that repeats itself impatiently creates one thing, and hears 409 or the first reply."""
    processes, start = [Process(settings, shared, clock) for _ in range(THREADS)], Barrier(THREADS)

    def ask(place: int, number: int) -> Any:
        start.wait()
        try:
            return processes[place].create(f"project {number}, by {place}", key=f"key {number}", request="same")
        except Aborted as problem:
            return problem.sentence

    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(rounds):
            answers = list(pool.map(ask, range(THREADS), [number] * THREADS))

            told = Counter(type(answer) for answer in answers)
            assert (told[type(None)], told.total()) == (1, THREADS), f"round {number}: {answers}"
            assert {answer for answer in answers if isinstance(answer, str)} <= {IN_PROGRESS}
    made = Counter(name.partition(",")[0] for name in processes[0].projects())
    assert {f"project {number}": 1 for number in range(rounds)} == made


def test_a_key_protects_a_use_case_that_reads_again_after_a_conflict(
    settings: Settings, shared: Table, clock: SettableClock
) -> None:
    """A transaction that is tried again takes the note along at the try that succeeds, once."""
    process = Process(settings, shared, clock)
    text = PolicyText(name="p", effect="allow", actions="users:read", resources="*", condition="")
    policies = [process.services.policies.create_policy(replace(text, name=f"p{n}"), by=CALLER).id for n in range(8)]
    role = process.services.roles.create_role("readers", by=CALLER)

    def attach(policy_id: str) -> Any:
        services = Services(settings, table=shared, clock=clock)

        def carry_out() -> KeptReply:
            services.roles.attach_policy(role.id, policy_id, by=CALLER)
            return KeptReply(204, None)

        while True:
            try:
                return services.idempotency.once(policy_id, request=policy_id, by=CALLER, carry_out=carry_out)
            except Aborted:
                continue  # the sixth conflict in a row, or the note of that

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attach, policies))

    attached = process.services.store.role(TENANT, role.id)
    assert attached is not None
    assert sorted(attached.policy_ids) == sorted(policies)
    assert answers == [None] * len(policies)
