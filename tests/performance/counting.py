"""Counts that do not depend on how busy a machine is; `python -m tests.performance.counting` renews the baseline.

Renew it in the commit that changes a count on purpose, so that the change is seen.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BASELINE = Path(__file__).with_name("baseline.json")
PROGRAMS = Path(__file__).with_name("programs.py")
FUNCTION, CORE = ROOT / "functions" / "authorizer", ROOT / "layers" / "controlplane"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
DECISIONS, REFERENCES = 1000, 2000
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
    turn = (_instructions("reference", 1 + REFERENCES) - _instructions("reference", 1)) / REFERENCES
    return decision / turn


def has_valgrind() -> bool:
    """Tell whether instructions can be counted here."""
    return shutil.which("valgrind") is not None


def _source(name: str) -> Path:
    place = (FUNCTION if name == "app" else CORE) / name.replace(".", "/")
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _instructions(program: str, times: int) -> int:
    under = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    return int(_COLLECTED.findall(_run(under, program, times).stderr)[-1])


def _run(under: list[str], program: str, times: int) -> subprocess.CompletedProcess[str]:
    import awslambdaric

    paths = [FUNCTION, CORE, Path(awslambdaric.__file__).parents[1]]
    environ = {"PYTHONPATH": ":".join(map(str, paths)), "PYTHONHASHSEED": "0", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    command = [*under, getattr(sys, "_base_executable", sys.executable), "-S", str(PROGRAMS), program, str(times)]
    return subprocess.run(command, env=environ, check=True, capture_output=True, text=True)


def main() -> None:
    """Write the baseline."""
    found = {
        "python": VERSION, "own_modules": imported_of(own=True), "other_modules": imported_of(own=False),
        "bytes": package_bytes(), "decision": round(decision_cost(), 1),
    }
    BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
