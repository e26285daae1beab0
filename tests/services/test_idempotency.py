"""A POST with an `Idempotency-Key` happens once, whatever dies in between (contract, section 1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import Aborted, AlreadyExists, InvalidArgument, PermissionDenied, StoreUnavailable
from controlplane.domain.policy_text import PolicyText
from controlplane.domain.roles import ADMIN
from controlplane.services.idempotency import KeptReply
from controlplane.settings import Settings
from controlplane.storage.memory_table import MemoryTable
from tests.services.conftest import TENANT, SettableClock, key_of
from tests.services.processes import CALLER, FailingTable, PowerCut, Process, settings_in

DAY, ABANDONED = 24 * 3600, 40
IN_PROGRESS = "a request with this Idempotency-Key is in progress"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of every process of the test."""
    return settings_in(tmp_path)


@pytest.fixture
def table() -> MemoryTable:
    """What outlives the processes."""
    return MemoryTable()


@pytest.fixture
def process(settings: Settings, table: MemoryTable, clock: SettableClock) -> Process:
    """A process in good health."""
    return Process(settings, table, clock)


def test_a_repetition_gets_the_first_reply(process: Process) -> None:
    """A client that did not hear the reply asks again, and nothing happens twice."""
    first = process.create()

    second = process.create()

    (project,) = process.services.store.projects_of_org(TENANT).items
    assert (None, KeptReply(201, {"id": project.id})) == (first, second)


def test_another_request_under_the_same_key_is_refused(process: Process) -> None:
    """A key names one request; a second one is a client's mistake, and silence would hide it."""
    process.create()

    with pytest.raises(AlreadyExists, match="used with another request"):
        process.create("other")

    assert process.projects() == ["billing"]


def test_a_key_is_its_principal_s_own(process: Process) -> None:
    """Nobody meets, or finds out about, the keys of others."""
    process.create("first", by=key_of(TENANT, ADMIN, id="ak_1"))

    process.create("second", by=key_of(TENANT, ADMIN, id="ak_2"))

    assert sorted(process.projects()) == ["first", "second"]


def test_a_key_lasts_for_a_day(process: Process, clock: SettableClock) -> None:
    """After 24 hours a key is unused again, whether or not the table has removed the note."""
    process.create("first")
    clock.forward(DAY - 1)
    kept = process.create("first")
    clock.forward(1)

    later = process.create("second")

    assert kept is not None
    assert later is None
    assert sorted(process.projects()) == ["first", "second"]


def test_what_fails_is_forgotten(process: Process) -> None:
    """A refusal changes nothing, so the request may be mended or tried again under its key."""
    process.create("taken", key="k0")
    with pytest.raises(AlreadyExists):
        process.create("taken", request="same")

    process.create("free", request="same")

    assert sorted(process.projects()) == ["free", "taken"]


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel", "two\nlines", "tab\t"])
def test_a_bad_key_is_refused(process: Process, key: str) -> None:
    """1 to 255 printable ASCII characters; anything else is a mistake that must not pass for protection."""
    with pytest.raises(InvalidArgument):
        process.create(key=key)

    assert process.projects() == []


def test_a_crash_before_the_change_leaves_it_to_a_later_repetition(
    settings: Settings, table: MemoryTable, process: Process, clock: SettableClock
) -> None:
    """The note of a dead process stands in the way only until no process can still be at it."""
    with pytest.raises(PowerCut):
        Process(settings, FailingTable(table, ends_before=2), clock).create()
    with pytest.raises(Aborted, match=IN_PROGRESS):
        process.create()
    clock.forward(ABANDONED)

    taken_over = process.create()

    assert taken_over is None
    assert process.projects() == ["billing"]


@pytest.mark.parametrize("waits", [ABANDONED, DAY - 1])
def test_a_crash_after_the_change_is_told(
    settings: Settings, table: MemoryTable, process: Process, clock: SettableClock, waits: int
) -> None:
    """What happened is never done again; that its reply was lost is said once nobody can be about to keep it."""
    with pytest.raises(PowerCut):
        Process(settings, FailingTable(table, ends_before=3), clock).create()
    with pytest.raises(Aborted, match=IN_PROGRESS):
        process.create()
    clock.forward(waits)

    with pytest.raises(Aborted, match="carried out"):
        process.create()

    assert process.projects() == ["billing"]


