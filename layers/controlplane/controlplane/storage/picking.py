"""Picking keys out of an organization's by an attribute: all are read in the table, and only these are sent.

A page costs a round trip for each megabyte of keys, some three thousand of them.
"""

from __future__ import annotations

from controlplane.domain.records import ApiKey
from controlplane.domain.values import replace
from controlplane.ports import Page
from controlplane.storage.codec import Item, decode
from controlplane.storage.ranges import above, range_of
from controlplane.storage.schema import KEYS_OF_ORG
from controlplane.storage.table import Range, Table

_ALL = 100_000


def expiring_keys(table: Table, org_id: str, *, until: int, limit: int, after: str) -> Page[ApiKey]:
    """Return keys that expired or will, up to a moment, in the order of their creation."""
    return _picked(table, replace(range_of(KEYS_OF_ORG, org_id=org_id), at_most=(("expires_at", until),)), limit, after)


def keys_of_environment(table: Table, org_id: str, environment_id: str, *, limit: int, after: str) -> Page[ApiKey]:
    """Return keys that are scoped to an environment, in the order of their creation."""
    wanted = replace(range_of(KEYS_OF_ORG, org_id=org_id), equal=(("environment_id", environment_id),))
    return _picked(table, wanted, limit, after)


def _picked(table: Table, wanted: Range, limit: int, after: str) -> Page[ApiKey]:
    wanted, found, last = replace(wanted, limit=_ALL), list[Item](), after
    while True:
        page = table.find(replace(wanted, low=above(last)) if last else wanted)
        found += page.items
        last = page.last
        if len(found) > limit:
            found, last = found[:limit], found[limit - 1]["sk"]["S"]
        if not last or len(found) == limit:
            return Page([decode(ApiKey, item) for item in found], last)
