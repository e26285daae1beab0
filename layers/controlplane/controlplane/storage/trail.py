"""The audit trail in the table: events spread over shards, read in order, and counted within a bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from controlplane.domain.records import AuditEvent
from controlplane.ports import AuditFilter, Count, Page
from controlplane.storage import schema
from controlplane.storage.codec import decode
from controlplane.storage.ranges import above, below
from controlplane.storage.schema import AUDIT_SHARDS, Pattern
from controlplane.storage.table import Range, Table

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_DIGITS = 10
_LAST_MS = 2**48 - 1
_ROUNDS = 20
# The most selective first; what the chosen pattern does not fix is filtered in the query.
_CHOICES: tuple[tuple[str, Pattern], ...] = (
    ("api_key_id", schema.EVENTS_OF_KEY),
    ("platform_key_id", schema.EVENTS_BY_PLATFORM_KEY),
    ("impersonated_org_id", schema.EVENTS_BY_IMPERSONATED_ORG),
    ("event_type", schema.EVENTS_BY_TYPE),
)
_FILTERS = ("platform_key_id", "impersonated_org_id", "event_type", "action")


def events(
    table: Table, which: AuditFilter, *, limit: int, after: str, ascending: bool
) -> Page[AuditEvent]:
    """Read a page of a trail in the order of its ULIDs; `after` is the last event's id of the page before.

    A filter that matches little may end a page early: it then has fewer events and a `next`.
    """
    low, high = bounds(which)
    taken: list[AuditEvent] = []
    for _ in range(_ROUNDS):
        if after:
            low, high = (above(after), high) if ascending else (low, below(after))
        if low > high:  # a time that ends before it begins; the engine refuses such a range
            return Page(taken, "")
        page = _merged(table, ranges(which, low, high, limit=limit - len(taken), ascending=ascending),
                       limit=limit - len(taken))
        taken += page.items
        after = page.next
        if not after or len(taken) >= limit:
            break
    return Page(taken, after)


def _merged(table: Table, wanted: Sequence[Range], *, limit: int) -> Page[AuditEvent]:
    """Merge one page of each range; nothing past the nearest unread place of any range may be shown yet."""
    found = [table.find(part) for part in wanted]
    ascending = wanted[0].ascending
    lasts = [page.last for page in found if page.last]
    rows = sorted((item for page in found for item in page.items), key=lambda item: item["sk"]["S"],
                  reverse=not ascending)
    edge = (min(lasts) if ascending else max(lasts)) if lasts else ""
    if edge:
        rows = [item for item in rows if (item["sk"]["S"] <= edge if ascending else item["sk"]["S"] >= edge)]
    if len(rows) > limit:
        edge = rows[limit - 1]["sk"]["S"]
    return Page([decode(AuditEvent, item) for item in rows[:limit]], edge)


def count_events(table: Table, which: AuditFilter, *, bound: int) -> Count:
    """Count a filter's events, exactly up to `bound`; the number of reads is bounded too."""
    low, high = bounds(which)
    if low > high:
        return Count(0, False)
    total, minimum = 0, False
    for part in ranges(which, low, high, limit=1000, ascending=True):
        number, more = table.count(part, bound=bound - total)
        total, minimum = total + number, minimum or more
        if total >= bound and more:
            break
    return Count(total, minimum)


def repeats(table: Table, shown: Sequence[AuditEvent]) -> Mapping[str, int]:
    """Return how often each collapsed denial was repeated after its event: event id → number."""
    keys = {event.id: schema.repeats_key(event.collapse) for event in shown if event.collapse}
    items = table.get(list(keys.values())) if keys else {}
    return {event_id: int(items[key]["repeats"]["N"]) for event_id, key in keys.items()
            if key in items and "repeats" in items[key]}


def bounds(which: AuditFilter) -> tuple[str, str]:
    """Return the lowest and the highest ULID of a filter's time."""
    return _ulid_start(which.from_ms) + "0" * 16, _ulid_start(which.to_ms or _LAST_MS) + "Z" * 16


def _ulid_start(ms: int) -> str:
    digits = []
    for _ in range(_TIME_DIGITS):
        ms, digit = divmod(ms, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def ranges(which: AuditFilter, low: str, high: str, *, limit: int, ascending: bool) -> list[Range]:
    """Return the ranges to read for a filter: one of an index, or one a shard of the trail itself."""
    fields = {"trail": which.trail} | {name: getattr(which, name) for name, _ in _CHOICES}
    chosen = next(((name, pattern) for name, pattern in _CHOICES if fields[name]), None)
    rest = tuple((name, getattr(which, name)) for name in _FILTERS
                 if getattr(which, name) and (chosen is None or name != chosen[0]))
    pattern = chosen[1] if chosen else schema.EVENTS_OF_TRAIL
    shards = [0] if chosen else list(range(AUDIT_SHARDS))
    return [Range(pk=pattern.pk.format_map(fields | {"shard": shard}), low=low, high=high, index=pattern.index,
                  limit=limit, ascending=ascending, equal=rest) for shard in shards]
