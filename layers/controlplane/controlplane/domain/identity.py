"""What a request says about its caller, and what the table says to that (design, one round trip)."""

from __future__ import annotations

from controlplane.domain.records import Credential, Environment, Organization, User
from controlplane.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Whom to look up: a key by its hash, or a user with a session; and what the request names beside it.

    `environment` is an environment's id or name as the request gives it; `default_environment` is taken where it
    gives none. Both are looked for in `target_org_id`, or in the caller's own organization where that is empty.
    """

    key_hash: str = ""
    org_id: str = ""
    user_id: str = ""
    session_id: str = ""
    environment: str = ""
    default_environment: str = ""
    target_org_id: str = ""


Json = str
"""A text that is read where it is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRole:
    """A custom role as a decision needs it: `grants` is the JSON that the role's item carries, not read yet."""

    id: str
    org_id: str
    name: str
    grants: Json = "[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What was found, all of it read for this very request; None for what does not exist.

    `key_environment` is the one that the key is scoped to, `environment` the one that the request asks for.
    """

    credential: Credential | None = None
    user: User | None = None
    session_ended: bool = False
    organization: Organization | None = None
    target: Organization | None = None
    key_environment: Environment | None = None
    environment: Environment | None = None
    roles: tuple[HeldRole, ...] = ()
