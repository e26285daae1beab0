"""API keys: issued, listed, replaced, re-roled and revoked (contract, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from controlplane.domain.credentials import display_prefix, hash_of
from controlplane.domain.durations import parse_duration
from controlplane.domain.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
)
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey
from controlplane.domain.roles import VIEWER
from controlplane.domain.values import dataclass, replace
from controlplane.ports import Clock, Ids, Page, Store
from controlplane.services.authority import Authority
from controlplane.services.key_records import add_key, credential_of, key_event, new_value, remove_key
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

_NO_SUCH_KEY = "API key not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A new key with its value, which exists nowhere else; printing it shows no value."""

    key: ApiKey
    value: str
    rotated_from: str = ""

    def __repr__(self) -> str:
        return f"IssuedKey({self.key.id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """What is asked of a new key; `expires_in` is a duration such as `720h`."""

    name: str
    platform: bool = False
    environment_id: str = ""
    expires_in: str | None = None
    role_ids: Sequence[str] | None = None
    tool_scopes: tuple[str, ...] | None = None

    @classmethod
    def of(cls, body: Any) -> KeyRequest:
        """Build the request from a parsed `CreateKey` body."""
        return cls(
            name=body.name, platform=bool(body.platform), environment_id=body.env_id or "",
            expires_in=body.expires_in, role_ids=body.role_ids,
            tool_scopes=None if body.tool_scopes is None else tuple(body.tool_scopes),
        )


class KeyService:
    """Use cases of API keys, of tenants and of the platform alike."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, authority: Authority, recorder: Recorder) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._authority = authority
        self._recorder = recorder

    def list_keys(
        self, *, platform: bool, expiring_within: str, limit: int, after: str, by: Principal
    ) -> Page[ApiKey]:
        """List the keys of the platform, or of the organization that the caller acts in.

        `expiring_within` keeps those that expired or will within that duration. Raises InvalidArgument for a bad
        duration.
        """
        org_id = PLATFORM_ORG if platform else by.org_id
        if not expiring_within:
            page = self._store.keys_of_org(org_id, limit=limit, after=after)
            return Page(self._alive(org_id, page.items), page.next)
        until = self._clock.now() + parse_duration(expiring_within, name="expiring")
        return self._expiring(org_id, until=until, limit=limit, after=after)

    def _expiring(self, org_id: str, *, until: int, limit: int, after: str) -> Page[ApiKey]:
        found: list[ApiKey] = []
        while len(found) < limit:
            page = self._store.expiring_keys_of_org(org_id, until=until, limit=limit - len(found), after=after)
            found += self._alive(org_id, page.items)
            after = page.next
            if not after:
                break
        return Page(found, after)

    def _alive(self, org_id: str, keys: Sequence[ApiKey]) -> list[ApiKey]:
        """Leave out keys whose environment is gone; they are dead, and being removed."""
        wanted = {(org_id, key.environment_id) for key in keys if key.environment_id}
        there = {environment.id for environment in self._store.environments(wanted)}
        return [key for key in keys if not key.environment_id or key.environment_id in there]

    def create_key(self, wanted: KeyRequest, *, by: Principal) -> IssuedKey:
        """Issue a key of the caller's organization, or of the platform.

        Raises InvalidArgument for a bad duration, an unknown role or an environment with `platform`; NotFound for an
        unknown environment; PermissionDenied when the roles exceed the caller's own.
        """
        _check_kind(wanted, by)
        org_id = PLATFORM_ORG if wanted.platform else by.org_id
        now = self._clock.now()
        expires_at = now + parse_duration(wanted.expires_in) if wanted.expires_in is not None else 0
        self._check_environment(wanted, org_id)
        role_ids = self._authority.known_roles(org_id, self._roles_for(wanted, org_id))
        self._authority.check_may_hold(by, org_id=org_id, role_ids=role_ids)
        value = new_value(self._ids, org_id)
        key = ApiKey(
            id=self._ids.key_id(), org_id=org_id, name=wanted.name, prefix=display_prefix(value),
            hash=hash_of(value), role_ids=role_ids, environment_id=wanted.environment_id, expires_at=expires_at,
            tool_scopes=wanted.tool_scopes, created_at=now,
        )
        transaction = self._store.transaction()
        add_key(transaction, key)
        transaction.append(key_event(self._recorder, "created", key, by=by))
        transaction.commit()
        return IssuedKey(key=key, value=value)

    def get_key(self, key_id: str, *, by: Principal) -> ApiKey:
        """Return one key that the caller may see; raise NotFound for every other id."""
        for org_id in self._orgs_of(by):
            key = self._store.key(org_id, key_id)
            if key and self._alive(org_id, [key]):
                return key
        raise NotFound(_NO_SUCH_KEY)

    @retried
    def delete_key(self, key_id: str, *, by: Principal) -> None:
        """Revoke a key: it is dead on the very next request.

        Raises NotFound, or PermissionDenied when the key's grants exceed the caller's.
        """
        key = self.get_key(key_id, by=by)
        self._authority.check_may_hold(by, org_id=key.org_id, role_ids=key.role_ids)
        transaction = self._store.transaction()
        remove_key(transaction, key)
        transaction.append(key_event(self._recorder, "revoked", key, by=by))
        transaction.commit()

    @retried
    def rotate_key(self, key_id: str, *, by: Principal) -> IssuedKey:
        """Replace a key by a new one with the same name, roles, environment, expiry and tool scopes.

        The old one is dead when this returns. Raises NotFound, FailedPrecondition for an expired key,
        and PermissionDenied when the key's grants exceed the caller's; of two at once the second finds no key.
        """
        old = self.get_key(key_id, by=by)
        if old.expired(self._clock.now()):
            raise FailedPrecondition("expired API keys cannot be rotated")
        self._authority.check_may_hold(by, org_id=old.org_id, role_ids=old.role_ids)
        value = new_value(self._ids, old.org_id)
        new = replace(old, id=self._ids.key_id(), prefix=display_prefix(value), hash=hash_of(value),
                      created_at=self._clock.now(), last_used_at=0, notices=0, revision=1)
        transaction = self._store.transaction()
        remove_key(transaction, old)
        add_key(transaction, new)
        transaction.append(key_event(self._recorder, "revoked", old, by=by, rotated_to=new.id))
        transaction.append(key_event(self._recorder, "created", new, by=by, rotated_from=old.id))
        transaction.commit()
        return IssuedKey(key=new, value=value, rotated_from=old.id)

    @retried
    def set_key_roles(self, key_id: str, role_ids: Sequence[str], *, by: Principal) -> ApiKey:
        """Replace a key's roles; in force on the very next request.

        Raises InvalidArgument for an empty or unknown list, NotFound, and PermissionDenied for a key's own roles or
        when the old or the new roles exceed the caller's.
        """
        old = self.get_key(key_id, by=by)
        if by.type == "api_key" and by.id == old.id:
            raise PermissionDenied("an API key cannot change its own roles")
        if not role_ids:
            raise InvalidArgument("role_ids must not be empty")
        wanted = self._authority.known_roles(old.org_id, role_ids)
        self._authority.check_may_hold(by, org_id=old.org_id, role_ids=old.role_ids)
        self._authority.check_may_hold(by, org_id=old.org_id, role_ids=wanted)
        new = replace(old, role_ids=wanted)
        transaction = self._store.transaction()
        transaction.replace(old, new)
        transaction.replace(credential_of(old), credential_of(new))
        transaction.append(key_event(self._recorder, "roles_changed", new, by=by))
        transaction.commit()
        return new

    def _check_environment(self, wanted: KeyRequest, org_id: str) -> None:
        if not wanted.environment_id:
            return
        if wanted.platform:
            raise InvalidArgument("a platform key cannot be scoped to an environment")
        if self._store.environment(org_id, wanted.environment_id) is None:
            raise NotFound("environment not found")

    def _roles_for(self, wanted: KeyRequest, org_id: str) -> Sequence[str]:
        if wanted.role_ids:
            return wanted.role_ids
        return () if org_id == PLATFORM_ORG else (VIEWER,)

    def _orgs_of(self, by: Principal) -> tuple[str, ...]:
        return (by.org_id, PLATFORM_ORG) if by.operator_admin else (by.org_id,)


def _check_kind(wanted: KeyRequest, by: Principal) -> None:
    """Platform credentials make platform keys, and tenant keys only inside a tenant; operators make both."""
    at_home = by.platform and not by.impersonating
    if wanted.platform and not (at_home or by.operator_admin):
        raise PermissionDenied(required="platform:keys:manage")
    if at_home and not wanted.platform:
        raise PermissionDenied(required="apikeys:manage")
