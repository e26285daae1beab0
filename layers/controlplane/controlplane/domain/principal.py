"""Who acts, and where: what the authorizer hands to a handler (contract, sections 2 and 7)."""

from __future__ import annotations

from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.roles import ADMIN
from controlplane.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An authenticated caller.

    `home_org_id` owns the credential; `org_id` is the organization acted in, another one only when impersonating.
    `may_write` is false inside an organization entered with a read permission only.
    `environment_id` is the request's environment, or empty. `session_id` and `session_expires_at` belong to tokens,
    `tool_scopes` to keys: they are for the services behind the gateway, and nothing is decided by them.
    """

    type: str
    id: str
    home_org_id: str
    org_id: str
    role_ids: tuple[str, ...]
    environment_id: str = ""
    key_environment_id: str = ""
    impersonating: bool = False
    may_write: bool = True
    session_id: str = ""
    session_expires_at: int = 0
    reason: str = ""
    tool_scopes: tuple[str, ...] | None = None

    @property
    def platform(self) -> bool:
        """Tell whether the credential belongs to the platform."""
        return self.home_org_id == PLATFORM_ORG

    @property
    def operator_admin(self) -> bool:
        """Tell whether this is the operator organization's own admin (contract, section 2)."""
        return self.home_org_id == OPERATOR_ORG and ADMIN in self.role_ids
