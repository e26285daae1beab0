"""Any request is answered, is one request for everybody on its way, and makes nobody into somebody else."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest

from tests.hostile.dice import Dice
from tests.hostile.figures import keep
from tests.hostile.house import House
from tests.hostile.promises import broken_promises

REQUESTS = int(os.environ.get("IRONFLOW_ROUNDS_HOSTILE", "24000"))
SEEDS = (1, 2, 3, 4)
PUT_BACK_EVERY = 100
LONGEST_SECONDS = 5.0


def owners(house: House) -> dict[str, str]:
    """Return the value of each credential of the scene → its owner's id."""
    ids, words = house.scene.ids, house.scene.credentials
    named = {value: ids.get(f"{word}_key") or ids.get(word, "") for word, value in words.items()}
    return named | {words["operator"]: "ak_admin_bootstrap"}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_request_breaks_a_promise(house: House, seed: int) -> None:
    """No 5xx, no hang, no leak, no odd shape; never authorised as one operation or caller and served as another."""
    dice, credentials = Dice(house.scene, seed), owners(house)
    wrong: dict[str, object] = {}
    statuses: Counter[int] = Counter()
    slowest = 0.0

    for number in range(REQUESTS // len(SEEDS)):
        if number % PUT_BACK_EVERY == 0:
            house.put_back()
        request = dice.request()
        began = time.monotonic()
        passage = house.answer(request)
        slowest = max(slowest, time.monotonic() - began)
        statuses[passage.reply.status] += 1
        wrong |= dict.fromkeys(broken_promises(passage, credentials=credentials), request)

    keep(
        f"hostile-{seed}",
        requests=statuses.total(),
        server_errors=sum(statuses[code] for code in statuses if code >= 500),
        slowest_milliseconds=round(slowest * 1000),
        broken_promises=len(wrong),
    )
    assert {} == wrong
    assert slowest < LONGEST_SECONDS
    assert {200, 201, 204, 400, 401, 403, 404, 409} <= set(statuses)
