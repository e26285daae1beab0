"""Tables full of keys at every distance from their expiry, and the sweep over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.expiry import DAY
from controlplane.domain.records import ApiKey, AuditEvent, Organization
from controlplane.ports import Announcement, AuditFilter
from controlplane.services.key_records import credential_of
from controlplane.settings import Settings
from controlplane.storage.memory_table import MemoryTable
from controlplane.storage.table import Table
from tests.services.conftest import START, TENANT, SettableClock

HOUR = 3600


@dataclass
class RememberingBus:
    """An event bus whose deliveries can be read back; `meanwhile` happens at each of them."""

    delivered: list[Announcement] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def publish(self, announcements: Sequence[Announcement]) -> None:
        """Deliver announcements."""
        self.meanwhile()
        self.delivered += announcements

    @property
    def ids(self) -> list[str]:
        """The ids that were delivered, in order."""
        return [each.id for each in self.delivered]


@dataclass
class World:
    """One installation: its services over a table, its time, and what its bus delivered."""

    services: Services
    clock: SettableClock
    bus: RememberingBus
    table: Table

    def add_key(self, number: int, expires_in: int, *, org_id: str = TENANT, **more: str) -> ApiKey:
        """Store a key that expires that many seconds after START; it may have expired already."""
        key = key_of(number, expires_in, org_id=org_id, **more)
        transaction = self.services.store.transaction()
        transaction.create(key)
        transaction.create(credential_of(key))
        transaction.commit()
        return key

    def sweep(self, *, seconds: float = 60) -> tuple[int, int, int, bool]:
        """Sweep once; returns how many keys expired, will expire, and were purged, and whether that was all."""
        swept = self.services.sweep.run(seconds=seconds)
        return swept.expired, swept.expiring, swept.purged, swept.done

    def expired_events(self, org_id: str = TENANT) -> list[str]:
        """The ids of the keys whose expiry is in the trail, sorted."""
        return sorted(str(event.payload["api_key_id"]) for event in all_events(self.services, org_id))


def key_of(number: int, expires_in: int, *, org_id: str = TENANT, environment_id: str = "") -> ApiKey:
    """Return a key; zero never expires."""
    return ApiKey(
        id=f"ak_{number:08d}", org_id=org_id, name=f"key {number}", prefix="ifkey_00000000", hash=f"hash{number}",
        role_ids=("role_viewer",), created_at=START - 400 * DAY, environment_id=environment_id,
        expires_at=START + expires_in if expires_in else 0,
    )


def all_events(services: Services, org_id: str, event_type: str = "authz.key.expired") -> Iterator[AuditEvent]:
    """Yield a trail's events of a type, page by page."""
    after = ""
    while True:
        page = services.store.events(AuditFilter(trail=org_id, event_type=event_type), limit=1000, after=after)
        yield from page.items
        after = page.next
        if not after:
            return


def world_over(table: Table, *, purge_after_days: int = 0) -> World:
    """Return an installation over a table, with one tenant in it."""
    clock, bus = SettableClock(), RememberingBus()
    settings = Settings(table="test", region="eu-west-1", purge_expired_after_days=purge_after_days)
    services = Services(settings, table=table, clock=clock)
    services.bus = bus
    transaction = services.store.transaction()
    transaction.create(Organization(id=TENANT, name="tenant", created_at=START, updated_at=START))
    transaction.commit()
    return World(services, clock, bus, table)


@pytest.fixture
def world() -> World:
    """An installation over a table in memory."""
    return world_over(MemoryTable())
