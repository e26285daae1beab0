"""Cold starts: from the start of the process to the first reply, under the real runtime interface client."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.events import request_event
from benchmarks.report import Section, Target, milliseconds, ratio
from benchmarks.runtime import ROOT, Built, Environment, build
from benchmarks.sampling import Cost, in_turn, median_cost
from benchmarks.world import ACME, World, world

ROUNDS = 9
HANDLERS = Path(__file__).with_name("handlers")
EMPTY, OURS = "an empty handler", "**the authorizer**"
ON_BOTO3, ON_PYNAMODB = "the same on boto3", "the same on pynamodb"
OBVIOUS = "boto3, pynamodb, Powertools Tracer, PyJWT"
CANDIDATES = {
    EMPTY: HANDLERS / "empty", OURS: ROOT / "functions/authorizer", ON_BOTO3: HANDLERS / "on_boto3",
    ON_PYNAMODB: HANDLERS / "on_pynamodb", OBVIOUS: HANDLERS / "obvious",
}
METHOD = f"""\
`python -S -m awslambdaric app.handler`, built and compiled, answering one request with a tenant's key and a built-in
role from the embedded store over plain HTTP: start of the process to the reply. Medians of {ROUNDS} starts each, in
turn. Instructions are valgrind's, of one start each: they do not depend on what else the machine does."""


def run(*, large: bool) -> Section:
    """Measure every candidate."""
    del large
    with world() as place, tempfile.TemporaryDirectory() as name:
        event = request_event(place.key(ACME, "role_viewer"))
        built = {title: build(source, Path(name)) for title, source in CANDIDATES.items()}
        starts = {title: _start(one, place, event) for title, one in built.items()}
        in_turn(starts, rounds=1)
        costs = {title: median_cost(found) for title, found in in_turn(starts, rounds=ROUNDS).items()}
        counts = {title: _count(one, place, event) for title, one in built.items()} if shutil.which("valgrind") else {}
    return Section("cold", "Cold start of the authorizer", METHOD, _table(costs, counts), _targets(costs),
                   () if counts else ("valgrind is not here: instructions were not counted",))


def _start(built: Built, place: World, event: dict[str, Any]) -> Callable[[], Cost]:
    def start() -> Cost:
        environment = Environment(built, place.environ)
        environment.invoke(event)
        return environment.stop()

    return start


def _count(built: Built, place: World, event: dict[str, Any]) -> int:
    under = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    environment = Environment(built, place.environ, under=under)
    environment.invoke(event)
    return environment.stop_counted()


def _table(costs: dict[str, Cost], counts: dict[str, int]) -> list[list[str]]:
    empty, mine = costs[EMPTY], costs[OURS]
    rows = [["", "wall ms", "CPU ms", "CPU, to empty", "the authorizer's CPU, to this", "million instructions"]]
    for title, cost in costs.items():
        rows.append([title, milliseconds(cost.wall), milliseconds(cost.cpu), ratio(cost.cpu / empty.cpu),
                     ratio(mine.cpu / cost.cpu), f"{counts[title] / 1e6:.0f}" if counts else "–"])
    return rows


def _targets(costs: dict[str, Cost]) -> list[Target]:
    mine = costs[OURS]
    return [
        Target("wall, to an empty handler", mine.wall / costs[EMPTY].wall, 1.75),
        Target("CPU, to an empty handler", mine.cpu / costs[EMPTY].cpu, 1.75),
        Target("CPU, to the same on boto3", mine.cpu / costs[ON_BOTO3].cpu, 0.2),
        Target("CPU, to the obvious stack", mine.cpu / costs[OBVIOUS].cpu, 0.1),
    ]
