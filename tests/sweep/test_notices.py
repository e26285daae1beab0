"""Who hears of an expiry, when, and how often (contract, section 8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controlplane.domain.expiry import DAY
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import Organization
from controlplane.services.key_records import credential_of
from controlplane.storage import schema
from controlplane.storage.memory_table import MemoryTable
from controlplane.storage.table import Change
from tests.services.conftest import START, TENANT, key_of
from tests.sweep.conftest import HOUR, World, all_events, world_over


@pytest.mark.parametrize(("left", "notice"), [
    (30 * DAY + 1, ""), (30 * DAY, "expiring:30d"), (7 * DAY + 1, "expiring:30d"), (7 * DAY, "expiring:7d"),
    (DAY + 1, "expiring:7d"), (DAY, "expiring:1d"), (1, "expiring:1d"), (-1, "expired"), (-400 * DAY, "expired"),
])
def test_the_nearest_threshold_is_announced(world: World, left: int, notice: str) -> None:
    """A key that is first seen late is announced once, for the threshold that matters now."""
    key = world.add_key(1, left)

    world.sweep()

    assert world.bus.ids == ([f"{key.id}:{notice}"] if notice else [])


def test_a_key_is_announced_at_each_threshold_on_its_way_to_expiry(world: World) -> None:
    """Thirty, seven and one day before and at its end, whatever the number of sweeps in between."""
    world.add_key(1, 40 * DAY)

    for _ in range(41 * 4):
        world.sweep()
        world.clock.forward(6 * HOUR)

    notices = ("expiring:30d", "expiring:7d", "expiring:1d", "expired")
    assert world.bus.ids == [f"ak_00000001:{notice}" for notice in notices]
    assert world.expired_events() == ["ak_00000001"]


def test_an_announcement_is_whole_and_holds_no_secret(world: World) -> None:
    """Subscribers learn which key, whose, and when, and nothing that opens anything."""
    world.add_key(1, 6 * DAY)

    world.sweep()

    (told,) = world.bus.delivered
    assert (told.id, told.kind) == ("ak_00000001:expiring:7d", "key.expiring")
    assert told.detail == {
        "key_id": "ak_00000001", "org_id": TENANT, "environment_id": "", "name": "key 1", "prefix": "ifkey_00000000",
        "platform": False, "expires_at": "2026-09-27T14:13:20Z", "within_days": 7,
    }


def test_the_event_of_an_expired_key_is_whole(world: World) -> None:
    """The tenant's trail says which key ended, what it could do, and that nobody ended it."""
    world.add_key(1, -HOUR)

    world.sweep()

    (event,) = all_events(world.services, TENANT)
    assert (event.event_type, event.scope, event.trails, event.key_ids, event.created_at) == (
        "authz.key.expired", "tenant", (TENANT,), ("ak_00000001",), START)
    assert event.payload == {
        "api_key_id": "ak_00000001", "change": "expired", "name": "key 1", "prefix": "ifkey_00000000",
        "role_ids": ["role_viewer"], "environment_id": "", "expires_at": "2026-09-21T13:13:20Z",
        "created_at": "2025-08-17T14:13:20Z", "org_id": TENANT, "actor": {"type": "system", "id": "expiry_sweep"},
    }


def test_a_platform_key_is_announced_but_its_trail_has_no_such_event(world: World) -> None:
    """The platform's trail knows `platform.key.*` only; its subscribers hear of the key all the same."""
    transaction = world.services.store.transaction()
    transaction.create(Organization(id=PLATFORM_ORG, name="platform", created_at=START, updated_at=START))
    transaction.commit()
    world.add_key(1, -HOUR, org_id=PLATFORM_ORG)

    swept = world.sweep()

    assert swept == (1, 0, 0, True)
    assert (world.bus.ids, world.expired_events(PLATFORM_ORG)) == (["ak_00000001:expired"], [])


def test_a_key_stays_what_it_was(world: World) -> None:
    """An announcement changes nothing about a key: an expired one stays in the list, and nothing is ever deleted."""
    keys = [world.add_key(number, left) for number, left in enumerate((-HOUR, DAY, 90 * DAY, 0))]

    world.sweep()

    now = [world.services.store.key(TENANT, key.id) for key in keys]
    assert [replace(key, notices=0, revision=1) for key in now if key] == keys
    assert [key.notices for key in now if key] == [4, 3, 0, 0]
    assert [key.revision for key in now if key] == [2, 2, 1, 1]
    assert all(world.services.store.credential(key.hash) == credential_of(key) for key in keys)


def test_a_use_between_the_reading_and_the_noting_is_kept(world: World) -> None:
    """A notice sets its own mark only, so that it never takes a key's last use back."""
    key = world.add_key(1, DAY)
    use = Change(verb="update", key=schema.key_of(key), set=(("last_used_at", START),))
    world.bus.meanwhile = lambda: world.table.write([use], token="use")

    world.sweep()

    assert world.services.store.key(TENANT, key.id) == replace(key, last_used_at=START, notices=3, revision=2)


def test_a_rotated_key_has_notices_of_its_own(world: World) -> None:
    """Whoever holds the new key hears of its end; the old one is gone and silent."""
    old = world.add_key(1, 6 * DAY)
    world.sweep()
    new = world.services.keys.rotate_key(old.id, by=key_of(TENANT, "role_admin")).key

    world.clock.forward(5 * DAY + HOUR)
    world.sweep()

    assert world.bus.ids == [f"{old.id}:expiring:7d", f"{new.id}:expiring:1d"]


def test_keys_of_a_deleted_organization_are_silent(world: World) -> None:
    """Its keys are dead already; their end is the organization's own event."""
    world.add_key(1, -HOUR, org_id="org_gone")

    swept = world.sweep()

    assert (swept, world.bus.ids) == ((0, 0, 0, True), [])


def test_keys_of_a_deleted_environment_are_silent(world: World) -> None:
    """They are being removed, each with an event of its own."""
    world.add_key(1, -HOUR, environment_id="env_gone")

    swept = world.sweep()

    assert (swept, world.bus.ids) == ((0, 0, 0, True), [])


def test_nothing_is_purged_unless_asked_for(world: World) -> None:
    """A key that expired years ago stays in its list until somebody deletes it."""
    key = world.add_key(1, -4000 * DAY)

    assert [world.sweep(), world.sweep()] == [(1, 0, 0, True), (0, 0, 0, True)]
    assert world.services.store.key(TENANT, key.id) is not None


def test_what_expired_long_ago_is_purged_when_asked_for() -> None:
    """Key and credential go together, and leave an event; what expired lately stays."""
    world = world_over(MemoryTable(), purge_after_days=90)
    old, lately, live = (world.add_key(n, left) for n, left in enumerate((-91 * DAY, -89 * DAY, 89 * DAY)))

    swept = [world.sweep(), world.sweep()]

    store = world.services.store
    assert swept == [(2, 0, 1, True), (0, 0, 0, True)]
    assert [bool(store.key(TENANT, key.id)) for key in (old, lately, live)] == [False, True, True]
    assert [bool(store.credential(key.hash)) for key in (old, lately, live)] == [False, True, True]
    assert [event.payload["change"] for event in all_events(world.services, TENANT, "authz.key.revoked")] == ["purged"]
