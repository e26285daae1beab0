"""From a credential to a caller, with everything that was read about it for this request."""

from __future__ import annotations

from controlplane.domain.credentials import hash_of
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.identity import HeldRole, Identity, Inquiry
from controlplane.domain.names import DEFAULT_ENVIRONMENT, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Environment, Organization
from controlplane.domain.roles import built_ins
from controlplane.domain.values import dataclass
from controlplane.gateway.authorizer.credentials import EXPIRED_KEY, Presented

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from controlplane.domain.token_claims import TokenClaims
    from controlplane.ports import Clock, TokenSigner

    class IdentityReader(Protocol):
        """Reads what the table holds about a caller now."""

        def read(self, inquiry: Inquiry) -> Identity:
            """Return what was found; raise StoreUnavailable when it cannot be read in time."""
            ...

KEY, USER = "api_key", "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a request asks for beside the caller: an environment by id or name, and an organization to enter."""

    environment: str = ""
    target_org_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever holds a valid credential, and what the request asked for, as the table has it now."""

    type: str
    id: str
    organization: Organization
    role_ids: tuple[str, ...]
    roles: tuple[HeldRole, ...]
    key_environment: Environment | None
    environment: Environment | None
    target: Organization | None
    expires_at: int
    session_id: str = ""
    tool_scopes: tuple[str, ...] | None = None

    @property
    def platform(self) -> bool:
        """Tell whether the credential belongs to the platform."""
        return self.organization.id == PLATFORM_ORG

    @property
    def role_names(self) -> tuple[str, ...]:
        """Return the names of those of the caller's roles that exist now."""
        there = built_ins(platform=self.platform)
        if self.roles:
            there = there | {role.id: role.name for role in self.roles}
        return tuple([there[role_id] for role_id in self.role_ids if role_id in there])

    def principal(self, *, environment: Environment | None = None) -> Principal:
        """Return the caller as it acts in its own organization."""
        return Principal(
            type=self.type,
            id=self.id,
            home_org_id=self.organization.id,
            org_id=self.organization.id,
            role_ids=self.role_ids,
            environment_id=environment.id if environment else "",
            key_environment_id=self.key_environment.id if self.key_environment else "",
            session_id=self.session_id,
            session_expires_at=self.expires_at if self.session_id else 0,
            tool_scopes=self.tool_scopes,
        )


class Callers:
    """Finds callers by their credentials. `tokens` is asked only when a session token is presented."""

    def __init__(self, reader: IdentityReader, *, tokens: Callable[[], TokenSigner], clock: Clock) -> None:
        self._reader = reader
        self._tokens = tokens
        self._clock = clock

    def find(self, presented: Presented, sought: Sought) -> Caller:
        """Return the caller, or raise Unauthenticated with the contract's sentence (section 1)."""
        if presented.is_token:
            return self._by_token(presented, sought)
        return self._by_key(presented, sought)

    def _by_key(self, presented: Presented, sought: Sought) -> Caller:
        found = self._reader.read(Inquiry(
            key_hash=hash_of(presented.value),
            environment=sought.environment,
            default_environment=DEFAULT_ENVIRONMENT if sought.target_org_id else "",
            target_org_id=sought.target_org_id,
        ))
        key = found.credential
        if key is None or found.organization is None or (key.environment_id and found.key_environment is None):
            raise presented.refused
        if key.expires_at and self._clock.now() >= key.expires_at:
            raise Unauthenticated(EXPIRED_KEY)
        return _caller(found, found.organization, type=KEY, id=key.key_id, role_ids=key.role_ids,
                       expires_at=key.expires_at, tool_scopes=key.tool_scopes)

    def _by_token(self, presented: Presented, sought: Sought) -> Caller:
        claims = self._tokens().verify(presented.value, now=self._clock.now())
        at_home = claims.org_id == PLATFORM_ORG and not sought.target_org_id
        found = self._reader.read(Inquiry(
            org_id=claims.org_id,
            user_id=claims.user_id,
            session_id=claims.session_id,
            environment=sought.environment,
            default_environment="" if at_home else DEFAULT_ENVIRONMENT,
            target_org_id=sought.target_org_id,
        ))
        user = found.user
        if user is None or found.organization is None or not _in_force(claims, found):
            raise presented.refused
        return _caller(found, found.organization, type=USER, id=user.id, role_ids=user.role_ids,
                       expires_at=claims.expires_at, session_id=claims.session_id)


def _in_force(claims: TokenClaims, found: Identity) -> bool:
    user = found.user
    return bool(user and user.is_active and user.session_version == claims.session_version and not found.session_ended)


def _caller(
    found: Identity, organization: Organization, *, type: str, id: str, role_ids: tuple[str, ...], expires_at: int,
    session_id: str = "", tool_scopes: tuple[str, ...] | None = None,
) -> Caller:
    return Caller(
        type=type, id=id, organization=organization, role_ids=role_ids, roles=found.roles,
        key_environment=found.key_environment, environment=found.environment, target=found.target,
        expires_at=expires_at, session_id=session_id, tool_scopes=tool_scopes,
    )
