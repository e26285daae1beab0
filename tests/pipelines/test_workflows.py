"""The pipelines do what any other build server can do by `make`, with no right and no secret too many."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
READ = {"contents": "read"}
OPENS_AWS = "aws-actions/configure-aws-credentials"

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def _workflow(path: Path) -> dict[Any, Any]:
    parsed: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return parsed


def _steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in _workflow(path)["jobs"].values() for step in job.get("steps", [])]


def test_there_is_one_for_checking_deploying_and_trying() -> None:
    """None of the three is missing, and no other one escapes these tests' eyes by its ending."""
    assert ["check.yml", "deploy.yml", "smoke.yml"] == sorted(
        path.name for path in (ROOT / ".github/workflows").iterdir()
    )


@each_workflow
def test_every_command_is_a_make_target(path: Path) -> None:
    """Whatever the pipeline runs, an engineer can run: one command, `make`, with a documented target."""
    commands = [shlex.split(step["run"]) for step in _steps(path) if "run" in step]

    assert all(command[0] == "make" and command[1] in TARGETS for command in commands), commands
    assert all(re.fullmatch(r"[A-Z]+=[A-Za-z-]+", word) for command in commands for word in command[2:]), commands
    assert all("${{" not in step["run"] for step in _steps(path) if "run" in step), "a value goes into `env`"


@each_workflow
def test_nothing_is_permitted_that_is_not_needed(path: Path) -> None:
    """A workflow reads the code; only a job that opens AWS may ask for an identity token, and nothing else."""
    workflow = _workflow(path)

    assert READ == workflow["permissions"]
    for name, job in workflow["jobs"].items():
        opens_aws = any(step.get("uses", "").startswith(OPENS_AWS) for step in job.get("steps", []))
        assert job.get("permissions", READ) == (READ | {"id-token": "write"} if opens_aws else READ), name
        assert not opens_aws or "environment" in job, name


@each_workflow
def test_no_secret_is_stored(path: Path) -> None:
    """No pipeline reads a repository's secret, and none holds a key: AWS is entered by a role."""
    text = path.read_text(encoding="utf-8")
    opened = [step["with"] for step in _steps(path) if step.get("uses", "").startswith(OPENS_AWS)]

    assert "secrets" not in text
    assert re.search(r"AKIA|aws-access-key|aws-secret|ifkey_|ifplatform_", text) is None
    assert all({"role-to-assume", "aws-region", "role-session-name"} == set(given) for given in opened)


@each_workflow
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    """A tag can be moved to other code by whoever holds it, a commit cannot; beside it stands the release it is of."""
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))

    commit = r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    ours = r"\./\.github/workflows/(check)\.yml( # zizmor: .+)?"
    assert used
    assert [] == [one for one in used if not re.fullmatch(f"{commit}|{ours}", one)]


def test_an_action_has_one_commit() -> None:
    """An action that is brought up to date in one workflow is up to date in all."""
    texts = [path.read_text(encoding="utf-8") for path in WORKFLOWS]

    used = {tuple(one.split("@")) for text in texts for one in re.findall(r"uses: ([\w-]+/[\w-]+@\S+)", text)}

    assert len(used) == len(dict(used))


@each_workflow
def test_a_checkout_keeps_no_credential(path: Path) -> None:
    """What runs after the checkout finds no token of the repository in it, and no job runs for hours."""
    checkouts = [step for step in _steps(path) if step.get("uses", "").startswith("actions/checkout")]

    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert all("timeout-minutes" in job for job in _workflow(path)["jobs"].values() if "steps" in job)


def test_a_push_is_checked_once() -> None:
    """A second check of the same commit would wait for the first, and be dropped, with its deployment, for the next."""
    on = {path.stem: set(_workflow(path)[True]) for path in WORKFLOWS}  # YAML reads the key `on` as true

    assert {"pull_request", "workflow_call", "schedule"} == on["check"]
    assert "push" in on["deploy"]


def test_prod_waits_for_a_tried_staging() -> None:
    """Check, staging with its journey, then prod in an environment of its own, which holds the approval."""
    jobs = _workflow(ROOT / ".github/workflows/deploy.yml")["jobs"]
    runs = {name: [step["run"] for step in job.get("steps", []) if "run" in step] for name, job in jobs.items()}

    assert ("check", "staging") == (jobs["staging"]["needs"], jobs["prod"]["needs"])
    assert ("staging", "prod") == (jobs["staging"]["environment"], jobs["prod"]["environment"])
    for stage in ("staging", "prod"):
        assert ["make build", f"make deploy STAGE={stage}", f"make smoke STACK=ironflow-{stage}"] == runs[stage]


def test_weaknesses_are_searched_at_every_change_and_every_week() -> None:
    """A dependency's weakness becomes known when nothing changes here; the audit fails when it cannot ask."""
    workflow = _workflow(ROOT / ".github/workflows/check.yml")
    started = {str(name).lower(): found for name, found in workflow.items()}  # YAML reads `on` as true

    runs = [step["run"] for step in workflow["jobs"]["weaknesses"]["steps"] if "run" in step]

    assert ["make sast", "make sbom", "make audit-dependencies"] == runs
    assert {"workflow_call", "pull_request", "schedule"} <= set(started.get("on") or started["true"])
