"""What lists ask of the table: counts of questions, which are round trips on AWS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.records import ApiKey, Environment, Organization
from controlplane.settings import Settings
from controlplane.storage.codec import Item
from controlplane.storage.memory_table import MemoryTable
from controlplane.storage.schema import Key
from controlplane.storage.table import Change, Found, Range

Create = Callable[..., None]


@dataclass
class CountingTable:
    """A table that remembers what it was asked, apart from writes."""

    table: MemoryTable = field(default_factory=MemoryTable)
    asked: list[str] = field(default_factory=list)

    def get(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read items: one question for each hundred."""
        self.asked += ["get"] * -(-len(keys) // 100)
        return self.table.get(keys)

    def find(self, wanted: Range) -> Found:
        """Read a page."""
        self.asked.append("find")
        return self.table.find(wanted)

    def count(self, wanted: Range, *, bound: int) -> tuple[int, bool]:
        """Count items."""
        self.asked.append("count")
        return self.table.count(wanted, bound=bound)

    def write(self, changes: Sequence[Change], *, token: str) -> None:
        """Write."""
        self.table.write(changes, token=token)

    def delete_batch(self, keys: Sequence[Key]) -> None:
        """Remove items."""
        self.table.delete_batch(keys)


@pytest.fixture
def table() -> CountingTable:
    """An empty table."""
    return CountingTable()


@pytest.fixture
def services(table: CountingTable, tmp_path: Path) -> Services:
    """All use cases over it."""
    return Services(Settings(table="test", region="eu-west-1", jwt_secret_file=str(tmp_path / "none")), table=table)


@pytest.fixture
def create(services: Services) -> Create:
    """Store records."""

    def store(*records: Organization | Environment | ApiKey) -> None:
        for record in records:
            transaction = services.store.transaction()
            transaction.create(record)
            transaction.commit()

    return store


def org(number: int) -> Organization:
    return Organization(id=f"org_{number:03d}", name=f"org {number}", created_at=1, updated_at=1)


def environment(org_id: str, number: int) -> Environment:
    return Environment(id=f"env_{number:03d}", org_id=org_id, project_id="proj_1", name=f"e{number}", created_at=1,
                       updated_at=1)


def key(org_id: str, number: int, *, environment_id: str = "") -> ApiKey:
    return ApiKey(id=f"ak_{number:03d}", org_id=org_id, name="k", prefix="ifkey_12345678", hash=f"{number:064x}",
                  role_ids=("role_viewer",), created_at=1, environment_id=environment_id)


def test_a_tenant_costs_one_question_in_the_operator_s_list(
    services: Services, table: CountingTable, create: Create
) -> None:
    """A page of tenants with both of their counts is one read for the page, and one for each tenant that it shows."""
    for number in range(30):
        create(org(number), environment(f"org_{number:03d}", 1), *(key(f"org_{number:03d}", one) for one in range(3)))

    page = services.provisioning.list_tenants_as_operator(limit=20, after="")

    assert [(f"org_{number:03d}", 1, 3) for number in range(20)] == [
        (row.org.id, row.env_count, row.key_count) for row in page.items]
    assert ["find"] * 21 == table.asked
