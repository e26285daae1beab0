"""Exactly one event a key, whatever happens to the sweep (issue: expiry sweep)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from controlplane.domain.errors import BusUnavailable, StoreUnavailable
from controlplane.domain.expiry import DAY
from controlplane.storage.memory_table import MemoryTable
from tests.sweep.conftest import HOUR, World, world_over
from tests.sweep.failing_table import FailingTable

EXPIRED, EXPIRING, LIVE = 21, 10, 9
NEVER = 1_000_000


def _fill(world: World) -> list[str]:
    """Store keys of every kind; return the ids of the expired ones."""
    for number in range(EXPIRED):
        world.add_key(number, -HOUR * (number + 1))
    for number in range(EXPIRING):
        world.add_key(100 + number, DAY * (number + 1))
    for number in range(LIVE):
        world.add_key(200 + number, 31 * DAY if number % 2 else 0)
    return [f"ak_{number:08d}" for number in range(EXPIRED)]


def _interrupted(steps: int, *, takes_effect: bool) -> tuple[World, list[str], bool]:
    """Sweep a new world until its table fails at a step, then sweep again; the last value says that it failed."""
    table = FailingTable(MemoryTable(), takes_effect=takes_effect)
    world = world_over(table)
    due = _fill(world)
    table.steps, failed = steps, True
    with suppress(StoreUnavailable):
        world.sweep()
        failed = False
    table.steps = NEVER
    world.sweep()
    return world, due, failed


@pytest.mark.parametrize("takes_effect", [False, True], ids=["before", "after"])
def test_one_event_a_key_wherever_the_table_fails(*, takes_effect: bool) -> None:
    """A process may end before or after any call to the table: every key has one event, and nobody is left out."""
    repeated = 0
    for steps in range(1, NEVER):
        world, due, failed = _interrupted(steps, takes_effect=takes_effect)
        if not failed:
            break
        assert world.expired_events() == due
        assert {id for id in world.bus.ids if id.endswith(":expired")} == {f"{key_id}:expired" for key_id in due}
        assert len(set(world.bus.ids)) == EXPIRED + EXPIRING
        repeated += len(world.bus.ids) > EXPIRED + EXPIRING

    assert steps > 15
    assert repeated == (0 if takes_effect else 8)  # published, and not noted: announced again, under the same ids


def test_a_bus_that_is_down_loses_nothing(world: World) -> None:
    """What could not be announced is announced by a later sweep, and noted only then."""
    world.add_key(1, -HOUR)

    def down() -> None:
        raise BusUnavailable

    world.bus.meanwhile = down
    with pytest.raises(BusUnavailable):
        world.sweep()
    assert world.expired_events() == []

    world.bus.meanwhile = lambda: None
    assert world.sweep() == (1, 0, 0, True)
    assert (world.bus.ids, world.expired_events()) == (["ak_00000001:expired"], ["ak_00000001"])


def test_a_second_sweep_in_the_middle_of_the_first_repeats_nothing(world: World) -> None:
    """Two sweeps that read the same page note each key once; only the one that came first counts it."""
    due = _fill(world)

    def other() -> None:
        world.bus.meanwhile = lambda: None
        inner.append(world.sweep())

    inner: list[tuple[int, int, int, bool]] = []
    world.bus.meanwhile = other
    outer = world.sweep()

    assert inner == [(EXPIRED, EXPIRING, 0, True)]
    assert outer == (0, 0, 0, True)
    assert world.expired_events() == due


def test_a_key_that_is_deleted_meanwhile_leaves_no_event(world: World) -> None:
    """Between finding and noting a key may go; its end is then told by whoever deleted it."""
    gone, stays = world.add_key(1, -HOUR), world.add_key(2, -HOUR)

    def delete() -> None:
        world.bus.meanwhile = lambda: None
        transaction = world.services.store.transaction()
        transaction.remove(gone)
        transaction.commit()

    world.bus.meanwhile = delete
    swept = world.sweep()

    assert (swept, world.expired_events()) == ((1, 0, 0, True), [stays.id])


def test_a_key_whose_roles_change_meanwhile_is_noted_all_the_same(world: World) -> None:
    """A change that another request makes is kept, and the notice stands beside it."""
    key = world.add_key(1, DAY)

    def change() -> None:
        world.bus.meanwhile = lambda: None
        from tests.services.conftest import TENANT, key_of

        world.services.keys.set_key_roles(key.id, ["role_developer"], by=key_of(TENANT, "role_admin"))

    world.bus.meanwhile = change
    world.sweep()

    now = world.services.store.key(key.org_id, key.id)
    assert now
    assert (now.role_ids, now.notices) == (("role_developer",), 3)


def test_a_sweep_stops_when_its_time_is_over(world: World) -> None:
    """An invocation ends by itself before Lambda ends it, and says that there is more."""
    due = _fill(world)
    world.bus.meanwhile = lambda: world.clock.forward(10)

    runs = [world.sweep(seconds=15)]
    while not runs[-1][3]:
        runs.append(world.sweep(seconds=15))

    assert len(runs) > 2
    assert sum(run[0] for run in runs) == EXPIRED
    assert world.expired_events() == due
