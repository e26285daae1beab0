"""Fuzz every parser for a while each: `make fuzz` (FUZZ_SECONDS=60; ARGS="body reply" for some of them).

What the fuzzer found interesting is kept in `.fuzz`, and the next run starts from it. A find stops its target; its
input is printed, and belongs into a test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS
from tests.hostile.figures import keep

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".fuzz"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "10"))
SLOWEST, MEGABYTES, AT_ONCE = 5, 2048, 2
_DONE = re.compile(r"#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+)")
_WAITED = 120


def fuzz(target: Target) -> dict[str, int]:
    """Fuzz one target, and return what was counted; a find is an input that broke the promise."""
    folder, finds = KEPT / target.name, KEPT / "finds"
    for one in (folder, finds):
        one.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.inputs()):
        (folder / f"seed-{number}").write_bytes(data)
    words = KEPT / f"{target.name}.words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words or "a"))
    found = finds / f"{target.name}.found"
    found.unlink(missing_ok=True)
    options = [f"-max_total_time={SECONDS}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MEGABYTES}", "-verbosity=1",
               f"-max_len={target.longest}", f"-exact_artifact_path={found}", f"-dict={words}", "-print_final_stats=1",
               str(folder)]  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "layers" / "controlplane", ROOT))),
               "IRONFLOW_FIGURES": ""}  # fmt: skip
    try:
        done = subprocess.run([sys.executable, "-m", "tests.fuzz.one", target.name, *options], cwd=ROOT, env=environ,
                              capture_output=True, timeout=SECONDS + _WAITED, check=False)  # fmt: skip
        raised, told = (one.decode("utf-8", "replace") for one in (done.stdout, done.stderr))
        code = done.returncode
    except subprocess.TimeoutExpired:
        raised, told, code = "", "it did not end", 1
    counted = _DONE.search(told)
    good = code == 0 and counted is not None
    if not good:
        _say(f"{target.name}: found {found.read_bytes()!r}" if found.exists() else f"{target.name}: failed")
        _say((raised or told)[-3000:])
    runs, edges, features = map(int, counted.groups()) if counted else (_number("number_of_executed_units", told), 0, 0)
    return {"inputs": runs, "branches": edges, "features": features, "finds": int(not good)}


def _number(name: str, told: str) -> int:
    found = re.search(rf"stat::{name}:\s+(\d+)", told)
    return int(found[1]) if found else 0


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def main(words: list[str]) -> int:
    """Fuzz what is named, or everything; exit code 1 when something was found."""
    named = [target for name, target in TARGETS.items() if not words or name in words]
    found: list[list[str | int]] = []
    with ThreadPoolExecutor(AT_ONCE) as two:
        for target, counted in zip(named, two.map(fuzz, named), strict=True):
            found.append([target.name, *counted.values()])
            _say(f"{target.name}: " + ", ".join(f"{value} {name}" for name, value in counted.items()))
    finds = sum(int(one[-1]) for one in found)
    if len(named) == len(TARGETS):
        keep("fuzz", parsers=found, inputs=sum(int(one[1]) for one in found), finds=finds, seconds_for_each=SECONDS)
    return int(finds > 0)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
