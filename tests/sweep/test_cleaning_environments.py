"""Keys of a deleted environment go, a few at a time, and never for longer than a request can wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from controlplane.domain.records import Cleanup
from controlplane.storage.memory_table import MemoryTable
from controlplane.storage.table import Change
from tests.services.conftest import START, TENANT
from tests.sweep.conftest import World, all_events, world_over


class Watched(MemoryTable):
    """A table in memory; `meanwhile` happens before each write."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def write(self, changes: Sequence[Change], *, token: str) -> None:
        """Write, and remember how many changes that were."""
        self.sizes.append(len(changes))
        self.meanwhile()
        super().write(changes, token=token)


@pytest.fixture
def table() -> Watched:
    """An empty table."""
    return Watched()


@pytest.fixture
def world(table: Watched) -> World:
    """An installation with an environment that was deleted; twenty of its tenant's thirty keys were in it."""
    world = world_over(table)
    for number in range(30):
        world.add_key(number, 0, environment_id="env_gone" if number % 3 else "")
    transaction = world.services.store.transaction()
    transaction.create(Cleanup(kind="environment", org_id=TENANT, id="env_gone", created_at=START))
    transaction.commit()
    table.sizes.clear()
    return world


def _left(world: World) -> list[str]:
    return [key.environment_id for key in world.services.store.keys_of_org(TENANT).items]


def _revoked(world: World) -> list[str]:
    return [str(event.payload["api_key_id"]) for event in all_events(world.services, TENANT, "authz.key.revoked")]


def test_keys_of_a_deleted_environment_go_six_at_a_time(world: World, table: Watched) -> None:
    """Every key of the environment is gone with an event of its own, no other key is, and it takes few transactions."""
    assert world.services.cleaning.clean(seconds=60)

    assert [""] * 10 == _left(world)
    assert sorted(f"ak_{number:08d}" for number in range(30) if number % 3) == sorted(_revoked(world))
    assert [24, 24, 24, 8, 1] == table.sizes


def test_a_request_that_deleted_an_environment_does_not_wait_for_all_of_its_keys(world: World, table: Watched) -> None:
    """Cleaning ends with a request's patience, and the next one goes on where it was."""
    table.meanwhile = lambda: world.clock.forward(1)

    world.services.cleaning.clean_for_now()

    assert 10 + 8 == len(_left(world))
    assert world.services.cleaning.clean(seconds=60)
    assert [""] * 10 == _left(world)
    assert 20 == len(set(_revoked(world))) == len(_revoked(world))


def test_a_key_that_changes_meanwhile_goes_with_the_rest(world: World, table: Watched) -> None:
    """A change of one key, or its end, keeps neither it nor its neighbours, and each has one event."""
    store = world.services.store

    def change() -> None:
        table.meanwhile = lambda: None
        changed, ended = (store.key(TENANT, f"ak_0000000{number}") for number in (1, 2))
        assert changed
        assert ended
        transaction = store.transaction()
        transaction.replace(changed, replace(changed, role_ids=()))
        transaction.remove(ended)
        transaction.commit()

    table.meanwhile = change

    assert world.services.cleaning.clean(seconds=60)
    assert [""] * 10 == _left(world)
    assert 19 == len(set(_revoked(world))) == len(_revoked(world))