def test_a_change_whose_outcome_nobody_heard_is_not_repeated(
    settings: Settings, table: MemoryTable, process: Process, clock: SettableClock
) -> None:
    """The store's own reply may get lost: the client is told to come back, and then that it happened."""
    with pytest.raises(StoreUnavailable):
        Process(settings, FailingTable(table, loses=2), clock).create()
    clock.forward(ABANDONED)

    with pytest.raises(Aborted, match="carried out"):
        process.create()

    assert process.projects() == ["billing"]


def test_a_reply_that_cannot_be_kept_still_reaches_its_caller(
    settings: Settings, table: MemoryTable, process: Process, clock: SettableClock
) -> None:
    """A key that was issued is shown once; the note's own trouble must not swallow it."""
    told = Process(settings, FailingTable(table, refuses=3), clock).create()

    assert told is None
    assert process.projects() == ["billing"]


def test_whoever_was_taken_over_changes_nothing(process: Process, clock: SettableClock) -> None:
    """A process that wakes up after its request was given to another finds its transaction refused."""

    def sleep_and_carry_out() -> KeptReply:
        clock.forward(ABANDONED)
        with ThreadPoolExecutor(1) as another:
            another.submit(process.create, request="same").result()
        return process.do("twice", CALLER)

    with pytest.raises(Aborted, match="took over"):
        process.services.idempotency.once("k1", request="same", by=CALLER, carry_out=sleep_and_carry_out)

    assert process.projects() == ["billing"]


def test_a_reply_too_large_to_keep_is_not_kept(process: Process, table: MemoryTable) -> None:
    """What only reads is simply done again; DynamoDB takes no item over 400 KB."""
    asked = []

    def explain() -> KeptReply:
        asked.append("again")
        return KeptReply(200, {"policies": "x" * 400_000})

    for _ in range(2):
        assert None is process.services.idempotency.once("k1", request="r", by=CALLER, carry_out=explain)

    assert asked == ["again", "again"]


def test_the_note_holds_no_hash_that_passwords_can_be_tried_on(process: Process) -> None:
    """A body may hold a password; without the token secret, nothing in the table tells a right guess from a wrong."""
    body = '{"password": "Summer-2026"}'

    process.create(request=body)

    owner = sha256(f"{TENANT}/api_key/{CALLER.id}".encode()).hexdigest()
    note = process.services.store.idempotent_request(owner, sha256(b"k1").hexdigest())
    assert note is not None
    assert sha256(body.encode()).hexdigest() not in repr(note)
    assert "Summer" not in repr(note)


def test_the_largest_transaction_still_takes_the_note_along(
    settings: Settings, table: MemoryTable, clock: SettableClock
) -> None:
    """A role may hold twenty policies, and creating it under a key is one transaction all the same."""
    counted = FailingTable(table)
    services = Services(settings, table=counted, clock=clock)
    text = PolicyText(name="p", effect="allow", actions="users:read", resources="*", condition="")
    policies = [services.policies.create_policy(replace(text, name=f"p{n}"), by=CALLER).id for n in range(20)]

    def create() -> KeptReply:
        return KeptReply(201, {"id": services.roles.create_role("readers", policies, by=CALLER).id})

    assert None is services.idempotency.once("k1", request="r", by=CALLER, carry_out=create)

    assert max(counted.writes) <= 25


def test_a_refusal_of_rights_is_forgotten(process: Process) -> None:
    """Whoever is granted the right meanwhile can send the same request again."""

    def refuse() -> KeptReply:
        raise PermissionDenied

    with pytest.raises(PermissionDenied):
        process.services.idempotency.once("k1", request="billing", by=CALLER, carry_out=refuse)

    assert None is process.create()
