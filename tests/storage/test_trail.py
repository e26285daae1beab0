"""The audit trail as it is stored: append-only, in order, filtered, counted."""

from __future__ import annotations

import pytest

from controlplane.domain.errors import Conflict
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import AuditEvent
from controlplane.ports import AuditFilter
from controlplane.storage.store import TableStore

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(ms: int, number: int) -> str:
    digits = []
    for _ in range(10):
        ms, digit = divmod(ms, 32)
        digits.append(ALPHABET[digit])
    random_part = "".join(ALPHABET[(number * 7 + place) % 32] for place in range(4))
    return "".join(reversed(digits)) + f"{number:012d}" + random_part


def event(number: int, **fields: object) -> AuditEvent:
    defaults: dict[str, object] = {
        "id": ulid(1_000_000 + number * 10, number), "event_type": "platform.user.created", "scope": "platform",
        "trails": (PLATFORM_ORG,), "created_at": 1_000 + number // 100, "payload": {"user_id": f"puser_{number}"},
    }
    return AuditEvent(**(defaults | fields))  # type: ignore[arg-type]


def append(store: TableStore, *events: AuditEvent) -> None:
    for one in events:
        transaction = store.transaction()
        transaction.append(one)
        transaction.commit()


def follow(store: TableStore, which: AuditFilter, *, limit: int, ascending: bool = False) -> list[str]:
    seen: list[str] = []
    after = ""
    while True:
        page = store.events(which, limit=limit, after=after, ascending=ascending)
        seen += [one.id for one in page.items]
        after = page.next
        if not after:
            return seen


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_give_every_event_once_in_order(store: TableStore, limit: int, ascending: bool) -> None:
    """However a trail is paged, each event comes once, newest first, or oldest first when asked."""
    events = [event(number) for number in range(17)]
    append(store, *events)

    seen = follow(store, AuditFilter(trail=PLATFORM_ORG), limit=limit, ascending=ascending)

    assert seen == sorted((one.id for one in events), reverse=not ascending)


def test_an_event_is_never_replaced(store: TableStore) -> None:
    """An id that stands in the trail stays as it was written, whoever writes it again."""
    append(store, event(1))
    transaction = store.transaction()
    transaction.append(event(1, event_type="platform.user.deleted"))

    with pytest.raises(Conflict):
        transaction.commit()

    page = store.events(AuditFilter(trail=PLATFORM_ORG), limit=10)
    assert list(page.items) == [event(1)]


def test_filters_combine(store: TableStore) -> None:
    """Each filter narrows, and all of them together give exactly the events that match every one."""
    wanted = event(3, event_type="platform.impersonated", platform_key_id="ak_1", impersonated_org_id="org_a")
    append(
        store, event(1), wanted,
        event(2, event_type="platform.impersonated", platform_key_id="ak_1", impersonated_org_id="org_b"),
        event(4, event_type="platform.impersonated", platform_key_id="ak_2", impersonated_org_id="org_a"),
        event(5, event_type="platform.key.created", platform_key_id="ak_1"),
    )

    def ids(**filters: object) -> list[str]:
        return follow(store, AuditFilter(trail=PLATFORM_ORG, **filters), limit=2)  # type: ignore[arg-type]

    assert len(ids(event_type="platform.impersonated")) == 3
    assert len(ids(platform_key_id="ak_1")) == 3
    assert len(ids(impersonated_org_id="org_a")) == 2
    assert ids(event_type="platform.impersonated", platform_key_id="ak_1", impersonated_org_id="org_a") == [wanted.id]
    assert ids(event_type="platform.key.deleted") == []


def test_times_are_inclusive_on_both_sides(store: TableStore) -> None:
    """An event at the first or at the last millisecond asked for is part of the answer."""
    events = [event(number) for number in range(5)]
    append(store, *events)

    seen = follow(store, AuditFilter(trail=PLATFORM_ORG, from_ms=1_000_010, to_ms=1_000_030), limit=10)

    assert seen == [one.id for one in reversed(events[1:4])]


def test_a_tenants_trail_is_its_own_and_can_be_read_by_key(store: TableStore) -> None:
    """A tenant reads its own events only, and those about or by one key without delay."""
    mine = event(1, scope="tenant", trails=("org_a",), key_ids=("ak_1", "ak_2"))
    both = event(2, trails=(PLATFORM_ORG, "org_a"), impersonated_org_id="org_a", platform_key_id="ak_p",
                 key_ids=("ak_p",))
    append(store, mine, both, event(3), event(4, scope="tenant", trails=("org_b",), key_ids=("ak_1",)))

    assert follow(store, AuditFilter(trail="org_a"), limit=10) == [both.id, mine.id]
    assert follow(store, AuditFilter(trail="org_a", api_key_id="ak_2"), limit=10) == [mine.id]
    assert follow(store, AuditFilter(trail=PLATFORM_ORG), limit=10) == [event(3).id, both.id]


def test_counts_are_exact_up_to_their_bound(store: TableStore) -> None:
    """A count says exactly how many match, or the bound and that there are more."""
    append(store, *(event(number) for number in range(9)))
    which = AuditFilter(trail=PLATFORM_ORG)

    exact, at_bound, beyond = (store.count_events(which, bound=bound) for bound in (100, 9, 8))

    assert (exact.number, exact.is_minimum) == (9, False)
    assert (at_bound.number, at_bound.is_minimum) == (9, False)
    assert (beyond.number, beyond.is_minimum) == (8, True)
