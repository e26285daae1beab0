"""One key in sixteen hands of two processes: whatever they see, one hand could have done it in some order."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from controlplane.domain.principal import Principal
from controlplane.domain.roles import ADMIN
from controlplane.services.apikeys import KeyRequest
from tests.hostile.figures import keep
from tests.races.linear_checker import Operation, is_linearizable
from tests.races.linear_key import DELETE, DELETE_ORG, DONE, EXPIRE, REFUSED, ROTATE, SET_ROLE, USE, KeyState, step
from tests.races.linear_process import EXPIRY, HANDS, START, Hand, Shared, play_rounds

PROCESSES = 2
LONGEST, MOST = 120, 200


class Field:
    """Two processes, ready to play; `play` gives the history of one round and how it began."""

    def __init__(self, endpoint: str, table: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._shared = Shared(spawn.Value("q", START), spawn.Barrier(PROCESSES * HANDS), spawn.Value("i", 0),
                              [spawn.Array("c", LONGEST) for _ in range(MOST)])  # fmt: skip
        self._shared.issued = _Texts(self._shared.issued)
        self._host = Hand(endpoint, table, self._shared)
        self._host.services.first_boot.issue_bootstrap_key()
        self._lines, self._processes = [], []
        for _ in range(PROCESSES):
            here, there = spawn.Pipe()
            process = spawn.Process(target=play_rounds, args=(endpoint, table, self._shared, there), daemon=True)
            process.start()
            self._lines.append(here)
            self._processes.append(process)

    def play(self, seed: int) -> tuple[KeyState, list[Operation]]:
        """Make an organization with the key and an admin of it, and let all hands at them."""
        self._shared.now.value, self._shared.count.value = START, 0
        owner = Principal(type="api_key", id="ak_0", home_org_id="org_default", org_id="org_default", role_ids=(ADMIN,))
        org = self._host.services.organizations.create_bare(f"tenant {seed}", by=owner)
        by = Principal(type="api_key", id="ak_0", home_org_id=org.id, org_id=org.id, role_ids=(ADMIN,))
        keys = self._host.services.keys
        admin = keys.create_key(KeyRequest(name="admin", role_ids=(ADMIN,)), by=by)
        issued = keys.create_key(KeyRequest(name="key", role_ids=("role_viewer",), expires_in=f"{EXPIRY}s"), by=by)
        self._shared.put(issued.key.id, issued.value)
        for number, line in enumerate(self._lines):
            line.send((org.id, admin.value, seed * PROCESSES + number))
        history = [operation for line in self._lines for operation in line.recv()]
        return KeyState(issued.value, "role_viewer"), history

    def close(self) -> None:
        """End the processes."""
        for line in self._lines:
            line.send(None)
        for process in self._processes:
            process.join(10)


class _Texts:
    """Texts in shared memory, by place."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __getitem__(self, place: int) -> bytes:
        return bytes(self._rows[place].value)

    def __setitem__(self, place: int, text: bytes) -> None:
        self._rows[place].value = text


@pytest.fixture
def field(dynamodb_endpoint: str, fresh_table: str) -> Iterator[Field]:
    """The field on a table of its own of a real engine."""
    made = Field(dynamodb_endpoint, fresh_table)
    yield made
    made.close()


def test_every_history_of_a_key_is_linearizable(field: Field, rounds: int) -> None:
    """Use, rotate, re-role, delete, expire and the organization's end, at once: no answer is of a moment long past."""
    answers: Counter[tuple[str, str]] = Counter()
    unexplained = []

    for seed in range(rounds):
        start, history = field.play(seed)
        answers.update((one.kind, one.result if one.result in (REFUSED, DONE) else "other") for one in history)
        if not is_linearizable(history, start=start, step=step):
            unexplained.append(seed)

    keep("linearizability", histories=rounds, operations=answers.total(), not_linearizable=len(unexplained))
    assert [] == unexplained
    assert {USE, ROTATE, SET_ROLE, DELETE, EXPIRE, DELETE_ORG} == {kind for kind, _ in answers} or rounds < 20


def test_the_checker_refuses_what_no_single_hand_could_do() -> None:
    """A value that is used after its rotation returned, or in two roles at once, is noticed."""
    start = KeyState("v1", "viewer")
    stale = [Operation(ROTATE, ("v1", ""), "v2", 0, 10), Operation(USE, "v1", "viewer", 11, 12)]
    overlapping = [Operation(ROTATE, ("v1", ""), "v2", 0, 10), Operation(USE, "v1", "viewer", 5, 12)]
    twice = [Operation(ROTATE, ("v1", ""), "v2", 0, 10), Operation(ROTATE, ("v1", ""), "v3", 0, 10)]
    back = [Operation(SET_ROLE, ("v1", "admin"), DONE, 0, 1), Operation(USE, "v1", "admin", 2, 3),
            Operation(USE, "v1", "viewer", 4, 5)]  # fmt: skip
    undead = [Operation(DELETE_ORG, ("v1", ""), DONE, 0, 1), Operation(USE, "v1", "viewer", 2, 3)]

    explained = [is_linearizable(one, start=start, step=step) for one in (stale, overlapping, twice, back, undead)]

    assert [False, True, False, False, False] == explained
