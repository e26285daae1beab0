"""Dry runs: a condition on a request that was made up (contract, section 5)."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import NotFound
from controlplane.domain.principal import Principal
from controlplane.services.dry_run import NOT_EVALUATED, Trial
from tests.services.access_world import OFFICE, ROOT, write


def _try(services: Services, condition: str | None = None, **trial: Any) -> dict[str, Any]:
    result = services.dry_run.dry_run_policy(Trial(condition=condition, **trial), by=ROOT)
    shown: dict[str, Any] = render("DryRunResult", result)
    return shown


@pytest.mark.parametrize(("condition", "trial", "matched"), [
    ("", {}, True),
    (None, {}, True),
    (OFFICE, {}, False),
    (OFFICE, {"request": {"ip": "10.0.0.1"}}, True),
    ('subject.id == "ak_root" && subject.org == "org_tenant" && "role_admin" in subject.roles', {}, True),
    ('"admin" in subject.roles', {}, True),
    ('subject.key_id == subject.id && subject.type == "api_key"', {}, True),
    ('subject.type == "user"', {"subject": {"type": "user"}}, True),
    ('request.time == timestamp("2026-09-21T14:13:20Z")', {}, True),
    ('request.time < timestamp("2020-01-01T00:00:00Z")', {"request": {"time": "2019-12-31T23:59:59Z"}}, True),
    ('request.time < timestamp("2020-01-01T00:00:00Z")', {"request": {"time": 0}}, True),
    ('request.org_id == "org_tenant"', {"request": {"unheard_of": [1, {"a": 2}]}}, True),
])  # fmt: skip
def test_a_condition_is_tried(
    services: Services, condition: str | None, trial: dict[str, Any], matched: bool
) -> None:
    """What is given is used, and the rest is the caller's own."""
    assert {"matched": matched, "condition_source": "inline"} == _try(services, condition, **trial)


def test_a_policys_condition_is_tried(services: Services, operator_admin: Principal) -> None:
    """A stored condition is tried by the policy's id; a foreign policy is a 404."""
    policy = write(services, "apikeys:read", condition=OFFICE)
    foreign = write(services, "apikeys:read", by=operator_admin)

    shown = _try(services, policy_id=policy.id, request={"ip": "10.0.0.1"})

    assert {"matched": True, "condition_source": "policy"} == shown
    for policy_id in (foreign.id, "pol_none"):
        with pytest.raises(NotFound, match="policy not found"):
            _try(services, policy_id=policy_id)


@pytest.mark.parametrize(("condition", "reason"), [
    ("request.ip ==", "condition does not compile: 1:14"), ("request.nonsense", "undeclared reference"),
    ("'text'", "condition must be boolean"), ("x" * 1025, "has more than 1024 characters"),
])  # fmt: skip
def test_a_text_that_does_not_compile_is_an_answer(services: Services, condition: str, reason: str) -> None:
    """The reason comes in the reply, with its position, not as an error of the request."""
    shown = _try(services, condition)

    assert (False, "inline") == (shown["matched"], shown["condition_source"])
    assert reason in shown["compile_error"]
    assert "eval_error" not in shown


@pytest.mark.parametrize("request_", [
    {"ip": 1}, {"ip": None}, {"ip": ["10.0.0.1"]}, {"ip": "x" * 1025}, {"ip": "10.0.0.1", "time": "soon"},
    {"ip": "10.0.0.1", "time": -1}, {"ip": "10.0.0.1", "time": {}},
])  # fmt: skip
def test_a_value_that_cannot_be_used_is_an_answer(services: Services, request_: dict[str, Any]) -> None:
    """Hostile values never match and never fail the request."""
    shown = _try(services, OFFICE, request=request_)

    assert (False, True) == (shown["matched"], bool(shown["eval_error"]))


def test_an_evaluation_error_has_one_sentence(services: Services) -> None:
    """The sentence tells what to look for, and nothing of the engine."""
    assert NOT_EVALUATED == _try(services, "subject.roles[7] == 'x'")["eval_error"]
