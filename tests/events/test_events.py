"""`events/` is what API Gateway sends, and beside it what the functions answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from controlplane.api.routes import ROUTES
from tests.events.cases import AUTHORIZATIONS, FAILURES, SUCCESSES
from tests.events.generate import EVENTS, EXPECTED, all_cases, answer_to, derive_events, expected_name, text_of
from tests.events.stage import ROOT, Processes, Stage

GROUPS = sorted({name.partition("/")[0] for name, _ in all_cases()})
CALLED_BY_A_DEPLOYMENT = {"release"}  # with an event of CodeDeploy, never with one of ours
REGENERATE = "run: python -m tests.events.generate"


def _read(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def test_every_operation_has_an_event() -> None:
    """A new row of the route table, or a new function, without a sample event fails here."""
    assert [route.operation for route in ROUTES] == [case.operation for case in SUCCESSES]
    groups = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert sorted(groups - CALLED_BY_A_DEPLOYMENT) == GROUPS


def test_the_folder_holds_the_cases_and_nothing_else() -> None:
    """An event whose case is gone would be invoked by a reader and mean nothing."""
    wanted = {name for name, _ in all_cases()}

    there = {str(path.relative_to(EVENTS)) for path in EVENTS.rglob("*.json")}

    assert wanted | {expected_name(name) for name in wanted} == there, REGENERATE


def test_the_events_are_what_the_gateway_sends_today(stage_and_processes: tuple[Stage, Processes]) -> None:
    """An event is derived: shape, resource and authorizer context are those of this very deployment."""
    derived = derive_events(*stage_and_processes)

    stale = [name for name, event in derived.items() if text_of(event) != (EVENTS / name).read_text(encoding="utf-8")]

    assert stale == [], REGENERATE


@pytest.mark.parametrize("group", GROUPS)
def test_every_event_is_answered_as_expected(group: str, stage_and_processes: tuple[Stage, Processes]) -> None:
    """Run by the real runtime client, each event of a function gives the status and body that stand beside it."""
    stage, processes = stage_and_processes
    cases = [(name, case) for name, case in all_cases() if name.startswith(f"{group}/")]

    answers = {name: answer_to(name, case, _read(name), stage, processes) for name, case in cases}

    assert {name: _read(expected_name(name)) for name, _ in cases} == answers


def test_what_is_expected_has_the_promised_status() -> None:
    """Nobody regenerates a failure into an expectation: the statuses are written by hand, in the cases."""
    promised = {case.file: case.status for case in (*SUCCESSES, *FAILURES)}

    assert promised == {name: _read(expected_name(name))["status"] for name in promised}


def test_the_authorizer_refuses_whom_it_must() -> None:
    """An answer is a Deny for 401 and an Allow otherwise; whether the caller may go on stands in its context."""
    effects = {
        name: _read(f"authorizer/{name}{EXPECTED}")["answer"]["policyDocument"]["Statement"][0]["Effect"]
        for name in AUTHORIZATIONS
    }

    assert effects == {name: "Deny" if case.status == 401 else "Allow" for name, case in AUTHORIZATIONS.items()}
