"""A role with how much it is used, as a tenant's list shows it (contract, section 5)."""

from __future__ import annotations

from controlplane.domain.records import Role
from controlplane.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class RoleInUse:
    """A role, and how many keys and policies belong to it."""

    role: Role
    api_key_count: int
    policy_count: int
