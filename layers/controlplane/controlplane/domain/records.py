"""What is stored, as frozen values. Times are whole UTC seconds since 1970; `revision` guards every change."""

from __future__ import annotations

from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A tenant, the operator organization, or the platform's sentinel."""

    id: str
    name: str
    created_at: int
    updated_at: int
    suspended: bool = False
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A group of environments; its name is unique within its organization."""

    id: str
    org_id: str
    name: str
    created_at: int
    updated_at: int
    description: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a tenant's resources live; its name is a slug, unique within its organization."""

    id: str
    org_id: str
    project_id: str
    name: str
    created_at: int
    updated_at: int
    color: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as its organization lists it; only the SHA-256 of its value is kept (contract, section 3)."""

    id: str
    org_id: str
    name: str
    prefix: str
    hash: str
    role_ids: tuple[str, ...]
    created_at: int
    environment_id: str = ""
    expires_at: int = 0
    last_used_at: int = 0
    tool_scopes: tuple[str, ...] | None = None
    notices: int = 0  # how many of the announcements of its expiry were made (domain/expiry.py)
    revision: int = 1

    @property
    def platform(self) -> bool:
        """Tell whether the key belongs to the platform rather than to a tenant."""
        return self.org_id == PLATFORM_ORG

    def expired(self, now: int) -> bool:
        """Tell whether `now` (seconds) is at or past the expiry; a key without one never expires."""
        return self.expires_at != 0 and now >= self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a key's value leads to: found by its hash, and all that a decision needs of the key."""

    hash: str
    key_id: str
    org_id: str
    role_ids: tuple[str, ...]
    environment_id: str = ""
    expires_at: int = 0
    tool_scopes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A platform user (in the sentinel organization) or a tenant user."""

    id: str
    org_id: str
    email: str
    name: str
    password_hash: str
    role_ids: tuple[str, ...]
    created_at: int
    updated_at: int
    is_active: bool = True
    last_login_at: int = 0
    session_version: int = 1
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One statement: an effect on actions and resources under a condition (contract, section 6)."""

    id: str
    org_id: str
    name: str
    effect: str
    actions: str
    resources: str
    created_at: int
    updated_at: int
    condition: str = ""
    version: int = 1
    role_ids: tuple[str, ...] = ()
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """A policy's text as it once was; versions are only ever added."""

    id: str
    org_id: str
    policy_id: str
    version_num: int
    name: str
    effect: str
    actions: str
    resources: str
    created_at: int
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A custom role. `grants` is the text of its policies, rewritten in the transaction that changes one of them."""

    id: str
    org_id: str
    name: str
    created_at: int
    updated_at: int
    policy_ids: tuple[str, ...] = ()
    grants: tuple[dict[str, str], ...] = ()
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """An entry of a tenant's function registry."""

    id: str
    org_id: str
    environment_id: str
    name: str
    created_at: int
    updated_at: int
    description: str = ""
    endpoint_url: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A unique value held by one owner: an e-mail address, a name, or a permanent marker."""

    kind: str
    scope: str
    value: str
    owner_id: str = ""
    owner_org_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSession:
    """A token that was logged out before it expired; kept until it would have expired."""

    jti: str
    ttl: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotentRequest:
    """A POST that carried an `Idempotency-Key`: whether it was carried out, and its reply without secrets.

    `state` is started, committed (its transaction happened) or replied. `principal` and `key` are hashes.
    """

    principal: str
    key: str
    fingerprint: str
    state: str
    started_at: int
    ttl: int
    status: int = 0
    reply: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAdmins:
    """The active platform admins; every change of that set replaces this item, so two changes cannot both win."""

    user_ids: tuple[str, ...]
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Failed logins of one account or one address, and until when the next attempt is refused."""

    kind: str
    subject: str
    count: int
    window_started_at: int
    blocked_until: int
    ttl: int
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What happened, once and for ever (contract, section 8).

    `trails` names the organizations in whose trails the event stands: the sentinel's is the platform trail.
    `key_ids` are the API keys it is about or by; `collapse` names the counter of repeats of a denial.
    """

    id: str
    event_type: str
    scope: str
    trails: tuple[str, ...]
    created_at: int
    platform_key_id: str = ""
    platform_user_id: str = ""
    impersonated_org_id: str = ""
    environment_id: str = ""
    action: str = ""
    key_ids: tuple[str, ...] = ()
    collapse: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleanup:
    """Work left after a deletion that is already in force: the parts of an organization or environment to remove."""

    kind: str
    org_id: str
    id: str
    created_at: int
