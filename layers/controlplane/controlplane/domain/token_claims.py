"""What a session token says about its bearer, once it is verified (contract, sections 1 and 4)."""

from __future__ import annotations

from controlplane.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaims:
    """What a session token says; rights are never among it (design: rights come from the table)."""

    user_id: str
    org_id: str
    session_id: str
    session_version: int
    issued_at: int
    expires_at: int
