"""Is this key good: the whole path of ours beside better-auth's API-key plugin, over HTTP on the same machine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bulk import write_all
from benchmarks.load import Client, Load, Request, get, median_load, post, run_load
from benchmarks.peer_server import PeerUnavailable, describe_peer, peer_server
from benchmarks.report import Section, Target, milliseconds
from benchmarks.sampling import in_turn
from benchmarks.server import dev_server
from benchmarks.world import ACME, new_key, world

KEYS, CLIENTS, ROUNDS, SECONDS = 1000, 8, 5, 3.0
OURS, PEER = "**this**: `GET /api/v1/auth/validate`", "better-auth: `verifyApiKey`"
TITLE = "Key verification beside a peer"
METHOD = f"""\
{KEYS:,} keys on either side, {CLIENTS} clients on kept-alive connections, each going through the keys; {ROUNDS} rounds
of {SECONDS:.0f} s in turn, medians. Ours is the dev server: gateway, `awslambdaric`'s loop, DynamoDB protocol. The peer
is one node process with its database inside, behind `node:http`; its rate limit is off, because ours is API
Gateway's."""


def run(*, large: bool) -> Section:
    """Measure both, or say why the peer is not here."""
    del large
    try:
        return _compare()
    except PeerUnavailable as reason:
        return Section("verification", TITLE, METHOD, [["not measured", str(reason)]])


def _compare() -> Section:
    with world() as place, tempfile.TemporaryDirectory() as name:
        made = [new_key(ACME, "role_viewer") for _ in range(KEYS)]
        write_all(place, [record for _, records in made for record in records])
        with dev_server(place, Path(name)) as ours, peer_server(Path(name) / "peer.db") as theirs:
            requests = {
                OURS: (ours, _asking([_validate(value) for value, _ in made])),
                PEER: (theirs, _asking([_verify(value) for value in _create(theirs)])),
            }
            loads = {title: (lambda port=port, asked=asked: run_load(port, asked, seconds=SECONDS, expected=200))
                     for title, (port, asked) in requests.items()}
            in_turn(loads, rounds=1)
            found = {title: median_load(samples) for title, samples in in_turn(loads, rounds=ROUNDS).items()}
    return Section("verification", TITLE, METHOD, _table(found), _targets(found), [f"The peer: {describe_peer()}."])


def _validate(value: str) -> bytes:
    return get("/api/v1/auth/validate", {"Authorization": f"Bearer {value}"})


def _verify(value: str) -> bytes:
    return get("/verify", {"x-api-key": value})


def _create(port: int) -> list[str]:
    with Client(port) as client:
        return [json.loads(client.ask(post("/create", {}))[1])["key"] for _ in range(KEYS)]


def _asking(spelled: Sequence[bytes]) -> list[Request]:
    """Return a request maker for each client, which starts at a place of its own."""
    def client(number: int) -> Request:
        start = number * len(spelled) // CLIENTS
        return lambda turn: spelled[(start + turn) % len(spelled)]

    return [client(number) for number in range(CLIENTS)]


def _table(found: dict[str, Load]) -> list[list[str]]:
    rows = [["", "requests/s", "p50 ms", "p99 ms"]]
    rows += [[title, f"{load.throughput:,.0f}", milliseconds(load.p50), milliseconds(load.p99)]
             for title, load in found.items()]
    return rows


def _targets(found: dict[str, Load]) -> list[Target]:
    return [
        Target("throughput, to the peer's", found[OURS].throughput / found[PEER].throughput, 1, at_least=True),
        Target("p99, to the peer's", found[OURS].p99 / found[PEER].p99, 1),
    ]
