"""What the services need from outside, as protocols; adapters live in storage and security."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

from controlplane.domain.errors import Problem
from controlplane.domain.records import (
    ApiKey,
    Attempts,
    AuditEvent,
    Claim,
    Cleanup,
    Credential,
    EndedSession,
    Environment,
    Function,
    IdempotentRequest,
    Organization,
    PlatformAdmins,
    Policy,
    PolicyVersion,
    Project,
    Role,
    User,
)
from controlplane.domain.token_claims import TokenClaims
from controlplane.domain.values import dataclass

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Record = (
    ApiKey | Attempts | Cleanup | Credential | EndedSession | Environment | Function
    | IdempotentRequest | Organization | PlatformAdmins | Policy | PolicyVersion | Project | Role | User
)


class Clock(Protocol):
    """Time, asked for rather than read."""

    def now(self) -> int:
        """Return whole UTC seconds since 1970."""
        ...

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        ...


class Ids(Protocol):
    """Identifiers and secrets, from the system's randomness."""

    def new(self, prefix: str) -> str:
        """Return `prefix` + 32 lower-case hex digits, in creation order."""
        ...

    def key_id(self) -> str:
        """Return `ak_` + a UUID with hyphens, in creation order."""
        ...

    def event_id(self) -> str:
        """Return a ULID."""
        ...

    def secret_hex(self, size: int) -> str:
        """Return `size` random bytes as lower-case hex."""
        ...


class PasswordHasher(Protocol):
    """Slow, salted password hashes."""

    def hash(self, password: str) -> str:
        """Return the hash of a password of 8 to 72 bytes of UTF-8."""
        ...

    def verify(self, password: str, hashed: str) -> bool:
        """Tell whether the password has this hash; an empty hash costs the same time and is never matched."""
        ...


class TokenSigner(Protocol):
    """Session tokens (RFC 7519)."""

    def sign(self, claims: TokenClaims) -> str:
        """Return the compact, signed form."""
        ...

    def verify(self, token: str, *, now: int) -> TokenClaims:
        """Return the claims, or raise Unauthenticated(`invalid or expired token`) for anything wrong."""
        ...


class Conditions(Protocol):
    """The CEL conditions of policies (contract, section 6)."""

    def check(self, text: str) -> None:
        """Raise InvalidArgument with reason and position when the text may not be saved; empty is fine."""
        ...

    def holds(self, text: str, *, request: Mapping[str, object], subject: Mapping[str, object]) -> bool | None:
        """Return the condition's value, or None when it cannot be evaluated; never raises."""
        ...

    def about(
        self, *, request: Mapping[str, object], subject: Mapping[str, object]
    ) -> Callable[[str], bool | None]:
        """Return `holds` for one request, about which several conditions may be asked."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Some items, and where the next page starts; an empty `next` ends the list."""

    items: Sequence[T_co]
    next: str = ""


class Transaction(Protocol):
    """Up to 25 changes that happen together or not at all; each names the problem raised when its guard fails."""

    def create(self, record: Record, *, otherwise: Problem | None = None) -> None:
        """Add a record that must not exist yet."""
        ...

    def replace(self, old: T, new: T, *, otherwise: Problem | None = None) -> None:
        """Put `new` in place of `old`, which must still be at its revision; the new one gets the next revision."""
        ...

    def amend(self, old: Record, new: Record, *, otherwise: Problem | None = None) -> None:
        """Change the texts and numbers that differ, of a record at its revision, and leave alone what is unguarded."""
        ...

    def remove(self, record: Record, *, otherwise: Problem | None = None) -> None:
        """Remove a record, which must still be at its revision."""
        ...

    def require(self, record: Record, *, otherwise: Problem | None = None) -> None:
        """Go ahead only while the record still exists at its revision, without changing it."""
        ...

    def claim(self, claim: Claim, *, otherwise: Problem) -> None:
        """Take a unique value that nobody holds."""
        ...

    def release(self, claim: Claim) -> None:
        """Give a unique value back; it must be held by the claim's owner."""
        ...

    def exchange(self, old: Claim, new: Claim, *, otherwise: Problem) -> None:
        """Give a unique value back for another that nobody holds; the same one is kept without a question."""
        ...

    def append(self, event: AuditEvent) -> None:
        """Add an audit event to every trail that it names."""
        ...

    def commit(self) -> None:
        """Do it all, once; a lost reply is recovered by the transaction's token.

        Raises the `otherwise` of the first guard that failed (Aborted where none was given), or StoreUnavailable.
        """
        ...


class Ride(Protocol):
    """A change that goes along with the first transaction that commits."""

    @property
    def taken(self) -> bool:
        """Tell whether it has gone along."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which events of a trail are wanted; empty fields do not filter. Times are milliseconds, inclusive."""

    trail: str
    event_type: str = ""
    platform_key_id: str = ""
    impersonated_org_id: str = ""
    api_key_id: str = ""
    action: str = ""
    from_ms: int = 0
    to_ms: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """How many; `is_minimum` says that counting stopped at the bound."""

    number: int
    is_minimum: bool = False


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many environments and keys an organization has."""

    environments: int
    keys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Something that subscribers hear of; its `id` stays the same however often it is published."""

    id: str
    kind: str
    detail: Mapping[str, object]


