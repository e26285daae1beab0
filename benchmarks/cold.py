"""Cold starts: from the start of the process to the first reply, under the real runtime interface client."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.events import request_event
from benchmarks.report import Section, Target, milliseconds, ratio
from benchmarks.runtime import ROOT, Built, Environment, build, instructions_of_start, without_byte_code
from benchmarks.sampling import Cost, in_turn, median_cost
from benchmarks.terminator import Secure, tls_before
from benchmarks.world import ACME, World, world

ROUNDS = 9
HANDLERS = Path(__file__).with_name("handlers")
EMPTY, OURS = "an empty handler", "**the authorizer**"
ON_BOTO3, ON_PYNAMODB = "the same on boto3", "the same on pynamodb"
OBVIOUS = "boto3, pynamodb, Powertools Tracer, PyJWT"
SOURCES = {
    EMPTY: HANDLERS / "empty", OURS: ROOT / "functions/authorizer", ON_BOTO3: HANDLERS / "on_boto3",
    ON_PYNAMODB: HANDLERS / "on_pynamodb", OBVIOUS: HANDLERS / "obvious",
}
AS_SAM_LEAVES_IT = f"{OBVIOUS}, as `sam build` leaves it"
METHOD = f"""\
`python -S -m awslambdaric app.handler`, built and compiled, answering one request with a tenant's key and a built-in
role from the embedded store: start of the process to the reply. Medians of {ROUNDS} starts each, in turn. Instructions
are valgrind's, of one start each: they do not depend on what else the machine does. Over TLS none are counted:
valgrind is fifty times slower, and the authorizer's limit for one question would end the handshake.

The rows over plain HTTP are followed by the same over TLS, as on AWS: a terminator before the store, in a process of
its own, whose certificate (RSA, 2048 bits) is vouched for by a root that is thrown away. It stands beside the roots
that each candidate trusts on AWS: the authorizer finds it in a directory with Amazon's five, boto3 and what builds on
it in a bundle with certifi's. `sam build` compiles nothing, and the file system of a function is read-only: the row of
that name starts without byte-code for what a project installs, while the standard library and the runtime client have
theirs. The target for the obvious stack is judged on the compiled one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is started, and with which variables."""

    built: Built
    environ: Mapping[str, str]


def over_tls(title: str) -> str:
    """Return the title of a row over TLS."""
    return f"{title}, over TLS"


def _is_secure(title: str) -> bool:
    return title.endswith(over_tls(""))


def run(*, large: bool) -> Section:
    """Measure every candidate."""
    del large
    with world() as place, tempfile.TemporaryDirectory() as name, _candidates(place, Path(name)) as candidates:
        event = request_event(place.key(ACME, "role_viewer"))
        starts = {title: _start(one, event) for title, one in candidates.items()}
        in_turn(starts, rounds=1)
        costs = {title: median_cost(found) for title, found in in_turn(starts, rounds=ROUNDS).items()}
        valgrind = shutil.which("valgrind")
        counts = {title: instructions_of_start(one.built, one.environ, event)
                  for title, one in candidates.items() if not _is_secure(title)} if valgrind else {}
    return Section("cold", "Cold start of the authorizer", METHOD, _table(costs, counts), _targets(costs),
                   () if counts else ("valgrind is not here: instructions were not counted",))


@contextmanager
def _candidates(place: World, folder: Path) -> Iterator[dict[str, Candidate]]:
    built = {title: build(source, folder) for title, source in SOURCES.items()}
    candidates = {title: Candidate(one, place.environ) for title, one in built.items()}
    bare = without_byte_code(built[OBVIOUS], place.environ, request_event(place.key(ACME, "role_viewer")), folder)
    candidates[AS_SAM_LEAVES_IT] = Candidate(built[OBVIOUS], place.environ | bare)
    with tls_before(place.endpoint, folder) as secure:
        for title in (OURS, ON_BOTO3, OBVIOUS):
            candidates[over_tls(title)] = Candidate(built[title], place.environ | _trusting(secure, title))
        yield candidates


def _trusting(secure: Secure, title: str) -> dict[str, str]:
    roots = secure.directory if title == OURS else secure.bundle
    return {"AWS_ENDPOINT_URL_DYNAMODB": secure.endpoint, "AWS_CA_BUNDLE": str(roots)}


def _start(one: Candidate, event: dict[str, Any]) -> Callable[[], Cost]:
    def start() -> Cost:
        environment = Environment(one.built, one.environ)
        environment.invoke(event)
        return environment.stop()

    return start


def _table(costs: dict[str, Cost], counts: dict[str, int]) -> list[list[str]]:
    empty, mine, mine_over_tls = costs[EMPTY], costs[OURS], costs[over_tls(OURS)]
    rows = [["", "wall ms", "CPU ms", "CPU, to empty", "the authorizer's CPU, to this", "million instructions"]]
    for title, cost in costs.items():
        compared = mine_over_tls if _is_secure(title) else mine
        rows.append([title, milliseconds(cost.wall), milliseconds(cost.cpu), ratio(cost.cpu / empty.cpu),
                     ratio(compared.cpu / cost.cpu), f"{counts[title] / 1e6:.0f}" if title in counts else "–"])
    return rows


def _targets(costs: dict[str, Cost]) -> list[Target]:
    mine = costs[OURS]
    secure = costs[over_tls(OURS)]
    return [
        Target("wall, to an empty handler", mine.wall / costs[EMPTY].wall, 1.75),
        Target("CPU, to an empty handler", mine.cpu / costs[EMPTY].cpu, 1.75),
        Target("CPU, to an empty handler, what is aimed for", mine.cpu / costs[EMPTY].cpu, 1.5),
        Target("CPU, to the same on boto3", mine.cpu / costs[ON_BOTO3].cpu, 0.2),
        Target("CPU, to the obvious stack", mine.cpu / costs[OBVIOUS].cpu, 0.1),
        Target("CPU, to an empty handler, over TLS", secure.cpu / costs[EMPTY].cpu, 1.75),
        Target("CPU, to the same on boto3, over TLS", secure.cpu / costs[over_tls(ON_BOTO3)].cpu, 0.2),
        Target("CPU, to the obvious stack, over TLS", secure.cpu / costs[over_tls(OBVIOUS)].cpu, 0.1),
    ]
