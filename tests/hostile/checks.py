"""Run what judges the code and its dependencies from outside, and keep its figures for docs/assurance.md.

`make sast`, `make audit-dependencies` and `make sbom`; the exit code is 1 when anything is found or cannot be asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.figures import keep

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".venv-checks" / "bin"
CODE = ("layers", "functions", "cli", "devserver")
LOCKS = ("runtime", "dev")
SBOM = ROOT / "dist" / "sbom.json"


def sast() -> int:
    """Search the code with bandit, and with semgrep for what breaks rules of our own; neither needs a network."""
    bandit = _json("bandit", "--quiet", "--recursive", "--severity-level", "medium", "--format", "json", *CODE)
    semgrep = _json("semgrep", "scan", "--metrics", "off", "--disable-version-check", "--quiet", "--json",
                    "--config", ".semgrep.yml", ".")  # fmt: skip
    found = [f"{one['filename']}:{one['line_number']} {one['issue_text']}" for one in bandit["results"]]
    found += [f"{one['path']}:{one['start']['line']} {one['extra']['message']}" for one in semgrep["results"]]
    failed = [*bandit["errors"], *semgrep["errors"]]
    lines, files = bandit["metrics"]["_totals"]["loc"], len(semgrep["paths"]["scanned"])
    keep("static_analysis", bandit_lines=lines, semgrep_files=files, findings=len(found), unread=len(failed))
    return _told([*found, *map(str, failed)])


def audit_dependencies() -> int:
    """Ask the advisory database about every locked package; not to be able to ask is a failure."""
    asked, found, silent = 0, [], []
    for lock in LOCKS:
        done = _run("pip-audit", "--strict", "--disable-pip", "--require-hashes", "--progress-spinner", "off",
                    "--format", "json", "--requirement", f"requirements/{lock}.lock")  # fmt: skip
        if not done.stdout.strip():
            silent.append(f"{lock}.lock: {done.stderr.strip()[-300:]}")
            continue
        packages = json.loads(done.stdout)["dependencies"]
        asked += len(packages)
        found += [f"{one['name']} {one['version']}: {weak['id']}" for one in packages for weak in one.get("vulns", ())]
        silent += [f"{one['name']}: {one['skip_reason']}" for one in packages if "skip_reason" in one]
    keep("dependency_audit", packages_asked_about=asked, weaknesses=len(found),
         outcome="the database could not be asked: failed, as it must" if silent else "asked")  # fmt: skip
    return _told([*found, *silent])


def sbom() -> int:
    """Write dist/sbom.json (CycloneDX) from the lock of what is deployed."""
    SBOM.parent.mkdir(exist_ok=True)
    done = _run("cyclonedx-py", "requirements", "requirements/runtime.lock", "--pyproject", "pyproject.toml",
                "--output-reproducible", "--output-file", str(SBOM))  # fmt: skip
    if done.returncode:
        return _told([done.stderr])
    keep("sbom", components=len(json.loads(SBOM.read_text())["components"]))
    return 0


def _json(program: str, *arguments: str) -> Any:
    done = _run(program, *arguments)
    if not done.stdout.strip():
        raise SystemExit(f"{program} did not run: {done.stderr[-1000:]}")
    return json.loads(done.stdout)


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROGRAMS / program), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def _told(wrong: list[str]) -> int:
    for one in wrong:
        print(one, file=sys.stderr)  # noqa: T201
    return int(bool(wrong))


CHECKS: dict[str, Callable[[], int]] = {"sast": sast, "audit-dependencies": audit_dependencies, "sbom": sbom}

if __name__ == "__main__":
    raise SystemExit(max(CHECKS[name]() for name in sys.argv[1:]))
