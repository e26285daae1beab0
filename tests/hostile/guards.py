"""Take each guard away in a copy of the project, see its test fail, and write docs/invariants.md.

`make guards`; with words as arguments, only the invariants whose names hold one of them, and nothing is written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.hostile.invariants import INVARIANTS, Invariant

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "invariants.md"
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".aws-sam", ".ironflow", "__pycache__", ".*_cache", ".hypothesis")
_SECONDS = 900  # a property that fails is first made small
_HEAD = """# Invariants

Twenty sentences that hold whatever anybody does. Each has a test that attacks it, and a guard in the code that keeps
it; `make guards` takes each guard away in a copy of the project, runs the test, and writes this page. A test that stays
green without its guard attacks nothing, and fails the run.

"""


def without_guard(invariant: Invariant, copy: Path) -> str:
    """Run the invariant's test in the copy without the guard; return pytest's last line, or "" if it passed."""
    file = copy / invariant.path
    text = file.read_text()
    if text.count(invariant.taken) != 1:
        raise SystemExit(f"{invariant.name}: the guard stands {text.count(invariant.taken)} times in {invariant.path}")
    file.write_text(text.replace(invariant.taken, invariant.left))
    try:
        done = _pytest(copy, invariant.test)
    finally:
        file.write_text(text)
    return "" if done.returncode == 0 else _last_line(done)


def _pytest(copy: Path, test: str) -> subprocess.CompletedProcess[str]:
    folders = (copy / "layers" / "controlplane", copy / "cli", copy)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test], cwd=copy,
                          env=environ, capture_output=True, text=True, timeout=_SECONDS, check=False)  # fmt: skip


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode != 1:
        raise SystemExit(f"pytest could not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout.strip().splitlines()[-1].split(" in ")[0].strip("= ")


def page_of(found: list[tuple[Invariant, str]]) -> str:
    """Return the page: a row for each invariant, with what its test said when the guard was gone."""
    lines = ["| | Invariant | The guard that was taken away | Where | The test that failed without it | It said |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {number} | {one.name} | {one.guard} | `{one.file}` | `{one.test}` | {said} |"
        for number, (one, said) in enumerate(found, start=1)
    ]
    more = [f"- {one.name}: {', '.join(_code(test) for test in one.more)}" for one, _ in found if one.more]
    return _HEAD + "\n".join(lines) + "\n\nFurther attacks:\n\n" + "\n".join(more) + "\n"


def _code(test: str) -> str:
    name, bracket, rest = test.partition(" (")
    return (f"`{name}`" if name.startswith("tests/") else name) + bracket + rest


def main(words: list[str]) -> int:
    """Try them; exit code 1 when a guard's absence went unnoticed."""
    wanted = [one for one in INVARIANTS if not words or any(word in one.name for word in words)]
    found: list[tuple[Invariant, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        for one in wanted:
            said = without_guard(one, copy)
            print(f"{'failed, as it must' if said else 'NOT NOTICED'}: {one.name} ({said})", flush=True)  # noqa: T201
            found.append((one, said))
    if not words and all(said for _, said in found):
        PAGE.write_text(page_of(found))
    return int(not all(said for _, said in found))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
