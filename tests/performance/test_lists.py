"""What lists ask of the table: counts of questions, which are round trips on AWS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.records import ApiKey, Environment, Function, Organization, Role
from controlplane.ports import Record
from controlplane.services.decisions import Asked
from controlplane.settings import Settings
from controlplane.storage.codec import Item
from controlplane.storage.memory_table import MemoryTable
from controlplane.storage.schema import EXPIRY_SHARDS, Key
from controlplane.storage.table import Change, Found, Range
from tests.services.conftest import START, key_of
from tests.sweep.conftest import world_over

Create = Callable[..., None]
LISTING = Asked(action="functions:list", method="GET", path="/api/v1/functions", ip="192.0.2.1")


@dataclass
class CountingTable:
    """A table that remembers what it was asked, apart from writes."""

    table: MemoryTable = field(default_factory=MemoryTable)
    asked: list[str] = field(default_factory=list)
    pages: list[Range] = field(default_factory=list)

    def get(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read items: one question for each hundred."""
        self.asked += ["get"] * -(-len(keys) // 100)
        return self.table.get(keys)

    def find(self, wanted: Range) -> Found:
        """Read a page."""
        self.asked.append("find")
        self.pages.append(wanted)
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

    def store(*records: Record) -> None:
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


def function(org_id: str, number: int, *, environment_id: str) -> Function:
    return Function(id=f"fn_{number:03d}", org_id=org_id, environment_id=environment_id, name="f", created_at=1,
                    updated_at=1)


def role(org_id: str, *, resources: str) -> Role:
    grant = {"policy_id": "pol_1", "name": "p", "effect": "allow", "actions": "*", "resources": resources,
             "condition": ""}
    return Role(id="role_some", org_id=org_id, name="some", created_at=1, updated_at=1, grants=(grant,))


def test_keys_of_many_environments_cost_no_more_than_keys_of_one(
    services: Services, table: CountingTable, create: Create
) -> None:
    """A page of keys is one read, and one more for each hundred environments: whether these still exist decides."""
    create(*(environment("org_000", one) for one in range(120)),
           *(key("org_000", one, environment_id=f"env_{one % 130:03d}") for one in range(140)))
    caller = key_of("org_000", "role_admin")

    page = services.keys.list_keys(platform=False, expiring_within="", limit=1000, after="", by=caller)

    assert [f"ak_{one:03d}" for one in range(140) if not 120 <= one < 130] == [row.id for row in page.items]
    assert ["find", "get", "get"] == table.asked


def test_functions_of_many_environments_are_decided_on_together(
    services: Services, table: CountingTable, create: Create
) -> None:
    """Where a policy speaks of one environment, a list of all reads every environment's place at once."""
    create(org(0), role("org_000", resources="irn:ironflow:org_000:proj_1:*:env_003:*"),
           *(environment("org_000", one) for one in range(30)),
           *(function("org_000", one, environment_id=f"env_{one:03d}") for one in range(30)))
    caller = key_of("org_000", "role_some")

    page = services.functions.list_functions(limit=1000, after="", by=caller, asked=LISTING)

    assert ["fn_003"] == [row.id for row in page.items]
    assert ["find", "get", "get"] == table.asked


def test_notices_ask_about_organizations_and_environments_together(table: CountingTable, create: Create) -> None:
    """A sweep over keys of many organizations asks twice whether they are still there, not twice for each key."""
    for number in range(30):
        create(org(number), environment(f"org_{number:03d}", 1),
               replace(key(f"org_{number:03d}", number, environment_id="env_001"), expires_at=START - 1))
    create(replace(key("org_000", 31, environment_id="env_gone"), expires_at=START - 1),
           replace(key("org_gone", 32), expires_at=START - 1))

    swept = world_over(table).sweep()

    assert (30, 0, 0, True) == swept
    assert len(table.asked) <= EXPIRY_SHARDS * 4 + 2  # a page of the index, its keys, and who they belong to


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


def test_roles_are_counted_without_the_keys(services: Services, table: CountingTable, create: Create) -> None:
    """A list of roles reads of each key which roles it has, and nothing else."""
    create(org(0), role("org_000", resources="*"), *(key("org_000", one) for one in range(30)),
           replace(key("org_000", 31), role_ids=("role_some", "role_viewer")))

    page = services.role_reader.list_roles_in_use(limit=1000, after="", by=key_of("org_000", "role_admin"))

    assert {"role_admin": 0, "role_developer": 0, "role_viewer": 31, "role_some": 1} == {
        row.role.id: row.api_key_count for row in page.items}
    assert [("role_ids",)] == [wanted.only for wanted in table.pages if wanted.only]
    assert ["get", "find", "find"] == table.asked
