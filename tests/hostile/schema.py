"""Let schemathesis loose on the OpenAPI document as two tenants, the operator and the platform (`make schema`).

It runs in a venv of its own, so it is no part of `make test`: `IRONFLOW_EXAMPLES` bounds it, 15 per operation if unset.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.hostile.figures import keep
from tests.http.client import V1, Client, Ledger
from tests.http.world import World
from tests.running_server import RunningServer

PROGRAM = Path(__file__).parents[2] / ".venv-checks" / "bin" / "schemathesis"
CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance"
_CASES = re.compile(r"(\d+) generated")


def _arguments(server: RunningServer, caller: Client, document: Path, seed: int) -> list[str]:
    return [
        str(PROGRAM), "run", str(document), "--url", server.base_url, "--checks", CHECKS,
        "--phases", "examples,fuzzing",
        "--max-examples", os.environ.get("IRONFLOW_EXAMPLES", "15"), "--mode", "all", "--workers", "2", "--no-color",
        "--seed", str(seed), "--header", f"Authorization: Bearer {caller.credential}", "--exclude-path-regex",
        "auth/login|/orgs/[{]org_id[}]$|metrics", "--suppress-health-check", "all", "--generation-database", "none",
        "--request-timeout", "30", "--continue-on-failure",
    ]  # fmt: skip


def _seen_by(tenant: Client) -> list[bytes]:
    """Return what an organization sees of itself, its own keys' use apart."""
    return [
        tenant.get(f"{V1}/{name}").unidentified[1] for name in ("orgs", "projects", "environments", "users", "roles")
    ]


def main() -> int:
    """Run it once for each caller; exit code 1 when anything was found, or when B could tell that A was there."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningServer("--no-reload", data_dir=Path(folder) / "data") as server,
    ):
        world = World(server, Ledger())
        document = Path(folder) / "openapi.json"
        document.write_bytes(world.operator.get(f"{V1}/openapi.json").body)
        before = _seen_by(world.b.admin)
        codes, cases, untouched = [], 0, True
        callers = (world.a.admin, world.a.keys["viewer"], world.platform["viewer"], world.platform["admin"])
        for seed, caller in enumerate(callers):
            done = subprocess.run(
                _arguments(server, caller, document, seed), cwd=folder, capture_output=True, text=True, check=False
            )
            print(done.stdout, done.stderr, file=sys.stderr)  # noqa: T201
            codes.append(done.returncode)
            cases += sum(map(int, _CASES.findall(done.stdout)))
            if caller is not world.platform["admin"]:  # who may delete any tenant, and finds the ids in the lists
                untouched = untouched and before == _seen_by(world.b.admin)
    keep(
        "schemathesis",
        cases=cases,
        runs=len(codes),
        failed_runs=sum(map(bool, codes)),
        other_tenant_untouched=untouched,
    )
    print(f"schemathesis: {cases} requests, exit codes {codes}, the other tenant untouched: {untouched}")  # noqa: T201
    return int(any(codes) or not untouched)


if __name__ == "__main__":
    raise SystemExit(main())
