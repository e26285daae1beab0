"""What changes something: a key made, a key rotated, a denial recorded, by one client and by many."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bulk import write_all
from benchmarks.load import Load, Request, get, post, run_load
from benchmarks.report import Section, milliseconds
from benchmarks.server import dev_server
from benchmarks.world import ACME, World, new_key, world

CLIENTS = (1, 16)
SECONDS, WARM_SECONDS, MOST = 4.0, 1.5, 4000
METHOD = f"""\
Over the dev server, as above; every write is one transaction with its audit event. {SECONDS:.0f} s each after
{WARM_SECONDS:.0f} s of warming up. The embedded store writes one transaction after the other and flushes each to its
disk, some 9 ms for three items: these are its limits, not DynamoDB's."""


def run(*, large: bool) -> Section:
    """Measure each kind of write at each number of clients."""
    del large
    rows = [["", "clients", "writes/s", "p50 ms", "p99 ms"]]
    with world() as place, tempfile.TemporaryDirectory() as name:
        admins = [place.key(ACME, "role_admin") for _ in range(max(CLIENTS))]
        viewers = [place.key(ACME, "role_viewer") for _ in range(max(CLIENTS))]
        with dev_server(place, Path(name)) as port:
            for clients in CLIENTS:
                kinds: dict[str, tuple[int, list[Request]]] = {
                    "create a key": (201, [_creating(key) for key in admins[:clients]]),
                    "rotate a key": (200, _rotating(place, admins[:clients])),
                    "append a denial to the trail": (403, [_denied(key, clients) for key in viewers[:clients]]),
                }
                for title, (expected, requests) in kinds.items():
                    run_load(port, requests, seconds=WARM_SECONDS, expected=expected)
                    later = [_from(request, MOST // 2 // clients) for request in requests]
                    rows.append([title, str(clients),
                                 *_shown(run_load(port, later, seconds=SECONDS, expected=expected))])
    return Section("writes", "Writes", METHOD, rows)


def _creating(key: str) -> Request:
    request = post("/api/v1/apikeys", _bearer(key), b'{"name": "bench", "role_ids": ["role_viewer"]}')
    return lambda _turn: request


def _rotating(place: World, admins: Sequence[str]) -> list[Request]:
    """Make keys beforehand, so that each is rotated once."""
    records = [new_key(ACME, "role_viewer")[1] for _ in range(MOST)]
    write_all(place, [one for pair in records for one in pair])
    ids, share = [key.id for key, _ in records], MOST // len(admins)

    def client(number: int, admin: str) -> Request:
        mine = ids[number * share:(number + 1) * share]
        return lambda turn: post(f"/api/v1/apikeys/{mine[turn]}/rotate", _bearer(admin))

    return [client(number, admin) for number, admin in enumerate(admins)]


def _denied(key: str, clients: int) -> Request:
    """Ask for another path each time: repeats of the same one within a minute are counted, not appended."""
    return lambda turn: get(f"/api/v1/users/user_{clients}_{turn}", _bearer(key)).replace(b"GET ", b"DELETE ", 1)


def _from(request: Request, start: int) -> Request:
    return lambda turn: request(start + turn)


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _shown(load: Load) -> list[str]:
    return [f"{load.throughput:,.0f}", milliseconds(load.p50), milliseconds(load.p99)]
