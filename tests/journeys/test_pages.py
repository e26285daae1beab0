"""Pages taken while others write: what was there before is seen once, and nothing twice (contract, section 1)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.http.client import V1, Client
from tests.http.world import Tenant, World
from tests.journeys.product import rounds

BEFORE, WRITERS, LIMIT = rounds("PAGES", 120), 4, 10
MOST_PAGES = 400
SMALL = 22


@pytest.fixture(scope="module")
def busy(world: World) -> Tenant:
    """A tenant with a trail."""
    tenant = world.tenant("Busy")
    for number in range(BEFORE):
        tenant.admin.post(f"{V1}/apikeys", {"name": f"before {number}"}).ok()
    return tenant


@contextmanager
def _writers(client: Client) -> Iterator[None]:
    """Let four clients append while the block runs."""
    stop = threading.Event()

    def write() -> None:
        own = client.having()
        while not stop.is_set():
            own.post(f"{V1}/apikeys", {"name": "meanwhile"}).ok()
        own.close()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _trail(client: Client, query: str, limit: int) -> Iterator[str]:
    """Read the audit trail page by page, by the cursor in its body."""
    cursor = ""
    for _ in range(MOST_PAGES):
        page = client.get(f"{V1}/audit?limit={limit}{query}" + (f"&cursor={cursor}" if cursor else "")).ok()
        yield from (event["id"] for event in page["events"])
        cursor = page["next_cursor"]
        if not cursor:
            return


@pytest.mark.parametrize("query", ["", "&order=asc", "&event_type=authz.key.created", "&from=2020-01-01"])
def test_the_trail_is_seen_once_while_four_write(busy: Tenant, query: str) -> None:
    """Every event that existed before is seen exactly once, in the order asked for, and none twice."""
    before = list(_trail(busy.admin, query, 1000))

    with _writers(busy.admin):
        seen = []
        for event_id in _trail(busy.admin, query, LIMIT):
            seen.append(event_id)
            if set(before) <= set(seen) and query == "&order=asc":
                break

    assert before == [event_id for event_id in seen if event_id in set(before)]
    assert len(seen) == len(set(seen))
    assert len(before) >= BEFORE


def test_a_list_is_seen_once_while_four_write(busy: Tenant) -> None:
    """The keys that existed before are seen exactly once, and none twice."""
    before = {key["id"] for key in busy.admin.get(f"{V1}/apikeys").ok()}

    with _writers(busy.admin):
        seen: list[str] = []
        for page in busy.admin.pages(f"{V1}/apikeys", limit=LIMIT):
            seen += [key["id"] for key in page]
            if before <= set(seen):
                break

    assert before <= set(seen)
    assert len(seen) == len(set(seen))


def test_pages_together_are_the_whole(world: World) -> None:
    """With any size of page the same things come in the same order, and the last page announces no other."""
    admin = world.tenant("Small").admin
    for number in range(SMALL):
        admin.post(f"{V1}/projects", {"name": f"p{number}"}).ok()
    whole = admin.get(f"{V1}/projects").ok()

    paged = {limit: list(admin.pages(f"{V1}/projects", limit=limit)) for limit in (1, 7, SMALL, SMALL + 1, 1000)}

    assert dict.fromkeys(paged, whole) == {
        limit: [project for page in pages for project in page] for limit, pages in paged.items()
    }
    assert all(len(page) <= limit for limit, pages in paged.items() for page in pages)
    assert (1, SMALL + 1) == (len(paged[1000]), len(whole))


@pytest.mark.parametrize("other", ["/api/v1/projects", "/api/v1/apikeys?platform=true", "/api/v1/audit"])
def test_a_cursor_belongs_to_its_list(world: World, busy: Tenant, other: str) -> None:
    """A cursor of one list, one filter or one organization is 400 for any other."""
    cursor = busy.admin.get(f"{V1}/apikeys?limit=1").headers["x-next-cursor"]
    glue = "&" if "?" in other else "?"

    assert 400 == world.operator.get(f"{other}{glue}cursor={cursor}").status
    assert 400 == world.a.admin.get(f"{V1}/apikeys?cursor={cursor}").status
    for place in (0, len(cursor) // 2, len(cursor) - 1):
        altered = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert 400 == busy.admin.get(f"{V1}/apikeys?limit=1&cursor={altered}").status
    assert 200 == busy.admin.get(f"{V1}/apikeys?limit=1&cursor={cursor}").status
