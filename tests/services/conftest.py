"""The use cases over a table in memory, at a time that the test sets, and the callers that the tests speak of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.names import BOOTSTRAP_KEY, OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import AuditEvent, Organization
from controlplane.domain.roles import ADMIN, PLATFORM_ADMIN
from controlplane.ports import AuditFilter
from controlplane.security.passwords import CHEAPEST
from controlplane.settings import Settings
from controlplane.storage.memory_table import MemoryTable

START, STARTED = 1_790_000_000, "2026-09-21T14:13:20Z"
TENANT = "org_tenant"


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = START

    def now(self) -> int:
        """Return the time that was set."""
        return self.seconds

    def now_ms(self) -> int:
        """Return the same in milliseconds."""
        return self.seconds * 1000

    def forward(self, seconds: int) -> None:
        """Let time pass."""
        self.seconds += seconds


@pytest.fixture
def clock() -> SettableClock:
    """The time, in the test's hands."""
    return SettableClock()


@pytest.fixture
def services(clock: SettableClock, tmp_path: Path) -> Services:
    """All use cases after the first boot and with one tenant, over a table in memory, with the cheapest passwords."""
    secret = tmp_path / "secret"
    secret.write_text("ab" * 32)
    settings = Settings(table="test", region="eu-west-1", jwt_secret_file=str(secret), password_cost=CHEAPEST)
    made = Services(settings, table=MemoryTable(), clock=clock)
    made.first_boot.issue_bootstrap_key()
    transaction = made.store.transaction()
    transaction.create(Organization(id=TENANT, name="tenant", created_at=START, updated_at=START))
    transaction.commit()
    return made


@pytest.fixture
def events_of(services: Services) -> Callable[..., list[tuple[str, dict[str, Any]]]]:
    """Tell the types and payloads of a trail's events, oldest first."""

    def told(trail: str, event_type: str = "") -> list[tuple[str, dict[str, Any]]]:
        found: list[AuditEvent] = []
        page = services.store.events(AuditFilter(trail=trail, event_type=event_type), limit=1000, ascending=True)
        found += page.items
        return [(event.event_type, event.payload) for event in found]

    return told


@pytest.fixture
def operator_admin() -> Principal:
    """The bootstrap key."""
    return key_of(OPERATOR_ORG, ADMIN, id=BOOTSTRAP_KEY)


@pytest.fixture
def tenant_admin() -> Principal:
    """An admin key of an ordinary tenant."""
    return key_of(TENANT, ADMIN)


@pytest.fixture
def platform_admin() -> Principal:
    """A platform key that may do everything there."""
    return key_of(PLATFORM_ORG, PLATFORM_ADMIN)


def key_of(org_id: str, *role_ids: str, id: str = "ak_caller") -> Principal:
    """Return a key of an organization as a caller."""
    return Principal(type="api_key", id=id, home_org_id=org_id, org_id=org_id, role_ids=role_ids)


def user_of(org_id: str, *role_ids: str, id: str) -> Principal:
    """Return a user of an organization as a caller with a session."""
    return Principal(type="user", id=id, home_org_id=org_id, org_id=org_id, role_ids=role_ids,
                     session_id="sess_1", session_expires_at=START + 86_400)
