"""Platform users: listed, created, changed and deleted (contract, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from controlplane.domain.emails import check_email
from controlplane.domain.errors import Conflict, NotFound
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.passwords import check_password
from controlplane.domain.principal import Principal
from controlplane.domain.records import Claim, User
from controlplane.domain.values import dataclass, replace
from controlplane.ports import Clock, Ids, Page, PasswordHasher, Store, Transaction
from controlplane.services.authority import Authority
from controlplane.services.platform_admins import AdminRoll
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried
from controlplane.services.user_records import NO_SUCH_USER, add_user, change_user, payload_of, power_of, remove_user

BOOTSTRAPPED = Claim(kind="marker", scope="", value="platform_bootstrapped")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformUserChanges:
    """What is asked to become different; None leaves alone. Printing it shows no password."""

    name: str | None = None
    email: str | None = None
    password: str | None = None
    is_active: bool | None = None
    role_ids: Sequence[str] | None = None

    @classmethod
    def of(cls, body: Any) -> PlatformUserChanges:
        """Build the changes from a parsed `UpdatePlatformUser` body."""
        return cls(name=body.name, email=body.email, password=body.password, is_active=body.is_active,
                   role_ids=body.role_ids)

    def __repr__(self) -> str:
        return "PlatformUserChanges(***)"


class PlatformUsers:
    """Use cases of the people who run the platform."""

    def __init__(
        self, store: Store, *, clock: Clock, ids: Ids, authority: Authority, recorder: Recorder,
        hasher: PasswordHasher,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._authority = authority
        self._recorder = recorder
        self._hasher = hasher
        self._roll = AdminRoll(store)

    def list_platform_users(self, *, limit: int, after: str) -> Page[User]:
        """List platform users in the order of their creation."""
        return self._store.users_of_org(PLATFORM_ORG, limit=limit, after=after)

    def get_platform_user(self, user_id: str) -> User:
        """Return a platform user, or raise NotFound."""
        user = self._store.user(PLATFORM_ORG, user_id)
        if user is None:
            raise NotFound(NO_SUCH_USER)
        return user

    def create_platform_user(
        self, *, email: str, password: str, name: str, role_ids: Sequence[str] | None, by: Principal
    ) -> User:
        """Create a platform user; without `role_ids` it may do nothing.

        Raises InvalidArgument, AlreadyExists for a taken e-mail, and PermissionDenied for roles beyond the caller's.
        """
        check_email(email)
        check_password(password)
        known = self._authority.known_roles(PLATFORM_ORG, role_ids or ())
        self._authority.check_may_hold(by, org_id=PLATFORM_ORG, role_ids=known)
        user = self.build(email=email, password=password, name=name, role_ids=known)
        self._insert(user, by=by)
        return user

    def build(self, *, email: str, password: str, name: str, role_ids: tuple[str, ...]) -> User:
        """Return a new, active platform user that is stored nowhere yet."""
        now = self._clock.now()
        return User(
            id=self._ids.new("puser_"), org_id=PLATFORM_ORG, email=email, name=name,
            password_hash=self._hasher.hash(password), role_ids=role_ids, created_at=now, updated_at=now,
        )

    def add(self, transaction: Transaction, user: User, *, by: Principal) -> None:
        """Add a new user, its e-mail, its place among the admins and its event to a transaction."""
        add_user(transaction, user)
        self._roll.note(transaction, before=None, after=user)
        self._record(transaction, "created", user, by=by)

    @retried
    def _insert(self, user: User, *, by: Principal) -> None:
        """Store a user; the first one of all closes the bootstrap, whoever creates it."""
        transaction = self._store.transaction()
        if self._store.claim(BOOTSTRAPPED.kind, BOOTSTRAPPED.scope, BOOTSTRAPPED.value) is None:
            transaction.claim(replace(BOOTSTRAPPED, owner_id=user.id), otherwise=Conflict())
        self.add(transaction, user, by=by)
        transaction.commit()

    def update_platform_user(self, user_id: str, wanted: PlatformUserChanges, *, by: Principal) -> User:
        """Change a platform user; a new password or a deactivation ends all of its sessions.

        Raises InvalidArgument, NotFound, AlreadyExists for a taken e-mail, Aborted for the last active admin, and
        PermissionDenied when the user's grants, or the new roles, exceed the caller's.
        """
        if wanted.email is not None:
            check_email(wanted.email)
        if wanted.password is not None:
            check_password(wanted.password)
        known = None if wanted.role_ids is None else self._authority.known_roles(PLATFORM_ORG, wanted.role_ids)
        hashed = None if wanted.password is None else self._hasher.hash(wanted.password)
        return self._update(user_id, replace(wanted, role_ids=known), hashed, by=by)

    @retried
    def _update(self, user_id: str, wanted: PlatformUserChanges, hashed: str | None, *, by: Principal) -> User:
        old = self.get_platform_user(user_id)
        new = _changed(old, wanted, hashed)
        if new == old:
            return old
        self._check_may_change(old, new, by=by)
        new = replace(new, updated_at=self._clock.now())
        transaction = self._store.transaction()
        change_user(transaction, old, new)
        self._roll.note(transaction, before=old, after=new)
        self._record(transaction, "updated", new, by=by, password_changed=hashed is not None)
        transaction.commit()
        return new

    @retried
    def delete_platform_user(self, user_id: str, *, by: Principal) -> None:
        """Delete a platform user; its sessions end with it.

        Raises NotFound, Aborted for the last active admin, and PermissionDenied when its grants exceed the caller's.
        """
        user = self.get_platform_user(user_id)
        self._authority.check_may_hold(by, org_id=PLATFORM_ORG, role_ids=user.role_ids)
        transaction = self._store.transaction()
        remove_user(transaction, user)
        self._roll.note(transaction, before=user, after=None)
        self._record(transaction, "deleted", user, by=by)
        transaction.commit()

    def _check_may_change(self, old: User, new: User, *, by: Principal) -> None:
        """Refuse to touch who exceeds the caller, and to give more than the caller has; a name is nobody's power."""
        if power_of(old) == power_of(new):
            return
        self._authority.check_may_hold(by, org_id=PLATFORM_ORG, role_ids=old.role_ids)
        if set(old.role_ids) != set(new.role_ids):
            self._authority.check_may_hold(by, org_id=PLATFORM_ORG, role_ids=new.role_ids)

    def _record(
        self, transaction: Transaction, change: str, user: User, *, by: Principal, password_changed: bool = False
    ) -> None:
        transaction.append(self._recorder.event(
            f"platform.user.{change}", by=by, trail=PLATFORM_ORG,
            payload=payload_of(user, change, password_changed=password_changed),
        ))


def _changed(old: User, wanted: PlatformUserChanges, hashed: str | None) -> User:
    """Return the user as wanted; the session version grows when its sessions must end."""
    is_active = old.is_active if wanted.is_active is None else wanted.is_active
    ends_sessions = hashed is not None or (old.is_active and not is_active)
    return replace(
        old,
        name=old.name if wanted.name is None else wanted.name,
        email=old.email if wanted.email is None else wanted.email,
        password_hash=hashed or old.password_hash,
        is_active=is_active,
        role_ids=old.role_ids if wanted.role_ids is None else tuple(wanted.role_ids),
        session_version=old.session_version + (1 if ends_sessions else 0),
    )
