"""What organizations hold, counted by the fake and by a real engine alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest

from controlplane.domain.records import ApiKey, Environment, Function
from controlplane.ports import Holdings
from controlplane.storage.memory_table import MemoryTable
from controlplane.storage.store import TableStore
from controlplane.storage.table import Found, Range

T = TypeVar("T", ApiKey, Environment, Function)
KEY = ApiKey(id="ak_1", org_id="org_a", name="k", prefix="ifkey_12345678", hash="ab" * 32, role_ids=(), created_at=1)
ENVIRONMENT = Environment(id="env_1", org_id="org_a", project_id="proj_1", name="e", created_at=1, updated_at=1)
FUNCTION = Function(id="fn_1", org_id="org_a", environment_id="env_1", name="f", created_at=1, updated_at=1)


def create(store: TableStore, *records: ApiKey | Environment | Function) -> None:
    transaction = store.transaction()
    for record in records:
        transaction.create(record)
    transaction.commit()


def many(record: T, number: int) -> list[T]:
    return [replace(record, id=f"{place:03d}") for place in range(number)]


def test_environments_and_keys_of_organizations_are_counted(store: TableStore) -> None:
    """Each organization's own are counted, in the order in which they were asked for, and none has what another has."""
    create(store, KEY, replace(KEY, id="ak_2"), replace(KEY, org_id="org_b"), replace(ENVIRONMENT, org_id="org_b"))

    held = store.holdings_of_orgs(["org_b", "org_c", "org_a"])

    assert [Holdings(1, 1), Holdings(0, 0), Holdings(0, 2)] == held


@pytest.mark.parametrize(
    ("environments", "functions", "keys"),
    [(99, 0, 1), (99, 0, 2), (100, 0, 3), (101, 0, 3), (2, 49, 1), (2, 60, 2), (1, 1, 99), (1, 0, 120)],
)
def test_counts_are_right_wherever_the_first_page_ends(
    store: TableStore, environments: int, functions: int, keys: int
) -> None:
    """Counts are exact for organizations of every shape: many environments, many functions, many keys."""
    records: list[ApiKey | Environment | Function] = [
        *many(ENVIRONMENT, environments), *many(FUNCTION, functions), *many(KEY, keys),
    ]
    for start in range(0, len(records), 12):
        create(store, *records[start:start + 12])

    assert [Holdings(environments, keys)] == store.holdings_of_orgs(["org_a"])


def test_the_keys_of_a_role_are_counted(store: TableStore) -> None:
    """A role's number of keys is right in every organization, for keys of several roles and of none."""
    keys = many(replace(KEY, role_ids=("role_viewer", "role_1")), 40)
    create(store, *keys[:25])
    create(store, *keys[25:], replace(KEY, role_ids=("role_1",)), replace(KEY, id="ak_2", role_ids=()),
           replace(KEY, org_id="org_b", role_ids=("role_1",)))

    assert {"role_viewer": 40, "role_1": 41} == store.keys_by_role("org_a")
    assert {} == store.keys_by_role("org_c")


def test_expiring_keys_are_those_up_to_a_moment(store: TableStore) -> None:
    """Keys that never expire, or later, are left out by the table itself, and those of other organizations too."""
    due, later = replace(KEY, expires_at=99), replace(KEY, id="ak_2", expires_at=100)
    create(store, due, later, replace(KEY, id="ak_3"), replace(KEY, org_id="org_b", expires_at=1))

    assert [due] == list(store.expiring_keys_of_org("org_a", until=99, limit=10).items)
    assert [due, later] == list(store.expiring_keys_of_org("org_a", until=100, limit=10).items)
    assert [] == list(store.expiring_keys_of_org("org_a", until=98, limit=10).items)


class ShortPages(MemoryTable):
    """A table whose pages end early, as DynamoDB's do at a megabyte."""

    def find(self, wanted: Range) -> Found:
        """Read seven items at most."""
        return super().find(replace(wanted, limit=min(wanted.limit, 7)))


@pytest.mark.parametrize("pages", [MemoryTable, ShortPages])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 30])
def test_expiring_keys_come_in_whole_pages(pages: type[MemoryTable], limit: int) -> None:
    """A page has as many expiring keys as were asked for, wherever the table's own pages end; the last says so."""
    store = TableStore(pages())
    keys = [replace(key, expires_at=place % 3 * 50) for place, key in enumerate(many(KEY, 24))]
    create(store, *keys)
    soon = [key for key in keys if key.expires_at == 50]

    found, after = list[list[ApiKey]](), ""
    while not found or after:
        page = store.expiring_keys_of_org("org_a", until=99, limit=limit, after=after)
        found.append(list(page.items))
        after = page.next

    assert [soon[at:at + limit] for at in range(0, len(soon), limit)] == [page for page in found if page]
    assert [] not in found[:-1]


def test_counts_go_on_where_a_page_ended() -> None:
    """However many pages an organization's items take, nothing is left out or counted twice."""
    store = TableStore(ShortPages())
    create(store, *many(KEY, 24), ENVIRONMENT)
    create(store, *many(replace(KEY, org_id="org_b", role_ids=("role_1",)), 21))

    assert [Holdings(1, 24), Holdings(0, 21)] == store.holdings_of_orgs(["org_a", "org_b"])
    assert {"role_1": 21} == store.keys_by_role("org_b")
