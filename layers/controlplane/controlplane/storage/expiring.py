"""Finding keys by their expiry: the sparse index says where to look, the table says what is so.

A key stands in the index at the moment of its next notice, and moves on in the transaction that gives the notice:
what is found up to now is exactly what is left to do, so a sweep that was interrupted needs no bookmark.
"""

from __future__ import annotations

from controlplane.domain.records import ApiKey
from controlplane.ports import Page
from controlplane.storage import trail
from controlplane.storage.codec import Item, decode
from controlplane.storage.schema import EXPIRY_SHARDS, KEYS_OF_ORG, Pattern, moment_key
from controlplane.storage.table import Range, Table

_MARK = "/"
_BATCH = 100
_ALL = 100_000


def page_of_keys(table: Table, pattern: Pattern, *, until: int, limit: int, after: str) -> Page[ApiKey]:
    """Return keys that the index has up to a moment, as the table holds them now; a page may be empty and not last.

    `after` is the shard and the sort key at which the page before ended.
    """
    shard, _, last = after.partition(_MARK)
    number = int(shard or 0)
    found = table.find(Range(
        pk=pattern.pk.format(shard=number), low=trail.above(last) if last else " ", high=moment_key(until) + "\uffff",
        index=pattern.index, limit=min(limit, _BATCH),
    ))
    places = [(item["pk"]["S"], item["sk"]["S"]) for item in found.items]
    items = table.get(places) if places else {}
    return Page([decode(ApiKey, items[place]) for place in places if place in items], _next(number, found.last))


def keys_of_org(table: Table, org_id: str, *, until: int, limit: int, after: str) -> Page[ApiKey]:
    """Return keys of an organization that expired or will, up to a moment, in the order of their creation.

    All of its keys are read and only these are sent: a page costs a round trip for each megabyte of keys.
    """
    start, found, last = KEYS_OF_ORG.sk_start, list[Item](), after
    while True:
        page = table.find(Range(
            pk=KEYS_OF_ORG.pk.format(org_id=org_id), low=trail.above(last) if last else start, high=start + "\uffff",
            limit=_ALL, at_most=(("expires_at", until),),
        ))
        found += page.items
        last = page.last
        if len(found) > limit:
            found, last = found[:limit], found[limit - 1]["sk"]["S"]
        if not last or len(found) == limit:
            return Page([decode(ApiKey, item) for item in found], last)


def _next(shard: int, last: str) -> str:
    if last:
        return f"{shard}{_MARK}{last}"
    return f"{shard + 1}{_MARK}" if shard + 1 < EXPIRY_SHARDS else ""
