"""Roles as clients read them (contract, sections 4 and 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from controlplane.api.views import View, view
from controlplane.api.views_policies import PolicyView, policy_view
from controlplane.domain.records import Role
from controlplane.domain.role_usage import RoleInUse
from controlplane.domain.roles import TENANT_BUILT_INS
from controlplane.domain.timestamps import timestamp

if TYPE_CHECKING:
    from controlplane.services.role_reading import RolePolicies


class RoleView(View, frozen=True, kw_only=True):
    id: str
    org_id: str
    name: str
    is_default: bool
    policy_ids: list[str]
    created_at: str
    api_key_count: int | UnsetType = UNSET
    policy_count: int | UnsetType = UNSET


@view(RoleView)
def role_view(shown: Role | RoleInUse) -> RoleView:
    """Show a role; a line of a tenant's list shows its counts too."""
    in_use = shown if isinstance(shown, RoleInUse) else None
    role = shown.role if isinstance(shown, RoleInUse) else shown
    return RoleView(
        id=role.id, org_id=role.org_id, name=role.name, is_default=role.id in TENANT_BUILT_INS,
        policy_ids=list(role.policy_ids), created_at=timestamp(role.created_at),
        api_key_count=in_use.api_key_count if in_use else UNSET,
        policy_count=in_use.policy_count if in_use else UNSET,
    )


class RolePoliciesView(View, frozen=True, kw_only=True):
    policies: list[PolicyView]


@view(RolePoliciesView)
def role_policies_view(held: RolePolicies) -> RolePoliciesView:
    """Show the policies of a role."""
    return RolePoliciesView(policies=[policy_view(policy) for policy in held.policies])
