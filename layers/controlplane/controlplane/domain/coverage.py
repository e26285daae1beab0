"""No escalation: nobody hands out, or lifts, more than they hold (contract, section 6).

`actions` are always the known actions of the kind in question, extra ones included (`patterns.known_actions`).
A statement is the same as another when effect, set of resources and condition are; only then does it count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from controlplane.domain.errors import PermissionDenied
from controlplane.domain.grants import ALLOW, Grant
from controlplane.domain.patterns import ANY
from controlplane.domain.values import replace


def covers(holder: Sequence[Grant], wanted: Sequence[Grant], *, actions: Sequence[str]) -> bool:
    """Tell whether the holder's grants let through all that `wanted` lets through.

    For each action that `wanted` allows, each of its allows needs one of the holder's that has no condition and
    names every resource, or is the very same statement; and every deny of the holder must stand in `wanted` too.
    """
    return missing_action(holder, wanted, actions=actions) == ""


def missing_action(holder: Sequence[Grant], wanted: Sequence[Grant], *, actions: Sequence[str]) -> str:
    """Return the first action that `wanted` allows and the holder does not cover, or an empty string."""
    for action in allowed_actions(wanted, actions=actions):
        if not _covers_action(_on(action, holder), _on(action, wanted)):
            return action
    return ""


def check_covers(holder: Sequence[Grant], wanted: Sequence[Grant], *, actions: Sequence[str]) -> None:
    """Raise PermissionDenied with the missing action unless the holder covers `wanted`."""
    _refuse(missing_action(holder, wanted, actions=actions))


def check_may_write(holder: Sequence[Grant], policy: Grant, *, actions: Sequence[str]) -> None:
    """Raise PermissionDenied unless the holder may save this policy.

    An allow must be covered as the only grant of a role; a deny may stand on any action that the holder itself
    is allowed, under whatever condition.
    """
    if policy.allows:
        check_covers(holder, (policy,), actions=actions)
        return
    held = frozenset(allowed_actions(holder, actions=actions))
    _refuse(next((action for action in actions if policy.names_action(action) and action not in held), ""))


def check_may_lift(holder: Sequence[Grant], policy: Grant, *, actions: Sequence[str]) -> None:
    """Raise PermissionDenied unless the holder may detach, change or delete this policy.

    An allow may always go. Without a deny, all that it stopped may become allowed, in this role or by another
    role of whoever holds it; so the holder must cover exactly that, and one who is bound by the deny does not.
    Its condition does not narrow this: it stopped requests also where the condition failed to evaluate.
    """
    if not policy.allows:
        check_covers(holder, (replace(policy, effect=ALLOW, condition=""),), actions=actions)


def allowed_actions(grants: Iterable[Grant], *, actions: Sequence[str]) -> tuple[str, ...]:
    """Return the actions that the grants allow on some resource under some condition."""
    grants = tuple(grants)
    return tuple(action for action in actions if _allows_some(_on(action, grants)))


def _on(action: str, grants: Iterable[Grant]) -> list[Grant]:
    return [grant for grant in grants if grant.names_action(action)]


def _allows_some(grants: Sequence[Grant]) -> bool:
    """Tell whether some request for the one action that all the grants name may get through."""
    forbidden = any(grant.everywhere for grant in grants if not grant.allows)
    return not forbidden and any(grant.allows for grant in grants)


def _covers_action(holder: Sequence[Grant], wanted: Sequence[Grant]) -> bool:
    """Compare the grants of both sides that name one action."""
    held = {_statement(grant) for grant in holder if grant.allows}
    unlimited = any(grant.everywhere for grant in holder if grant.allows)
    given = {_statement(grant) for grant in wanted if grant.allows}
    bound = {_statement(grant) for grant in holder if not grant.allows}
    kept = {_statement(grant) for grant in wanted if not grant.allows}
    return (unlimited or given <= held) and bound <= kept


def _statement(grant: Grant) -> tuple[frozenset[str], str]:
    """Return what makes two statements of one effect the same: order and repeats of resources do not."""
    resources = frozenset(grant.resources)
    return (frozenset((ANY,)) if ANY in resources else resources), grant.condition


def _refuse(missing: str) -> None:
    if missing:
        raise PermissionDenied(required=missing)
