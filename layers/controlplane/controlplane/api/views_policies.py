"""Policies, their versions, dry runs and explanations as clients read them (contract, sections 4 and 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from controlplane.api.views import Maybe, View, view
from controlplane.domain.access import Considered, Decision
from controlplane.domain.patterns import resources_valid
from controlplane.domain.records import Policy, PolicyVersion
from controlplane.domain.timestamps import timestamp

if TYPE_CHECKING:
    from controlplane.services.dry_run import DryRunResult
    from controlplane.services.explain import Explanation


class PolicyView(View, frozen=True, kw_only=True):
    id: str
    org_id: str
    name: str
    effect: str
    actions: str
    resources: str
    condition: str
    created_at: str
    updated_at: str
    resources_valid: bool


class PolicyVersionView(View, frozen=True, kw_only=True):
    id: str
    policy_id: str
    version_num: int
    name: str
    effect: str
    actions: str
    resources: str
    condition: str
    enabled: bool
    created_at: str
    resources_valid: bool


class DryRunResultView(View, frozen=True, kw_only=True):
    matched: bool
    condition_source: str
    compile_error: Maybe = UNSET
    eval_error: Maybe = UNSET


class DecidedByView(View, frozen=True, kw_only=True):
    """What decided: a policy held through a role, or a built-in role."""

    type: str
    policy_id: Maybe = UNSET
    policy_name: Maybe = UNSET
    role_id: str


class ConsideredView(View, frozen=True, kw_only=True):
    """One statement; `matched` when it names action and resource; only then its condition is evaluated."""

    policy_id: str
    policy_name: str
    role_id: str
    effect: str
    action_matched: bool
    resource_matched: bool
    matched: bool
    condition: str
    condition_result: str


class ExplanationView(View, frozen=True, kw_only=True):
    decision: str
    reason: str
    decided_by: DecidedByView | UnsetType = UNSET
    missing_action: Maybe = UNSET
    considered: list[ConsideredView]


@view(PolicyView)
def policy_view(policy: Policy) -> PolicyView:
    """Show a policy."""
    return PolicyView(
        id=policy.id, org_id=policy.org_id, name=policy.name, effect=policy.effect, actions=policy.actions,
        resources=policy.resources, condition=policy.condition, created_at=timestamp(policy.created_at),
        updated_at=timestamp(policy.updated_at), resources_valid=resources_valid(policy.resources),
    )


@view(PolicyVersionView)
def policy_version_view(version: PolicyVersion) -> PolicyVersionView:
    """Show a version of a policy; no version is ever switched off."""
    return PolicyVersionView(
        id=version.id, policy_id=version.policy_id, version_num=version.version_num, name=version.name,
        effect=version.effect, actions=version.actions, resources=version.resources, condition=version.condition,
        enabled=True, created_at=timestamp(version.created_at), resources_valid=resources_valid(version.resources),
    )


@view(DryRunResultView)
def dry_run_result_view(result: DryRunResult) -> DryRunResultView:
    """Show what a condition came to; errors only where there are some."""
    return DryRunResultView(matched=result.matched, condition_source=result.source,
                            compile_error=result.compile_error or UNSET, eval_error=result.eval_error or UNSET)


@view(ExplanationView)
def explanation_view(explanation: Explanation) -> ExplanationView:
    """Show a decision with all that was considered."""
    decision = explanation.decision
    return ExplanationView(
        decision="allow" if decision.allowed else "deny", reason=decision.reason, decided_by=_decided_by(decision),
        missing_action=UNSET if decision.allowed else explanation.action,
        considered=[_considered(one) for one in explanation.considered],
    )


def _decided_by(decision: Decision) -> DecidedByView | UnsetType:
    grant = decision.grant
    if grant is None:
        return UNSET
    if not grant.policy_id:
        return DecidedByView(type="role", role_id=grant.role_id)
    return DecidedByView(type="policy", policy_id=grant.policy_id, policy_name=grant.policy_name,
                         role_id=grant.role_id)


def _considered(one: Considered) -> ConsideredView:
    return ConsideredView(
        policy_id=one.grant.policy_id, policy_name=one.grant.policy_name, role_id=one.grant.role_id,
        effect=one.grant.effect, action_matched=one.action_matched, resource_matched=one.resource_matched,
        matched=one.action_matched and one.resource_matched, condition=one.grant.condition,
        condition_result=_result(one.condition),
    )


def _result(condition: bool | str | None) -> str:
    if condition is None:
        return "error"
    return condition if isinstance(condition, str) else str(condition).lower()
