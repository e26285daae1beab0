"""Change the modules that everything rests on, one small thing at a time, and count what no test notices.

`make mutation`; with words as arguments, only the modules whose paths hold one of them; `--anew` forgets what an
earlier run found. It works in a copy, which nobody edits meanwhile, and writes nothing even there: a changed module
exists in a fork of this process only, which runs the tests that reach the changed function, quickest first, until one
of them fails. What survives those is tried with the other quick tests of its module. Results are kept one by one, so a
run that was ended goes on where it was; each stands as long as the module, and the test that noticed, are as they were.
Why a survivor is none of a test's business stands in survivors.toml.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.hostile.figures import keep
from tests.hostile.mutants import mutants_of
from tests.hostile.mutation_process import Trial, baseline_of, preload, tried

ROOT = Path(__file__).parents[2]
CORE = "layers/controlplane/controlplane/"
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".aws-sam", ".ironflow", "__pycache__", ".*_cache", ".hypothesis",
                                   ".fuzz", ".mutation", ".figures", "build", "node_modules")  # fmt: skip
REASONS = Path(__file__).with_name("survivors.toml")
KEPT = ROOT / ".mutation"
WANTED_PERCENT = 85
_TARGETS = "tests/fuzz/test_targets.py"
_DECISION = ("tests/domain/test_access.py", "tests/domain/test_access_grants.py", "tests/domain/test_patterns.py",
             "tests/domain/test_access_properties.py", _TARGETS)  # fmt: skip
_SESSIONS = ("tests/security/test_tokens.py", "tests/security/test_forged_tokens.py",
             "tests/security/test_token_bounds.py")  # fmt: skip
_KEYS = ("tests/services/test_apikeys.py", "tests/services/test_apikeys_changes.py")
TARGETS: Mapping[str, tuple[str, ...]] = {
    "security/tokens.py": _SESSIONS,
    "security/token_secrets.py": ("tests/security/test_token_secrets.py",),
    "services/cursors.py": ("tests/services/test_cursors.py", "tests/hostile/test_parsers.py"),
    "services/apikeys.py": _KEYS,
    "services/key_records.py": _KEYS,
    "services/authority.py": ("tests/services/test_authority.py", *_KEYS, "tests/services/test_roles_escalation.py",
                              "tests/services/test_users_escalation.py", "tests/services/test_roles.py"),
    "domain/credentials.py": ("tests/hostile/test_secrets_in_paths.py",),
    "domain/durations.py": ("tests/domain/test_durations.py", _TARGETS, *_KEYS),
    "api/body_parser.py": (_TARGETS, "tests/hostile/test_body_parser.py"),
    "gateway/authorizer/credentials.py": ("tests/authorizer/test_presented.py", _TARGETS,
                                          "tests/authorizer/test_credentials.py"),
    "domain/access.py": _DECISION,
    "domain/grants.py": (*_DECISION, "tests/domain/test_held_roles.py", "tests/domain/test_coverage.py"),
    "domain/patterns.py": (*_DECISION, "tests/domain/test_patterns_properties.py"),
    "domain/coverage.py": ("tests/domain/test_coverage.py", "tests/domain/test_coverage_properties.py"),
}  # fmt: skip
Results = dict[str, str]
"""Of each mutant's name, the test that noticed it; empty when none did."""


def results_of(target: str, copy: Path, *, anew: bool) -> Results:
    """Try every mutant of a module in the copy, except those whose result is known already."""
    file, tests = copy / CORE / target, TARGETS[target]
    source = file.read_text()
    kept = KEPT / f"{target.replace('/', '.')}.json"
    seals = _seals(copy, file, tests)
    known = {} if anew else _known(kept, seals)
    mutants = list(mutants_of(source, file=str(file)))
    left = [one for one in mutants if one.name not in known]
    results = {one.name: known[one.name] for one in mutants if one.name in known}
    if left:
        with tempfile.TemporaryDirectory() as folder:
            baseline = baseline_of(copy, file, tests, Path(folder))
            preload(baseline)
            for name, noticed in tried([Trial(one, copy, file, tests, baseline) for one in left], Path(folder)):
                results[name] = noticed
                _keep(kept, seals, results)
                if not noticed:
                    _say(f"survived: {target}: {name}")
    return results


def _seals(copy: Path, file: Path, tests: tuple[str, ...]) -> dict[str, str]:
    """Return the hash of each file that a result may rest on: the module, and the tests that are asked about it."""
    named = [found for name in tests for found in ([copy / name] if name.endswith(".py") else _below(copy / name))]
    return {str(one.relative_to(copy)): hashlib.sha256(one.read_bytes()).hexdigest() for one in (file, *named)}


def _below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _known(kept: Path, seals: Mapping[str, str]) -> Results:
    """Return the results that still stand: the module is as it was, and so is the test that noticed, or are all."""
    if not kept.exists():
        return {}
    found: dict[str, Any] = json.loads(kept.read_text())
    changed = {name for name in {*seals, *found["seals"]} if seals.get(name) != found["seals"].get(name)}
    if next(iter(seals)) in changed:
        return {}
    return {name: noticed for name, noticed in found["results"].items()
            if (noticed.partition("::")[0] not in changed if noticed else not changed)}  # fmt: skip


def _keep(kept: Path, seals: Mapping[str, str], results: Results) -> None:
    kept.parent.mkdir(exist_ok=True)
    new = kept.with_suffix(".new")
    new.write_text(json.dumps({"seals": seals, "results": results}, indent=1) + "\n")
    new.replace(kept)


def complaints(target: str, results: Results, reasons: Mapping[str, str]) -> Iterator[str]:
    """Tell what is wrong with a module's results: too few noticed, or a survivor and its reason do not meet."""
    alive = [name for name, noticed in results.items() if not noticed]
    if (len(results) - len(alive)) * 100 < WANTED_PERCENT * len(results):
        yield f"{target}: fewer than {WANTED_PERCENT} of 100 were noticed"
    yield from (f"{target}: survived without a reason: {name}" for name in alive if not reasons.get(name))
    yield from (f"{target}: a reason for what did not survive: {name}" for name in reasons if name not in alive)


def main(words: list[str]) -> int:
    """Try every mutant; exit code 1 when too few were noticed, or a survivor has no reason."""
    anew, words = "--anew" in words, [word for word in words if word != "--anew"]
    named = [target for target in TARGETS if not words or any(word in target for word in words)]
    reasons: dict[str, dict[str, str]] = tomllib.loads(REASONS.read_text())
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / "copy"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        found = {target: _said(target, results_of(target, copy, anew=anew)) for target in named}
    if len(named) == len(TARGETS):
        keep("mutation", **_figures(found, reasons))
    wrong = [one for target in named for one in complaints(target, found[target], reasons.get(target, {}))]
    for one in wrong:
        _say(one)
    return int(bool(wrong))


def _figures(found: Mapping[str, Results], reasons: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return what docs/assurance.md tells: in all, of each module, and of each survivor with its reason."""
    killed = {target: sum(map(bool, results.values())) for target, results in found.items()}
    alive = [(target, name) for target, results in found.items() for name, noticed in results.items() if not noticed]
    return {
        "tried": sum(map(len, found.values())),
        "killed": sum(killed.values()),
        "modules": [[target, killed[target], len(results)] for target, results in found.items()],
        "survivors": [[target, name, reasons.get(target, {}).get(name, "")] for target, name in alive],
    }


def _said(target: str, results: Results) -> Results:
    _say(f"{target}: {sum(map(bool, results.values()))} of {len(results)} noticed")
    return results


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
