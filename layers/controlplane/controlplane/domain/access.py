"""The decision: may this action be done to this resource (contract, section 6, "Decision")."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.patterns import resource_segments
from controlplane.domain.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from controlplane.domain.grants import Grant

    Verdict = bool | None
    """What a condition came to; None when it failed to evaluate."""

ALLOWED = "allowed"
DENIED_BY_POLICY = "denied by policy"
DENIED_BY_FAILURE = "denied: condition failed to evaluate"
DENIED_BY_DEFAULT = "no policy allows it"
NOT_EVALUATED: Literal["not evaluated"] = "not evaluated"


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, the grant that decided it (None when none did), and the reason as one of four sentences."""

    allowed: bool
    grant: Grant | None
    reason: str


@dataclass(frozen=True, slots=True)
class Considered:
    """How one grant met one request; its condition is evaluated only when both matched."""

    grant: Grant
    action_matched: bool
    resource_matched: bool
    condition: Verdict | Literal["not evaluated"]


_NOBODY_ALLOWS = Decision(False, None, DENIED_BY_DEFAULT)


def decide(
    grants: Iterable[Grant], *, action: str, resource: str, holds: Callable[[str], Verdict],
) -> Decision:
    """Decide one request over the union of the caller's grants.

    A matching deny wins unless its condition is false; one that fails to evaluate, for which `holds` returns
    None, is not false. Otherwise a matching allow whose condition is true allows. Otherwise the answer is no.
    `holds` is not asked about empty conditions, nor about allows once one has allowed.
    """
    allowing: Grant | None = None
    segments = resource_segments(resource)
    for grant in grants:
        if not grant.names_action(action) or (allowing is not None and grant.allows):
            continue
        if not grant.names_place(segments):
            continue
        verdict = _verdict(grant, holds)
        if not grant.allows and verdict is not False:
            return _denied(grant, verdict)
        if grant.allows and verdict is True:
            allowing = grant
    return _NOBODY_ALLOWS if allowing is None else Decision(True, allowing, ALLOWED)


def consider(
    grants: Iterable[Grant], *, action: str, resource: str, holds: Callable[[str], Verdict],
) -> tuple[Considered, ...]:
    """Show how every grant met the request, in the order given; `conclude` turns this into the decision."""
    return tuple(_meet(grant, action, resource, holds) for grant in grants)


def conclude(considered: Iterable[Considered]) -> Decision:
    """Decide from what was considered; the answer is always the one that `decide` gives."""
    met = [one for one in considered if one.condition != NOT_EVALUATED]
    for one in met:
        if not one.grant.allows and one.condition is not False:
            return _denied(one.grant, one.condition)
    for one in met:
        if one.grant.allows and one.condition is True:
            return Decision(True, one.grant, ALLOWED)
    return _NOBODY_ALLOWS


def irn(*, org: str, project: str, type: str, environment: str, id: str) -> str:
    """Name a resource; only the id may hold a colon, so no name can shift another's segments."""
    for segment in (org, project, type, environment):
        if ":" in segment:
            raise InvalidArgument("a resource's segments must not contain a colon")
    return f"irn:ironflow:{org}:{project}:{type}:{environment}:{id}"


def _meet(grant: Grant, action: str, resource: str, holds: Callable[[str], Verdict]) -> Considered:
    action_matched, resource_matched = grant.names_action(action), grant.names_resource(resource)
    condition = _verdict(grant, holds) if action_matched and resource_matched else NOT_EVALUATED
    return Considered(grant, action_matched, resource_matched, condition)


def _verdict(grant: Grant, holds: Callable[[str], Verdict]) -> Verdict:
    return True if grant.condition == "" else holds(grant.condition)


def _denied(grant: Grant, verdict: object) -> Decision:
    return Decision(False, grant, DENIED_BY_POLICY if verdict is True else DENIED_BY_FAILURE)
