"""Does anything cost more when there is more: keys and events in a table, roles in an organization."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout
from itertools import cycle
from typing import Any

from benchmarks.bulk import write_all
from benchmarks.callers import Measured
from benchmarks.events import request_event
from benchmarks.report import Section, Target, milliseconds, ratio
from benchmarks.sampling import in_turn, median_cost, repeated
from benchmarks.world import ACME, REGION, TABLE, Metered, World, new_key, store_on, world
from controlplane.domain.credentials import hash_of
from controlplane.domain.identity import Inquiry
from controlplane.domain.records import AuditEvent, Organization, Role
from controlplane.domain.ulid import ulid
from controlplane.ports import AuditFilter
from controlplane.storage.identity_reader import LeanIdentityReader

SIZES, LARGE, ROLES = (1_000, 100_000), (1_000, 100_000, 1_000_000), (1, 100, 10_000)
ROUNDS, TIMES, PAGE, ASKED_KEYS = 41, 5, 50, 20
REQUEST, ACTIONS = "a tenant key's request", ("keys.created", "keys.rotated", "users.created")
METHOD = f"""\
One table for each number of keys and events (all of one organization), each behind a store process of its own, filled
beforehand; the same questions to each, in turn: medians of {ROUNDS} samples of {TIMES}. Time is wall clock, with the
store's. Capacity is what DynamoDB's protocol reports for it. {ASKED_KEYS} of the keys take turns. Pages have {PAGE}
items. `--large` adds 1,000,000 keys and events."""


def run(*, large: bool) -> Section:
    """Fill the tables and ask."""
    sizes = LARGE if large else SIZES
    with ExitStack() as stack:
        nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        questions: dict[str, dict[int, Callable[[], object]]] = {}
        units: dict[str, dict[int, float]] = {}
        for size in sizes:
            place = stack.enter_context(world())
            for name, (ask, cost) in _fill(place, size).items():
                questions.setdefault(name, {})[size] = ask
                units.setdefault(name, {})[size] = cost
        for roles in ROLES:
            name = "a key's request in an organization of that many roles"
            questions.setdefault(name, {})[roles], units.setdefault(name, {})[roles] = _fill_roles(place, roles)
        with redirect_stdout(nowhere):
            times = {name: _times(asks) for name, asks in questions.items()}
    return Section("growth", "Growth", METHOD, _table(times, units), _targets(times, units))


Question = tuple[Callable[[], object], float]


def _fill(place: World, size: int) -> dict[str, Question]:
    """Fill a table and return the questions, each with its capacity units."""
    keys = _Keys(size)
    write_all(place, keys)
    write_all(place, _events(size))
    half = size // 2
    return {
        REQUEST: _request(place, keys.values),
        "the first page of keys": _page(place, lambda store: store.keys_of_org(ACME, limit=PAGE)),
        "a page of keys from the middle": _page(
            place, lambda store: store.keys_of_org(ACME, limit=PAGE, after="KEY#ak_8")),
        "the newest page of the trail": _page(
            place, lambda store: store.events(AuditFilter(trail=ACME), limit=PAGE)),
        "a page of the trail from the middle": _page(
            place, lambda store: store.events(AuditFilter(trail=ACME, to_ms=_ms(half)), limit=PAGE)),
        "a page of one event type": _page(
            place, lambda store: store.events(AuditFilter(trail=ACME, event_type=ACTIONS[0]), limit=PAGE)),
        "a page of one key's events": _page(
            place, lambda store: store.events(AuditFilter(trail=ACME, api_key_id="ak_busy"), limit=PAGE)),
    }


class _Keys:
    """Records of many keys; of some, the values are kept."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.values: list[str] = []

    def __iter__(self) -> Iterator[Any]:
        for number in range(self._size):
            value, records = new_key(ACME, "role_viewer")
            if number % (self._size // ASKED_KEYS) == 0:
                self.values.append(value)
            yield from records


def _ms(number: int) -> int:
    return 1_700_000_000_000 + number * 1000


def _events(size: int) -> Iterator[AuditEvent]:
    for number in range(size):
        yield AuditEvent(
            id=ulid(_ms(number), int.from_bytes(os.urandom(10), "big")), event_type=ACTIONS[number % 3], scope="tenant",
            trails=(ACME,), created_at=_ms(number) // 1000, key_ids=("ak_busy",) if number % 10 == 0 else (),
            payload={"api_key_id": "ak_busy", "name": f"number {number:07d}"},
        )


def _request(place: World, values: list[str]) -> Question:
    measured, turn = Measured(place), cycle(values)
    ask = measured.asking(lambda: request_event(next(turn)))
    metered = Metered(endpoint=place.endpoint, region=REGION)
    reader = LeanIdentityReader(metered.batch_get, TABLE)
    reader.read(Inquiry(key_hash=hash_of(values[0])))
    metered.units = 0
    reader.read(Inquiry(key_hash=hash_of(values[0])))
    return ask, metered.units


def _page(place: World, ask: Callable[[Any], Any]) -> Question:
    metered = Metered(endpoint=place.endpoint, region=REGION, timeout=20)
    if not ask(store_on(metered)).items:
        raise AssertionError("an empty page")
    return lambda: ask(place.store), metered.units


def _fill_roles(place: World, roles: int) -> Question:
    org_id = f"org_roles_{roles}"
    place.create(Organization(id=org_id, name=org_id, created_at=1, updated_at=1))
    policy = {"effect": "allow", "actions": "apikeys:*", "resources": "*", "condition": "", "policy_id": "pol_1",
              "name": "keys"}
    write_all(place, (Role(id=f"role_{number}", org_id=org_id, name=f"r{number}", created_at=1, updated_at=1,
                           grants=(policy,)) for number in range(roles)))
    return _request(place, [place.key(org_id, f"role_{roles - 1}")])


def _times(asks: dict[int, Callable[[], object]]) -> dict[int, float]:
    samples = {str(size): repeated(ask, times=TIMES) for size, ask in asks.items()}
    in_turn(samples, rounds=max(3, 2 * ASKED_KEYS // TIMES))
    found = in_turn(samples, rounds=ROUNDS)
    return {size: median_cost(found[str(size)]).wall for size in asks}


def _table(times: dict[str, dict[int, float]], units: dict[str, dict[int, float]]) -> list[list[str]]:
    rows = [["", "how many", "ms", "to the smallest", "capacity units"]]
    for name, found in times.items():
        smallest = next(iter(found.values()))
        rows += [[name, f"{size:,}", milliseconds(seconds), ratio(seconds / smallest), f"{units[name][size]:g}"]
                 for size, seconds in found.items()]
    return rows


def _targets(times: dict[str, dict[int, float]], units: dict[str, dict[int, float]]) -> list[Target]:
    targets = [Target(f"{name}, largest to smallest", list(found.values())[-1] / next(iter(found.values())), 1.2)
               for name, found in times.items()]
    most = max(max(found.values()) - min(found.values()) for found in units.values())
    return [*targets, Target("difference of capacity units between sizes, at most", most, 0)]
