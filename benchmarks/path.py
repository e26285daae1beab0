"""The whole path: an HTTP client, the local gateway, the functions under awslambdaric, and the store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.load import Load, Request, get, run_load
from benchmarks.report import Section, milliseconds
from benchmarks.server import dev_server
from benchmarks.world import ACME, world

CLIENTS = (1, 8, 32)
SECONDS, WARM_SECONDS = 4.0, 2.0
METHOD = f"""\
The dev server as `make dev` starts it: gateway, pools of processes in `awslambdaric`'s loop, embedded store; clients on
kept-alive connections in a process of their own, on the same machine. {SECONDS:.0f} s each after {WARM_SECONDS:.0f} s
of warming up. On AWS the gateway and the network take the place of most of this."""
ROUTES = {"one function (`GET /auth/validate`)": "/api/v1/auth/validate",
          "authorizer, then function (`GET /projects`)": "/api/v1/projects"}


def run(*, large: bool) -> Section:
    """Measure both kinds of route at every number of clients."""
    del large
    rows = [["", "clients", "requests/s", "p50 ms", "p99 ms"]]
    with world() as place, tempfile.TemporaryDirectory() as name:
        keys = [place.key(ACME, "role_viewer") for _ in range(max(CLIENTS))]
        with dev_server(place, Path(name)) as port:
            for title, path in ROUTES.items():
                for clients in CLIENTS:
                    requests = [_asking(path, key) for key in keys[:clients]]
                    run_load(port, requests, seconds=WARM_SECONDS, expected=200)
                    rows.append([title, str(clients), *_shown(run_load(port, requests, seconds=SECONDS, expected=200))])
    return Section("path", "The whole path over the dev server", METHOD, rows)


def _asking(path: str, key: str) -> Request:
    request = get(path, {"Authorization": f"Bearer {key}"})
    ask: Callable[[int], bytes] = lambda _turn: request
    return ask


def _shown(load: Load) -> list[str]:
    return [f"{load.throughput:,.0f}", milliseconds(load.p50), milliseconds(load.p99)]
