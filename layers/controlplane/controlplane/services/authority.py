"""What a caller may hand out: the no-escalation rule, with the caller's grants read from the table."""

from __future__ import annotations

from collections.abc import Sequence

from controlplane.domain import roles as built_in
from controlplane.domain.coverage import check_covers, check_may_lift, check_may_write
from controlplane.domain.errors import InvalidArgument, Problem
from controlplane.domain.grants import FULL_ACCESS, READ_ONLY, Grant, effective_grants, grant_of_policy
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.patterns import known_actions
from controlplane.domain.policy_text import loosened_actions
from controlplane.domain.principal import Principal
from controlplane.domain.records import Policy
from controlplane.domain.roles import PLATFORM_ADMIN
from controlplane.ports import Store

MAX_ROLES = 20


class Authority:
    """Compares what a caller holds with what it wants to give, change or take (contract, section 6)."""

    def __init__(self, store: Store, *, extra_actions: Sequence[str] = ()) -> None:
        self._store = store
        self.extra_actions = tuple(extra_actions)

    def actions(self, org_id: str) -> tuple[str, ...]:
        """Return every known action of an organization's kind."""
        return known_actions(platform=org_id == PLATFORM_ORG, extra_actions=self.extra_actions)

    def grants_of_roles(self, org_id: str, role_ids: Sequence[str]) -> tuple[Grant, ...]:
        """Return what roles of an organization give now; ids that do not exist there give nothing."""
        platform = org_id == PLATFORM_ORG
        custom_ids = [role_id for role_id in role_ids if role_id not in built_in.built_ins(platform=platform)]
        custom = self._store.roles(org_id, custom_ids) if custom_ids else ()
        return effective_grants(role_ids, custom, platform=platform, extra_actions=self.extra_actions)

    def grants_of(self, caller: Principal, *, in_org: str) -> tuple[Grant, ...]:
        """Return what a caller holds in an organization: full access inside one that it impersonates.

        An operator admin counts as holding every platform role there (contract, section 2).
        """
        if in_org == PLATFORM_ORG and caller.operator_admin:
            return self.grants_of_roles(PLATFORM_ORG, (PLATFORM_ADMIN,))
        if caller.impersonating and in_org == caller.org_id:
            return FULL_ACCESS if caller.may_write else READ_ONLY
        if in_org != caller.home_org_id:
            return ()
        return self.grants_of_roles(caller.home_org_id, caller.role_ids)

    def check_may_hold(self, caller: Principal, *, org_id: str, role_ids: Sequence[str]) -> None:
        """Raise PermissionDenied unless the caller covers these roles of the organization together."""
        check_covers(self.grants_of(caller, in_org=org_id), self.grants_of_roles(org_id, role_ids),
                     actions=self.actions(org_id))

    def check_may_write(self, caller: Principal, policy: Policy) -> None:
        """Raise PermissionDenied unless the caller may save this policy, or attach it to a role."""
        check_may_write(self.grants_of(caller, in_org=policy.org_id), grant_of_policy(policy),
                        actions=self.actions(policy.org_id))

    def check_may_loosen(self, caller: Principal, old: Policy, *, new: Policy | None = None) -> None:
        """Raise PermissionDenied unless the caller covers all that an attached policy stops and `new` does not."""
        before, after = grant_of_policy(old), grant_of_policy(new) if new else None
        loosened = loosened_actions(before, after, actions=self.actions(old.org_id))
        check_may_lift(self.grants_of(caller, in_org=old.org_id), before, actions=loosened)

    def known_roles(self, org_id: str, role_ids: Sequence[str], *, problem: Problem | None = None) -> tuple[str, ...]:
        """Return the ids without repeats; raise InvalidArgument when one is not a role of the organization."""
        wanted = tuple(dict.fromkeys(role_ids))
        if len(wanted) > MAX_ROLES:
            raise InvalidArgument(f"at most {MAX_ROLES} roles can be assigned")
        there = built_in.built_ins(platform=org_id == PLATFORM_ORG)
        custom = [role_id for role_id in wanted if role_id not in there]
        found = {role.id for role in self._store.roles(org_id, custom)} if custom else set()
        missing = [role_id for role_id in custom if role_id not in found]
        if missing:
            raise problem or InvalidArgument("unknown role in role_ids")
        return wanted
