"""Counts that do not depend on how busy a machine is; `python -m tests.performance.counting` renews the baseline.

Renew it in the commit that changes a count on purpose, so that the change is seen.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.callers import CONDITIONS, SIMPLE, TOKEN, events_of_callers
from benchmarks.cold import EMPTY, OURS, SOURCES
from benchmarks.runtime import build, instructions_of_start
from benchmarks.world import world

ROOT = Path(__file__).parents[2]
BASELINE = Path(__file__).with_name("baseline.json")
PROGRAMS = Path(__file__).with_name("programs.py")
FUNCTION, CORE = ROOT / "functions" / "authorizer", ROOT / "layers" / "controlplane"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
DECISIONS, REFERENCES = 1000, 2000
FIRST_REQUESTS = {"key": SIMPLE, "token": TOKEN, "conditions": CONDITIONS}
"""What the first request after a start may carry: each of them imports something that the others do not."""
_COLLECTED = re.compile(r"Collected : (\d+)")


def baseline() -> Any:
    """Return the committed counts."""
    return json.loads(BASELINE.read_text(encoding="utf-8"))


@cache
def imported() -> tuple[str, ...]:
    """Return the names of the modules that a start of the authorizer imports on top of the runtime client."""
    return tuple(_run([], "modules", 0).stdout.split())


def imported_of(*, own: bool) -> list[str]:
    """Return the product's own modules, or all others."""
    return [name for name in imported() if (name.partition(".")[0] in ("app", "controlplane")) == own]


def package_bytes() -> int:
    """Return the size of the source that a start of the authorizer loads."""
    return sum(_source(name).stat().st_size for name in imported_of(own=True))


def decision_cost() -> float:
    """Return the instructions of one decision, in units of one turn of the reference loop (needs valgrind)."""
    nothing = _instructions("decide", 1)
    decision = (_instructions("decide", 1 + DECISIONS) - nothing) / DECISIONS
    return decision / _turn()


@cache
def imported_later() -> dict[str, list[str]]:
    """Return for each kind of first request the modules that answering it imports on top of a start."""
    with world() as place:
        events = events_of_callers(place)
        told = {kind: _run([], "answer", 0, json.dumps(events[caller]()), environ=place.environ).stdout
                for kind, caller in FIRST_REQUESTS.items()}
    # the first line is the authorizer's own
    return {kind: [name for name in text.splitlines()[1:] if name] for kind, text in told.items()}


def start_costs() -> dict[str, int]:
    """Return the instructions of a start until its first reply, as built, less an empty handler's (needs valgrind).

    In turns of the reference loop, for each kind of first request.
    """
    with ExitStack() as held:
        place, folder = held.enter_context(world()), Path(held.enter_context(tempfile.TemporaryDirectory()))
        events = events_of_callers(place)
        empty, ours = build(SOURCES[EMPTY], folder), build(SOURCES[OURS], folder)
        nothing = instructions_of_start(empty, place.environ, events[SIMPLE]())
        return {kind: round((instructions_of_start(ours, place.environ, events[caller]()) - nothing) / _turn())
                for kind, caller in FIRST_REQUESTS.items()}


def has_valgrind() -> bool:
    """Tell whether instructions can be counted here."""
    return shutil.which("valgrind") is not None


def _source(name: str) -> Path:
    place = (FUNCTION if name == "app" else CORE) / name.replace(".", "/")
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@cache
def _turn() -> float:
    """Return the instructions of one turn of the reference loop."""
    return (_instructions("reference", 1 + REFERENCES) - _instructions("reference", 1)) / REFERENCES


def _instructions(program: str, times: int) -> int:
    under = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    return int(_COLLECTED.findall(_run(under, program, times).stderr)[-1])


def _run(
    under: list[str], program: str, times: int, *words: str, environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    import awslambdaric

    paths = [FUNCTION, CORE, Path(awslambdaric.__file__).parents[1]]
    variables = {"PYTHONPATH": ":".join(map(str, paths)), "PYTHONHASHSEED": "0",
                 "PATH": "/usr/local/bin:/usr/bin:/bin", **(environ or {})}
    python = getattr(sys, "_base_executable", sys.executable)
    command = [*under, python, "-S", str(PROGRAMS), program, str(times), *words]
    return subprocess.run(command, env=variables, check=True, capture_output=True, text=True)


def main() -> None:
    """Write the baseline."""
    found = {
        "python": VERSION, "own_modules": imported_of(own=True), "other_modules": imported_of(own=False),
        "bytes": package_bytes(), "decision": round(decision_cost(), 1), "imported_later": imported_later(),
        "starts": start_costs(),
    }
    BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
