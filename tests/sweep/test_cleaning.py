"""What a deleted tenant leaves behind goes, however often the cleaning is interrupted (design, storage)."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.principal import Principal
from controlplane.domain.records import Claim, Environment, Function, Project, Role, User
from controlplane.ports import Record
from controlplane.services.key_records import credential_of
from controlplane.storage.memory_table import MemoryTable
from tests.services.conftest import START, key_of
from tests.sweep.conftest import World, all_events, world_over
from tests.sweep.conftest import key_of as stored_key
from tests.sweep.failing_table import FailingTable

MANY, FEW = 1_300, 3  # keys, users, roles and functions, each
KILLS = 20


def _records(org_id: str, number: int) -> list[Record | Claim]:
    key = replace(stored_key(number, 0, org_id=org_id), id=f"ak_{org_id}_{number:05d}", hash=f"{org_id}{number}")
    user = User(id=f"user_{number:05d}", org_id=org_id, email=f"u{number}@{org_id}.example.com", name="n",
                password_hash="x", role_ids=(), created_at=START, updated_at=START)
    role = Role(id=f"role_{number:05d}", org_id=org_id, name=f"role {number}", created_at=START,
                updated_at=START)
    return [
        key, credential_of(key), user, role,
        Claim(kind="email", scope="tenant", value=user.email, owner_id=user.id, owner_org_id=org_id),
        Claim(kind="role_name", scope=org_id, value=role.name, owner_id=role.id),
        Function(id=f"fn_{number:05d}", org_id=org_id, environment_id="env_default", name="f",
                 created_at=START, updated_at=START),
    ]


def _populate(world: World, org_id: str, many: int) -> None:
    store = world.services.store
    for number in range(many):
        transaction = store.transaction()
        for record in _records(org_id, number):
            if isinstance(record, Claim):
                transaction.claim(record, otherwise=StoreUnavailable())
            else:
                transaction.create(record)
        transaction.commit()
    transaction = store.transaction()
    for place in (
        Project(id="proj_1", org_id=org_id, name="default", created_at=START, updated_at=START),
        Environment(id="env_default", org_id=org_id, project_id="proj_1", name="default", created_at=START,
                    updated_at=START),
    ):
        transaction.create(place)
    for kind, owner in (("project_name", "proj_1"), ("environment_name", "env_default")):
        transaction.claim(Claim(kind=kind, scope=org_id, value="default", owner_id=owner), otherwise=StoreUnavailable())
    transaction.commit()


def _named(table: MemoryTable, word: str) -> dict[Any, Any]:
    """Return every item in whose keys or values a word stands, the audit trail's apart."""
    return {key: dict(item) for key, item in table._items.items() if word in str(item) and "AUDIT" not in key[0]}


def test_ten_thousand_items_go_through_twenty_interruptions() -> None:
    """Nothing of the tenant is left but its trail, and nothing of another tenant is touched."""
    memory = MemoryTable()
    table = FailingTable(memory, takes_effect=True)
    world, chance = world_over(table), random.Random(3)
    operator = Principal(type="api_key", id="ak_op", home_org_id="org_default", org_id="org_default",
                         role_ids=("role_admin",))
    tenant, other = (world.services.organizations.create_bare(name, by=operator).id for name in ("tenant", "other"))
    _populate(world, tenant, MANY)
    _populate(world, other, FEW)
    kept, much = _named(memory, other), len(_named(memory, tenant))
    world.services.organizations.delete_own(tenant, by=key_of(tenant, "role_admin"))

    failed = 0
    for _ in range(KILLS):
        table.steps = chance.randrange(1, 12)
        with suppress(StoreUnavailable):
            world.sweep()
            failed -= 1
        failed += 1
    table.steps = 1_000_000
    half_way = len(_named(memory, tenant))
    assert world.sweep()[3]

    assert much > 10_000
    assert (failed, 0 < half_way < much) == (KILLS, True)
    assert _named(memory, tenant) == {}
    assert _named(memory, other) == kept
    assert [event.event_type for event in all_events(world.services, tenant, "org.deleted")] == ["org.deleted"]
