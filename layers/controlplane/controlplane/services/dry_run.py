"""Trying a condition on a request that was made up; nothing is decided or changed (contract, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controlplane.domain.errors import InvalidArgument, NotFound
from controlplane.domain.moments import first_ms
from controlplane.domain.principal import Principal
from controlplane.domain.roles import subject_of
from controlplane.domain.values import dataclass
from controlplane.ports import Clock, Conditions, Store
from controlplane.services.policies import NO_SUCH_POLICY
from controlplane.services.role_names import names_of_roles

INLINE, OF_POLICY = "inline", "policy"
NOT_EVALUATED = "condition failed to evaluate: a value that it needs is missing, too long or of another type"


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunResult:
    """What a condition came to; `source` says whether it was given or a policy's; an empty error is none."""

    matched: bool
    source: str
    compile_error: str = ""
    eval_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried: a condition, or that of a policy, on members of `request` and `subject`."""

    condition: str | None = None
    policy_id: str | None = None
    request: Mapping[str, Any] | None = None
    subject: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, body: Any) -> Trial:
        """Build the trial from a parsed `DryRun` body."""
        return cls(condition=body.condition, policy_id=body.policy_id, request=body.request, subject=body.subject)


class DryRun:
    """Evaluates conditions as decisions do."""

    def __init__(self, store: Store, *, clock: Clock, conditions: Conditions) -> None:
        self._store = store
        self._clock = clock
        self._conditions = conditions

    def dry_run_policy(self, trial: Trial, *, by: Principal) -> DryRunResult:
        """Evaluate the condition on what is given; the rest of `request` and `subject` is the caller's own, or empty.

        `request.time` is ISO 8601, or whole seconds since 1970. Raises NotFound for an unknown policy; errors of the
        condition are part of the answer.
        """
        text, source = self._condition(trial, by.org_id)
        try:
            self._conditions.check(text)
        except InvalidArgument as problem:
            return DryRunResult(matched=False, source=source, compile_error=problem.sentence)
        try:
            about = with_seconds(self._usual_request(by) | dict(trial.request or {}))
        except InvalidArgument as problem:
            return DryRunResult(matched=False, source=source, eval_error=problem.sentence)
        who = self._usual_subject(by) | dict(trial.subject or {})
        verdict = self._conditions.holds(text, request=about, subject=who)
        return DryRunResult(matched=verdict is True, source=source, eval_error=NOT_EVALUATED if verdict is None else "")

    def _condition(self, trial: Trial, org_id: str) -> tuple[str, str]:
        if trial.condition is not None or trial.policy_id is None:
            return trial.condition or "", INLINE
        policy = self._store.policy(org_id, trial.policy_id)
        if policy is None:
            raise NotFound(NO_SUCH_POLICY)
        return policy.condition, OF_POLICY

    def _usual_request(self, by: Principal) -> dict[str, Any]:
        return {"action": "", "resource": "", "environment": by.environment_id, "org_id": by.org_id, "method": "",
                "path": "", "ip": "", "time": self._clock.now()}

    def _usual_subject(self, by: Principal) -> dict[str, Any]:
        names = names_of_roles(self._store, by.home_org_id, by.role_ids)
        return subject_of(type=by.type, id=by.id, org=by.home_org_id, role_ids=by.role_ids, names=names.values())



def with_seconds(request: dict[str, Any]) -> dict[str, Any]:
    """Return a made-up request with its time in seconds, as conditions take it; raise InvalidArgument for no time."""
    moment = request["time"]
    return request | {"time": first_ms(moment, name="request.time") // 1000} if isinstance(moment, str) else request
