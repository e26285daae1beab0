"""Finding keys by their expiry: the sparse index says where to look, the table says what is so.

A key stands in the index at the moment of its next notice, and moves on in the transaction that gives the notice:
what is found up to now is exactly what is left to do, so a sweep that was interrupted needs no bookmark.
"""

from __future__ import annotations

from controlplane.domain.records import ApiKey
from controlplane.ports import Page
from controlplane.storage.codec import decode
from controlplane.storage.ranges import above
from controlplane.storage.schema import EXPIRY_SHARDS, Pattern, moment_key
from controlplane.storage.table import Range, Table

_MARK = "/"
_BATCH = 100


def page_of_keys(table: Table, pattern: Pattern, *, until: int, limit: int, after: str) -> Page[ApiKey]:
    """Return keys that the index has up to a moment, as the table holds them now; a page may be empty and not last.

    `after` is the shard and the sort key at which the page before ended.
    """
    shard, _, last = after.partition(_MARK)
    number = int(shard or 0)
    found = table.find(Range(
        pk=pattern.pk.format(shard=number), low=above(last) if last else " ", high=moment_key(until) + "\uffff",
        index=pattern.index, limit=min(limit, _BATCH),
    ))
    places = [(item["pk"]["S"], item["sk"]["S"]) for item in found.items]
    items = table.get(places) if places else {}
    return Page([decode(ApiKey, items[place]) for place in places if place in items], _next(number, found.last))


def _next(shard: int, last: str) -> str:
    if last:
        return f"{shard}{_MARK}{last}"
    return f"{shard + 1}{_MARK}" if shard + 1 < EXPIRY_SHARDS else ""
