"""Counting what organizations hold: one short query for each, and several organizations at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from controlplane.domain.values import replace
from controlplane.ports import Holdings
from controlplane.storage.ranges import above, range_of
from controlplane.storage.schema import ENVIRONMENTS_OF_ORG, HOLDINGS_OF_ORG, KEYS_OF_ORG
from controlplane.storage.table import Range, Table
from controlplane.storage.together import each

_SHORT = 100
_BOUND, _PAGES = 100_000, 40


def holdings_of_orgs(table: Table, org_ids: Sequence[str]) -> list[Holdings]:
    """Count the environments and keys of each organization: exactly, as far as forty megabytes, some 100,000 keys."""
    return each(lambda org_id: _holdings(table, org_id), org_ids)


def keys_by_role(table: Table, org_id: str) -> Mapping[str, int]:
    """Count the keys that hold each role of an organization: exactly, as far as forty megabytes of keys."""
    wanted, counted = replace(range_of(KEYS_OF_ORG, org_id=org_id), limit=_BOUND, only=("role_ids",)), Counter[str]()
    for _ in range(_PAGES):
        found = table.find(wanted)
        counted.update(role["S"] for item in found.items for role in item["role_ids"]["L"])
        if not found.last:
            break
        wanted = replace(wanted, low=above(found.last))
    return counted


def _holdings(table: Table, org_id: str) -> Holdings:
    """Read the sort keys from the first environment to the last key, and leave what no short page holds to COUNT.

    Functions stand between the two: of most organizations one page has everything, of no other is any of it wasted.
    """
    found = table.find(replace(range_of(HOLDINGS_OF_ORG, org_id=org_id), limit=_SHORT, only=("sk",)))
    seen = [item["sk"]["S"] for item in found.items]
    return Holdings(*(_number(table, range_of(pattern, org_id=org_id), seen, found.last)
                      for pattern in (ENVIRONMENTS_OF_ORG, KEYS_OF_ORG)))


def _number(table: Table, wanted: Range, seen: Sequence[str], last: str) -> int:
    """Count those that were seen, and those beyond the last that was read."""
    number = sum(wanted.low <= sk <= wanted.high for sk in seen)
    rest = replace(wanted, low=max(wanted.low, above(last)))
    if not last or rest.low > rest.high:
        return number
    return number + table.count(rest, bound=_BOUND)[0]
