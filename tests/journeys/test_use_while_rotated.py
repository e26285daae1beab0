"""A key in use while it is rotated and deleted, over the socket (contract, section 3)."""

from __future__ import annotations

import threading

from tests.http.client import V1, Client
from tests.http.world import World
from tests.journeys.product import rounds

ROUNDS, USERS = rounds("USE", 100), 3
ALIVE, DEAD, GONE = 200, 401, 404


def test_a_dead_key_never_comes_back(world: World) -> None:
    """Users see it alive, then dead, and never alive again; once the change is answered, only dead."""
    users = [world.nobody.having() for _ in range(USERS)]
    seen: list[list[int]] = []
    for number in range(ROUNDS):
        issued = world.key(world.a.admin)
        statuses: list[list[int]] = [[] for _ in users]
        threads = [
            threading.Thread(target=_use_until_dead, args=(user.having(issued["key"]), told))
            for user, told in zip(users, statuses, strict=True)
        ]
        for thread in threads:
            thread.start()

        path = f"{V1}/apikeys/{issued['id']}"
        ended = world.a.admin.post(f"{path}/rotate") if number % 2 else world.a.admin.delete(path)
        after = world.nobody.having(issued["key"]).get(f"{V1}/auth/validate").status
        for thread in threads:
            thread.join()

        assert (True, DEAD) == (ended.status in (200, 204), after)
        assert GONE == world.a.admin.delete(path).status
        if number % 2:
            assert ALIVE == world.nobody.having(ended.json()["key"]).get(f"{V1}/auth/validate").status
        seen += statuses

    assert [] == [told for told in seen if told != sorted(told) or set(told) - {ALIVE, DEAD}]


def _use_until_dead(client: Client, told: list[int]) -> None:
    while not told or told[-1] == ALIVE:
        told.append(client.get(f"{V1}/auth/validate").status)
    told.append(client.get(f"{V1}/auth/validate").status)
    client.close()
