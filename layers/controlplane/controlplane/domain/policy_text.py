"""What a policy says, before it is saved, and what a change of it lets go (contract, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.grants import ALLOW, DENY, Grant
from controlplane.domain.patterns import check_actions, split_list
from controlplane.domain.records import Policy
from controlplane.domain.values import dataclass

MAX_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """The five texts of a policy, as given; `actions` and `resources` are comma-separated lists."""

    name: str
    effect: str
    actions: str
    resources: str
    condition: str = ""

    @classmethod
    def of(cls, source: Any) -> PolicyText:
        """Build the text from a policy, a version of one, or a parsed `CreatePolicy` body."""
        return cls(name=source.name, effect=source.effect, actions=source.actions, resources=source.resources,
                   condition=source.condition or "")

    def check(self, *, platform: bool, extra_actions: Sequence[str] = ()) -> None:
        """Raise InvalidArgument unless all but the condition may be saved for a policy of this kind."""
        if self.effect not in (ALLOW, DENY):
            raise InvalidArgument("effect must be allow or deny")
        if self.size > MAX_BYTES:
            raise InvalidArgument(f"a policy must not exceed {MAX_BYTES} bytes")
        check_actions(self.actions, platform=platform, extra_actions=extra_actions)
        if not split_list(self.resources):
            raise InvalidArgument("resources must not be empty")

    @property
    def size(self) -> int:
        """The bytes of all five texts in UTF-8."""
        return len("".join((self.name, self.effect, self.actions, self.resources, self.condition)).encode())


def saved_grant(policy: Policy) -> dict[str, str]:
    """Return the text of a policy as the roles that hold it carry it; `grants.grants_of_role` reads it."""
    return {"policy_id": policy.id, "name": policy.name, "effect": policy.effect, "actions": policy.actions,
            "resources": policy.resources, "condition": policy.condition}


def loosened_actions(old: Grant, new: Grant | None, *, actions: Sequence[str]) -> tuple[str, ...]:
    """Return the actions on which a deny stops less when `new`, or nothing, takes its place; none for an allow.

    A deny keeps what it stopped when the new one is unlimited, or has the very same resources and condition.
    """
    if old.allows:
        return ()
    return tuple(action for action in actions if old.names_action(action) and not _still_stops(new, old, action))


def _still_stops(new: Grant | None, old: Grant, action: str) -> bool:
    if new is None or new.allows or not new.names_action(action):
        return False
    same = frozenset(new.resources) == frozenset(old.resources) and new.condition == old.condition
    return new.everywhere or same