class EventBus(Protocol):
    """Where announcements go; it delivers each at least once."""

    def publish(self, announcements: Sequence[Announcement]) -> None:
        """Hand over announcements; raise BusUnavailable when one of them was not accepted in time."""
        ...


class Store(Protocol):
    """The table, as questions. Every read is strongly consistent; lists come in the order of creation.

    `limit` bounds a page (at most 1,000); `after` is the `next` of the page before.
    """

    def transaction(self) -> Transaction: ...
    def riding(self, old: IdempotentRequest, new: IdempotentRequest) -> AbstractContextManager[Ride]: ...
    def idempotent_request(self, principal: str, key: str) -> IdempotentRequest | None: ...
    def organization(self, org_id: str) -> Organization | None: ...
    def organizations_by_id(self, org_ids: Collection[str]) -> Sequence[Organization]: ...
    def organizations(self, *, limit: int = 1000, after: str = "") -> Page[Organization]: ...
    def key(self, org_id: str, key_id: str) -> ApiKey | None: ...
    def keys_of_org(self, org_id: str, *, limit: int = 1000, after: str = "") -> Page[ApiKey]: ...
    def keys_of_environment(
        self, org_id: str, environment_id: str, *, limit: int = 1000, after: str = ""
    ) -> Page[ApiKey]: ...
    def expiring_keys_of_org(self, org_id: str, *, until: int, limit: int, after: str = "") -> Page[ApiKey]: ...
    def credential(self, key_hash: str) -> Credential | None: ...
    def user(self, org_id: str, user_id: str) -> User | None: ...
    def users_of_org(self, org_id: str, *, limit: int = 1000, after: str = "") -> Page[User]: ...
    def claim(self, kind: str, scope: str, value: str) -> Claim | None: ...
    def role(self, org_id: str, role_id: str) -> Role | None: ...
    def roles(self, org_id: str, role_ids: Sequence[str]) -> Sequence[Role]: ...
    def roles_of_org(self, org_id: str, *, limit: int = 1000, after: str = "") -> Page[Role]: ...
    def policy(self, org_id: str, policy_id: str) -> Policy | None: ...
    def policies(self, org_id: str, policy_ids: Sequence[str]) -> Sequence[Policy]: ...
    def policies_of_org(self, org_id: str, *, limit: int = 1000, after: str = "") -> Page[Policy]: ...
    def versions_of_policy(
        self, org_id: str, policy_id: str, *, limit: int = 1000, after: str = ""
    ) -> Page[PolicyVersion]: ...
    def policy_version(self, org_id: str, policy_id: str, version_num: int) -> PolicyVersion | None: ...
    def project(self, org_id: str, project_id: str) -> Project | None: ...
    def projects_of_org(self, org_id: str, *, limit: int = 1000, after: str = "") -> Page[Project]: ...
    def environment(self, org_id: str, environment_id: str) -> Environment | None: ...
    def environments(self, places: Collection[tuple[str, str]]) -> Sequence[Environment]: ...  # organization, id
    def environments_of_org(self, org_id: str, *, limit: int = 1000, after: str = "") -> Page[Environment]: ...
    def function(self, org_id: str, function_id: str) -> Function | None: ...
    def functions_of_org(self, org_id: str, *, limit: int = 1000, after: str = "") -> Page[Function]: ...
    def functions_of_environment(
        self, org_id: str, environment_id: str, *, limit: int = 1000, after: str = ""
    ) -> Page[Function]: ...
    def platform_admins(self) -> PlatformAdmins | None: ...
    def attempts(self, kind: str, subject: str) -> Attempts | None: ...
    def ended_session(self, jti: str) -> EndedSession | None: ...
    def note_login(self, user: User, *, at: int) -> None: ...
    def append_denial(self, event: AuditEvent) -> None: ...  # or count it beside the first of its kind; never raises
    def events(self, which: AuditFilter, *, limit: int, after: str = "", ascending: bool = False
               ) -> Page[AuditEvent]: ...
    def count_events(self, which: AuditFilter, *, bound: int = 10_000) -> Count: ...
    def repeats(self, events: Sequence[AuditEvent]) -> Mapping[str, int]: ...
    def due_keys(self, *, until: int, limit: int = 100, after: str = "") -> Page[ApiKey]: ...
    def expired_keys(self, *, until: int, limit: int = 100, after: str = "") -> Page[ApiKey]: ...
    def cleanups(self, *, limit: int = 100) -> Sequence[Cleanup]: ...
    def remove_items_of_org(self, org_id: str) -> bool: ...
    def holdings_of_orgs(self, org_ids: Sequence[str]) -> Sequence[Holdings]: ...  # in the order of the ids
    def keys_by_role(self, org_id: str) -> Mapping[str, int]: ...  # role id → how many hold it
    def ping(self) -> None: ...
